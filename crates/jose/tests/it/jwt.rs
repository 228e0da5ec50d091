//! Claims and their times.

use pecan_jose::json;
use pecan_jose::jwt::{Claims, ClaimsError, LEEWAY, TimeError};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

fn claims(value: &Value) -> Result<Claims, ClaimsError> {
    Claims::parse(value.to_string().as_bytes())
}

fn at(seconds: f64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds_f64(seconds)
}

#[test]
fn times_hold_within_the_leeway_and_not_beyond() {
    let cases = [
        (json!({"exp":100}), 104.999, Ok(())),
        (json!({"exp":100}), 105.0, Err(TimeError::Expired)),
        (json!({"iat":100}), 95.0, Ok(())),
        (json!({"iat":100}), 94.999, Err(TimeError::IssuedInFuture)),
        (json!({"nbf":100}), 95.001, Ok(())),
        (json!({"nbf":100}), 95.0, Err(TimeError::NotYetValid)),
        (json!({}), 0.0, Ok(())),
        (json!({"exp":i64::MAX,"nbf":i64::MIN,"iat":i64::MIN}), 1e9, Ok(())),
        (json!({"exp":i64::MIN}), 1e9, Err(TimeError::Expired)),
        (json!({"exp":-1}), 1e9, Err(TimeError::Expired)),
        (json!({"exp":100.9}), 105.0, Err(TimeError::Expired)),
    ];
    for (value, now, expected) in cases {
        assert_eq!(
            claims(&value).unwrap().check_times(at(now), LEEWAY),
            expected,
            "{value} at {now}"
        );
    }
    let exact = claims(&json!({"iat":100,"nbf":99,"exp":101})).unwrap();
    assert_eq!(exact.check_times(at(100.0), Duration::ZERO), Ok(()));
    assert_eq!(exact.check_times(at(99.999), Duration::ZERO), Err(TimeError::IssuedInFuture));
    assert_eq!(exact.check_times(at(101.0), Duration::ZERO), Err(TimeError::Expired));
    assert_eq!(exact.check_times(at(100.0), Duration::MAX), Ok(()));
    assert_eq!(exact.check_times(at(100.0), Duration::MIN), Err(TimeError::Expired));
}

#[test]
fn fractions_are_dropped() {
    let claims = claims(&json!({"exp":1.9,"nbf":-1.9,"iat":1e9})).unwrap();
    assert_eq!(claims.expires_at(), Some(1));
    assert_eq!(claims.not_before(), Some(-1));
    assert_eq!(claims.issued_at(), Some(1_000_000_000));
}

#[test]
fn hostile_values_are_errors_and_not_absent_claims() {
    for name in ["exp", "nbf", "iat"] {
        for value in [json!("1"), json!(null), json!([1]), json!({}), json!(true)] {
            assert_eq!(claims(&json!({ name: value })), Err(ClaimsError::WrongType { name }));
        }
        for value in [json!(1e300), json!(-1e300), json!(u64::MAX), json!(9.3e18)] {
            assert_eq!(claims(&json!({ name: value })), Err(ClaimsError::OutOfRange { name }));
        }
    }
    for name in ["iss", "sub", "jti", "nonce"] {
        assert_eq!(claims(&json!({ name: 1 })), Err(ClaimsError::WrongType { name }));
    }
    for value in [json!(1), json!(["a", 1]), json!({}), json!(null)] {
        assert_eq!(claims(&json!({ "aud": value })), Err(ClaimsError::WrongType { name: "aud" }));
    }
}

#[test]
fn a_claim_named_twice_is_refused_at_any_depth() {
    let name = "x".to_owned();
    let expected = Err(ClaimsError::Invalid(json::Error::DuplicateMember { name }));
    assert_eq!(Claims::parse(br#"{"x":1,"x":2}"#), expected);
    assert_eq!(Claims::parse(br#"{"vc":[{"x":1,"x":2}]}"#), expected);
}

#[test]
fn registered_claims_are_found() {
    let value = json!({"iss":"a","sub":"b","jti":"c","nonce":"d","aud":["e","f"],"x":1});
    let claims = claims(&value).unwrap();
    assert_eq!(claims.issuer(), Some("a"));
    assert_eq!(claims.subject(), Some("b"));
    assert_eq!(claims.id(), Some("c"));
    assert_eq!(claims.nonce(), Some("d"));
    assert_eq!(claims.audience().collect::<Vec<_>>(), ["e", "f"]);
    assert_eq!(Value::Object(claims.members().clone()), value);
    assert_eq!(Value::Object(claims.into_members()), value);
}

#[test]
fn an_audience_may_be_one_text() {
    let one = claims(&json!({"aud":"e"})).unwrap();
    assert_eq!(one.audience().collect::<Vec<_>>(), ["e"]);
    assert_eq!(claims(&json!({})).unwrap().audience().count(), 0);
}

proptest! {
    #[test]
    fn any_payload_is_answered(bytes: Vec<u8>, exp: f64, nbf: i64, iat: u64, now in -1e11..1e11) {
        let _ = Claims::parse(&bytes);
        if let Ok(claims) = claims(&json!({"exp":exp,"nbf":nbf,"iat":iat})) {
            let _ = claims.check_times(at(now), LEEWAY);
        }
    }
}
