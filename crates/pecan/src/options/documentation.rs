//! `docs/configuration.md`, from the table.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::table::{Kind, Row, TABLE, Use, heading};

const INTRODUCTION: &str = "# Configuration

<!-- Written by a test from the table of options in crates/pecan/src/options/table.rs; change it there. -->

An option has one key. It can be set in a file, in the environment and on the command line; each counts before the one before it.

| | `http.public.address` |
|---|---|
| file | `http:` with `public:` with `address: :8080` below it, or `http.public.address: :8080` |
| environment | `NUTS_HTTP_PUBLIC_ADDRESS=:8080` |
| command line | `--http.public.address=:8080` |

- The file is YAML: that of `--configfile`, else of `NUTS_CONFIGFILE`, else `./config/nuts.yaml`, which may be missing. Texts are kept as they are written: `0123` and `no` need no quotes.
- In the environment a comma separates the items of a list; a comma that belongs to a value is written `\\,`.
- On the command line a list is separated by commas, or its flag repeated. Secrets are not accepted there.
- Durations are written `500ms`, `30s`, `10m`, `1h30m`.
- An option that does not exist is ignored with a warning that names the nearest one. A flag that does not exist is an error.
- All problems of a configuration are reported at once, each with the option, its place and what to do.
- `pecan config` prints what is in force, and where each value comes from.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut last = "";
    for row in TABLE.iter().filter(|row| row.used == Use::Active) {
        if heading(row) != last {
            last = heading(row);
            write!(page, "\n## {last}\n\n| option | kind | default | |\n|---|---|---|---|\n")
                .expect("a string takes any text");
        }
        page += &line(row);
    }
    page += "\n## Without effect in this version\n\nThey are read, checked for their kind, and named in a warning when they are set.\n\n";
    page += "| option | kind | default | |\n|---|---|---|---|\n";
    TABLE.iter().filter(|row| row.used == Use::Later).for_each(|row| page += &line(row));
    page += "\n## Ignored\n\nThey belong to parts of the reference node that Pecan does not have. They are accepted, so that files of that node can be used.\n\n";
    let ignored = TABLE.iter().filter(|row| row.used == Use::Ignored);
    page += &ignored.map(|row| format!("`{}`", row.key)).collect::<Vec<_>>().join(", ");
    page += "\n";
    page
}

fn line(row: &Row) -> String {
    let kind = match row.kind {
        Kind::Text if row.is_secret => "secret",
        Kind::Text => "text",
        Kind::Switch => "switch",
        Kind::Integer => "number",
        Kind::Duration => "duration",
        Kind::List => "list",
        Kind::Map => "map",
    };
    let default = match row.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    format!("| `{}` | {kind} | {default} | {} |\n", row.key, row.help)
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = page();
    if fs::read_to_string(&path).unwrap_or_default() != page {
        fs::write(&path, page).expect("docs can be written");
        panic!("docs/configuration.md was not what the table says; it is now");
    }
}
