//! Status lists: the encoded bits, and the credential around them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::status::bitstring::{BYTES_MAX, Bitstring};
use pecan_credentials::status::{bitstring_status_list, status_list_2021};
use pecan_jose::json;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for decoded in [Bitstring::decode(text), bitstring_status_list::decode(text)] {
        if let Ok(bits) = decoded {
            assert!(bits.bits() <= BYTES_MAX * 8);
        }
    }
    if let Ok(value) = json::parse(bytes) {
        let _ = status_list_2021::Entry::parse(&value);
        let _ = bitstring_status_list::Entry::parse(&value);
        let _ = status_list_2021::StatusList::parse(&value);
        let _ = bitstring_status_list::StatusList::parse(&value);
    }
});
