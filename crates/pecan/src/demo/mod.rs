//! `pecan demo`: two organisations on this machine, over TLS, the main job between them, and a patient who is handed over.

mod certificates;
mod eoverdracht;
mod party;
mod printer;
mod story;
mod tap;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use pecan_platform::random::{self, SystemRandom};

use self::eoverdracht::{DecisionLog, Handover, Sites};
use self::party::Outcome;
use self::printer::{Printer, Tone};
use self::story::Story;

/// The command.
pub(crate) fn command() -> Command {
    let once = Arg::new("once")
        .long("once")
        .action(ArgAction::SetTrue)
        .help("End after the story, with a failure if anything did not go as it should");
    Command::new("demo")
        .about("Show the main job between two organisations on this machine")
        .arg(once)
}

/// Tells the story; without `--once` both nodes stay until Ctrl-C.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let is_plain = is_plain_terminal();
    let printer = Printer::new(is_plain);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(printer, &error),
    };
    match runtime.block_on(tell(printer, matches.get_flag("once"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(printer, error.as_ref()),
    }
}

/// What `NO_COLOR` (no-color.org) and `TERM` say.
#[expect(clippy::disallowed_methods, reason = "the terminal describes itself in the environment")]
fn is_plain_terminal() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_none_or(|name| name == "dumb")
}

fn fail(printer: Printer, error: &dyn std::error::Error) -> ExitCode {
    printer::line("");
    printer::line(&printer.tone(Tone::Bad, &format!("The demo failed: {error}")));
    ExitCode::FAILURE
}

async fn tell(printer: Printer, once: bool) -> Outcome<()> {
    let folder = Folder::create()?;
    let log = DecisionLog::start(printer)?;
    // What the nodes are told of the gateways before them must be there when they start.
    let sites = Sites::plan(&folder.0)?;
    let mut story = Story::begin(&folder.0, printer).await?;
    story.credentials().await?;
    for (scope, format) in [("medication-overview", "JWT"), ("care-plan", "JSON-LD")] {
        for token_type in ["DPoP", "Bearer"] {
            story.main_job(scope, format, token_type).await?;
        }
    }
    story.replay().await?;
    story.refusal().await?;
    let mut handover = Handover::begin(story, sites, log, &folder.0).await?;
    handover.tell().await?;
    if !once {
        handover.try_it(&folder.0).await?;
        tokio::signal::ctrl_c().await?;
    }
    handover.end().await?;
    printer::line("");
    printer::line(&printer.tone(Tone::Good, "All of it went as it should."));
    Ok(())
}

/// A folder for one run, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Outcome<Self> {
        let name = format!("pecan-demo-{}", random::uuid(&SystemRandom));
        let folder = std::env::temp_dir().join(name);
        // SECURITY: keys and secrets of the story are nobody else's, and nobody was there before.
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
