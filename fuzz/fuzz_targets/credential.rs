//! Credentials in both formats: what is read has a view and keeps its text; nothing verifies by chance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::credential::{Credential, validate};
use pecan_fuzz::{PROCESSOR, STRANGER};

fuzz_target!(|text: &str| {
    let Ok(credential) = Credential::parse(text) else { return };
    assert_eq!(credential.raw(), text);
    assert!(credential.view().is_object());
    let again = Credential::from_value(credential.to_value()).expect("what was read is read again");
    assert_eq!(again.view(), credential.view());
    let _ = validate::validate(&credential);
    let now = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_600);
    let _ = credential.check_validity(now);
    assert!(credential.verify_signature(&STRANGER, now, &PROCESSOR).is_err());
});
