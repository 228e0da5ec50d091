//! Requests to the token endpoint and the answer with the token: [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).
//!
//! Tells grants apart and sees that their parameters are there. Does not judge what the parameters hold.

use serde::Serialize;

use crate::error::ErrorCode;
use crate::metadata::VP_TOKEN_BEARER;

/// The grant of the user flow, RFC 6749 §4.1.3.
pub const AUTHORIZATION_CODE: &str = "authorization_code";
/// The grant of credential issuance, OpenID4VCI §6.1.
pub const PRE_AUTHORIZED_CODE: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// How much of an unknown grant type an answer repeats, in characters.
const GRANT_TYPE_SHOWN_MAX: usize = 100;

/// A request to the token endpoint, by its grant.
#[derive(Clone, Copy)]
pub enum TokenRequest<'a> {
    /// A presentation for a token.
    VpToken(VpTokenRequest<'a>),
    /// A code for a token.
    AuthorizationCode(CodeRequest<'a>),
}

/// The parameters of a `vp_token-bearer` request, as sent. Any may be empty.
#[derive(Clone, Copy)]
pub struct VpTokenRequest<'a> {
    /// What the client calls itself. It proves nothing.
    pub client_id: &'a str,
    /// One or several presentations.
    pub assertion: &'a str,
    /// Which credential is for which descriptor, as JSON.
    pub presentation_submission: &'a str,
    /// The scopes, separated by white space.
    pub scope: &'a str,
}

/// The parameters of an `authorization_code` request, as sent.
#[derive(Clone, Copy)]
pub struct CodeRequest<'a> {
    /// The code.
    pub code: &'a str,
    /// The secret of the client, RFC 7636 §4.5.
    pub code_verifier: &'a str,
    /// Who asked for the code.
    pub client_id: &'a str,
}

/// Why a request has no grant that is answered. `Display` is the `error_description`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A grant that this server does not know.
    #[error("grant_type '{grant_type}' is not supported")]
    UnsupportedGrant {
        /// The beginning of what was asked; empty if nothing was.
        grant_type: String,
    },
    /// A grant that is known and not served.
    #[error("not implemented yet")]
    PreAuthorizedCode,
    /// A parameter of `vp_token-bearer` is not there.
    #[error("missing required parameters")]
    MissingParameters,
    /// A parameter of `authorization_code` is not there.
    #[error("missing {name} parameter")]
    MissingParameter {
        /// Its name.
        name: &'static str,
    },
}

impl RequestError {
    /// The code, RFC 6749 §5.2.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::UnsupportedGrant { .. } | Self::PreAuthorizedCode => {
                ErrorCode::UnsupportedGrantType
            }
            Self::MissingParameters | Self::MissingParameter { .. } => ErrorCode::InvalidRequest,
        }
    }
}

impl<'a> TokenRequest<'a> {
    /// Reads a request; `find` gives the value of a parameter that was sent, also an empty one.
    pub fn parse(find: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, RequestError> {
        match find("grant_type").unwrap_or_default() {
            VP_TOKEN_BEARER => {
                vp_token(find).map(Self::VpToken).ok_or(RequestError::MissingParameters)
            }
            AUTHORIZATION_CODE => code(find).map(Self::AuthorizationCode),
            PRE_AUTHORIZED_CODE => Err(RequestError::PreAuthorizedCode),
            other => {
                let grant_type = other.chars().take(GRANT_TYPE_SHOWN_MAX).collect();
                Err(RequestError::UnsupportedGrant { grant_type })
            }
        }
    }
}

fn vp_token<'a>(find: impl Fn(&'static str) -> Option<&'a str>) -> Option<VpTokenRequest<'a>> {
    Some(VpTokenRequest {
        presentation_submission: find("presentation_submission")?,
        scope: find("scope")?,
        assertion: find("assertion")?,
        client_id: find("client_id")?,
    })
}

fn code<'a>(
    find: impl Fn(&'static str) -> Option<&'a str>,
) -> Result<CodeRequest<'a>, RequestError> {
    let require = |name| find(name).ok_or(RequestError::MissingParameter { name });
    // In this order: the first that is missing is named.
    Ok(CodeRequest {
        code: require("code")?,
        code_verifier: require("code_verifier")?,
        client_id: require("client_id")?,
    })
}

/// How a token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// By whoever has it, RFC 6750.
    Bearer,
    /// With a proof of the key that it is bound to, RFC 9449.
    #[serde(rename = "DPoP")]
    Dpop,
}

/// The answer with a token, RFC 6749 §5.1.
#[derive(Serialize)]
pub struct TokenAnswer<'a> {
    /// The token.
    pub access_token: &'a str,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// How it is used.
    pub token_type: TokenType,
    /// What was granted.
    pub scope: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(parameters: &'static [(&'static str, &'static str)]) -> Result<&'static str, String> {
        let find = |name| parameters.iter().find(|(known, _)| *known == name).map(|found| found.1);
        match TokenRequest::parse(find) {
            Ok(TokenRequest::VpToken(_)) => Ok("vp_token"),
            Ok(TokenRequest::AuthorizationCode(_)) => Ok("code"),
            Err(error) => Err(format!("{} - {error}", error.code())),
        }
    }

    #[test]
    fn a_request_is_told_by_its_grant() {
        let refused = |text: &str| Err(text.to_owned());
        assert_eq!(
            parse(&[
                ("grant_type", VP_TOKEN_BEARER),
                ("scope", ""),
                ("client_id", ""),
                ("assertion", ""),
                ("presentation_submission", "")
            ]),
            Ok("vp_token")
        );
        assert_eq!(
            parse(&[
                ("grant_type", VP_TOKEN_BEARER),
                ("scope", "s"),
                ("client_id", ""),
                ("assertion", "")
            ]),
            refused("invalid_request - missing required parameters")
        );
        assert_eq!(
            parse(&[("grant_type", AUTHORIZATION_CODE)]),
            refused("invalid_request - missing code parameter")
        );
        assert_eq!(
            parse(&[("grant_type", AUTHORIZATION_CODE), ("code", "c"), ("client_id", "i")]),
            refused("invalid_request - missing code_verifier parameter")
        );
        assert_eq!(
            parse(&[("grant_type", PRE_AUTHORIZED_CODE)]),
            refused("unsupported_grant_type - not implemented yet")
        );
        assert_eq!(
            parse(&[("grant_type", "password")]),
            refused("unsupported_grant_type - grant_type 'password' is not supported")
        );
        assert_eq!(parse(&[]), refused("unsupported_grant_type - grant_type '' is not supported"));
    }

    #[test]
    fn the_answer_has_the_members_of_the_specification_and_no_more() {
        let answer = TokenAnswer {
            access_token: "t",
            expires_in: 900,
            token_type: TokenType::Dpop,
            scope: "a b",
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"access_token":"t","expires_in":900,"token_type":"DPoP","scope":"a b"}"#
        );
    }
}
