//! Presentations in both formats, and the credentials in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::presentation::Presentation;
use pecan_fuzz::{PROCESSOR, STRANGER};

fuzz_target!(|text: &str| {
    let Ok(presentation) = Presentation::parse(text) else { return };
    assert_eq!(presentation.raw(), text);
    let again = Presentation::from_value(presentation.to_value()).expect("what was read is read again");
    assert_eq!(again.view(), presentation.view());
    let _ = presentation.check_binding();
    let _ = (presentation.audience(), presentation.created_at(), presentation.expires_at());
    let now = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_600);
    assert!(presentation.verify_signature(&STRANGER, now, &PROCESSOR).is_err());
});
