//! The file of `gateway.configfile`: which gateways may ask, and what is behind them.
//!
//! Strict, unlike the configuration of a node: a member that does not exist is an error, since it may be a protection that somebody
//! believes in. All problems are reported at once, each with its place.

mod gateways;
mod routes;
mod section;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use pecan_node::gateway;

use super::file::File;
use super::problem::{Problems, Source};
use super::yaml;
use section::{Report, Section};

/// Reads a file of the machine.
pub(crate) type Files<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// What else decides whether a file can be used.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// `strictmode`.
    pub(super) is_strict: bool,
    /// Whether the listener asks for certificates.
    pub(super) takes_certificates: bool,
    /// Where secrets are read from.
    pub(super) files: Files<'a>,
}

/// Gateways and routes. What is wrong is among the problems; then the settings are not whole.
pub(super) fn read(
    file: &File,
    surroundings: Surroundings<'_>,
    problems: &mut Problems,
) -> gateway::Settings {
    let entries = match yaml::read(&file.bytes) {
        Ok(entries) => entries,
        Err(error) => {
            let source = Source::File { path: file.path.clone(), line: 1 };
            let text = format!("unable to load the gateway file: {}:{error}", file.path);
            problems.error("gateway.configfile", &source, text, "correct the file");
            return gateway::Settings::default();
        }
    };
    let report = &mut Report::new(&file.path, problems);
    let mut whole = Section::whole(entries);
    let folder = Path::new(&file.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut settings = gateway::Settings::default();
    let sections = whole.named_sections("gateways", report);
    // A gateway that is wrong is there all the same.
    let names: Vec<String> = sections.iter().map(|section| section.name().to_owned()).collect();
    for section in sections {
        let mut reader = gateways::Reader { surroundings, folder: &folder, report };
        settings.gateways.extend(reader.gateway(section));
    }
    for section in whole.named_sections("routes", report) {
        settings.routes.extend(routes::route(section, &names, surroundings, report));
    }
    whole.finish(report);
    settings
}

/// The routes of a file alone; secrets are not read. For commands that explain.
pub(crate) fn read_routes(file: &File, problems: &mut Problems) -> Vec<gateway::Route> {
    // A text that could be a secret: nobody proves anything with it.
    let files = |_: &Path| Ok(vec![b'x'; 64]);
    let surroundings = Surroundings { is_strict: false, takes_certificates: true, files: &files };
    read(file, surroundings, problems).routes
}

/// The route that is the section `route` of a file.
pub(crate) fn read_route(file: &File, problems: &mut Problems) -> Option<gateway::Route> {
    let files = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let surroundings = Surroundings { is_strict: false, takes_certificates: true, files: &files };
    let entries = yaml::read(&file.bytes).ok()?;
    let report = &mut Report::new(&file.path, problems);
    let section = Section::whole(entries).section("route", report)?;
    routes::route(section, &[], surroundings, report)
}
