//! The strict JSON reader: what it reads, it reads again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jose::json;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = json::parse(bytes) {
        let printed = value.to_string();
        assert_eq!(json::parse(printed.as_bytes()), Ok(value), "{printed}");
    }
});
