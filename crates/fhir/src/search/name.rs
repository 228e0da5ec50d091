//! Names of search parameters: base, modifier, chain and reverse chain.

use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::types::Version;

/// The most bytes of a name.
const NAME_BYTES_MAX: usize = 256;
/// The most steps of a chain, reverse ones included.
const STEPS_MAX: usize = 6;

/// Parameters of the specification that begin with `_`. Any other spelling of one of these is refused.
#[rustfmt::skip]
const SPECIAL: [&str; 26] = [
    "_at", "_contained", "_containedType", "_content", "_count", "_elements", "_filter", "_format", "_has", "_id", "_include",
    "_lastUpdated", "_list", "_pretty", "_profile", "_query", "_revinclude", "_security", "_since", "_sort", "_source", "_summary",
    "_tag", "_text", "_total", "_type",
];
/// The only names of search parameters with capitals.
const CAMEL: [&str; 4] = ["_lastUpdated", "_containedType", "objectClass", "objectClassProperty"];
/// Modifiers of STU3 and R4, beside types.
#[rustfmt::skip]
const MODIFIERS: [&str; 12] = [
    "above", "below", "contains", "exact", "identifier", "in", "iterate", "missing", "not", "not-in", "of-type", "text",
];

/// A name, and where its parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As written.
    pub(crate) text: String,
    /// The end of the base.
    pub(crate) base_end: usize,
    /// Whether a modifier follows the base.
    pub(crate) modifier: Option<Modifier>,
    /// The beginning of what follows the first step: a chain, or what a `_has` leads to.
    pub(crate) chain_start: Option<usize>,
    /// The parameter that the value belongs to: the end of the chain, or the base.
    last: std::ops::Range<usize>,
    /// Its modifier.
    pub(crate) last_modifier: Option<Modifier>,
}

/// What follows a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modifier {
    /// A word of the specification.
    Word(&'static str),
    /// A resource type.
    Type(&'static str),
}

/// What a name belongs to: operations name their parameters in camel case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Search,
    Operation,
}

impl Name {
    /// Reads a decoded name.
    pub(crate) fn parse(text: String, version: Version, kind: Kind) -> Result<Self, Unplaceable> {
        let refuse = |why| Unplaceable::ParameterName { name: excerpt(&text), why };
        if text.len() > NAME_BYTES_MAX {
            return Err(refuse("it is too long"));
        }
        if text.eq_ignore_ascii_case("_method") {
            return Err(Unplaceable::MethodOverride { place: "parameter", name: excerpt(&text) });
        }
        let parser = Parser { text: &text, version, kind };
        let first = parser.step(0)?;
        let mut next = first.chain_start;
        let mut last = 0..first.base_end;
        let mut last_modifier = first.modifier;
        let mut steps = 1;
        while let Some(start) = next {
            if steps == STEPS_MAX {
                return Err(refuse("its chain is too long"));
            }
            let step = parser.step(start)?;
            // A modifier that is a type leads on; any other ends the name.
            if matches!(step.modifier, Some(Modifier::Word("iterate"))) {
                return Err(refuse("only inclusions iterate"));
            }
            next = step.chain_start;
            last = start..step.base_end;
            last_modifier = step.modifier;
            steps += 1;
        }
        let Step { base_end, modifier, chain_start } = first;
        if modifier == Some(Modifier::Word("iterate"))
            && !matches!(text.get(..base_end), Some("_include" | "_revinclude"))
        {
            return Err(refuse("only inclusions iterate"));
        }
        Ok(Self { text, base_end, modifier, chain_start, last, last_modifier })
    }

    /// The name of the first parameter, or `_has`.
    pub(crate) fn base(&self) -> &str {
        self.text.get(..self.base_end).unwrap_or_default()
    }

    /// Whether the base is of the specification or begins without `_`.
    pub(crate) fn is_known(&self) -> bool {
        !self.base().starts_with('_') || SPECIAL.contains(&self.base())
    }

    /// The parameter that the value belongs to.
    pub(crate) fn last_base(&self) -> &str {
        self.text.get(self.last.clone()).unwrap_or_default()
    }

    /// Takes the last modifier off.
    pub(crate) fn drop_last_modifier(&mut self) {
        self.text.truncate(self.last.end);
        self.last_modifier = None;
        if self.chain_start.is_none() {
            self.modifier = None;
        }
    }
}

/// One step of a chain.
struct Step {
    base_end: usize,
    modifier: Option<Modifier>,
    chain_start: Option<usize>,
}

struct Parser<'a> {
    text: &'a str,
    version: Version,
    kind: Kind,
}

impl Parser<'_> {
    /// Reads `base[:modifier][.chain]` or `_has:Type:parameter:rest`.
    fn step(&self, start: usize) -> Result<Step, Unplaceable> {
        let base_end = self.word_end(start);
        self.check_base(self.text.get(start..base_end).unwrap_or_default())?;
        if self.text.get(start..base_end) == Some("_has") {
            return self.reverse_step(base_end);
        }
        let mut end = base_end;
        let mut modifier = None;
        if self.text.as_bytes().get(end) == Some(&b':') {
            let word_end = self.word_end(end + 1);
            modifier = Some(self.modifier(self.text.get(end + 1..word_end).unwrap_or_default())?);
            end = word_end;
        }
        let chain_start = match (self.text.as_bytes().get(end), modifier) {
            (None, _) => None,
            (Some(b'.'), None | Some(Modifier::Type(_))) => Some(end + 1),
            (Some(_), _) => {
                return Err(self.refuse("it is not made of names, a modifier and a chain"));
            }
        };
        Ok(Step { base_end, modifier, chain_start })
    }

    /// Reads `:Type:parameter:rest` after `_has`.
    fn reverse_step(&self, base_end: usize) -> Result<Step, Unplaceable> {
        let refuse = || self.refuse("`_has` needs a type, a parameter and a parameter");
        let colon =
            |place: usize| (self.text.as_bytes().get(place) == Some(&b':')).then_some(place + 1);
        let type_start = colon(base_end).ok_or_else(refuse)?;
        let type_end = self.word_end(type_start);
        self.resource_type(self.text.get(type_start..type_end).unwrap_or_default())?;
        let parameter_start = colon(type_end).ok_or_else(refuse)?;
        let parameter_end = self.word_end(parameter_start);
        self.check_base(self.text.get(parameter_start..parameter_end).unwrap_or_default())?;
        let rest = colon(parameter_end).ok_or_else(refuse)?;
        Ok(Step { base_end, modifier: None, chain_start: Some(rest) })
    }

    fn word_end(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.find([':', '.']).unwrap_or(rest.len())
    }

    fn check_base(&self, base: &str) -> Result<(), Unplaceable> {
        if base.is_empty() {
            return Err(self.refuse("a part of it is empty"));
        }
        if !base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Err(self.refuse("it has a character that no name has"));
        }
        let has_capitals = base.bytes().any(|byte| byte.is_ascii_uppercase());
        let is_misspelt =
            SPECIAL.iter().any(|name| base.eq_ignore_ascii_case(name) && base != *name);
        if is_misspelt || (has_capitals && self.kind == Kind::Search && !CAMEL.contains(&base)) {
            return Err(Unplaceable::ParameterCase { name: excerpt(self.text) });
        }
        Ok(())
    }

    fn modifier(&self, word: &str) -> Result<Modifier, Unplaceable> {
        // STU3 says `recurse`, R4 `iterate`; servers take both.
        let word = if word == "recurse" { "iterate" } else { word };
        if let Some(known) = MODIFIERS.iter().find(|known| **known == word) {
            return Ok(Modifier::Word(known));
        }
        if word.starts_with(|first: char| first.is_ascii_uppercase())
            && let Some(resource_type) = self.version.resource_type(word)
        {
            return Ok(Modifier::Type(resource_type));
        }
        Err(Unplaceable::Modifier { name: excerpt(self.text), modifier: excerpt(word) })
    }

    fn resource_type(&self, name: &str) -> Result<&'static str, Unplaceable> {
        self.version.resource_type(name).ok_or_else(|| Unplaceable::UnknownType {
            name: excerpt(name),
            place: "a name of a parameter",
        })
    }

    fn refuse(&self, why: &'static str) -> Unplaceable {
        Unplaceable::ParameterName { name: excerpt(self.text), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Name, Unplaceable> {
        Name::parse(text.to_owned(), Version::R4, Kind::Search)
    }

    #[test]
    fn names_are_taken_apart() {
        use Modifier::{Type, Word};
        for (text, base, modifier, chain) in [
            ("patient", "patient", None, None),
            ("_lastUpdated", "_lastUpdated", None, None),
            ("name:exact", "name", Some(Word("exact")), None),
            ("subject:Patient", "subject", Some(Type("Patient")), None),
            ("subject:Patient.name:exact", "subject", Some(Type("Patient")), Some("name:exact")),
            ("patient.identifier", "patient", None, Some("identifier")),
            ("a.b.c", "a", None, Some("b.c")),
            ("_has:Observation:patient:code", "_has", None, Some("code")),
            (
                "_has:A:b:_has:C:d:e".replace('A', "Task").replace('C', "Group").as_str(),
                "_has",
                None,
                Some("_has:Group:d:e"),
            ),
            ("patient._has:Group:member:_id", "patient", None, Some("_has:Group:member:_id")),
            (
                "part-of:CommunicationRequest.recipient",
                "part-of",
                Some(Type("CommunicationRequest")),
                Some("recipient"),
            ),
            ("_include:recurse", "_include", Some(Word("iterate")), None),
        ] {
            let name = read(text).unwrap();
            assert_eq!((name.base(), name.modifier), (base, modifier), "{text}");
            assert_eq!(name.chain_start.and_then(|start| name.text.get(start..)), chain, "{text}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in [
            "",
            ":",
            ".",
            "a:",
            "a.",
            ".a",
            "a..b",
            "a::b",
            "a b",
            "a,b",
            "a|b",
            "a[]",
            "a[0]",
            "a\\",
            "Patient",
            "PATIENT",
            "_ID",
            "_Has:Task:a:b",
            "_Include",
            "_lastupdated",
            "_METHOD",
            "_method",
            "name:Exact",
            "name:mdm",
            "name:nickname",
            "name:patient",
            "name:exact.b",
            "name:exact:b",
            "_has",
            "_has:Task",
            "_has:Task:a",
            "_has:Task:a:",
            "_has:task:a:b",
            "_has:Nope:a:b",
            "subject:Nope.name",
            "name:iterate",
            "a.b:iterate",
            "a.b.c.d.e.f.g",
            "\u{440}atient",
            "patient\u{200b}",
            " patient",
            "a.Name",
            "_has:Task:Patient:a",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"a".repeat(NAME_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn operations_may_have_capitals_but_no_other_spelling_of_special_names() {
        let read = |text: &str| Name::parse(text.to_owned(), Version::R4, Kind::Operation);
        assert!(read("includeDesignations").is_ok());
        assert!(read("_Count").is_err());
        assert!(read("_Method").is_err());
    }
}
