//! Values: as they were given, and as their option holds them.

use std::time::Duration;

use super::duration;
use super::table::Kind;

/// A value as a source gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    One(String),
    Many(Vec<String>),
    Pairs(Vec<(String, String)>),
}

/// A value as its option holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Switch(bool),
    Integer(i64),
    Duration(Duration),
    List(Vec<String>),
    Map(Vec<(String, String)>),
}

/// Why a value does not fit its option: what is wrong, and what to do. Neither holds the value.
pub(crate) struct Misfit(pub(crate) &'static str, pub(crate) &'static str);

impl Given {
    /// The value for an option of this kind; weakly typed, as contract/platform.md 3.1 says.
    pub(crate) fn into_value(self, kind: Kind) -> Result<Value, Misfit> {
        let one = match (kind, self) {
            (Kind::List, Self::Many(items)) => return Ok(Value::List(items)),
            (Kind::Map, Self::Pairs(pairs)) => return Ok(Value::Map(pairs)),
            (_, Self::One(text)) => text,
            (Kind::List, Self::Pairs(_)) => {
                return Err(Misfit("a section where a list is expected", "write a list"));
            }
            (Kind::Map, Self::Many(_)) => {
                return Err(Misfit("a list where a section is expected", "write `name: value`"));
            }
            (_, Self::Many(_)) => {
                let remedy = "write one value; in the environment a comma is written `\\,`";
                return Err(Misfit("a list where one value is expected", remedy));
            }
            (_, Self::Pairs(_)) => {
                return Err(Misfit("a section where one value is expected", "write one value"));
            }
        };
        one_value(kind, one)
    }
}

fn one_value(kind: Kind, text: String) -> Result<Value, Misfit> {
    match kind {
        Kind::Text => Ok(Value::Text(text)),
        Kind::Switch => switch(&text)
            .map(Value::Switch)
            .ok_or(Misfit("not a switch", "write `true` or `false`")),
        Kind::Integer if text.is_empty() => Ok(Value::Integer(0)),
        Kind::Integer => text
            .parse()
            .map(Value::Integer)
            .map_err(|_| Misfit("not a whole number", "write digits only")),
        Kind::Duration if text.is_empty() => Ok(Value::Duration(Duration::ZERO)),
        Kind::Duration => duration::parse(&text)
            .map(Value::Duration)
            .ok_or(Misfit("not a duration", "write it as in `30s`, `10m` or `1h30m`")),
        Kind::List if text.is_empty() => Ok(Value::List(Vec::new())),
        Kind::List => Ok(Value::List(vec![text])),
        Kind::Map if text.is_empty() => Ok(Value::Map(Vec::new())),
        Kind::Map => Err(Misfit("one value where a section is expected", "write `name: value`")),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

impl Value {
    /// As on the command line.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Switch(is_on) => is_on.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Duration(value) => duration::format(*value),
            Self::List(items) => items.join(","),
            Self::Map(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
                pairs.join(",")
            }
        }
    }
}
