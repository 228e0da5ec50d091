//! Works one local context into the meaning of the context around it.
//!
//! [JSON-LD 1.1 API §4.1](https://www.w3.org/TR/json-ld11-api/#context-processing-algorithm).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::define::{Common, Definer};
use super::definition::Origin;
use super::expand_iri::{Against, Expanded};
use super::session::Session;
use super::terms::Terms;
use super::{
    ActiveContext, Base, CONTEXT_DEPTH_MAX, Direction, Meaning, REMOTE_CONTEXTS_MAX, Scoped,
};
use crate::error::Error;
use crate::iri::{self, Form};

/// How many bytes of IRIs are as much work as one definition.
const BYTES_PER_WORK: usize = 64;

/// The context documents that are being read, innermost first.
pub(super) struct Chain<'c> {
    pub(super) url: &'c str,
    pub(super) above: Option<&'c Chain<'c>>,
}

/// Where a local context stands, and what it may do there.
#[derive(Copy, Clone)]
pub(super) struct Place<'c> {
    /// What relative URLs of contexts are relative to.
    pub(super) base: Option<&'c str>,
    pub(super) chain: Option<&'c Chain<'c>>,
    /// Whether a context document says it, whose `@base` does not count.
    pub(super) is_remote: bool,
    pub(super) overrides_protected: bool,
    /// Whether this only checks a scoped context: a document that is being read already is left out then.
    pub(super) is_trial: bool,
    pub(super) depth: usize,
}

impl<'c> Place<'c> {
    /// The top of a document.
    pub(super) fn document(base: Option<&'c str>) -> Self {
        Self {
            base,
            chain: None,
            is_remote: false,
            overrides_protected: false,
            is_trial: false,
            depth: 0,
        }
    }

    /// Below a term or type.
    pub(super) fn scoped(scoped: &'c Scoped, overrides_protected: bool) -> Self {
        Self {
            base: scoped.origin.base.as_deref(),
            is_remote: scoped.origin.is_remote,
            overrides_protected,
            ..Self::document(None)
        }
    }
}

/// Compiles a context.
pub(super) struct Builder<'s, 'p> {
    session: &'s mut Session<'p>,
    /// The context that this one is built on.
    around: &'s Arc<ActiveContext>,
    pub(super) meaning: Meaning,
    /// Whether the result will be kept for other documents, so that only the processor's own documents may go into it.
    is_shared: bool,
    /// Whether the result cannot be shared after all: it needs a document, or the base, of the call.
    pub(super) needs_call: bool,
}

impl<'s, 'p> Builder<'s, 'p> {
    pub(super) fn new(
        session: &'s mut Session<'p>,
        around: &'s Arc<ActiveContext>,
        is_shared: bool,
    ) -> Self {
        let meaning = around.meaning.clone();
        Self { session, around, meaning, is_shared, needs_call: false }
    }

    pub(super) fn process(
        &mut self,
        local: &Value,
        place: Place<'_>,
        propagates: bool,
    ) -> Result<(), Error> {
        // SECURITY: contexts nest in terms, and include each other, as deep as their author likes.
        if place.depth > CONTEXT_DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        let propagates = match local.get("@propagate") {
            None => propagates,
            Some(Value::Bool(propagates)) => *propagates,
            Some(_) => return Err(Error::InvalidPropagateValue),
        };
        if !propagates && self.meaning.previous.is_none() {
            self.meaning.previous = Some(self.snapshot());
        }
        let Value::Array(list) = local else {
            return self.process_one(local, place, propagates);
        };
        check_list(list, place)?;
        for context in list {
            self.process_one(context, place, propagates)?;
        }
        Ok(())
    }

    /// Works in a context that is no list.
    pub(super) fn process_one(
        &mut self,
        context: &Value,
        place: Place<'_>,
        propagates: bool,
    ) -> Result<(), Error> {
        match context {
            Value::Null => self.nullify(place, propagates),
            Value::String(url) => self.process_url(url, place),
            Value::Object(context) => self.process_map(context, place),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(Error::InvalidLocalContext),
        }
    }

    fn nullify(&mut self, place: Place<'_>, propagates: bool) -> Result<(), Error> {
        if !place.overrides_protected && self.meaning.terms.may_have_protected() {
            self.session.charge(self.meaning.terms.len())?;
            if self.meaning.terms.has_protected() {
                return Err(Error::InvalidContextNullification);
            }
        }
        let previous = self.meaning.previous.take().filter(|_| !propagates);
        self.meaning = Meaning { previous, ..Meaning::initial() };
        Ok(())
    }

    /// The document at a URL, in place of the URL.
    pub(super) fn process_url(&mut self, url: &str, place: Place<'_>) -> Result<(), Error> {
        let url = absolute(url, place.base);
        let mut length = 0;
        let mut link = place.chain;
        while let Some(open) = link {
            if open.url == url {
                if place.is_trial {
                    return Ok(());
                }
                return Err(Error::RecursiveContextInclusion { url: url.into_owned() });
            }
            length += 1;
            link = open.above;
        }
        if length >= REMOTE_CONTEXTS_MAX {
            return Err(Error::ContextOverflow);
        }
        let context = self
            .find_document(&url)?
            .get("@context")
            .ok_or_else(|| Error::InvalidRemoteContext { url: url.clone().into_owned() })?;
        let inner = Place {
            base: Some(&url),
            chain: Some(&Chain { url: &url, above: place.chain }),
            is_remote: true,
            overrides_protected: false,
            is_trial: place.is_trial,
            depth: place.depth + 1,
        };
        self.process(context, inner, true)
    }

    fn find_document(&mut self, url: &str) -> Result<&'p Value, Error> {
        if let Some((_, document)) = self.session.own.find(url) {
            return Ok(document);
        }
        match self.session.extra.and_then(|extra| extra.find(url)) {
            Some((_, document)) if !self.is_shared => Ok(document),
            found => {
                self.needs_call |= found.is_some();
                Err(Error::UnknownContext { url: url.to_owned() })
            }
        }
    }

    fn process_map(&mut self, context: &Map<String, Value>, place: Place<'_>) -> Result<(), Error> {
        if context.get("@version").is_some_and(|version| version.as_f64() != Some(1.1)) {
            return Err(Error::InvalidVersionValue);
        }
        let context = self.import(context, place)?;
        if let Some(base) = context.get("@base").filter(|_| !place.is_remote) {
            self.set_base(base)?;
        }
        if let Some(vocab) = context.get("@vocab") {
            self.set_vocab(vocab)?;
        }
        if let Some(language) = context.get("@language") {
            let text = or_null(language, Value::as_str, Error::InvalidDefaultLanguage)?;
            self.meaning.language = text.map(Arc::from);
        }
        if let Some(direction) = context.get("@direction") {
            let parse = |value: &Value| value.as_str().and_then(Direction::parse);
            self.meaning.direction = or_null(direction, parse, Error::InvalidBaseDirection)?;
        }
        if context.get("@propagate").is_some_and(|value| !value.is_boolean()) {
            return Err(Error::InvalidPropagateValue);
        }
        self.define_terms(&context, place)
    }

    fn define_terms(
        &mut self,
        context: &Map<String, Value>,
        place: Place<'_>,
    ) -> Result<(), Error> {
        let is_protected = match context.get("@protected") {
            None => false,
            Some(Value::Bool(is_protected)) => *is_protected,
            Some(_) => return Err(Error::InvalidProtectedValue),
        };
        for definition in context.values() {
            self.session.charge_json(definition)?;
        }
        let before = Arc::clone(&self.meaning.terms);
        let (terms, copied) = Terms::on_top_of(&before);
        self.session.charge(copied)?;
        self.meaning.terms = Arc::new(terms);
        let common = Common {
            is_protected,
            overrides_protected: place.overrides_protected,
            origin: Origin {
                base: place.base.map(Arc::from),
                is_remote: place.is_remote,
                is_shared: self.is_shared,
            },
        };
        let mut definer =
            Definer::new(&mut self.meaning, context, common, self.session.document_base);
        let is_changed = definer.define_all()?;
        let names = std::mem::take(&mut definer.scoped_names);
        let scoped = std::mem::take(&mut definer.scoped);
        let bytes = definer.bytes;
        self.session.charge(bytes / BYTES_PER_WORK)?;
        if !is_changed {
            self.meaning.terms = before;
        }
        for (name, term) in names.into_iter().zip(scoped) {
            if let Some(scoped) = &term.scoped {
                self.try_scoped(name, scoped, place)?;
            }
        }
        Ok(())
    }

    /// Finds out now, not at the first use, that the context of a term is wrong.
    fn try_scoped(&mut self, name: &str, scoped: &Scoped, place: Place<'_>) -> Result<(), Error> {
        let trial =
            Place { overrides_protected: true, is_trial: true, depth: place.depth + 1, ..place };
        let kept = self.meaning.clone();
        let outcome = self.process(&scoped.context, trial, true);
        self.meaning = kept;
        outcome.map_err(|error| {
            if error.is_limit() {
                error
            } else {
                Error::InvalidScopedContext { term: name.to_owned() }
            }
        })
    }

    /// The context with what it imports; its own entries win.
    fn import<'v>(
        &mut self,
        context: &'v Map<String, Value>,
        place: Place<'_>,
    ) -> Result<Cow<'v, Map<String, Value>>, Error> {
        let Some(import) = context.get("@import") else { return Ok(Cow::Borrowed(context)) };
        let Value::String(url) = import else { return Err(Error::InvalidImportValue) };
        let url = absolute(url, place.base);
        let Some(Value::Object(imported)) = self.find_document(&url)?.get("@context") else {
            return Err(Error::InvalidRemoteContext { url: url.into_owned() });
        };
        if imported.contains_key("@import") {
            return Err(Error::InvalidContextEntry);
        }
        for definition in imported.values() {
            self.session.charge_json(definition)?;
        }
        let mut merged = imported.clone();
        for (name, value) in context {
            merged.insert(name.clone(), value.clone());
        }
        Ok(Cow::Owned(merged))
    }

    fn set_base(&mut self, base: &Value) -> Result<(), Error> {
        let text = or_null(base, Value::as_str, Error::InvalidBaseIri)?;
        self.meaning.base = match text {
            None => Base::Null,
            Some(text) if iri::has_scheme(text) => Base::Iri(Arc::from(text)),
            Some(text) => {
                let around = self.meaning.base(self.session.document_base);
                let around = around.ok_or(Error::InvalidBaseIri)?;
                Base::Iri(Arc::from(iri::resolve(around, text)))
            }
        };
        Ok(())
    }

    fn set_vocab(&mut self, vocab: &Value) -> Result<(), Error> {
        let Some(text) = or_null(vocab, Value::as_str, Error::InvalidVocabMapping)? else {
            self.meaning.vocab = None;
            return Ok(());
        };
        // INVARIANT: what is shared between documents does not depend on the base of one of them.
        let base = self.session.document_base.filter(|_| !self.is_shared);
        match self.meaning.expand_iri(text, Against::VocabOrBase, base) {
            Expanded::Iri(iri) => {
                self.needs_call |= iri.form == Form::Relative;
                self.meaning.vocab = Some(Arc::from(&*iri.text));
                Ok(())
            }
            Expanded::Keyword(_) | Expanded::Null => Err(Error::InvalidVocabMapping),
        }
    }

    /// The context so far, as one to return to.
    fn snapshot(&self) -> Arc<ActiveContext> {
        if self.meaning.is_same(&self.around.meaning) {
            return Arc::clone(self.around);
        }
        // Not shared even below a shared context: rare, and what is derived from it is only kept for this document.
        self.session.activate(self.meaning.clone(), false)
    }
}

/// What a setting says, which null removes.
fn or_null<'v, T>(
    value: &'v Value,
    read: impl FnOnce(&'v Value) -> Option<T>,
    error: Error,
) -> Result<Option<T>, Error> {
    if value.is_null() { Ok(None) } else { read(value).map(Some).ok_or(error) }
}

/// A list names each document once.
pub(super) fn check_list(list: &[Value], place: Place<'_>) -> Result<(), Error> {
    if list.len() > REMOTE_CONTEXTS_MAX {
        return Err(Error::ContextOverflow);
    }
    for (index, context) in list.iter().enumerate() {
        if let Value::String(url) = context
            && list.iter().take(index).any(|other| other == context)
        {
            let url = absolute(url, place.base).into_owned();
            return Err(Error::RecursiveContextInclusion { url });
        }
    }
    Ok(())
}

/// The URL of a context document.
pub(super) fn absolute<'u>(url: &'u str, base: Option<&str>) -> Cow<'u, str> {
    match base {
        Some(base) if Form::of(url) == Form::Relative => Cow::Owned(iri::resolve(base, url)),
        Some(_) | None => Cow::Borrowed(url),
    }
}
