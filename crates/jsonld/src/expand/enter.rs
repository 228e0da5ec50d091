//! Finds the context that holds within an object.
//!
//! [JSON-LD 1.1 API §5.1.2](https://www.w3.org/TR/json-ld11-api/#algorithm-3), steps 7 to 11.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::draft::Draft;
use super::{Around, Expander};
use crate::context::ActiveContext;
use crate::error::Error;
use crate::keyword::Keyword;
use crate::uncovered::{Path, Reason};

impl<'a> Expander<'a, '_, '_> {
    /// The context for an object: back from a context that does not propagate, then that of the property, then its own.
    pub(super) fn enter(
        &mut self,
        around: Around<'_>,
        members: &'a Map<String, Value>,
        path: Path<'_>,
    ) -> Result<Arc<ActiveContext>, Error> {
        let mut active = Arc::clone(around.active);
        if let Some(previous) = &around.active.meaning.previous
            && !around.is_from_map
            && !stays(around.active, members)
        {
            active = Arc::clone(previous);
        }
        if let Some(term) = around.property.term() {
            active = self.below_property(active, term)?;
        }
        // Looked for by comparison: a small object is searched faster than its key is hashed.
        if let Some((_, context)) = members.iter().find(|(name, _)| *name == "@context") {
            self.report_context(context, path)?;
            active = self.session.enter(&active, context)?;
        }
        Ok(active)
    }

    fn report_context(&mut self, context: &Value, path: Path<'_>) -> Result<(), Error> {
        let is_url = match context {
            Value::Array(list) => list.iter().all(Value::is_string),
            context => context.is_string(),
        };
        if !is_url {
            self.report(path.member("@context"), Reason::InlineContext)
        } else if !path.is_root() {
            self.report(path.member("@context"), Reason::NestedContext)
        } else {
            Ok(())
        }
    }

    /// The context of an object with these types, each of which may bring one.
    pub(super) fn enter_types(
        &mut self,
        type_scoped: &Arc<ActiveContext>,
        members: &'a Map<String, Value>,
        draft: &mut Draft<'a>,
    ) -> Result<Arc<ActiveContext>, Error> {
        let is_type = |name: &str| type_scoped.meaning.keyword(name) == Some(Keyword::Type);
        let mut found = members.iter().filter(|(name, _)| is_type(name));
        let Some((name, value)) = found.next() else { return Ok(Arc::clone(type_scoped)) };
        if found.next().is_none() {
            draft.first_type = Some(value);
            return self.enter_type_values(Arc::clone(type_scoped), type_scoped, value);
        }
        // More than one member gives types: in the order of their names.
        let mut entries: Vec<(&String, &'a Value)> = vec![(name, value)];
        entries.extend(members.iter().filter(|(other, _)| *other != name && is_type(other)));
        entries.sort_by_key(|(name, _)| *name);
        draft.first_type = entries.first().map(|(_, value)| *value);
        let mut active = Arc::clone(type_scoped);
        for (_, value) in entries {
            active = self.enter_type_values(active, type_scoped, value)?;
        }
        Ok(active)
    }

    fn enter_type_values(
        &mut self,
        mut active: Arc<ActiveContext>,
        type_scoped: &Arc<ActiveContext>,
        value: &Value,
    ) -> Result<Arc<ActiveContext>, Error> {
        let types = match value {
            Value::Array(types) => types.as_slice(),
            value => std::slice::from_ref(value),
        };
        let scoped_of =
            |name: &str| type_scoped.meaning.find(name).and_then(|term| term.scoped.as_ref());
        let mut scoped: Vec<_> = types
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|name| scoped_of(name).map(|scoped| (name, scoped)))
            .collect();
        scoped.sort_unstable_by_key(|(name, _)| *name);
        for (_, scoped) in scoped {
            active = self.session.enter_type(&active, scoped)?;
        }
        Ok(active)
    }
}

/// Whether a value object or a node reference keeps a context that does not propagate.
fn stays(active: &ActiveContext, members: &Map<String, Value>) -> bool {
    let is_single = members.len() == 1;
    members.keys().any(|name| match active.meaning.keyword(name) {
        Some(Keyword::Value) => true,
        Some(Keyword::Id) => is_single,
        Some(_) | None => false,
    })
}
