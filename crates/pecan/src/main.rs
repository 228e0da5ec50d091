//! The executable: reads what the operator says, wires the parts of a node together, starts and stops them.

mod about;
mod commands;
mod demo;
mod log;
mod options;
mod wire;

use std::process::ExitCode;

use clap::{Arg, ArgAction, Command};
use mimalloc::MiMalloc;

use crate::options::flags;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const EXAMPLES: &str = "\
Examples:
  pecan server --configfile /etc/pecan/nuts.yaml
  pecan server --strictmode=false --url http://localhost:8080
  NUTS_URL=https://node.example.nl pecan config

Each option can also be set in the file (`http:` with `log:` below it) and in the environment (NUTS_HTTP_LOG).
Those that have no effect in this version are accepted and not shown here; docs/configuration.md has them all.";

fn main() -> ExitCode {
    // The tests of a library could have installed another one; in this process nothing else does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let matches = command().get_matches();
    match matches.subcommand() {
        Some(("server", matches)) => commands::server::run(matches),
        Some(("config", matches)) => commands::config::run(matches),
        Some(("demo", matches)) => demo::run(matches),
        Some(("status", matches)) => commands::status::run(matches),
        Some(("explain", matches)) => commands::explain::run(matches),
        Some(("policy", matches)) => commands::policy::run(matches),
        _ => ExitCode::FAILURE,
    }
}

fn command() -> Command {
    let config = flags::add(
        Command::new("config").about("Print the configuration in force").next_line_help(true),
    );
    let server = flags::add(Command::new("server").about("Run a node").next_line_help(true));
    Command::new("pecan")
        .about("A Nuts node: wallet, OAuth2 server and client, issuer and verifier for every organisation that it hosts")
        .version(about::VERSION)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(server.after_help(EXAMPLES))
        .subcommand(config.after_help(EXAMPLES))
        .subcommand(commands::status::command())
        .subcommand(commands::explain::command())
        .subcommand(commands::policy::command())
        .subcommand(demo::command())
        .arg(Arg::new("version").long("version").short('V').action(ArgAction::Version).help("Print the version"))
        .disable_version_flag(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_help_shows_what_has_an_effect_under_its_heading() {
        let mut command = command();
        let server = command.find_subcommand_mut("server").expect("there is one");
        let help = server.render_long_help().to_string();
        for expected in
            ["Listeners:", "--http.public.address <TEXT>", "[default: :8080]", "Examples:"]
        {
            assert!(help.contains(expected), "{expected}:\n{help}");
        }
        for hidden in ["goldenhammer", "crypto.vault", "password"] {
            assert!(!help.contains(hidden), "{hidden}");
        }
    }
}
