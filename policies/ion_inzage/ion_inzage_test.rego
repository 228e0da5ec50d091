package ion_inzage_test

import data.ion_inzage
import data.lib.example

listed := [example.ura]

allowed(document) if ion_inzage.allow with input as document with data.ion_inzage.whitelist as listed

denied_for(document, words) if {
	not ion_inzage.allow with input as document with data.ion_inzage.whitelist as listed
	reasons := ion_inzage.reasons with input as document with data.ion_inzage.whitelist as listed
	some reason in reasons
	contains(reason.description, words)
}

patient_search := object.union(
	example.search("Patient", {"identifier": [[example.patient_token]]}),
	{
		"action": {"request": {"method": "POST", "path": "/Patient/_search"}},
		"context": {"mitz_consent": true},
	},
)

consent := {
	"resourceType": "Consent",
	"status": "active",
	"organization": [{"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": example.holder_ura}}],
	"provision": {
		"type": "permit",
		"action": [{"coding": [{"code": "access"}]}],
		"actor": [{"reference": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": example.ura}}}],
	},
}

test_listed_caller_searches_for_a_patient_with_consent if allowed(patient_search)

test_caller_that_is_not_listed_is_denied if {
	not ion_inzage.allow with input as patient_search
	denied_for(object.union(patient_search, {"subject": {"organization": {"ura": "11111111"}}}), "not on the list")
	denied_for(object.union(patient_search, {"subject": {"organization": {"ura": ""}}}), "no URA")
}

test_consent_is_mandatory if {
	document := object.union(patient_search, {"context": {"mitz_consent": false}})
	denied_for(document, "no consent")
	denied_for(object.union(document, {"access": [example.fact("Patient", ["search"], "", {})]}), "no consent")
	denied_for(object.union(document, {"lookup": {"consents": {"status": 200, "body": example.bundle([])}}}), "no consent")
}

test_consent_is_looked_up if {
	document := object.union(patient_search, {"context": {"mitz_consent": false}})
	needs := ion_inzage.needs with input as document with data.ion_inzage.whitelist as listed
	needs == {"consents": "Consent?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999999990&status=active"}
	allowed(object.union(document, {"lookup": {"consents": {"status": 200, "body": example.bundle([consent])}}}))
	refused := object.union(consent, {"provision": {"type": "deny", "actor": []}})
	denied_for(object.union(document, {"lookup": {"consents": {"status": 200, "body": example.bundle([consent, refused])}}}), "no consent")
}

test_local_consent if {
	document := object.union(patient_search, {"context": {"mitz_consent": false}})
	allowed(object.union(document, {"resource": {"consents": [{"scope": "example"}]}}))
	denied_for(object.union(document, {"resource": {"consents": [{"scope": "other"}]}}), "no consent")
	denied_for(object.union(document, {"resource": {"consents": "example"}}), "no consent")
}

test_search_has_nothing_but_the_number if {
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"birthdate": [["1970-01-01"]]}}}}), "citizen service number")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"identifier": [["http://fhir.nl/fhir/NamingSystem/bsn|123456789"]]}}}}), "citizen service number")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"include": ["Patient:organization"]}}}), "citizen service number")
}

test_search_by_get_is_denied if {
	denied_for(object.union(patient_search, {"action": {"request": {"method": "GET", "path": "/Patient"}}}), "data set is not laid down")
}

test_data_are_left_out_until_they_are_laid_down if {
	denied_for(example.read("Patient", "5"), "data set is not laid down")
	denied_for(example.search("Condition", {"patient": [["5"]]}), "data set is not laid down")
	denied_for(example.create("Condition", {}), "not part of this use case")
}

test_scope_is_issued_to_listed_callers if {
	allowed(example.scope_request("example"))
	denied_for(object.union(example.scope_request("example"), {"subject": {"organization": {"ura": "11111111"}}}), "not on the list")
	denied_for(object.union(example.scope_request("example"), {"context": {"stage": ""}}), "not part of this use case")
}

test_odd_search_is_answered if is_total(patient_search, 4)

with_denial(operation) := object.union(
	patient_search,
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		patient_search.access,
	)},
)

test_denial_of_the_holder_beats_everything if {
	denied_for(with_denial("search"), "the holder denies")
	denied_for(with_denial("*"), "the holder denies")
	allowed(with_denial("update"))
}

test_no_input_is_denied_with_a_reason if {
	every odd in [null, true, 1, "text", [], {}] {
		is_refused(odd)
	}
}

is_total(document, depth) if {
	every odd in example.oddities(document, depth) {
		is_answered(odd)
	}
}

# A part that is odd may be one that the decision does not need.
is_answered(document) if allowed(document)

is_answered(document) if {
	reasons := ion_inzage.reasons with input as document with data.ion_inzage.whitelist as listed
	count(reasons) > 0
}

is_refused(document) if {
	not ion_inzage.allow with input as document with data.ion_inzage.whitelist as listed
	reasons := ion_inzage.reasons with input as document with data.ion_inzage.whitelist as listed
	count(reasons) > 0
}
