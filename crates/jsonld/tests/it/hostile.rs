//! Documents and contexts that mean harm end in a typed error, and leave nothing behind.

use std::sync::LazyLock;

use pecan_jsonld::context::{CONTEXT_DEPTH_MAX, SHARED_CONTEXTS_MAX};
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::document::Document;
use pecan_jsonld::error::Error;
use pecan_jsonld::processor::Processor;
use pecan_jsonld::{DEPTH_MAX, ELEMENTS_MAX};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::built_in::{self, CREDENTIALS_V1, JWS_2020, NUTS_2024, NUTS_V1};
use crate::nuts_canon::turn;

/// A processor whose contexts the test chooses.
fn processor(contexts: &[(&str, Value)]) -> Processor {
    let mut allowed = Contexts::new();
    for (url, context) in contexts {
        allowed.insert(url, &context.to_string()).unwrap();
    }
    Processor::new(allowed)
}

fn error(processor: &Processor, document: &Value) -> Error {
    processor.to_rdf(&Document::new(document)).unwrap_err()
}

#[test]
fn contexts_that_include_each_other_end() {
    let processor = processor(&[
        ("https://a.example", json!({"@context": "https://b.example"})),
        ("https://b.example", json!({"@context": ["https://c.example", {"x": "urn:x"}]})),
        ("https://c.example", json!({"@context": "https://a.example"})),
        ("https://import.example", json!({"@context": {"@import": "https://import.example"}})),
    ]);
    let document = json!({"@context": "https://a.example"});
    let url = "https://a.example".to_owned();
    assert_eq!(error(&processor, &document), Error::RecursiveContextInclusion { url });
    let document = json!({"@context": "https://import.example"});
    assert_eq!(error(&processor, &document), Error::InvalidContextEntry);
}

#[test]
fn a_context_may_scope_itself_without_end() {
    let url = "https://self.example";
    let term = json!({"@id": "urn:child", "@context": url});
    let processor = processor(&[(url, json!({"@context": {"child": term, "name": "urn:name"}}))]);
    let mut node = json!({"name": "last"});
    for _ in 0..60 {
        node = json!({"child": node});
    }
    node["@context"] = json!(url);
    let rdf = processor.to_rdf(&Document::new(&node)).unwrap();
    assert_eq!(rdf.dataset.quads.len(), 61);
    assert!(rdf.uncovered.is_empty());
}

#[test]
fn a_long_chain_of_contexts_ends() {
    let contexts: Vec<(String, Value)> = (0..100)
        .map(|n| {
            (
                format!("https://{n}.example"),
                json!({"@context": format!("https://{}.example", n + 1)}),
            )
        })
        .collect();
    let contexts: Vec<(&str, Value)> =
        contexts.iter().map(|(url, context)| (url.as_str(), context.clone())).collect();
    let processor = processor(&contexts);
    let outcome = error(&processor, &json!({"@context": "https://0.example"}));
    assert!(matches!(outcome, Error::ContextOverflow | Error::TooDeep), "{outcome}");
    let many: Vec<String> = (0..100).map(|n| format!("https://{n}.example")).collect();
    assert_eq!(error(&processor, &json!({"@context": many})), Error::ContextOverflow);
}

#[test]
fn a_long_chain_of_terms_ends() {
    let mut context = Map::new();
    for n in 0..10_000 {
        context.insert(format!("t{n}"), json!(format!("t{}:x", n + 1)));
    }
    assert_eq!(error(&processor(&[]), &json!({"@context": context})), Error::TooDeep);
}

#[test]
fn terms_that_define_each_other_are_refused() {
    let document = json!({"@context": {"a": "b:x", "b": "c:x", "c": "a:x"}});
    assert!(matches!(error(&processor(&[]), &document), Error::CyclicIriMapping { .. }));
}

#[test]
fn deeply_scoped_contexts_end() {
    let mut context = json!({"x": "urn:x"});
    for _ in 0..=CONTEXT_DEPTH_MAX {
        context = json!({"t": {"@id": "urn:t", "@context": context}});
    }
    assert_eq!(error(&processor(&[]), &json!({"@context": context})), Error::TooDeep);
}

#[test]
fn deep_documents_end() {
    let mut list = json!([]);
    let mut object = json!({});
    let mut nest = json!({});
    let mut context = json!({});
    let mut literal = json!({});
    for _ in 0..=DEPTH_MAX {
        list = json!([list]);
        object = json!({"urn:p": object});
        nest = json!({"@nest": nest});
        context = json!({"@context": context});
        literal = json!([literal]);
    }
    let literal = json!({"urn:p": {"@value": literal, "@type": "@json"}});
    for document in [json!({"urn:p": list}), object, nest, literal] {
        assert_eq!(error(&processor(&[]), &document), Error::TooDeep);
    }
    let context = json!({"@context": {"t": {"@id": "urn:t", "@context": context}}});
    assert!(processor(&[]).to_rdf(&Document::new(&context)).is_err());
}

/// On the stack of a test thread, which is that of a worker thread too: 2 MiB.
#[test]
fn everything_that_nests_may_nest_at_once() {
    let mut context: Map<String, Value> =
        (0..CONTEXT_DEPTH_MAX).map(|n| (format!("t{n}"), json!(format!("t{}:x", n + 1)))).collect();
    for _ in 0..CONTEXT_DEPTH_MAX - 2 {
        let scoped = json!({"@id": "urn:t", "@context": context});
        context = Map::from_iter([("t".to_owned(), scoped)]);
    }
    let mut document = json!({"@context": context, "t": 1});
    for _ in 0..DEPTH_MAX - 2 {
        document = json!({"@type": "T", "urn:p": document});
    }
    let processor = processor(&[]);
    assert!(processor.to_rdf(&Document::new(&document)).is_ok());
}

#[test]
fn documents_up_to_the_depth_limit_are_read() {
    let mut document = json!({});
    for _ in 0..DEPTH_MAX {
        document = json!({"urn:p": document});
    }
    let processor = processor(&[]);
    let rdf = processor.to_rdf(&Document::new(&document)).unwrap();
    assert_eq!(rdf.dataset.quads.len(), DEPTH_MAX);
    processor.expand(&Document::new(&document)).unwrap();
}

#[test]
fn documents_with_too_many_values_are_refused() {
    let document = json!({"urn:p": vec![1; ELEMENTS_MAX]});
    assert_eq!(error(&processor(&[]), &document), Error::TooLarge);
}

#[test]
fn inline_contexts_work_within_a_budget() {
    let mut context = Map::new();
    for n in 0..2000 {
        context.insert(format!("t{n}"), json!(format!("urn:t{n}")));
    }
    let node = json!({"@context": context, "t0": 1});
    let document = json!({"urn:p": vec![node; 500]});
    assert_eq!(error(&processor(&[]), &document), Error::ContextsTooComplex);

    // A scoped context below schema.org is cheap, however often it is used.
    let processor = built_in::processor();
    let node = json!({"@context": {"t": "urn:t"}, "t": 1});
    let document = json!({"@context": "https://schema.org", "name": vec![node; 500]});
    assert!(processor.to_rdf(&Document::new(&document)).is_ok());
}

#[test]
fn short_documents_with_long_results_are_refused() {
    let long = "x".repeat(200_000);
    let values: Vec<usize> = (0..2000).collect();
    let nodes: Vec<Value> = values.iter().map(|n| json!({"p": n, "@type": "T"})).collect();
    let members: Map<String, Value> = values.iter().map(|n| (format!("p{n}"), json!(1))).collect();
    let iri = format!("urn:{long}");
    for document in [
        // A subject in each of its statements.
        json!({"@id": iri, "urn:p": values}),
        // The name of a graph, too.
        json!({"@id": iri, "@graph": nodes.clone(), "@context": {"p": "urn:p"}}),
        // A term, a type, a vocabulary, a base.
        json!({"@context": {"p": iri}, "@graph": nodes.clone()}),
        json!({"@context": {"T": iri, "p": "urn:p"}, "@graph": nodes.clone()}),
        json!({"@context": {"@vocab": iri}, "a": members}),
        json!({"@context": {"@base": iri}, "urn:p": vec![json!({"@id": "#a"}); 2000]}),
        // A property with many values, which is expanded once.
        json!({"@context": {"@vocab": "urn:"}, long.clone(): values}),
        // A language, a datatype, an index.
        json!({"@context": {"@language": vec!["a"; 60_000].join("-")}, "urn:p": vec!["x"; 2000]}),
        json!({"@context": {"t": {"@id": "urn:t", "@type": iri}}, "t": vec!["x"; 2000]}),
        json!({
            "@context": {"i": {"@id": "urn:i", "@container": "@index"}},
            "i": {long.clone(): vec!["x"; 200]},
        }),
    ] {
        let outcome = error(&processor(&[]), &document);
        assert!(matches!(outcome, Error::TooLong | Error::TooMuchUncovered), "{outcome}");
    }
    // Many terms with one long prefix, or one long name around much without meaning.
    let mut context: Map<String, Value> =
        values.iter().map(|n| (format!("t{n}"), json!(format!("long:{n}")))).collect();
    context.insert("long".to_owned(), json!(format!("{iri}:")));
    assert_eq!(error(&processor(&[]), &json!({"@context": context})), Error::ContextsTooComplex);
    let document = json!({format!("urn:{long}"): members});
    assert_eq!(error(&processor(&[]), &document), Error::TooMuchUncovered);
}

#[test]
fn many_names_for_keywords_are_refused() {
    let context: Map<String, Value> =
        (0..1000).map(|n| (format!("t{n}"), json!("@type"))).collect();
    assert_eq!(error(&processor(&[]), &json!({"@context": context})), Error::ContextsTooComplex);
}

#[test]
fn inline_contexts_are_never_kept() {
    let processor = built_in::processor();
    let mut before = 0;
    for round in 0..50 {
        for document in [
            json!({"@context": {"a": format!("urn:{round}")}, "a": 1}),
            json!({"@context": [CREDENTIALS_V1, {"a": format!("urn:{round}")}], "a": 1}),
            json!({
                "@context": [CREDENTIALS_V1, {"a": "urn:a"}],
                "type": "VerifiableCredential",
                "credentialSubject": {"@context": NUTS_V1, "type": "NutsOrganizationCredential"},
            }),
            json!({
                "@context": [CREDENTIALS_V1],
                "type": "VerifiableCredential",
                "credentialSubject": {
                    "@context": {"t": {"@id": "urn:t", "@context": {"u": "urn:u"}}},
                    "t": {"u": 1},
                },
            }),
        ] {
            processor.to_rdf(&Document::new(&document)).unwrap();
        }
        if round == 0 {
            before = processor.cached_contexts();
        }
    }
    assert!(before > 0);
    assert_eq!(processor.cached_contexts(), before);
}

#[test]
fn contexts_of_one_call_are_never_kept_and_never_hide_those_of_the_processor() {
    let processor = built_in::processor();
    let mut extra = Contexts::new();
    extra.insert("https://extra.example", r#"{"@context": {"a": "urn:a"}}"#).unwrap();
    extra.insert(NUTS_V1, r#"{"@context": {"nuts": "urn:other"}}"#).unwrap();
    let alone = json!({"@context": "https://extra.example", "a": 1});
    let rdf = processor.to_rdf(&Document::new(&alone).with_contexts(&extra)).unwrap();
    assert_eq!(rdf.dataset.quads.len(), 1);
    assert_eq!(processor.cached_contexts(), 0);
    let url = "https://extra.example".to_owned();
    assert_eq!(error(&processor, &alone), Error::UnknownContext { url });

    let document = json!({"@context": NUTS_V1, "id": "urn:a", "nuts:p": 1});
    let rdf = processor.to_rdf(&Document::new(&document).with_contexts(&extra)).unwrap();
    let predicate = rdf.dataset.quads.first().map(|quad| quad.predicate.to_string());
    assert_eq!(predicate.as_deref(), Some("https://nuts.nl/credentials/v1#p"));
}

#[test]
fn a_context_of_the_processor_that_needs_one_of_the_call_is_not_kept() {
    let processor = processor(&[(
        "https://own.example",
        json!({"@context": {"p": {"@id": "urn:p", "@context": "https://extra.example"}}}),
    )]);
    let document = json!({"@context": "https://own.example", "p": {"a": 1}});
    for name in ["urn:one", "urn:two"] {
        let mut extra = Contexts::new();
        extra
            .insert("https://extra.example", &json!({"@context": {"a": name}}).to_string())
            .unwrap();
        let rdf = processor.to_rdf(&Document::new(&document).with_contexts(&extra)).unwrap();
        assert!(rdf.dataset.quads.iter().any(|quad| &*quad.predicate == name));
        assert_eq!(processor.cached_contexts(), 0);
    }
}

#[test]
fn a_vocabulary_that_depends_on_the_document_is_not_kept() {
    let url = "https://own.example";
    let processor = processor(&[(url, json!({"@context": {"@vocab": "terms#"}}))]);
    let document = json!({"@context": url, "@id": "urn:a", "p": 1});
    for base in ["https://one.example/", "https://two.example/"] {
        let rdf = processor.to_rdf(&Document::new(&document).with_base(base)).unwrap();
        let predicate = rdf.dataset.quads.first().map(|quad| quad.predicate.to_string());
        assert_eq!(predicate, Some(format!("{base}terms#p")));
        assert_eq!(processor.cached_contexts(), 0);
    }
}

#[test]
fn nesting_does_not_fill_the_cache() {
    let processor = built_in::processor();
    let mut node = json!({"name": "n"});
    for depth in 0..100 {
        node = json!({"organization": node, "type": "NutsOrganizationCredential"});
        let mut document = node.clone();
        document["@context"] = json!([CREDENTIALS_V1, NUTS_V1]);
        let _ = processor.to_rdf(&Document::new(&document));
        assert!(processor.cached_contexts() < 16, "depth {depth}");
    }
}

#[test]
fn the_cache_is_bounded_whatever_the_documents_name() {
    let processor = built_in::processor();
    let kinds = [
        "NutsOrganizationCredential",
        "NutsEmployeeCredential",
        "DiscoveryRegistrationCredential",
        "NutsAuthorizationCredential",
        "CredentialRevocation",
        "NutsUraCredential",
        "VerifiableCredential",
        "VerifiablePresentation",
        "JsonWebSignature2020",
        "StatusList2021",
    ];
    let urls =
        [CREDENTIALS_V1, NUTS_V1, NUTS_2024, JWS_2020, "https://w3id.org/vc/status-list/2021/v1"];
    for seed in 0..3000_usize {
        let rotated: Vec<&str> = (0..urls.len())
            .filter(|n| seed >> n & 1 == 1)
            .map(|n| urls[(n + seed / 32) % 5])
            .collect();
        let types: Vec<&str> = kinds
            .iter()
            .enumerate()
            .filter(|(n, _)| (seed * 7) >> n & 1 == 1)
            .map(|(_, kind)| *kind)
            .collect();
        let document = json!({
            "@context": rotated,
            "@id": "urn:a",
            "@type": types,
            "credentialSubject": {"@type": types, "organization": {"@type": types}},
        });
        let _ = processor.to_rdf(&Document::new(&document));
        assert!(processor.cached_contexts() <= SHARED_CONTEXTS_MAX);
    }
    // It still works, and as before.
    let document = json!({"@context": NUTS_V1, "id": "urn:a", "nuts:p": 1});
    assert_eq!(processor.to_rdf(&Document::new(&document)).unwrap().dataset.quads.len(), 1);
}

#[test]
fn a_warm_processor_answers_like_a_new_one() {
    let warm = built_in::processor();
    for url in [CREDENTIALS_V1, NUTS_V1, JWS_2020] {
        for kind in ["VerifiableCredential", "NutsEmployeeCredential", "JsonWebSignature2020"] {
            let document = json!({
                "@context": [url],
                "@id": "urn:a",
                "@type": kind,
                "issuer": {"@id": "urn:b", "@type": "NutsOrganizationCredential", "name": "n"},
                "name": {"@type": kind, "name": "m"},
            });
            let document = Document::new(&document);
            let cold = built_in::processor();
            assert_eq!(warm.expand(&document), cold.expand(&document));
            assert_eq!(warm.expand(&document), cold.expand(&document));
        }
    }
}

/// Names that mean something, and some that do not.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "@id",
            "@type",
            "@value",
            "@language",
            "@direction",
            "@index",
            "@list",
            "@set",
            "@graph",
            "@included",
            "@reverse",
            "@nest",
            "@context",
            "@none",
            "@json",
            "@vocab",
            "@base",
            "@container",
            "@protected",
            "@propagate",
            "@version",
            "@import",
            "@prefix",
            "@foo",
            "id",
            "type",
            "a",
            "b",
            "urn:p",
            "a:b",
            "_:b",
            "",
            ":",
            "issuer",
            "credentialSubject",
            "organization",
            "verifiableCredential",
            "proof",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any_name(),
        prop::sample::select(vec![
            "@id",
            "@vocab",
            "@json",
            "@type",
            "@set",
            "@list",
            "@language",
            "@index",
            "@graph",
            "http://a.example/",
            "urn:x",
            "ltr",
            "VerifiableCredential",
            "VerifiablePresentation",
            "NutsEmployeeCredential",
            CREDENTIALS_V1,
            NUTS_V1,
            JWS_2020,
            "https://schema.org",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(1.1)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Nodes as they occur in Nuts documents, in every wrong place.
fn any_node() -> impl Strategy<Value = Value> {
    let context = prop_oneof![
        prop::sample::subsequence(vec![CREDENTIALS_V1, NUTS_V1, NUTS_2024, JWS_2020], 0..3)
            .prop_map(|urls| json!(urls)),
        Just(json!(NUTS_V1)),
        Just(json!(null)),
        Just(json!({"organization": "urn:o", "name": "urn:n"})),
        Just(json!([NUTS_V1, {"@vocab": "urn:v:", "@propagate": false}])),
    ];
    let types = prop::sample::subsequence(
        vec![
            "VerifiableCredential",
            "VerifiablePresentation",
            "NutsOrganizationCredential",
            "NutsAuthorizationCredential",
            "NutsEmployeeCredential",
            "NutsUraCredential",
            "CredentialRevocation",
            "JsonWebSignature2020",
        ],
        0..3,
    );
    let names = vec![
        "credentialSubject",
        "organization",
        "name",
        "city",
        "ura",
        "subject",
        "resources",
        "path",
        "operations",
        "localParameters",
        "issuer",
        "proof",
        "proofPurpose",
        "verifiableCredential",
        "nuts:x",
        "schema:y",
        "date",
        "id",
    ];
    let leaf = prop_oneof![
        Just(json!("assertionMethod")),
        Just(json!("did:web:h.example")),
        Just(json!(1)),
        Just(json!([])),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let members = prop::collection::vec((prop::sample::select(names.clone()), inner), 0..5);
        (prop::option::of(context.clone()), types.clone(), members).prop_map(
            |(context, types, members)| {
                let mut node = Map::new();
                if let Some(context) = context {
                    node.insert("@context".to_owned(), context);
                }
                node.insert("@type".to_owned(), json!(types));
                node.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
                Value::Object(node)
            },
        )
    })
}

static PROCESSOR: LazyLock<Processor> = LazyLock::new(built_in::processor);

static CONTEXTS: LazyLock<Contexts> = LazyLock::new(built_in::contexts);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_document_panics(document in any_json(), context in any_json()) {
        let processor = &*PROCESSOR;
        let plain = Document::new(&document).with_base("http://base.example/x/");
        let _ = processor.canonicalize(&plain);
        let _ = processor.expand(&plain.with_expand_context(&context));
        let wrapped = json!({"@context": context, "a": document});
        let _ = processor.canonicalize(&Document::new(&wrapped));
    }

    #[test]
    fn contexts_that_were_kept_mean_what_new_ones_mean(node in any_node()) {
        let document = json!({"@context": [CREDENTIALS_V1, NUTS_V1], "@graph": [node]});
        let document = Document::new(&document);
        // Contexts of the call are compiled for each document.
        let without = Processor::new(Contexts::new());
        let contexts = &*CONTEXTS;
        prop_assert_eq!(PROCESSOR.expand(&document), without.expand(&document.with_contexts(contexts)));
        prop_assert_eq!(without.cached_contexts(), 0);
    }

    #[test]
    fn the_order_of_members_does_not_matter(node in any_node()) {
        let document = json!({"@context": [CREDENTIALS_V1, NUTS_V1], "@graph": [node]});
        let turned = turn(&document);
        let one = PROCESSOR.canonicalize(&Document::new(&document)).map(|it| it.nquads);
        let other = PROCESSOR.canonicalize(&Document::new(&turned)).map(|it| it.nquads);
        // Which of several errors comes first may depend on the order.
        prop_assert_eq!(one.is_ok(), other.is_ok());
        prop_assert!(one.is_err() || one == other);
    }
}

#[test]
fn a_processor_may_be_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Processor>();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let document = json!({
                        "@context": [CREDENTIALS_V1, NUTS_V1, JWS_2020],
                        "type": ["VerifiableCredential", "NutsOrganizationCredential"],
                        "credentialSubject": {"organization": {"name": "n"}},
                    });
                    PROCESSOR.expand(&Document::new(&document)).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}
