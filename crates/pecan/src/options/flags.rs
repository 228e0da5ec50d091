//! Options from the command line: `--http.log=nothing` (contract/platform.md 3.1).

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::table::{Kind, Row, TABLE, Use, heading};
use super::value::Given;

/// A value of the command line.
pub(crate) type Flag = (&'static Row, Vec<String>);

/// Adds a flag for each option. Those that do nothing are accepted and not shown.
pub(crate) fn add(command: Command) -> Command {
    TABLE.iter().fold(command, |command, row| command.arg(argument(row)))
}

fn argument(row: &'static Row) -> Arg {
    let help = match row.default {
        "" => row.help.to_owned(),
        default => format!("{} [default: {default}]", row.help),
    };
    let argument = Arg::new(row.key)
        .long(row.key)
        .help(help)
        .help_heading(heading(row))
        .hide(row.used != Use::Active || !row.may_be_flag())
        .action(ArgAction::Append)
        .allow_hyphen_values(true);
    match row.kind {
        Kind::Switch => argument
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Text => argument.value_name("TEXT"),
        Kind::Integer => argument.value_name("NUMBER"),
        Kind::Duration => argument.value_name("DURATION"),
        Kind::List => argument.value_name("ITEM,ITEM"),
        Kind::Map => argument.value_name("NAME=VALUE"),
    }
}

/// The flags that were given.
pub(crate) fn read(matches: &ArgMatches) -> Vec<Flag> {
    let given = |row: &'static Row| {
        let values = matches.get_many::<String>(row.key)?;
        Some((row, values.cloned().collect()))
    };
    TABLE.iter().filter_map(given).collect()
}

/// The value of a flag that was given once or more. The last counts, but for lists and maps, which add up.
pub(crate) fn value(kind: Kind, texts: &[String]) -> Given {
    let items = || texts.iter().flat_map(|text| comma_separated(text));
    match kind {
        Kind::List => Given::Many(items().collect()),
        Kind::Map => {
            let pair = |item: String| {
                let (name, value) = item.split_once('=').unwrap_or((&item, ""));
                (name.to_owned(), value.to_owned())
            };
            Given::Pairs(items().map(pair).collect())
        }
        Kind::Text | Kind::Switch | Kind::Integer | Kind::Duration => {
            Given::One(texts.last().cloned().unwrap_or_default())
        }
    }
}

/// The items of a line of comma separated values: a comma within double quotes is none, two double quotes are one.
fn comma_separated(line: &str) -> Vec<String> {
    if line.is_empty() {
        return Vec::new();
    }
    let mut items = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(item) = items.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => item.push('"'),
            '"' if is_quoted || item.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => items.push(String::new()),
            other => item.push(other),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Vec<(&'static str, Given)>, clap::Error> {
        let matches = add(Command::new("server").no_binary_name(true))
            .try_get_matches_from(arguments.iter().copied())?;
        let flags = read(&matches).into_iter();
        Ok(flags.map(|(row, texts)| (row.key, value(row.kind, &texts))).collect())
    }

    #[test]
    fn flags_are_read_by_the_kind_of_their_option() {
        let one = |text: &str| Given::One(text.to_owned());
        let many = |items: &[&str]| Given::Many(items.iter().map(ToString::to_string).collect());
        for (arguments, key, expected) in [
            (vec!["--url", "https://a,b"], "url", one("https://a,b")),
            (vec!["--url=x", "--url=y"], "url", one("y")),
            (vec!["--strictmode"], "strictmode", one("true")),
            (vec!["--strictmode=false"], "strictmode", one("false")),
            (vec!["--didmethods", "web,nuts"], "didmethods", many(&["web", "nuts"])),
            (vec!["--didmethods=web", "--didmethods=nuts"], "didmethods", many(&["web", "nuts"])),
            (vec!["--didmethods=\"a,b\",\"c\"\"d\""], "didmethods", many(&["a,b", "c\"d"])),
            (vec!["--didmethods="], "didmethods", many(&[])),
            (
                vec!["--jsonld.contexts.localmapping=https://a=/b,c=d"],
                "jsonld.contexts.localmapping",
                Given::Pairs(vec![
                    ("https://a".to_owned(), "/b".to_owned()),
                    ("c".to_owned(), "d".to_owned()),
                ]),
            ),
        ] {
            let found = parse(&arguments).expect("flags");
            assert_eq!(found, [(key, expected)], "{arguments:?}");
        }
    }

    #[test]
    fn an_unknown_flag_is_an_error() {
        for arguments in [vec!["--foo"], vec!["--url"], vec!["url"]] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }
}
