//! The log: one line for each event on the standard error stream, as text or JSON (contract/platform.md 4.5).

use std::fmt;
use std::fmt::Write as _;

use pecan_platform::clock::{Clock, SystemClock};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::options::settings::LogSettings;

/// Starts the log of the process.
pub(crate) fn start(settings: LogSettings) -> Result<(), TryInitError> {
    // SECURITY: what libraries log below a warning may hold headers and statements, and with them secrets.
    let targets = Targets::new()
        .with_default(settings.level.min(LevelFilter::WARN))
        .with_target("pecan", settings.level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .event_format(Lines { is_json: settings.is_json });
    tracing_subscriber::registry().with(targets).with(layer).try_init()
}

/// RFC 3339 in UTC, always of one length.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

struct Lines {
    is_json: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Line::new(self.is_json);
        event.record(&mut line);
        let (level, module) = (level(*metadata.level()), module(metadata.target()));
        line.write(&mut writer, SystemClock.now(), level, module)
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// `pecan_node::subject::create` is the module `node::subject`.
fn module(target: &str) -> &str {
    let target = target.strip_prefix("pecan_").unwrap_or(target);
    let second_ends = target.match_indices("::").nth(1).map(|(at, _)| at);
    second_ends.and_then(|end| target.get(..end)).unwrap_or(target)
}

/// The line of one event. It is written while the fields are read: requests wait for it.
struct Line {
    is_json: bool,
    message: String,
    /// The fields, each with what stands before it.
    fields: String,
}

impl Line {
    fn new(is_json: bool) -> Self {
        Self { is_json, message: String::new(), fields: String::with_capacity(256) }
    }

    fn add(&mut self, field: &Field, value: &dyn fmt::Display) {
        let name = match field.name() {
            // A field cannot take the place of one of these.
            "time" => "fields.time",
            "level" => "fields.level",
            "msg" => "fields.msg",
            "module" => "fields.module",
            name => name,
        };
        let written = if self.is_json {
            write!(self.fields, ",\"{name}\":{value}")
        } else {
            write!(self.fields, " {name}={value}")
        };
        written.expect("a string takes any text");
    }

    fn add_text(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            text.clone_into(&mut self.message);
        } else if self.is_json {
            self.add(field, &Json(text));
        } else {
            self.add(field, &Quoted(text));
        }
    }

    fn write(
        &self,
        writer: &mut Writer<'_>,
        now: OffsetDateTime,
        level: &str,
        module: &str,
    ) -> fmt::Result {
        let Self { is_json, message, fields } = self;
        let time = now.format(TIME).map_err(|_| fmt::Error)?;
        if *is_json {
            let (message, module) = (Json(message), Json(module));
            let head = format_args!("\"time\":\"{time}\",\"level\":\"{level}\",\"msg\":{message}");
            writeln!(writer, "{{{head},\"module\":{module}{fields}}}")
        } else {
            writeln!(
                writer,
                "time=\"{time}\" level={level} msg={message:?}{fields} module={module}"
            )
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, &value);
    }
}

/// A text as a JSON string.
struct Json<'a>(&'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self.0).map_err(|_| fmt::Error)?)
    }
}

/// A text that is quoted where it would not be one word.
// SECURITY: a line break of a caller must not begin a line of the log.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-._/@^+:".contains(c);
        if !self.0.is_empty() && self.0.chars().all(is_word) {
            f.write_str(self.0)
        } else {
            write!(f, "{:?}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What a log of this form has of an event, after its time.
    fn logged(is_json: bool) -> String {
        let buffer = Buffer::default();
        let sink = buffer.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || sink.clone())
            .event_format(Lines { is_json });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let detail = "a \"b\"\nlevel=error";
            tracing::info!(
                target: "pecan_server::respond::log",
                subject = "clinic",
                detail,
                status = 200_u16,
                is_kept = true,
                took = ?std::time::Duration::from_millis(3),
                level = "forged",
                "request {}",
                "refused"
            );
        });
        let bytes = buffer.0.lock().expect("not poisoned").clone();
        let line = String::from_utf8(bytes).expect("text");
        let (_, rest) = line.split_once("level").expect("a level");
        format!("level{rest}")
    }

    #[test]
    fn a_line_of_text_is_one_line() {
        assert_eq!(
            logged(false),
            "level=info msg=\"request refused\" subject=clinic \
             detail=\"a \\\"b\\\"\\nlevel=error\" status=200 is_kept=true took=3ms \
             fields.level=forged module=server::respond\n"
        );
    }

    #[test]
    fn a_line_of_json_has_the_members_that_the_contract_names() {
        assert_eq!(
            logged(true),
            "level\":\"info\",\"msg\":\"request refused\",\"module\":\"server::respond\",\
             \"subject\":\"clinic\",\"detail\":\"a \\\"b\\\"\\nlevel=error\",\"status\":200,\
             \"is_kept\":true,\"took\":\"3ms\",\"fields.level\":\"forged\"}\n"
        );
    }
}
