//! Walks through the rules of a file: which names they refer to, which functions they call, and where several values can come from.

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Ref, Rule, RuleHead, Span};
use regorus::utils::get_path_string;

use crate::solutions::{has_keys_of_its_source, is_constant};

/// What is told on the way.
pub(crate) trait Visitor<'a> {
    /// A name that is not local, with the fields behind it up to the first that is computed.
    fn reference(&mut self, root: &'a str, fields: &[&'a str]);
    /// A function call.
    fn call(&mut self, name: String, arguments: usize, span: &'a Span);
    /// An object comprehension that may give one key two values.
    fn ambiguous_object(&mut self, span: &'a Span);
}

/// Where the walk is: which names are local there.
pub(crate) struct Walk<'a, 'v> {
    locals: Vec<Vec<&'a str>>,
    visitor: &'v mut dyn Visitor<'a>,
}

/// A part of a reference.
enum Part<'a> {
    Field(&'a str),
    Computed(&'a Expr),
}

impl<'a, 'v> Walk<'a, 'v> {
    pub(crate) fn rule(rule: &'a Rule, visitor: &'v mut dyn Visitor<'a>) {
        let mut walk = Self { locals: Vec::new(), visitor };
        match rule {
            Rule::Default { args, value, .. } => {
                walk.locals.push(variables(args));
                walk.expr(value);
            }
            Rule::Spec { head, bodies, .. } => {
                walk.locals.push(arguments(head));
                if bodies.is_empty() {
                    walk.head(head);
                }
                for body in bodies {
                    walk.query(&body.query, |walk| {
                        walk.head(head);
                        if let Some(assign) = &body.assign {
                            walk.expr(&assign.value);
                        }
                    });
                }
            }
        }
    }

    pub(crate) fn expression(expr: &'a Expr, visitor: &'v mut dyn Visitor<'a>) {
        Self { locals: Vec::new(), visitor }.expr(expr);
    }

    fn head(&mut self, head: &'a RuleHead) {
        let (refr, value) = match head {
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
                (refr, assign.as_ref().map(|assign| &assign.value))
            }
            RuleHead::Set { refr, key, .. } => (refr, key.as_ref()),
        };
        let (_, parts) = chain(refr);
        self.computed(&parts);
        if let Some(value) = value {
            self.expr(value);
        }
    }

    /// The statements of a query, and what is said about each of its solutions.
    fn query(&mut self, query: &'a Query, then: impl FnOnce(&mut Self)) {
        self.locals.push(declared(query));
        for statement in &query.stmts {
            self.statement(statement);
        }
        then(self);
        self.locals.pop();
    }

    fn statement(&mut self, statement: &'a LiteralStmt) {
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
            Literal::Every { key, value, domain, query, .. } => {
                self.expr(domain);
                self.locals.push(key.iter().chain([value]).map(Span::text).collect());
                self.query(query, |_| {});
                self.locals.pop();
            }
        }
        for with in &statement.with_mods {
            self.expr(&with.r#as);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expr),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                for item in items {
                    self.expr(item);
                }
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, name, value)| {
                self.expr(name);
                self.expr(value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.query(query, |walk| walk.expr(term));
            }
            Expr::ObjectCompr { span, key, value, query, .. } => {
                if !has_keys_of_its_source(key, query) && !is_constant(value) {
                    self.visitor.ambiguous_object(span);
                }
                self.query(query, |walk| {
                    walk.expr(key);
                    walk.expr(value);
                });
            }
            Expr::Call { span, fcn, params, .. } => {
                let name = get_path_string(fcn, None).unwrap_or_default();
                self.visitor.call(name, params.len(), span);
                for param in params {
                    self.expr(param);
                }
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
        }
    }

    fn reference(&mut self, expr: &'a Expr) {
        let (base, parts) = chain(expr);
        self.computed(&parts);
        let Expr::Var { span, .. } = base else { return self.expr(base) };
        let root = span.text();
        if self.locals.iter().any(|names| names.contains(&root)) {
            return;
        }
        let fields = parts.iter().map_while(|part| match part {
            Part::Field(name) => Some(*name),
            Part::Computed(_) => None,
        });
        self.visitor.reference(root, &fields.collect::<Vec<_>>());
    }

    fn computed(&mut self, parts: &[Part<'a>]) {
        for part in parts {
            match part {
                Part::Field(_) => {}
                Part::Computed(index) => self.expr(index),
            }
        }
    }
}

/// What a reference begins with, and its parts in order.
fn chain(mut expr: &Expr) -> (&Expr, Vec<Part<'_>>) {
    let mut parts = Vec::new();
    loop {
        expr = match expr {
            Expr::RefDot { refr, field: (span, _), .. } => {
                parts.push(Part::Field(span.text()));
                refr
            }
            Expr::RefBrack { refr, index, .. } => {
                parts.push(match index.as_ref() {
                    Expr::String { value: regorus::Value::String(name), .. } => Part::Field(name),
                    index => Part::Computed(index),
                });
                refr
            }
            base => {
                parts.reverse();
                return (base, parts);
            }
        };
    }
}

/// The names that the statements of a query declare.
fn declared(query: &Query) -> Vec<&str> {
    let mut names = Vec::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => names.extend(vars.iter().map(Span::text)),
            Literal::SomeIn { key, value, .. } => {
                if let Some(key) = key {
                    add_variables(key, &mut names);
                }
                add_variables(value, &mut names);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    add_variables(lhs, &mut names);
                }
            }
            Literal::Every { .. } => {}
        }
    }
    names
}

/// The names of a function's arguments.
pub(crate) fn arguments(head: &RuleHead) -> Vec<&str> {
    match head {
        RuleHead::Func { args, .. } => variables(args),
        RuleHead::Compr { .. } | RuleHead::Set { .. } => Vec::new(),
    }
}

fn variables(patterns: &[Ref<Expr>]) -> Vec<&str> {
    let mut names = Vec::new();
    for pattern in patterns {
        add_variables(pattern, &mut names);
    }
    names
}

/// The variables of a pattern: `x`, `[x, _]`, `{"a": x}`.
pub(crate) fn add_variables<'a>(pattern: &'a Expr, names: &mut Vec<&'a str>) {
    match pattern {
        Expr::Var { span, .. } => names.push(span.text()),
        Expr::Array { items, .. } => items.iter().for_each(|item| add_variables(item, names)),
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                add_variables(value, names);
            }
        }
        _ => {}
    }
}
