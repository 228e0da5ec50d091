package medicatieoverdracht_gf_test

import data.lib.example
import data.medicatieoverdracht_gf as medication

denied_for(document, words) if {
	not medication.allow with input as document
	some reason in medication.reasons with input as document
	contains(reason.description, words)
}

enrolled(document) := object.union(document, {
	"subject": {"patient_enrollment_identifier": example.patient_token},
	"context": {"mitz_consent": true},
})

patient := {"resourceType": "Patient", "id": "5", "identifier": [
	{"system": "http://example.com/local", "value": "77"},
	{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": example.citizen},
]}

search(parameters) := object.union(
	enrolled(example.search("MedicationRequest", parameters)),
	{"lookup": {"patient": example.found(patient, "1")}},
)

patient_search := object.union(
	enrolled(example.search("Patient", {"identifier": [[example.patient_token]]})),
	{"action": {"request": {"method": "POST", "path": "/Patient/_search"}}},
)

test_enrolled_patient_is_searched if {
	medication.allow with input as patient_search
	medication.allow with input as enrolled(example.search("Patient", {"identifier": [[example.patient_token]]}))
}

test_patient_is_searched_by_one_number if {
	every parameters in [
		{"identifier": [["999999990"]]},
		{"identifier": [[example.patient_token, "http://fhir.nl/fhir/NamingSystem/bsn|111222333"]]},
		{"identifier": [[example.patient_token], ["http://fhir.nl/fhir/NamingSystem/bsn|111222333"]]},
		{"identifier": [[example.patient_token]], "name": [["Jansen"]]},
		{"name": [["Jansen"]]},
	] {
		denied_for(enrolled(example.search("Patient", parameters)), "citizen service number")
	}
}

test_medication_of_the_patient_is_searched if {
	medication.allow with input as search({"patient": [["5"]]})
	medication.allow with input as search({"patient": [[example.patient_token]]})
	medication.allow with input as search({"patient": [["5"]], "category": [["http://snomed.info/sct|16076005"]], "periodofuse": [["ge2026-01-01"], ["le2026-12-31"]]})
	medication.allow with input as object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"include": ["MedicationRequest:medication"]}}})
}

test_patient_by_id_is_looked_up if {
	document := object.union(object.remove(search({"patient": [["5"]]}), ["lookup"]), {"lookup": {}})
	not medication.allow with input as document
	medication.needs == {"patient": "Patient/5"} with input as document
}

test_every_search_is_about_one_patient if {
	every parameters in [
		{},
		{"category": [["http://snomed.info/sct|16076005"]]},
		{"identifier": [["http://example.com|1"]]},
		{"patient": [["5", "6"]]},
		{"patient": [["5"], ["6"]]},
		{"patient": [["5"]], "subject": [["Patient/6"]]},
	] {
		denied_for(search(parameters), "exactly one patient")
	}
}

test_parameters_are_listed if {
	every parameters in [
		{"patient": [["5"]], "status": [["active"]]},
		{"patient": [["5"]], "category": [["x"]]},
		{"patient": [["5"]], "category": [["http://snomed.info/sct|16076005", "x"]]},
		{"patient": [["5"]], "periodofuse": [["ge2026-01-01"], ["le2026-12-31"], ["ge2020-01-01"]]},
		{"patient": [["5"]], "periodofuse": [["always"]]},
		{"patient": [["5"]], "periodofuse": [["ge2026-01-01", "le2020-01-01"]]},
		{"patient": [["5"]], "identifier": [["a"], ["b"]]},
		{"patient": [["5"]], "_elements": [["id"]]},
		{"patient": [["5"]], "patient.name": [["x"]]},
	] {
		denied_for(search(parameters), "other parameters")
	}
	denied_for(object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"include": ["MedicationRequest:requester"]}}}), "other parameters")
	denied_for(object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"revinclude": ["Provenance:target"]}}}), "other parameters")
}

test_patient_of_another_enrolment_is_denied if {
	other := {"subject": {"patient_enrollment_identifier": "http://fhir.nl/fhir/NamingSystem/bsn|111222333"}}
	denied_for(object.union(search({"patient": [["5"]]}), other), "not the one whom the token says")
	denied_for(object.union(patient_search, other), "not the one whom the token says")
	denied_for(object.union(search({"patient": [["6"]]}), {}), "not the one whom the token says")
	denied_for(object.union(patient_search, {"subject": {"patient_enrollment_identifier": "999999990"}}), "not the one whom the token says")
}

test_patient_with_two_numbers_is_denied if {
	two := object.union(patient, {"identifier": [
		{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": example.citizen},
		{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"},
	]})
	denied_for(object.union(search({"patient": [["5"]]}), {"lookup": {"patient": example.found(two, "1")}}), "not the one whom the token says")
	denied_for(object.union(search({"patient": [["5"]]}), {"lookup": {"patient": example.absent}}), "not the one whom the token says")
}

test_consent_is_needed if {
	denied_for(object.union(patient_search, {"context": {"mitz_consent": false}}), "no consent")
	denied_for(object.union(patient_search, {"context": {"mitz_consent": 1}}), "no consent")
	denied_for(object.union(search({"patient": [["5"]]}), {"context": {"mitz_consent": false}, "access": [example.fact("Patient/5", ["search"], "", {})]}), "no consent")
}

test_consent_by_access_fact_if_configured if {
	document := object.union(search({"patient": [["5"]]}), {"context": {"mitz_consent": false}, "access": [example.fact("Patient/5", ["search"], "", {})]})
	medication.allow with input as document with data.medicatieoverdracht_gf.consent_by as ["access_fact"]
}

test_delegation_comes_whole if {
	medication.allow with input as object.union(patient_search, {"subject": {"delegation_registered_by": "12345678", "delegation_role_code": "01.015"}})
	denied_for(object.union(patient_search, {"subject": {"delegation_registered_by": "12345678"}}), "come together")
	denied_for(object.union(patient_search, {"subject": {"delegation_role_code": "01.015"}}), "come together")
}

test_caller_needs_a_ura if {
	denied_for(object.union(patient_search, {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(search({"patient": [["5"]]}), {"subject": {"organization": {"ura": "x"}}}), "no URA")
}

test_the_rest_is_not_part_of_the_use_case if {
	every document in [
		enrolled(example.read("Patient", "5")),
		enrolled(example.read("MedicationRequest", "1")),
		enrolled(example.search("MedicationStatement", {"patient": [["5"]]})),
		enrolled(example.create("MedicationRequest", {})),
	] {
		denied_for(document, "not part of this use case")
	}
}

test_scope_is_issued_to_an_organization if {
	medication.allow with input as example.scope_request("example")
	denied_for(object.union(example.scope_request("example"), {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(example.scope_request("example"), {"subject": {"delegation_role_code": "01.015"}}), "come together")
}

test_odd_search_is_answered if is_total(search({"patient": [["5"]], "periodofuse": [["ge2026-01-01"]]}), 3)

test_odd_patient_search_is_answered if is_total(patient_search, 3)

test_odd_patient_is_answered if {
	every odd in example.oddities(patient, 3) {
		is_answered(object.union(object.remove(search({"patient": [["5"]]}), ["lookup"]), {"lookup": {"patient": example.found(odd, "1")}}))
	}
}

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
	medication.allow with input as with_denial("update")
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
is_answered(document) if medication.allow with input as document

is_answered(document) if {
	reasons := medication.reasons with input as document
	count(reasons) > 0
}

is_refused(document) if {
	not medication.allow with input as document
	reasons := medication.reasons with input as document
	count(reasons) > 0
}
