//! What happens around every operation, in the order of contract/platform.md 2.2.

mod access_log;
mod client_ip;
mod frame;

pub(crate) use client_ip::X_FORWARDED_FOR;
pub(crate) use frame::{Frame, Framed, Mounted, Path, Rule};
