//! Search parameters: what a server filters by, what it includes, and what is out of the ordinary.

mod name;
mod value;

use serde_json::{Map, Value};

pub(crate) use name::Kind;
use name::{Modifier, Name};
use value::Oddities;
pub(crate) use value::relative;

use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::query::PARAMETERS_MAX;
use crate::types::Version;

/// The most alternatives of all parameters together.
const ALTERNATIVES_MAX: usize = 500;

/// The parameters of one request: those of the URL, then those of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// All but inclusions, in order. Repetitions are all there: they are joined by AND.
    pub parameters: Vec<Parameter>,
    /// `_include`.
    pub includes: Vec<Include>,
    /// `_revinclude`.
    pub revincludes: Vec<Include>,
    /// What is out of the ordinary, each once.
    pub unusual: Vec<Unusual>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    name: Name,
    /// The alternatives, joined by OR; never empty. FHIR's escapes (`\,` `\$` `\|` `\\`) are kept, references are written in one way.
    pub values: Vec<String>,
}

impl Parameter {
    /// The whole name, with modifier and chain.
    pub fn name(&self) -> &str {
        &self.name.text
    }

    /// The parameter itself: `subject` of `subject:Patient.name`, `_has` of a reverse chain.
    pub fn base(&self) -> &str {
        self.name.base()
    }

    /// The modifier of the base; a type that only says where a chain leads is one too.
    pub fn modifier(&self) -> Option<&'static str> {
        self.name.modifier.map(|(Modifier::Word(word) | Modifier::Type(word))| word)
    }

    /// What follows the first step: `name` of `subject:Patient.name`, `code` of `_has:Observation:patient:code`.
    pub fn chain(&self) -> Option<&str> {
        self.name.chain_start.and_then(|start| self.name.text.get(start..))
    }

    /// Whether any step of the name is a reverse chain.
    pub fn is_reverse(&self) -> bool {
        self.base() == "_has" || self.chain().is_some_and(|chain| chain.contains("_has:"))
    }
}

/// One inclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*`.
    pub path: String,
    /// Whether it also applies to what was included: `:iterate`, `:recurse`.
    pub is_iterated: bool,
}

/// Something out of the ordinary, that a policy that does not speak of it should refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusual {
    /// What.
    pub kind: UnusualKind,
    /// The parameter, or empty.
    pub name: String,
}

/// What is out of the ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusualKind {
    /// A name with a modifier.
    Modifier,
    /// A chained name: the result depends on resources that are not returned.
    Chain,
    /// A reverse chain, the same.
    Has,
    /// `_filter`, `_query`, `_list`, `_text`, `_content`, the same.
    HiddenCondition,
    /// A name beginning with `_` that is none of the specification's: paging links of servers, for one.
    UnknownParameter,
    /// A parameter that has no meaning with this interaction.
    MisplacedParameter,
    /// A parameter that a server reads once is there twice or with alternatives.
    RepeatedControl,
    /// A search without parameters: everything.
    NoParameters,
    /// A value with an escape of FHIR, which not every server knows.
    EscapedValue,
    /// A value with white space at an end.
    PaddedValue,
    /// A reference to another base or to one version of a resource.
    ForeignReference,
    /// A search by POST that has parameters in its URL too; servers take or leave those.
    UrlAndForm,
    /// A parameter of an operation that is not a plain value.
    ComplexParameter,
    /// An inclusion whose source is a type in other case, `condition:diagnosis`: guides have it, and servers take, refuse or leave it.
    Inclusion,
}

impl UnusualKind {
    /// The code in the input of a policy.
    pub fn code(self) -> &'static str {
        match self {
            Self::Modifier => "modifier",
            Self::Chain => "chain",
            Self::Has => "has",
            Self::HiddenCondition => "hidden_condition",
            Self::UnknownParameter => "unknown_parameter",
            Self::MisplacedParameter => "misplaced_parameter",
            Self::RepeatedControl => "repeated_control",
            Self::NoParameters => "no_parameters",
            Self::EscapedValue => "escaped_value",
            Self::PaddedValue => "padded_value",
            Self::ForeignReference => "foreign_reference",
            Self::UrlAndForm => "url_and_form",
            Self::ComplexParameter => "complex_parameter",
            Self::Inclusion => "inclusion",
        }
    }
}

/// What parameters are read for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) version: Version,
    pub(crate) bases: &'a [&'a str],
    pub(crate) kind: Kind,
}

impl Search {
    /// Adds one decoded pair.
    pub(crate) fn add(
        &mut self,
        context: Context<'_>,
        name: String,
        value: &str,
    ) -> Result<(), Unplaceable> {
        if self.parameters.len() + self.includes.len() + self.revincludes.len() == PARAMETERS_MAX {
            return Err(Unplaceable::TooMany { what: "parameters", limit: PARAMETERS_MAX });
        }
        let mut name = Name::parse(name, context.version, context.kind)?;
        let mut odd = Oddities::default();
        let mut values = value::alternatives(&name.text, value, &mut odd)?;
        if matches!(name.base(), "_include" | "_revinclude") {
            return self.add_includes(context.version, &name, values);
        }
        value::unify_references(&mut name, &mut values, context.bases, context.version, &mut odd)?;
        for (is_odd, kind) in [
            (odd.is_escaped, UnusualKind::EscapedValue),
            (odd.is_padded, UnusualKind::PaddedValue),
            (odd.is_foreign, UnusualKind::ForeignReference),
            (name.modifier.is_some() && name.chain_start.is_none(), UnusualKind::Modifier),
            (!name.is_known(), UnusualKind::UnknownParameter),
            (hides_condition(name.base()), UnusualKind::HiddenCondition),
        ] {
            if is_odd {
                self.mark(kind, &name.text);
            }
        }
        if self.is_repeated_control(&name, &values) {
            self.mark(UnusualKind::RepeatedControl, &name.text);
        }
        let parameter = Parameter { name, values };
        if parameter.is_reverse() {
            self.mark(UnusualKind::Has, parameter.name());
        } else if parameter.chain().is_some() {
            self.mark(UnusualKind::Chain, parameter.name());
        }
        self.parameters.push(parameter);
        if self.parameters.iter().map(|parameter| parameter.values.len()).sum::<usize>()
            > ALTERNATIVES_MAX
        {
            return Err(Unplaceable::TooMany { what: "alternatives", limit: ALTERNATIVES_MAX });
        }
        Ok(())
    }

    /// Says that something is out of the ordinary.
    pub(crate) fn mark(&mut self, kind: UnusualKind, name: &str) {
        if !self.unusual.iter().any(|known| known.kind == kind && known.name == name) {
            self.unusual.push(Unusual { kind, name: name.to_owned() });
        }
    }

    /// Whether a parameter of this name lets a search find less, and not more or in another shape.
    pub fn narrows(name: &str) -> bool {
        let base = name.split([':', '.']).next().unwrap_or_default();
        let is_other =
            matches!(base, "_include" | "_revinclude" | "_query" | "_since" | "_at" | "_type");
        !base.is_empty() && !is_other && !is_shape(base)
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.includes.is_empty() && self.revincludes.is_empty()
    }

    /// Whether nothing selects resources: no parameters but those that shape an answer.
    pub fn selects_everything(&self) -> bool {
        self.parameters.iter().all(|parameter| is_shape(parameter.base()))
    }

    /// The AND and OR lists by name: `{"category": [["A", "B"], ["C"]]}`.
    pub fn to_lists(&self) -> Map<String, Value> {
        self.lists_of(|_| true)
    }

    /// The same of some parameters.
    pub(crate) fn lists_of(&self, is_one: fn(&Parameter) -> bool) -> Map<String, Value> {
        let mut lists = Map::new();
        for parameter in self.parameters.iter().filter(|parameter| is_one(parameter)) {
            let values = parameter.values.iter().map(|value| Value::from(value.as_str())).collect();
            if let Value::Array(repetitions) =
                lists.entry(parameter.name()).or_insert_with(|| Value::Array(Vec::new()))
            {
                repetitions.push(Value::Array(values));
            }
        }
        lists
    }

    fn is_repeated_control(&self, name: &Name, values: &[String]) -> bool {
        let base = name.base();
        is_single(base)
            && (self.parameters.iter().any(|known| known.base() == base)
                || (values.len() > 1 && !matches!(base, "_elements" | "_sort")))
    }

    fn add_includes(
        &mut self,
        version: Version,
        name: &Name,
        values: Vec<String>,
    ) -> Result<(), Unplaceable> {
        let is_iterated = match name.modifier {
            None => false,
            Some(Modifier::Word("iterate")) => true,
            Some(Modifier::Word(word) | Modifier::Type(word)) => {
                return Err(Unplaceable::Modifier {
                    name: excerpt(&name.text),
                    modifier: word.to_owned(),
                });
            }
        };
        let list =
            if name.base() == "_include" { &mut self.includes } else { &mut self.revincludes };
        let mut is_misspelled = false;
        for path in values {
            if name.chain_start.is_some() || !is_include(&path, version) {
                return Err(Unplaceable::Value {
                    name: excerpt(&name.text),
                    why: "is no inclusion",
                });
            }
            if list.len() == PARAMETERS_MAX {
                return Err(Unplaceable::TooMany { what: "inclusions", limit: PARAMETERS_MAX });
            }
            is_misspelled |= path != "*" && !begins_with_type(&path, version);
            list.push(Include { path, is_iterated });
        }
        if is_misspelled {
            self.mark(UnusualKind::Inclusion, &name.text);
        }
        Ok(())
    }
}

/// Parameters that say how an answer looks, not what is in it.
pub(crate) fn is_shape(base: &str) -> bool {
    matches!(
        base,
        "_contained"
            | "_containedType"
            | "_count"
            | "_elements"
            | "_format"
            | "_pretty"
            | "_sort"
            | "_summary"
            | "_total"
    )
}

/// Parameters that a server reads once.
fn is_single(base: &str) -> bool {
    is_shape(base) || matches!(base, "_query" | "_since" | "_at")
}

/// Parameters that make the result depend on data that is not returned.
fn hides_condition(base: &str) -> bool {
    matches!(base, "_content" | "_filter" | "_list" | "_query" | "_text")
}

/// `*`, `Type:*`, `Type:parameter` or `Type:parameter:Target`.
fn is_include(path: &str, version: Version) -> bool {
    if path == "*" {
        return true;
    }
    let mut parts = path.split(':');
    let (Some(source), Some(parameter), target, None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_parameter = !parameter.is_empty()
        && parameter
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_type_in_some_case(source, version)
        && match target {
            None => parameter == "*" || is_parameter,
            Some(target) => is_parameter && version.resource_type(target).is_some(),
        }
}

/// Whether the source of an inclusion is a type as it is written.
fn begins_with_type(path: &str, version: Version) -> bool {
    path.split(':').next().is_some_and(|source| version.resource_type(source).is_some())
}

/// The same, or but for the first letter.
fn is_type_in_some_case(source: &str, version: Version) -> bool {
    if version.resource_type(source).is_some() {
        return true;
    }
    let mut letters = source.chars();
    let capital = letters.next().map(|first| first.to_ascii_uppercase());
    let name: String = capital.into_iter().chain(letters).collect();
    version.resource_type(&name).is_some()
}
