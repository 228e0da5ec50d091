//! Presentation submissions: what is read prints as a submission that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::exchange::submission::Submission;

fuzz_target!(|text: &str| {
    if let Ok(submission) = Submission::parse(text) {
        assert_eq!(Submission::read(&submission.to_value()).as_ref(), Ok(&submission));
    }
});
