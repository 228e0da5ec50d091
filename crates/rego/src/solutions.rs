//! Where several values can come from: what a query can look for, and what depends on it.

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Ref, Span};
use regorus::utils::get_path_string;

use crate::walk::{Visitor, Walk, add_variables};

/// Whether a value is the same whenever it is computed.
pub(crate) fn is_constant(expr: &Expr) -> bool {
    constant(expr).is_some()
}

/// The text of a value that is the same whenever it is computed.
pub(crate) fn constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::String { span, .. }
        | Expr::RawString { span, .. }
        | Expr::Number { span, .. }
        | Expr::Bool { span, .. }
        | Expr::Null { span, .. } => Some(span.text()),
        _ => None,
    }
}

/// Whether a query runs through one collection only, and its key is the key in there: then no key comes twice.
pub(crate) fn has_keys_of_its_source(key: &Expr, query: &Query) -> bool {
    let fixed = fixed(query, &[]);
    let Expr::Var { span: name, .. } = key else { return !iterates(query, &[]) };
    let mut iterating =
        query.stmts.iter().filter(|statement| statement_iterates(statement, &fixed));
    let is_its_key = |statement: &LiteralStmt| match &statement.literal {
        Literal::SomeIn { key: Some(key), collection, .. } => {
            let is_key =
                matches!(key.as_ref(), Expr::Var { span, .. } if span.text() == name.text());
            is_key && !expr_iterates(collection, &fixed)
        }
        _ => false,
    };
    iterating.next().is_none_or(is_its_key) && iterating.next().is_none()
}

/// Whether a value differs between the solutions of a query that may have several, or has several itself.
pub(crate) fn varies(value: &Expr, query: &Query, arguments: &[&str]) -> bool {
    let fixed = fixed(query, arguments);
    if expr_iterates(value, &fixed) {
        return true;
    }
    let mut bound = Vec::new();
    for statement in &query.stmts {
        add_bound(statement, &mut bound);
    }
    bound.retain(|name| !arguments.contains(name));
    iterates(query, arguments) && mentions(value, &bound)
}

/// The names of a query that an index can be without looking for its values.
fn fixed<'a>(query: &'a Query, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = arguments.to_vec();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeIn { key, value, .. } => {
                if let Some(key) = key {
                    add_variables(key, &mut names);
                }
                add_variables(value, &mut names);
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    add_variables(lhs, &mut names);
                }
            }
            Literal::SomeVars { .. } | Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    names
}

/// The names that a statement may give a value: all that it mentions, but those of `input` and `data`.
fn add_bound<'a>(statement: &'a LiteralStmt, names: &mut Vec<&'a str>) {
    match &statement.literal {
        Literal::SomeVars { vars, .. } => names.extend(vars.iter().map(Span::text)),
        Literal::SomeIn { key, value, .. } => {
            if let Some(key) = key {
                add_variables(key, names);
            }
            add_variables(value, names);
        }
        Literal::Expr { expr, .. } => add_assigned(expr, names),
        Literal::NotExpr { .. } | Literal::Every { .. } => {}
    }
}

/// The names on the sides of assignments, in arguments and in indexes.
fn add_assigned<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match expr {
        Expr::AssignExpr { lhs, rhs, .. } => {
            for side in [lhs, rhs] {
                add_variables(side, names);
                add_assigned(side, names);
            }
        }
        Expr::RefBrack { refr, index, .. } => {
            add_variables(index, names);
            add_assigned(index, names);
            add_assigned(refr, names);
        }
        Expr::RefDot { refr, .. } => add_assigned(refr, names),
        Expr::Call { params, .. } => params.iter().for_each(|param| {
            add_variables(param, names);
            add_assigned(param, names);
        }),
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                add_assigned(item, names);
            }
        }
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, name, value)| {
            add_assigned(name, names);
            add_assigned(value, names);
        }),
        Expr::UnaryExpr { expr, .. } => add_assigned(expr, names),
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. } => {
            add_assigned(lhs, names);
            add_assigned(rhs, names);
        }
        Expr::Membership { key, value, collection, .. } => {
            for part in key.iter().chain([value, collection]) {
                add_assigned(part, names);
            }
        }
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. }
        | Expr::ArrayCompr { .. }
        | Expr::SetCompr { .. }
        | Expr::ObjectCompr { .. } => {}
    }
}

/// Whether an expression refers to one of these names.
fn mentions(expr: &Expr, names: &[&str]) -> bool {
    struct Finder<'n> {
        names: &'n [&'n str],
        found: bool,
    }
    impl<'a> Visitor<'a> for Finder<'_> {
        fn reference(&mut self, root: &'a str, _fields: &[&'a str]) {
            self.found |= self.names.contains(&root);
        }
        fn call(&mut self, _name: String, _arguments: usize, _span: &'a Span) {}
        fn ambiguous_object(&mut self, _span: &'a Span) {}
    }
    let mut finder = Finder { names, found: false };
    Walk::expression(expr, &mut finder);
    finder.found
}

/// Whether a query may have several solutions.
fn iterates(query: &Query, arguments: &[&str]) -> bool {
    let fixed = fixed(query, arguments);
    query.stmts.iter().any(|statement| statement_iterates(statement, &fixed))
}

fn statement_iterates(statement: &LiteralStmt, fixed: &[&str]) -> bool {
    match &statement.literal {
        Literal::SomeIn { .. } => true,
        Literal::Expr { expr, .. } => expr_iterates(expr, fixed),
        // Declared names iterate where they are used; whether all or none hold is one answer.
        Literal::SomeVars { .. } | Literal::NotExpr { .. } | Literal::Every { .. } => false,
    }
}

/// Whether an expression may have several values: an index that is a name may be one that is looked for. Comprehensions gather theirs.
pub(crate) fn expr_iterates(expr: &Expr, fixed: &[&str]) -> bool {
    let any = |parts: &[Ref<Expr>]| parts.iter().any(|part| expr_iterates(part, fixed));
    match expr {
        Expr::RefBrack { refr, index, .. } => {
            is_looked_for(index, fixed) || expr_iterates(index, fixed) || expr_iterates(refr, fixed)
        }
        Expr::RefDot { refr, .. } => expr_iterates(refr, fixed),
        Expr::Call { fcn, params, .. } => {
            get_path_string(fcn, None).is_ok_and(|name| name == "walk") || any(params)
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => any(items),
        Expr::Object { fields, .. } => fields
            .iter()
            .any(|(_, name, value)| expr_iterates(name, fixed) || expr_iterates(value, fixed)),
        Expr::UnaryExpr { expr, .. } => expr_iterates(expr, fixed),
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            expr_iterates(lhs, fixed) || expr_iterates(rhs, fixed)
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).any(|part| expr_iterates(part, fixed))
        }
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. }
        | Expr::ArrayCompr { .. }
        | Expr::SetCompr { .. }
        | Expr::ObjectCompr { .. } => false,
    }
}

/// Whether an index is a name or pattern that takes each value for which there is an element.
fn is_looked_for(index: &Expr, fixed: &[&str]) -> bool {
    match index {
        Expr::Var { span, .. } => !fixed.contains(&span.text()),
        Expr::Array { items, .. } => items.iter().any(|item| is_looked_for(item, fixed)),
        Expr::Object { fields, .. } => {
            fields.iter().any(|(_, _, value)| is_looked_for(value, fixed))
        }
        _ => false,
    }
}
