//! Compact and detached JWS, and the claims inside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jose::jws::{DetachedJws, Jws};
use pecan_jose::jwt::Claims;

fuzz_target!(|text: &str| {
    if let Ok(jws) = Jws::parse(text) {
        assert_eq!(jws.as_str(), text);
        if let Ok(claims) = Claims::parse(jws.payload()) {
            let _ = claims.check_times(time::OffsetDateTime::UNIX_EPOCH, pecan_jose::jwt::LEEWAY);
        }
    }
    let _ = DetachedJws::parse(text);
});
