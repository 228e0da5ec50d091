//! Repository chores that a person starts: `cargo xtask seed-fuzz`.

mod seed_fuzz;

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (Some("seed-fuzz"), None) => seed_fuzz::run(),
        _ => Err("usage: cargo xtask seed-fuzz".to_owned()),
    };
    match outcome {
        Ok(report) => {
            let _ = writeln!(io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}
