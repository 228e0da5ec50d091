//! Repository chores that a person starts: `cargo xtask bench`, `cargo xtask seed-fuzz`.

mod bench;
mod seed_fuzz;

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match arguments.next().as_deref() {
        Some("seed-fuzz") => seed_fuzz::run(),
        Some("bench") => bench::run(arguments),
        // What `bench` compares with; it starts this itself.
        Some("empty-server") => bench::serve_empty(&arguments.next().unwrap_or_default()),
        _ => Err("usage: cargo xtask bench [--help] | seed-fuzz".to_owned()),
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
