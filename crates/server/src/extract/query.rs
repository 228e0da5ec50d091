//! Query parameters.

use std::collections::HashSet;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{PARAMETERS_MAX, percent};
use crate::respond::Failure;

/// The most characters of a parameter's name that an answer repeats.
const NAME_SHOWN_MAX: usize = 64;

/// Query parameters, decoded, in order; one that is given twice is a problem (400).
pub struct Query(pub Vec<(String, String)>);

impl Query {
    /// The value of a parameter; present but empty is `Some("")`.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there, in the contract's words when it is not.
    pub fn required(&self, name: &str) -> Result<&str, Failure> {
        self.find(name).ok_or_else(|| {
            invalid_parameter(name, &format!("query parameter '{name}' is required"))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let pairs = parse(parts.uri.query().unwrap_or_default())
            .map_err(|error| Failure::request(format!("query: {error}")))?;
        match find_repeated(&pairs) {
            None => Ok(Self(pairs)),
            Some(name) => {
                let name = shown(name);
                let reason = format!("multiple values for single value parameter '{name}'");
                Err(invalid_parameter(&name, &reason))
            }
        }
    }
}

fn invalid_parameter(name: &str, reason: &str) -> Failure {
    Failure::request(format!("Invalid format for parameter {name}: {reason}"))
}

/// The beginning of a name that a stranger chose.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN_MAX).collect()
}

/// Why a list of parameters is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParametersError {
    #[error("more than {PARAMETERS_MAX} parameters")]
    TooMany,
    #[error("{0}")]
    Encoding(#[from] percent::PercentError),
}

/// Reads `a=b&c=d`.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, ParametersError> {
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        if pairs.len() == PARAMETERS_MAX {
            return Err(ParametersError::TooMany);
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((percent::decode_form(name)?, percent::decode_form(value)?));
    }
    Ok(pairs)
}

/// A name that occurs twice.
pub(crate) fn find_repeated(pairs: &[(String, String)]) -> Option<&str> {
    let mut seen = HashSet::with_capacity(pairs.len());
    pairs.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    #[test]
    fn a_parameter_without_a_value_is_present_and_empty() {
        assert_eq!(
            names("a=&b&&c=1=2"),
            [("a".into(), String::new()), ("b".into(), String::new()), ("c".into(), "1=2".into()),]
        );
    }

    #[test]
    fn a_repetition_is_found_behind_an_encoding() {
        assert_eq!(find_repeated(&names("scope=a&sc%6fpe=b")), Some("scope"));
        assert_eq!(find_repeated(&names("scope=a&Scope=b")), None);
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        assert!(parse(&"a=1&".repeat(PARAMETERS_MAX)).is_ok());
        assert_eq!(parse(&"a=1&".repeat(PARAMETERS_MAX + 1)), Err(ParametersError::TooMany));
    }
}
