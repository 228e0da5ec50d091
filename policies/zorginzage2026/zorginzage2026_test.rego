package zorginzage2026_test

import data.lib.example
import data.zorginzage2026

capability := {
	"Patient": {"interactions": ["search-type", "read"], "parameters": ["identifier"], "inclusions": []},
	"Observation": {"interactions": ["search-type", "search-compartment", "read"], "parameters": ["patient", "code"], "inclusions": ["Observation:performer"]},
	"Composition": {"interactions": ["read", "search-type"], "parameters": ["patient"], "inclusions": []},
}

allowed(document) if zorginzage2026.allow with input as document with data.zorginzage2026.capability as capability

denied_for(document, words) if {
	not zorginzage2026.allow with input as document with data.zorginzage2026.capability as capability
	reasons := zorginzage2026.reasons with input as document with data.zorginzage2026.capability as capability
	some reason in reasons
	contains(reason.description, words)
}

relation := example.fact("Patient/5", ["search", "read"], "", {})

known(document) := object.union(document, {"access": [relation]})

search(parameters) := known(example.search("Observation", parameters))

consent(type, ura) := {
	"resourceType": "Consent",
	"status": "active",
	"organization": [{"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": example.holder_ura}}],
	"provision": {
		"type": type,
		"period": {"start": "2026-01-01", "end": "2026-12-31"},
		"action": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"}]}],
		"actor": [{"reference": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": ura}}}],
	},
}

with_consents(document, consents) := object.union(document, {
	"access": [],
	"lookup": {"consents": {"status": 200, "etag": "", "body": example.bundle(consents)}},
})

test_search_about_a_patient_with_a_relation if {
	allowed(search({"patient": [["5"]]}))
	allowed(search({"patient": [["5"]], "code": [["1", "2"]]}))
	allowed(object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"include": ["Observation:performer"]}}}))
}

test_search_outside_of_the_capabilities if {
	denied_for(search({"patient": [["5"]], "status": [["final"]]}), "not in the capabilities")
	denied_for(object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"include": ["Observation:subject"]}}}), "not in the capabilities")
	denied_for(object.union(search({"patient": [["5"]]}), {"action": {"fhir_rest": {"revinclude": ["Provenance:target"]}}}), "not in the capabilities")
	denied_for(known(example.search("Condition", {"patient": [["5"]]})), "not in the capabilities")
	denied_for(search({"patient:Patient": [["5"]]}), "not in the capabilities")
}

test_packed_capabilities_hold_the_patient_search_only if {
	not zorginzage2026.allow with input as search({"patient": [["5"]]})
}

test_capability_may_be_checked_before if {
	document := object.union(known(example.search("Condition", {"patient": [["5"]]})), {"action": {"fhir_rest": {"capability_checked": true}}})
	allowed(document)
	denied_for(object.union(document, {"action": {"fhir_rest": {"capability_checked": "true"}}}), "not in the capabilities")
	denied_for(object.union(document, {"action": {"fhir_rest": {"chains": ["patient.name"]}}}), "not in the capabilities")
}

test_search_is_about_one_patient if {
	every parameters in [
		{"code": [["1"]]},
		{"patient": [["5", "6"]]},
		{"patient": [["5"], ["6"]]},
		{"patient": [["http://example.com|5"]]},
	] {
		denied_for(search(parameters), "exactly one patient")
	}
}

test_compartment_is_the_patient if {
	document := known(example.fhir(
		"GET", "/Patient/5/Observation", {"type": "Observation"},
		{"interaction_type": "search-compartment", "compartment": {"type": "Patient", "id": "5"}},
	))
	allowed(document)
	denied_for(object.union(document, {"action": {"fhir_rest": {"search_params": {"patient": [["6"]]}}}}), "exactly one patient")
	denied_for(object.union(document, {"action": {"fhir_rest": {"compartment": {"type": "Encounter"}}}}), "exactly one patient")
}

test_relation_with_another_is_none if {
	denied_for(search({"patient": [["6"]]}), "neither consent nor")
	denied_for(object.union(search({"patient": [["5"]]}), {"access": []}), "neither consent nor")
}

test_consent_is_looked_up_if_there_is_no_relation if {
	document := object.union(search({"patient": [["5"]]}), {"access": []})
	needs := zorginzage2026.needs with input as document with data.zorginzage2026.capability as capability
	needs == {"consents": "Consent?patient=5&status=active"}
	allowed(with_consents(document, [consent("permit", example.ura)]))
}

test_consent_for_another_or_denied if {
	document := search({"patient": [["5"]]})
	denied_for(with_consents(document, []), "neither consent nor")
	denied_for(with_consents(document, [consent("permit", "11111111")]), "neither consent nor")
	denied_for(with_consents(document, [consent("permit", example.ura), consent("deny", example.ura)]), "neither consent nor")
	denied_for(with_consents(document, [object.union(consent("permit", example.ura), {"status": "inactive"})]), "neither consent nor")
	denied_for(with_consents(document, [object.union(consent("permit", example.ura), {"organization": []})]), "neither consent nor")
	denied_for(with_consents(document, [object.union(consent("permit", example.ura), {"provision": {"period": {"end": "2026-11-01"}}})]), "neither consent nor")
	denied_for(with_consents(document, [object.union(consent("permit", example.ura), {"provision": {"action": []}})]), "neither consent nor")
}

test_national_consent if {
	document := object.union(search({"patient": [["5"]]}), {"access": [], "context": {"mitz_consent": true}})
	allowed(document)
	denied_for(object.union(document, {"context": {"mitz_consent": "yes"}}), "neither consent nor")
}

# --- Reads

observation := {"resourceType": "Observation", "id": "1", "subject": {"reference": "Patient/5"}}

test_resource_that_links_to_the_patient_is_read if {
	document := known(example.read("Observation", "1"))
	needs := zorginzage2026.needs with input as document with data.zorginzage2026.capability as capability
	needs.resource == "Observation/1"
	found := object.union(document, {"lookup": {"resource": example.found(observation, "1")}})
	more := zorginzage2026.needs with input as found with data.zorginzage2026.capability as capability
	more == {"access:Patient/5": "access:Patient/5"}
	denied_for(found, "whether one does is not known")
	allowed(with_facts_of_patient(document, "5", []))
	allowed(known(example.read("Patient", "5")))
}

# A resource that links to a patient, and what is laid down about that.
with_facts_of_patient(document, id, facts) := object.union(document, {"lookup": {
	"resource": example.found(object.union(observation, {"subject": {"reference": concat("/", ["Patient", id])}}), "1"),
	concat("/", ["access:Patient", id]): {"status": 200, "etag": "", "body": facts},
}})

test_what_is_laid_down_about_the_patient_holds_for_its_resources if {
	document := object.union(example.read("Observation", "1"), {"access": []})
	relation := example.fact("Patient/6", ["read"], null, {})
	allowed(with_facts_of_patient(document, "6", [relation]))
	denied_for(with_facts_of_patient(document, "6", []), "neither consent nor")
	denied_for(with_facts_of_patient(document, "6", [object.union(relation, {"peer": {"ura": "11111111"}})]), "neither consent nor")
	denial := object.union(example.fact("Patient", ["*"], null, {}), {"effect": "deny"})
	denied_for(with_facts_of_patient(known(example.read("Observation", "1")), "5", [denial]), "about the patient denies it")
	national := object.union(document, {"context": {"mitz_consent": true}})
	allowed(with_facts_of_patient(national, "6", []))
	denied_for(with_facts_of_patient(national, "6", [denial]), "about the patient denies it")
}

test_resource_without_one_patient_is_not_read if {
	document := known(example.read("Observation", "1"))
	every subject in [{"reference": "Group/5"}, {"reference": "https://other.example/Patient/5"}, null] {
		found := example.found(object.union(observation, {"subject": subject}), "1")
		denied_for(object.union(document, {"lookup": {"resource": found}}), "exactly one patient")
	}
	two := example.found(object.union(observation, {"patient": {"reference": "Patient/6"}}), "1")
	denied_for(object.union(document, {"lookup": {"resource": two}}), "exactly one patient")
	denied_for(object.union(document, {"lookup": {"resource": example.absent}}), "exactly one patient")
}

test_resource_of_another_patient_is_not_read if {
	found := example.found(object.union(observation, {"subject": {"reference": "Patient/6"}}), "1")
	denied_for(object.union(known(example.read("Observation", "1")), {"lookup": {"resource": found}}), "neither consent nor")
	denied_for(known(example.read("Patient", "6")), "neither consent nor")
}

test_lists_documents_and_bundles_are_never_read if {
	denied_for(known(example.search("Composition", {"patient": [["5"]]})), "neither read nor searched")
	denied_for(known(example.read("Composition", "1")), "neither read nor searched")
}

# --- The patient

patient_search := object.union(
	example.search("Patient", {"identifier": [[example.patient_token]]}),
	{
		"action": {"request": {"method": "POST", "path": "/Patient/_search"}},
		"context": {"mitz_consent": true},
	},
)

test_patient_is_searched_by_number if {
	allowed(patient_search)
	document := object.union(patient_search, {"context": {"mitz_consent": false}})
	needs := zorginzage2026.needs with input as document
	needs == {"consents": "Consent?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999999990&status=active"}
	allowed(with_consents(document, [consent("permit", example.ura)]))
}

test_patient_is_not_searched_in_another_way if {
	denied_for(object.union(patient_search, {"action": {"request": {"method": "GET", "path": "/Patient"}}}), "not part of this use case")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"name": [["Jansen"]]}}}}), "citizen service number")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"_elements": [["id"]]}}}}), "citizen service number")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"include": ["Patient:organization"]}}}), "citizen service number")
	denied_for(object.union(patient_search, {"action": {"fhir_rest": {"unusual": [{"code": "url_and_form", "name": ""}]}}}), "citizen service number")
}

# --- Everything else

test_caller_needs_a_ura if {
	denied_for(object.union(search({"patient": [["5"]]}), {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(example.scope_request("example"), {"subject": {"organization": {"ura": null}}}), "no URA")
	allowed(example.scope_request("example"))
}

test_nothing_is_written if {
	denied_for(known(example.create("Observation", {})), "not part of this use case")
	denied_for(known(example.operation("Patient", "5", "$everything")), "not part of this use case")
}

test_odd_search_is_answered if is_total(search({"patient": [["5"]]}), 3)

test_odd_read_is_answered if is_total(object.union(known(example.read("Observation", "1")), {"lookup": {"resource": example.found(observation, "1")}}), 3)

test_odd_consent_is_answered if {
	every odd in example.oddities(consent("permit", example.ura), 4) {
		is_answered(with_consents(search({"patient": [["5"]]}), [odd]))
	}
}

with_denial(operation) := object.union(
	search({"patient": [["5"]]}),
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		search({"patient": [["5"]]}).access,
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
	reasons := zorginzage2026.reasons with input as document with data.zorginzage2026.capability as capability
	count(reasons) > 0
}

is_refused(document) if {
	not zorginzage2026.allow with input as document with data.zorginzage2026.capability as capability
	reasons := zorginzage2026.reasons with input as document with data.zorginzage2026.capability as capability
	count(reasons) > 0
}
