//! Expands an object: its members, and those of the objects that are nested in it only for the eye.
//!
//! [JSON-LD 1.1 API §5.1.2](https://www.w3.org/TR/json-ld11-api/#algorithm-3), steps 6, 13 and 14.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::draft::Draft;
use super::member::Nests;
use super::{Around, Expander, Expansion, Property};
use crate::context::ActiveContext;
use crate::error::Error;
use crate::keyword::Keyword;
use crate::uncovered::Path;

/// The contexts of an object.
#[derive(Copy, Clone)]
pub(super) struct Scope<'x> {
    /// What its members mean.
    pub(super) active: &'x Arc<ActiveContext>,
    /// What its types mean.
    pub(super) type_scoped: &'x Arc<ActiveContext>,
    pub(super) property: Property<'x>,
}

impl<'a> Expander<'a, '_, '_> {
    pub(super) fn object(
        &mut self,
        around: Around<'_>,
        members: &'a Map<String, Value>,
        path: Path<'_>,
    ) -> Result<Expansion<'a>, Error> {
        let type_scoped = self.enter(around, members, path)?;
        let mut draft = Draft::default();
        let active = self.enter_types(&type_scoped, members, &mut draft)?;
        let scope = Scope { active: &active, type_scoped: &type_scoped, property: around.property };
        self.members(scope, members, &mut draft, path)?;
        self.finish(draft, &type_scoped, around.property, path)
    }

    /// Reads the members of an object, then those of the objects that are nested in it only for the eye.
    pub(super) fn members(
        &mut self,
        scope: Scope<'_>,
        members: &'a Map<String, Value>,
        draft: &mut Draft<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let mut nests = Nests::new();
        for (name, value) in members {
            let is_left_out = path.is_root() && self.without == Some(name);
            if name != "@context" && !is_left_out {
                self.member(scope, (name, value), draft, &mut nests, path)?;
            }
        }
        for (name, value) in nests {
            self.nested(scope, (name, value), draft, path)?;
        }
        Ok(())
    }

    fn nested(
        &mut self,
        scope: Scope<'_>,
        (name, value): (&'a str, &'a Value),
        draft: &mut Draft<'a>,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let path = path.member(name);
        // SECURITY: nests do not pass `element`, but nest as deeply.
        if path.depth > crate::DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        let mut active = Arc::clone(scope.active);
        if let Some(term) = scope.active.meaning.find(name) {
            active = self.below_property(active, term)?;
        }
        let scope = Scope { active: &active, ..scope };
        let is_list = value.is_array();
        let list = match value {
            Value::Array(list) => list.as_slice(),
            value => std::slice::from_ref(value),
        };
        for (index, value) in list.iter().enumerate() {
            let Value::Object(members) = value else { return Err(Error::InvalidNestValue) };
            let is_value = |name: &String| active.meaning.keyword(name) == Some(Keyword::Value);
            if members.keys().any(is_value) {
                return Err(Error::InvalidNestValue);
            }
            self.count_element()?;
            let path = if is_list { path.index(index) } else { path };
            self.members(scope, members, draft, path)?;
        }
        Ok(())
    }
}
