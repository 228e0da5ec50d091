//! The contexts of one document while it is expanded: found, or compiled within a budget.

use std::sync::Arc;

use serde_json::Value;

use super::cache::{Cache, Entries, Entry, Key, Step};
use super::process::{Builder, Place, absolute, check_list};
use super::{ActiveContext, CONTEXT_WORK_MAX, Meaning, Scoped};
use crate::DEPTH_MAX;
use crate::contexts::Contexts;
use crate::error::Error;

/// What even an empty context costs.
const COMPILE_WORK: usize = 4;

/// What one call knows about contexts.
pub(crate) struct Session<'p> {
    cache: &'p Cache,
    /// The documents of the processor.
    pub(super) own: &'p Contexts,
    /// The documents of the call.
    pub(super) extra: Option<&'p Contexts>,
    pub(crate) document_base: Option<&'p str>,
    /// What cannot be shared with other documents.
    local: Entries,
    spent: usize,
}

impl<'p> Session<'p> {
    pub(crate) fn new(
        cache: &'p Cache,
        own: &'p Contexts,
        extra: Option<&'p Contexts>,
        document_base: Option<&'p str>,
    ) -> Self {
        Self { cache, own, extra, document_base, local: Entries::default(), spent: 0 }
    }

    /// The context that documents begin with.
    pub(crate) fn root(&self) -> Arc<ActiveContext> {
        Arc::clone(self.cache.root())
    }

    /// The context below a `@context`.
    pub(crate) fn enter(
        &mut self,
        around: &Arc<ActiveContext>,
        local: &Value,
    ) -> Result<Arc<ActiveContext>, Error> {
        match local {
            Value::String(url) => self.enter_url(around, url),
            Value::Array(list) => {
                check_list(list, Place::document(self.document_base))?;
                let mut active = Arc::clone(around);
                for context in list {
                    active = match context {
                        Value::String(url) => self.enter_url(&active, url)?,
                        // Inside a list, so that its `@propagate` does not count.
                        other => self.enter_listed(&active, other)?,
                    };
                }
                Ok(active)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                let place = Place::document(self.document_base);
                self.charge(COMPILE_WORK)?;
                let mut builder = Builder::new(self, around, false);
                builder.process(local, place, true)?;
                let meaning = builder.meaning;
                Ok(self.activate_if_new(around, meaning, false))
            }
        }
    }

    fn enter_listed(
        &mut self,
        around: &Arc<ActiveContext>,
        context: &Value,
    ) -> Result<Arc<ActiveContext>, Error> {
        let place = Place::document(self.document_base);
        self.charge(COMPILE_WORK)?;
        let mut builder = Builder::new(self, around, false);
        builder.process_one(context, place, true)?;
        let meaning = builder.meaning;
        Ok(self.activate_if_new(around, meaning, false))
    }

    fn enter_url(
        &mut self,
        around: &Arc<ActiveContext>,
        url: &str,
    ) -> Result<Arc<ActiveContext>, Error> {
        let url = absolute(url, self.document_base);
        let step = match (self.own.find(&url), self.extra.and_then(|extra| extra.find(&url))) {
            (Some((index, _)), _) => Step::Own(index),
            (None, Some((index, _))) => Step::Extra(index),
            (None, None) => return Err(Error::UnknownContext { url: url.into_owned() }),
        };
        let is_shared = matches!(step, Step::Own(_));
        let place = Place::document(None);
        self.derive(around, step, is_shared, None, |builder| builder.process_url(&url, place))
    }

    /// The context below a term that has one.
    pub(crate) fn enter_property(
        &mut self,
        around: &Arc<ActiveContext>,
        scoped: &Arc<Scoped>,
    ) -> Result<Arc<ActiveContext>, Error> {
        let step = Step::Property(Arc::as_ptr(scoped).addr());
        self.derive(around, step, scoped.origin.is_shared, Some(scoped), |builder| {
            builder.process(&scoped.context, Place::scoped(scoped, true), true)
        })
    }

    /// The context of a node whose type has one.
    pub(crate) fn enter_type(
        &mut self,
        around: &Arc<ActiveContext>,
        scoped: &Arc<Scoped>,
    ) -> Result<Arc<ActiveContext>, Error> {
        let step = Step::Type(Arc::as_ptr(scoped).addr());
        self.derive(around, step, scoped.origin.is_shared, Some(scoped), |builder| {
            builder.process(&scoped.context, Place::scoped(scoped, false), false)
        })
    }

    /// Finds or compiles a context.
    fn derive(
        &mut self,
        around: &Arc<ActiveContext>,
        step: Step,
        is_own: bool,
        scoped: Option<&Arc<Scoped>>,
        compile: impl Fn(&mut Builder<'_, 'p>) -> Result<(), Error>,
    ) -> Result<Arc<ActiveContext>, Error> {
        let key = Key { around: around.id, step };
        // SECURITY: an inline context in the shared cache would be a memory leak that peers drive.
        let is_shared = is_own && around.is_shared;
        if is_shared && let Some(context) = self.cache.find(&key) {
            return Ok(context);
        }
        if let Some(entry) = self.local.get(&key) {
            return Ok(Arc::clone(&entry.context));
        }
        self.charge(COMPILE_WORK)?;
        let mut builder = Builder::new(self, around, is_shared);
        let mut outcome = compile(&mut builder);
        let mut stays_shared = is_shared;
        if builder.needs_call {
            builder = Builder::new(self, around, false);
            outcome = compile(&mut builder);
            stays_shared = false;
        }
        outcome?;
        let meaning = builder.meaning;
        let context = self.activate_if_new(around, meaning, stays_shared);
        let entry = Entry { context, _scoped: scoped.map(Arc::clone) };
        if stays_shared {
            return Ok(self.cache.keep(key, entry));
        }
        let context = Arc::clone(&entry.context);
        self.local.insert(key, entry);
        Ok(context)
    }

    /// INVARIANT: a step that changes nothing leads back to where it began, so that nesting does not make new contexts.
    fn activate_if_new(
        &self,
        around: &Arc<ActiveContext>,
        meaning: Meaning,
        is_shared: bool,
    ) -> Arc<ActiveContext> {
        if meaning.is_same(&around.meaning) {
            return Arc::clone(around);
        }
        self.activate(meaning, is_shared)
    }

    pub(super) fn activate(&self, meaning: Meaning, is_shared: bool) -> Arc<ActiveContext> {
        self.cache.activate(meaning, is_shared)
    }

    /// Counts work, and ends it.
    pub(super) fn charge(&mut self, work: usize) -> Result<(), Error> {
        self.spent = self.spent.saturating_add(work);
        if self.spent > CONTEXT_WORK_MAX { Err(Error::ContextsTooComplex) } else { Ok(()) }
    }

    /// Counts the values of a definition, which may be copied later.
    pub(super) fn charge_json(&mut self, value: &Value) -> Result<(), Error> {
        self.charge_nested(value, DEPTH_MAX)
    }

    fn charge_nested(&mut self, value: &Value, depth_left: usize) -> Result<(), Error> {
        let depth_left = depth_left.checked_sub(1).ok_or(Error::TooDeep)?;
        self.charge(1)?;
        match value {
            Value::Array(items) => {
                items.iter().try_for_each(|item| self.charge_nested(item, depth_left))
            }
            Value::Object(members) => {
                members.values().try_for_each(|member| self.charge_nested(member, depth_left))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }
}
