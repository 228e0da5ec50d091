//! Reads the definition of one term of a context, and first those that it depends on.
//!
//! [JSON-LD 1.1 API §4.2](https://www.w3.org/TR/json-ld11-api/#create-term-definition).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::definition::{Coercion, Container, Mapping, Origin, Scoped, Setting, Term};
use super::entries::{
    Draft, check_members, check_type_definition, read_container, read_language, read_nest,
    read_prefix,
};
use super::expand_iri::{Against, Expanded};
use super::terms::Terms;
use super::{CONTEXT_BYTES_MAX, CONTEXT_DEPTH_MAX, KEYWORD_ALIASES_MAX, Meaning};
use crate::error::Error;
use crate::iri::Form;
use crate::keyword::{Keyword, has_keyword_form};

/// What all definitions of one context have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub(super) is_protected: bool,
    pub(super) overrides_protected: bool,
    pub(super) origin: Origin,
}

/// Adds the definitions of one context to a meaning.
pub(super) struct Definer<'m, 'l> {
    meaning: &'m mut Meaning,
    local: &'l Map<String, Value>,
    common: Common,
    document_base: Option<&'m str>,
    /// Terms that were begun, and whether they are finished.
    begun: HashMap<&'l str, bool>,
    is_changed: bool,
    /// The length of all IRIs that were made.
    pub(super) bytes: usize,
    /// The terms with a context of their own, which still has to be checked.
    pub(super) scoped: Vec<Arc<Term>>,
    pub(super) scoped_names: Vec<&'l str>,
}

impl<'m, 'l> Definer<'m, 'l> {
    pub(super) fn new(
        meaning: &'m mut Meaning,
        local: &'l Map<String, Value>,
        common: Common,
        document_base: Option<&'m str>,
    ) -> Self {
        Self {
            meaning,
            local,
            common,
            document_base,
            begun: HashMap::new(),
            is_changed: false,
            bytes: 0,
            scoped: Vec::new(),
            scoped_names: Vec::new(),
        }
    }

    /// Defines every term of the context. Answers whether any now means something else than before.
    pub(super) fn define_all(&mut self) -> Result<bool, Error> {
        let local = self.local;
        for name in local.keys() {
            let is_setting = matches!(
                Keyword::parse(name),
                Some(
                    Keyword::Base
                        | Keyword::Direction
                        | Keyword::Import
                        | Keyword::Language
                        | Keyword::Propagate
                        | Keyword::Protected
                        | Keyword::Version
                        | Keyword::Vocab
                )
            );
            if !is_setting {
                self.define(name, 0)?;
            }
        }
        Ok(self.is_changed)
    }

    fn define(&mut self, name: &'l str, depth: usize) -> Result<(), Error> {
        match self.begun.get(name) {
            Some(true) => return Ok(()),
            Some(false) => return Err(Error::CyclicIriMapping { term: name.to_owned() }),
            None => {}
        }
        // SECURITY: a chain of a million terms would overflow the stack.
        if depth > CONTEXT_DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        let Some(value) = self.local.get(name) else { return Ok(()) };
        if name.is_empty() {
            return Err(Error::InvalidTermDefinition { term: String::new() });
        }
        self.begun.insert(name, false);
        if name == "@type" {
            check_type_definition(value)?;
        } else if Keyword::parse(name).is_some() {
            return Err(Error::KeywordRedefinition { keyword: name.to_owned() });
        } else if has_keyword_form(name) {
            return Ok(());
        }
        let previous = self.meaning.find(name).cloned();
        self.terms().set(name, None);
        let term = self.read(name, value, depth)?;
        self.begun.insert(name, true);
        self.settle(name, previous, term)
    }

    /// Puts a definition in its place, unless a protected one is there.
    fn settle(
        &mut self,
        name: &'l str,
        previous: Option<Arc<Term>>,
        term: Option<Term>,
    ) -> Result<(), Error> {
        let Some(mut term) = term else {
            if previous.is_some_and(|previous| previous.is_protected)
                && !self.common.overrides_protected
            {
                return Err(Error::ProtectedTermRedefinition { term: name.to_owned() });
            }
            self.is_changed = true;
            return Ok(());
        };
        if let Some(previous) = &previous
            && previous.is_protected
            && !self.common.overrides_protected
        {
            if !previous.says_the_same(&term) {
                return Err(Error::ProtectedTermRedefinition { term: name.to_owned() });
            }
            term.is_protected = true;
        }
        let term = match previous {
            Some(previous) if *previous == term => previous,
            Some(_) | None => {
                self.is_changed = true;
                Arc::new(term)
            }
        };
        self.note_alias(name, &term)?;
        if term.scoped.is_some() {
            self.scoped.push(Arc::clone(&term));
            self.scoped_names.push(name);
        }
        self.terms().set(name, Some(term));
        Ok(())
    }

    fn note_alias(&mut self, name: &str, term: &Term) -> Result<(), Error> {
        let aliases = &mut self.meaning.aliases;
        aliases.retain(|(alias, _)| **alias != *name);
        if let Mapping::Keyword(keyword) = term.mapping {
            if aliases.len() >= KEYWORD_ALIASES_MAX {
                return Err(Error::ContextsTooComplex);
            }
            aliases.push((Arc::from(name), keyword));
        }
        Ok(())
    }

    /// The definitions, which are not shared while a context is read.
    fn terms(&mut self) -> &mut Terms {
        Arc::make_mut(&mut self.meaning.terms)
    }

    /// Reads a definition; none if it is to be ignored for the future's sake.
    fn read(
        &mut self,
        name: &'l str,
        value: &'l Value,
        depth: usize,
    ) -> Result<Option<Term>, Error> {
        let (members, id, is_simple) = match value {
            Value::Null => (None, Some(&Value::Null), false),
            Value::String(_) => (None, Some(value), true),
            Value::Object(members) => (Some(members), members.get("@id"), false),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return Err(Error::InvalidTermDefinition { term: name.to_owned() });
            }
        };
        let term = Term {
            mapping: Mapping::Null,
            is_prefix: false,
            is_protected: self.common.is_protected,
            is_reverse: false,
            coercion: None,
            language: Setting::Inherited,
            direction: Setting::Inherited,
            container: Container::default(),
            scoped: None,
            index: None,
            nest: None,
        };
        let mut draft = Draft { name, members, id, is_simple, term };
        match draft.member("@protected") {
            None => {}
            Some(Value::Bool(is_protected)) => draft.term.is_protected = *is_protected,
            Some(_) => return Err(Error::InvalidProtectedValue),
        }
        self.read_type(&mut draft, depth)?;
        if !self.read_mapping(&mut draft, depth)? {
            return Ok(None);
        }
        read_container(&mut draft)?;
        self.read_index(&mut draft, depth)?;
        self.read_scoped(&mut draft);
        read_language(&mut draft)?;
        read_nest(&mut draft)?;
        read_prefix(&mut draft)?;
        check_members(&draft)?;
        self.charge(&draft.term)?;
        Ok(Some(draft.term))
    }

    /// SECURITY: a long vocabulary or prefix is part of every IRI that is made with it.
    fn charge(&mut self, term: &Term) -> Result<(), Error> {
        if let Mapping::Iri(iri, _) = &term.mapping {
            self.bytes += iri.len();
        }
        if let Some(Coercion::Datatype(iri, _)) = &term.coercion {
            self.bytes += iri.len();
        }
        if self.bytes > CONTEXT_BYTES_MAX { Err(Error::ContextsTooComplex) } else { Ok(()) }
    }

    fn read_type(&mut self, draft: &mut Draft<'l>, depth: usize) -> Result<(), Error> {
        let Some(value) = draft.member("@type") else { return Ok(()) };
        let invalid = || Error::InvalidTypeMapping { term: draft.name.to_owned() };
        let Value::String(text) = value else { return Err(invalid()) };
        draft.term.coercion = Some(match self.expand(text, depth)? {
            Expanded::Keyword(Keyword::Id) => Coercion::Id,
            Expanded::Keyword(Keyword::Vocab) => Coercion::Vocab,
            Expanded::Keyword(Keyword::Json) => Coercion::Json,
            Expanded::Keyword(Keyword::None) => Coercion::None,
            Expanded::Iri(iri) if matches!(iri.form, Form::Absolute | Form::Malformed) => {
                Coercion::Datatype(Arc::from(&*iri.text), iri.form)
            }
            Expanded::Iri(_) | Expanded::Keyword(_) | Expanded::Null => return Err(invalid()),
        });
        Ok(())
    }

    /// Reads what the term stands for. False if the definition is to be ignored.
    fn read_mapping(&mut self, draft: &mut Draft<'l>, depth: usize) -> Result<bool, Error> {
        if draft.member("@reverse").is_some() {
            return self.read_reverse(draft, depth);
        }
        if let Some(id) = draft.id
            && id.as_str() != Some(draft.name)
        {
            return self.read_id(draft, id, depth);
        }
        let name = draft.name;
        let has_prefix = name.char_indices().skip(1).any(|(_, character)| character == ':');
        draft.term.mapping = if has_prefix {
            self.compact_iri(name, depth)?
        } else if name.contains('/') {
            match self.meaning.expand_iri(name, Against::Vocab, self.document_base) {
                Expanded::Iri(iri) if iri.form != Form::Relative => {
                    Mapping::Iri(Arc::from(&*iri.text), iri.form)
                }
                Expanded::Iri(_) | Expanded::Keyword(_) | Expanded::Null => {
                    return Err(draft.invalid_iri());
                }
            }
        } else if name == "@type" {
            Mapping::Keyword(Keyword::Type)
        } else if let Some(vocab) = &self.meaning.vocab {
            let text = format!("{vocab}{name}");
            Mapping::Iri(Arc::from(&*text), Form::of(&text))
        } else {
            return Err(draft.invalid_iri());
        };
        Ok(true)
    }

    fn read_reverse(&mut self, draft: &mut Draft<'l>, depth: usize) -> Result<bool, Error> {
        if draft.member("@id").is_some() || draft.member("@nest").is_some() {
            return Err(Error::InvalidReverseProperty { term: draft.name.to_owned() });
        }
        let Some(Value::String(text)) = draft.member("@reverse") else {
            return Err(draft.invalid_iri());
        };
        if has_keyword_form(text) {
            return Ok(false);
        }
        match self.expand(text, depth)? {
            Expanded::Iri(iri) if iri.form != Form::Relative => {
                draft.term.mapping = Mapping::Iri(Arc::from(&*iri.text), iri.form);
            }
            Expanded::Iri(_) | Expanded::Keyword(_) | Expanded::Null => {
                return Err(draft.invalid_iri());
            }
        }
        draft.term.is_reverse = true;
        Ok(true)
    }

    fn read_id(
        &mut self,
        draft: &mut Draft<'l>,
        id: &'l Value,
        depth: usize,
    ) -> Result<bool, Error> {
        let text = match id {
            Value::Null => return Ok(true),
            Value::String(text) => text.as_str(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(draft.invalid_iri());
            }
        };
        if Keyword::parse(text).is_none() && has_keyword_form(text) {
            return Ok(false);
        }
        draft.term.mapping = match self.expand(text, depth)? {
            Expanded::Keyword(Keyword::Context) => {
                return Err(Error::InvalidKeywordAlias { term: draft.name.to_owned() });
            }
            Expanded::Keyword(keyword) => Mapping::Keyword(keyword),
            Expanded::Iri(iri) if iri.form != Form::Relative => {
                Mapping::Iri(Arc::from(&*iri.text), iri.form)
            }
            Expanded::Iri(_) | Expanded::Null => return Err(draft.invalid_iri()),
        };
        self.check_iri_like(draft, depth)?;
        let has_no_separator = !draft.name.contains([':', '/']);
        if let Mapping::Iri(iri, form) = &draft.term.mapping
            && has_no_separator
            && draft.is_simple
        {
            draft.term.is_prefix =
                *form == Form::Blank || iri.ends_with([':', '/', '?', '#', '[', ']', '@']);
        }
        Ok(true)
    }

    /// A term that looks like an IRI may only be defined as itself.
    fn check_iri_like(&mut self, draft: &Draft<'l>, depth: usize) -> Result<(), Error> {
        let name = draft.name;
        let last = name.len().saturating_sub(1);
        let has_inner_colon = name.char_indices().any(|(at, c)| c == ':' && at > 0 && at < last);
        if !has_inner_colon && !name.contains('/') {
            return Ok(());
        }
        self.begun.insert(name, true);
        let is_same = match (self.expand(name, depth)?, &draft.term.mapping) {
            (Expanded::Iri(iri), Mapping::Iri(mapped, _)) => *iri.text == **mapped,
            (Expanded::Keyword(keyword), Mapping::Keyword(mapped)) => keyword == *mapped,
            (Expanded::Null | Expanded::Iri(_) | Expanded::Keyword(_), _) => false,
        };
        if is_same { Ok(()) } else { Err(draft.invalid_iri()) }
    }

    /// `prefix:suffix` as a term: the prefix is defined first, and need not be marked as one.
    fn compact_iri(&mut self, name: &'l str, depth: usize) -> Result<Mapping, Error> {
        if let Some((prefix, suffix)) = name.split_once(':') {
            if self.local.contains_key(prefix) {
                self.define_known(prefix, depth)?;
            }
            if let Some(term) = self.meaning.find(prefix)
                && let Mapping::Iri(namespace, _) = &term.mapping
            {
                let text = format!("{namespace}{suffix}");
                return Ok(Mapping::Iri(Arc::from(&*text), Form::of(&text)));
            }
        }
        Ok(Mapping::Iri(Arc::from(name), Form::of(name)))
    }

    fn read_index(&mut self, draft: &mut Draft<'l>, depth: usize) -> Result<(), Error> {
        let Some(value) = draft.member("@index") else { return Ok(()) };
        let Value::String(text) = value else { return Err(draft.invalid()) };
        if !draft.term.container.has(Container::INDEX) {
            return Err(draft.invalid());
        }
        match self.expand(text, depth)? {
            Expanded::Iri(iri) if matches!(iri.form, Form::Absolute | Form::Malformed) => {
                draft.term.index = Some(Arc::from(text.as_str()));
                Ok(())
            }
            Expanded::Iri(_) | Expanded::Keyword(_) | Expanded::Null => Err(draft.invalid()),
        }
    }

    fn read_scoped(&self, draft: &mut Draft<'l>) {
        draft.term.scoped = draft.member("@context").map(|context| {
            Arc::new(Scoped { context: context.clone(), origin: self.common.origin.clone() })
        });
    }

    /// Expands a text against the vocabulary, after defining the terms in it.
    fn expand(&mut self, text: &'l str, depth: usize) -> Result<Expanded<'l>, Error> {
        if Keyword::parse(text).is_none() && !has_keyword_form(text) {
            self.define_known(text, depth)?;
            if self.begun.get(text) != Some(&true)
                && let Some((prefix, suffix)) = text.split_once(':')
                && !suffix.starts_with("//")
                && prefix != "_"
            {
                self.define_known(prefix, depth)?;
            }
        }
        Ok(self.meaning.expand_iri(text, Against::Vocab, self.document_base))
    }

    fn define_known(&mut self, name: &str, depth: usize) -> Result<(), Error> {
        // The key lives as long as the context; the text asked for may not.
        let Some((name, _)) = self.local.get_key_value(name) else { return Ok(()) };
        if self.begun.get(name.as_str()) == Some(&true) || is_setting_name(name) {
            return Ok(());
        }
        self.define(name, depth + 1)
    }
}

fn is_setting_name(name: &str) -> bool {
    Keyword::parse(name).is_some_and(|keyword| keyword != Keyword::Type)
}
