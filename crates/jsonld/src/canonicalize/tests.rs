//! What canonical forms must have in common, whatever the dataset.

use proptest::prelude::*;

use super::{Budget, CanonicalizeError, canonical_labels, canonicalize};
use crate::nquads;

fn canonical(text: &str) -> String {
    let dataset = nquads::parse(text).expect("N-Quads");
    canonicalize(&dataset, Budget::default()).expect("canonical")
}

#[test]
fn a_statement_made_twice_counts_once() {
    let once = "_:a <urn:p> _:b .\n_:b <urn:p> \"x\" .\n";
    let twice = format!("{once}{once}");
    assert_eq!(canonical(&twice), canonical(once));
}

#[test]
fn control_characters_stay_raw_and_five_are_escaped() {
    let text = "<urn:s> <urn:p> \"\\u0001\\b\\f\\n\\r\\t\\\"\\\\\" .\n";
    assert_eq!(canonical(text), "<urn:s> <urn:p> \"\u{1}\u{8}\u{c}\\n\\r\\t\\\"\\\\\" .\n");
}

#[test]
fn a_node_that_no_quad_mentions_has_no_label() {
    let mut dataset = nquads::parse("_:x <urn:p> \"1\" .").expect("N-Quads");
    dataset.add_blank_node("unused".to_owned());
    let labels = canonical_labels(&dataset, Budget::default()).expect("labels");
    assert_eq!(labels, [Some("c14n0".to_owned()), None]);
}

#[test]
fn a_clique_is_stopped_by_the_budget() {
    let edges = (0..10).flat_map(|from| (0..10).map(move |to| (from, to)));
    let text = lines(edges.filter(|(from, to)| from != to));
    let dataset = nquads::parse(&text).expect("N-Quads");
    assert_eq!(canonicalize(&dataset, Budget::default()), Err(CanonicalizeError::TooComplex));
}

#[test]
fn a_long_chain_of_nodes_that_look_alike_does_not_exhaust_the_stack() {
    let text = lines((0..100_000).map(|node| (node, node + 1)));
    let dataset = nquads::parse(&text).expect("N-Quads");
    assert_eq!(canonicalize(&dataset, Budget::default()), Err(CanonicalizeError::TooComplex));
}

#[test]
fn a_long_predicate_takes_more_of_the_budget() {
    let edges = (0..5).flat_map(|from| (0..5).map(move |to| (from, to)));
    let short = lines(edges.filter(|(from, to)| from != to));
    assert_eq!(canonical(&short).lines().count(), 20);
    let long = short.replace("urn:p", &format!("urn:{}", "p".repeat(100_000)));
    let dataset = nquads::parse(&long).expect("N-Quads");
    assert_eq!(canonicalize(&dataset, Budget::default()), Err(CanonicalizeError::TooComplex));
}

#[test]
fn many_neighbours_that_look_alike_are_not_tried() {
    let hubs = (0..2).flat_map(|hub| (0..5_000).map(move |leaf| (hub, 2 + 5_000 * hub + leaf)));
    let text = lines(hubs);
    let dataset = nquads::parse(&text).expect("N-Quads");
    assert_eq!(canonicalize(&dataset, Budget::default()), Err(CanonicalizeError::TooComplex));
}

/// Statements that differ in nothing but their nodes.
fn lines(edges: impl Iterator<Item = (u32, u32)>) -> String {
    edges.map(|(from, to)| format!("_:n{from} <urn:p> _:n{to} .\n")).collect::<Vec<_>>().concat()
}

/// Small datasets of few nodes, so that symmetry is common.
///
/// Graphs have IRIs for names: RDFC-1.0 hashes each neighbour of a node by itself, so it cannot tell apart two nodes that differ only in
/// which of their quads is in which of two blank graphs.
fn statements() -> impl Strategy<Value = Vec<(u8, u8, u8, Option<u8>)>> {
    prop::collection::vec((0..5u8, 0..2u8, 0..8u8, prop::option::of(0..5u8)), 0..12)
}

fn print(statements: &[(u8, u8, u8, Option<u8>)], label: impl Fn(u8) -> String) -> String {
    let line = |(subject, predicate, object, graph): &(u8, u8, u8, Option<u8>)| {
        let object = match object {
            5.. => format!("\"{object}\""),
            node => label(*node),
        };
        let graph = graph.map(|graph| format!("<urn:g{graph}>")).unwrap_or_default();
        format!("{} <urn:{predicate}> {object} {graph} .\n", label(*subject))
    };
    statements.iter().map(line).collect::<Vec<_>>().concat()
}

proptest! {
    #[test]
    fn labels_and_order_do_not_matter(
        statements in statements(),
        names in Just(vec![3u8, 0, 4, 1, 2]).prop_shuffle(),
        seed in any::<prop::sample::Index>(),
    ) {
        let plain = print(&statements, |node| format!("_:n{node}"));
        let mut turned = statements.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
            turned.reverse();
        }
        let renamed = print(&turned, |node| format!("_:m{}", names[usize::from(node)]));
        prop_assert_eq!(canonical(&plain), canonical(&renamed));
    }

    #[test]
    fn a_canonical_form_is_its_own_canonical_form(statements in statements()) {
        let once = canonical(&print(&statements, |node| format!("_:n{node}")));
        prop_assert_eq!(canonical(&once), once);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = nquads::parse(&text);
    }

    #[test]
    fn any_line_of_tokens_is_read_or_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec!["<a>", "_:b", "\"c\"", "@en", "^^", ".", " ", "\\", "\\u00e9", "#", "\"", "<"]),
            0..12,
        ),
    ) {
        if let Ok(dataset) = nquads::parse(&tokens.concat()) {
            let _ = canonicalize(&dataset, Budget::default());
        }
    }
}
