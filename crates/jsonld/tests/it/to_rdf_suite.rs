//! The tests of the JSON-LD working group for the way to RDF.

use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::document::{Document, RdfDirection};
use pecan_jsonld::nquads;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;

use crate::json_ld_suite::{self, Case};

const EXCEPTIONS: &[(&str, &str)] = &[
    ("te111", "an IRI with a second `#` is kept: IRIs are not checked by the letter"),
    ("te112", "an IRI with a second `#` is kept: IRIs are not checked by the letter"),
];

#[test]
fn documents_become_the_rdf_that_the_working_group_expects() {
    json_ld_suite::run("toRdf", EXCEPTIONS, check);
}

fn check(case: &Case, suite: &Suite, contexts: &Contexts) -> Result<(), String> {
    let processor = Processor::new(Contexts::new());
    let mut document = Document::new(&case.input).with_base(&case.base).with_contexts(contexts);
    document.rdf_direction = match case.option("rdfDirection") {
        Some("i18n-datatype") => Some(RdfDirection::I18nDatatype),
        Some("compound-literal") => Some(RdfDirection::CompoundLiteral),
        _ => None,
    };
    let expand_context = case.expand_context(suite);
    document.expand_context = expand_context.as_ref();
    case.judge(processor.canonicalize(&document), |canonical| {
        let Some(expect) = &case.expect else { return Ok(()) };
        let expected = suite.text(expect);
        let expected = nquads::parse(&expected).map_err(|error| error.to_string())?;
        let expected =
            canonicalize(&expected, Budget::default()).map_err(|error| error.to_string())?;
        if expected == canonical.nquads {
            Ok(())
        } else {
            Err(format!("expected\n{expected}got\n{}", canonical.nquads))
        }
    })
}
