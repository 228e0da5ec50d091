//! What a file of Rego declares: its package, its rules and where they are.

use regorus::unstable::{Expr, Module, Rule, RuleHead};
use regorus::utils::get_path_string;

/// A file of Rego, read.
pub(crate) struct ParsedModule {
    pub(crate) path: String,
    /// The package, without `data.`.
    pub(crate) package: String,
    /// The line of the package.
    pub(crate) line: u32,
    /// The rules that have a value, below the package: `allow`, `obligations.narrow`.
    pub(crate) rules: Vec<String>,
}

impl ParsedModule {
    /// `None` where a name is written in a form that rules are not found by, such as `package a["b-c"]`.
    pub(crate) fn new(module: &Module) -> Option<Self> {
        let span = &module.package.span;
        let package = get_path_string(&module.package.refr, None).ok()?;
        Some(Self {
            path: span.source.get_path().clone(),
            package: package.strip_prefix("data.").unwrap_or(&package).to_owned(),
            line: span.line,
            rules: module.policy.iter().filter_map(|rule| declared(rule)).collect(),
        })
    }

    pub(crate) fn has_rule(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule == name)
    }
}

/// The path of a rule below its package; `None` for a function.
fn declared(rule: &Rule) -> Option<String> {
    let refr = match rule {
        Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => refr,
        Rule::Default { refr, args, .. } if args.is_empty() => refr,
        Rule::Spec { head: RuleHead::Func { .. }, .. } | Rule::Default { .. } => return None,
    };
    let mut base: &Expr = refr;
    // `needs[name] := …` makes members of the rule `needs`.
    while let Expr::RefBrack { refr, .. } = base {
        base = refr;
    }
    get_path_string(base, None).ok()
}
