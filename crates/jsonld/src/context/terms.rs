//! The definitions of a context, in layers: a small context on top of schema.org does not copy its 2,800 terms.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::Term;

/// Layers with at most this many terms are copied rather than looked through.
const COPIED_TERMS_MAX: usize = 64;
/// The most layers that a lookup may have to go through.
const LAYERS_MAX: usize = 4;

/// Terms by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    /// A name without a definition hides that of the layer below.
    own: HashMap<Arc<str>, Option<Arc<Term>>>,
    below: Option<Arc<Terms>>,
    layers: usize,
    may_have_protected: bool,
}

impl Terms {
    /// A copy to change. Returns how many entries were copied, too.
    pub(super) fn on_top_of(below: &Arc<Self>) -> (Self, usize) {
        if below.own.len() <= COPIED_TERMS_MAX {
            return (Self::clone(below), below.own.len());
        }
        if below.layers < LAYERS_MAX {
            let layers = below.layers + 1;
            let may_have_protected = below.may_have_protected;
            let below = Some(Arc::clone(below));
            return (Self { own: HashMap::new(), below, layers, may_have_protected }, 0);
        }
        let mut own = HashMap::new();
        for layer in below.layers() {
            for (name, term) in &layer.own {
                own.entry(Arc::clone(name)).or_insert_with(|| term.clone());
            }
        }
        let copied = own.len();
        let may_have_protected = below.may_have_protected;
        (Self { own, below: None, layers: 0, may_have_protected }, copied)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Arc<Term>> {
        let mut layer = self;
        loop {
            if let Some(found) = layer.own.get(name) {
                return found.as_ref();
            }
            layer = layer.below.as_deref()?;
        }
    }

    /// Sets a definition, or hides it.
    pub(super) fn set(&mut self, name: &str, term: Option<Arc<Term>>) {
        self.may_have_protected |= term.as_ref().is_some_and(|term| term.is_protected);
        match self.own.get_mut(name) {
            Some(slot) => *slot = term,
            None => drop(self.own.insert(Arc::from(name), term)),
        }
    }

    /// How many definitions this layer holds by itself.
    pub(super) fn own_len(&self) -> usize {
        self.own.len()
    }

    /// How many definitions all layers hold.
    pub(super) fn len(&self) -> usize {
        self.layers().map(Self::own_len).sum()
    }

    /// False if [`has_protected`](Self::has_protected) need not look.
    pub(super) fn may_have_protected(&self) -> bool {
        self.may_have_protected
    }

    pub(super) fn has_protected(&self) -> bool {
        self.layers().any(|layer| {
            layer.own.iter().any(|(name, term)| {
                term.as_ref().is_some_and(|term| term.is_protected)
                    && self.find(name).is_some_and(|visible| visible.is_protected)
            })
        })
    }

    fn layers(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |layer| layer.below.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::{Container, Mapping, Setting};
    use super::*;

    fn term(is_protected: bool) -> Arc<Term> {
        Arc::new(Term {
            mapping: Mapping::Null,
            is_prefix: false,
            is_protected,
            is_reverse: false,
            coercion: None,
            language: Setting::Inherited,
            direction: Setting::Inherited,
            container: Container::default(),
            scoped: None,
            index: None,
            nest: None,
        })
    }

    #[test]
    fn layers_hide_and_are_flattened() {
        let mut terms = Terms::default();
        for round in 0..20 {
            for index in 0..=COPIED_TERMS_MAX {
                terms.set(&format!("{round}-{index}"), Some(term(false)));
            }
            terms.set("gone", Some(term(round == 3)));
            terms = Terms::on_top_of(&Arc::new(terms)).0;
            terms.set("gone", None);
            assert!(terms.layers().count() <= LAYERS_MAX + 1);
        }
        assert!(terms.find("gone").is_none());
        assert!(terms.find("0-0").is_some());
        assert!(terms.find("19-64").is_some());
        assert!(terms.find("20-0").is_none());
    }

    #[test]
    fn a_protected_term_that_is_hidden_does_not_count() {
        let mut terms = Terms::default();
        terms.set("a", Some(term(true)));
        assert!(terms.has_protected());
        let mut above = Terms::on_top_of(&Arc::new(terms)).0;
        above.set("a", Some(term(false)));
        assert!(above.may_have_protected() && !above.has_protected());
    }
}
