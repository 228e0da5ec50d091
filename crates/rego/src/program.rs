//! Rules, compiled: to the engine's byte code, or where that cannot express them, left to its interpreter.

use std::sync::Arc;

use regorus::languages::rego::compiler::{Compiler, CompilerError, SpannedCompilerError};
use regorus::rvm::Instruction;
use regorus::rvm::program::Program;
use regorus::rvm::vm::{ExecutionMode, ExecutionState, RegoVM, SuspendReason, VmError};
use regorus::{CompiledPolicy, Engine, LimitError, Value as RegoValue};

use crate::built_in;
use crate::convert::{to_json, to_rego};
use crate::error::LoadError;
use crate::limits::Limits;

/// Some rules, ready to be evaluated.
pub(crate) enum Code {
    /// Byte code. Cheap to share, each evaluation has a machine of its own.
    Bytes {
        program: Arc<Program>,
        /// Whether it calls functions of [`built_in`], for which the machine stops and is resumed.
        calls_added: bool,
    },
    /// The interpreter, three times as slow; for what the byte code cannot express, or would get wrong.
    Tree(Box<Engine>),
}

/// Why an evaluation has no value.
pub(crate) enum Failure {
    Stopped(String),
    Failed(String),
}

impl Code {
    /// Leaves rules to the interpreter.
    pub(crate) fn interpreted(engine: &Engine) -> Self {
        Self::Tree(Box::new(engine.clone()))
    }

    /// Compiles the rules of these paths, and what they use. A text: why they are left to the interpreter.
    pub(crate) fn compile(
        engine: &Engine,
        policy: &CompiledPolicy,
        rules: &[&str],
    ) -> Result<(Self, Option<String>), LoadError> {
        let added: Vec<(&str, usize)> =
            built_in::ADDED.iter().map(|it| (it.name, usize::from(it.arguments))).collect();
        match Compiler::compile_from_policy_with_host_await(policy, rules, &added) {
            Ok(program) => {
                let calls_added = program
                    .instructions
                    .iter()
                    .any(|it| matches!(it, Instruction::HostAwait { .. }));
                Ok((Self::Bytes { program, calls_added }, None))
            }
            Err(error) => {
                let why = why_interpreted(&error)?;
                Ok((Self::interpreted(engine), Some(why)))
            }
        }
    }

    /// The value of one of the rules.
    pub(crate) fn run(
        &self,
        rule: &str,
        data: &RegoValue,
        input: RegoValue,
        limits: Limits,
    ) -> Result<RegoValue, Failure> {
        match self {
            Self::Bytes { program, calls_added } => {
                let mut machine = RegoVM::new();
                machine.set_max_instructions(limits.instructions);
                machine.set_execution_timer_config(Some(limits.timer()));
                machine.set_execution_mode(if *calls_added {
                    ExecutionMode::Suspendable
                } else {
                    ExecutionMode::RunToCompletion
                });
                machine.load_program(Arc::clone(program));
                machine.set_data(data.clone())?;
                machine.set_input(input);
                let value = machine.execute_entry_point_by_name(rule)?;
                if *calls_added { answer_calls(&mut machine, value) } else { Ok(value) }
            }
            Self::Tree(engine) => {
                let mut engine = engine.clone();
                engine.set_execution_timer_config(limits.timer());
                engine.set_input(input);
                engine.eval_rule(rule.to_owned()).map_err(|error| {
                    match error.downcast_ref::<LimitError>() {
                        Some(limit) => Failure::Stopped(limit.to_string()),
                        None => Failure::Failed(reason_of(&error.to_string()).to_owned()),
                    }
                })
            }
        }
    }
}

/// Computes what the machine waits for, until it waits no more.
fn answer_calls(machine: &mut RegoVM, mut value: RegoValue) -> Result<RegoValue, Failure> {
    while let ExecutionState::Suspended { reason, .. } = machine.execution_state() {
        let SuspendReason::HostAwait { argument, identifier, .. } = reason else {
            return Err(Failure::Stopped(format!("{reason:?}")));
        };
        let arguments =
            to_json(argument).and_then(|found| found.as_array().cloned()).unwrap_or_default();
        let name = identifier.as_string().map(ToString::to_string).unwrap_or_default();
        let answer =
            built_in::call(&name, &arguments).map_or(RegoValue::Undefined, |found| to_rego(&found));
        value = machine.resume(Some(answer))?;
    }
    Ok(value)
}

impl From<VmError> for Failure {
    fn from(error: VmError) -> Self {
        match error {
            VmError::InstructionLimitExceeded { limit, .. } => {
                Self::Stopped(format!("more than {limit} instructions"))
            }
            VmError::TimeLimitExceeded { limit, .. } => {
                Self::Stopped(format!("more than {} ms", limit.as_millis()))
            }
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Why rules cannot become byte code although they are right; an error if they are not.
fn why_interpreted(error: &SpannedCompilerError) -> Result<String, LoadError> {
    let (file, line) = error
        .span
        .as_ref()
        .map_or((String::new(), 0), |span| (span.source.get_path().clone(), span.line));
    let here = |what: &str| Ok(format!("{file}:{line}: {what}"));
    match &error.error {
        CompilerError::WithKeywordUnsupported => here("`with`"),
        CompilerError::PartialObjectConstantKeyUnsupported
        | CompilerError::PartialObjectNestedKeyUnsupported => {
            here("a member of a rule with a constant key")
        }
        CompilerError::DirectDataAccess => here("all of `data`"),
        CompilerError::RegisterOverflow { .. } => here("a rule of this size"),
        CompilerError::General { message } if message.contains("not yet supported") => {
            here(message)
        }
        CompilerError::General { message }
            if message.contains("Missing builtin function: print") =>
        {
            here("`print`")
        }
        CompilerError::UnknownFunction { name }
        | CompilerError::UnknownBuiltinFunction { name }
            if built_in::calls_out(name) =>
        {
            Err(LoadError::CallsOut { file, line, name: name.clone() })
        }
        CompilerError::UnknownFunction { name }
        | CompilerError::UnknownBuiltinFunction { name } => Err(LoadError::UnknownFunction {
            file,
            line,
            is_opa: built_in::is_opa(name),
            name: name.clone(),
        }),
        other => Err(LoadError::Rego { file, line, reason: other.to_string() }),
    }
}

/// The error of the engine, without its picture of the place.
pub(crate) fn reason_of(message: &str) -> &str {
    let told = message.split_once("error: ").map_or(message, |(_, told)| told).trim();
    told.lines().next().unwrap_or_default().trim_start_matches([':', ' '])
}

/// The place that the engine's picture names: `\n--> file:line:column`.
pub(crate) fn line_of(message: &str) -> u32 {
    let place =
        message.split_once("--> ").and_then(|(_, rest)| rest.lines().next()).unwrap_or_default();
    place.rsplit(':').nth(1).and_then(|line| line.parse().ok()).unwrap_or_default()
}
