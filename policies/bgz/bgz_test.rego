package bgz_test

import data.bgz
import data.lib.bsn
import data.lib.example

snomed := "http://snomed.info/sct"

lastn := "Observation/$lastn?code=http://loinc.org|85354-9"

# The workflow Task of the sender: the caller may pull what its input lists.
task := {
	"resourceType": "Task",
	"id": "9",
	"meta": {"versionId": "3", "lastUpdated": "2026-11-20T08:00:00Z"},
	"status": "requested",
	"intent": "proposal",
	"code": {"coding": [{"system": snomed, "code": "3457005"}]},
	"authoredOn": "2026-11-20T08:00:00Z",
	"for": {"reference": "Patient/3", "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": example.citizen}},
	"owner": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": example.ura}},
	"input": [{"valueString": text} |
		some text in [
			"Patient?_include=Patient:general-practitioner",
			"Condition",
			"Coverage?_include=Coverage%3Apayor:Patient&_include=Coverage:payor:Organization",
			"Observation?code=http://snomed.info/sct%7C228366006",
			lastn,
			"Immunization?status=completed",
			"DocumentReference?status=current",
			"MedicationKnowledge",
		]
	],
}

fact(resource, operation) := example.fact(resource, [operation], "Task/9", {"user": true})

denied_for(document, words) if {
	not bgz.allow with input as document
	some reason in bgz.reasons with input as document
	contains(reason.description, words)
}

with_task(document, changes) := object.union(document, {"lookup": {"Task/9": example.found(object.union(task, changes), "3")}})

search(type, parameters, rest) := object.union(
	object.union(
		object.union(example.by_user(example.search(type, parameters)), {"access": [fact(type, "search")]}),
		{"action": {"fhir_rest": rest}},
	),
	{"lookup": {"Task/9": example.found(task, "3")}},
)

conditions := search("Condition", {}, {"unusual": [{"code": "no_parameters", "name": ""}]})

# --- Queries

test_query_is_narrowed_to_the_patient_of_the_task if {
	bgz.allow with input as conditions
	obligations := bgz.obligations with input as conditions
	obligations == {"narrow": [["patient", bsn.token(example.citizen)]]}
}

test_task_is_looked_up_first if {
	document := object.union(object.remove(conditions, ["lookup"]), {"lookup": {}})
	not bgz.allow with input as document
	bgz.needs == {"Task/9": "Task/9"} with input as document
	not bgz.obligations with input as document
}

test_patient_and_coverage_are_narrowed_by_their_own_parameters if {
	patient := search("Patient", {}, {"include": ["Patient:general-practitioner"]})
	bgz.allow with input as patient
	bgz.obligations.narrow == [["identifier", bsn.token(example.citizen)]] with input as patient
	coverage := search("Coverage", {}, {"include": ["Coverage:payor:Organization", "Coverage:payor:Patient"]})
	bgz.allow with input as coverage
	bgz.obligations.narrow == [["subscriber", bsn.token(example.citizen)]] with input as coverage
}

test_escaped_query_of_the_task_is_the_same if {
	bgz.allow with input as search("Observation", {"code": [["http://snomed.info/sct|228366006"]]}, {})
}

test_last_observations if {
	document := object.union(
		object.union(example.by_user(example.operation("Observation", "", "$lastn")), {"access": [fact("Observation", "search")]}),
		{
			"lookup": {"Task/9": example.found(task, "3")},
			"action": {"fhir_rest": {"search_params": {"code": [["http://loinc.org|85354-9"]]}}},
		},
	)
	bgz.allow with input as document
	bgz.obligations.narrow == [["patient", bsn.token(example.citizen)]] with input as document
	denied_for(
		object.union(document, {"action": {"fhir_rest": {"search_params": {"code": [["http://loinc.org|29463-7"]]}}}}),
		"asks for this query",
	)
	denied_for(object.union(document, {"resource": {"id": "1"}}), "not part of this use case")
	denied_for(object.union(document, {"action": {"fhir_rest": {"operation": "$stats"}}}), "not part of this use case")
}

test_query_outside_the_bgz_is_denied if {
	every document in [
		search("MedicationKnowledge", {}, {}),
		search("Condition", {"code": [["1"]]}, {}),
		search("Condition", {}, {"include": ["Condition:asserter"]}),
		search("Condition", {}, {"revinclude": ["Provenance:target"]}),
		search("Condition", {"_count": [["1000"]]}, {}),
		search("Condition", {"_elements": [["code"]]}, {}),
		search("Immunization", {"status": [["completed", "not-done"]]}, {}),
		search("Immunization", {"status": [["completed"], ["not-done"]]}, {}),
		search("Immunization", {"status:not": [["completed"]]}, {}),
		search("Immunization", {}, {}),
		search("Condition", {"subject": [["Patient/4"]]}, {}),
		search("Condition", {}, {"chains": ["subject.name"]}),
		search("Condition", {}, {"unusual": [{"code": "url_and_form", "name": ""}]}),
		object.union(conditions, {"action": {"request": {"path": "/Condition/_search"}}}),
	] {
		denied_for(document, "none of the BgZ")
		not bgz.obligations with input as document
	}
}

test_query_of_the_bgz_that_the_task_does_not_ask_for_is_denied if {
	document := search("NutritionOrder", {}, {})
	denied_for(document, "asks for this query")
	bgz.allow with input as with_task(document, {"input": [{"valueString": "NutritionOrder"}]})
	denied_for(with_task(conditions, {"input": null}), "asks for this query")
	denied_for(with_task(conditions, {"input": [{"valueString": "https://other.example/Condition"}]}), "asks for this query")
}

test_client_may_name_the_patient_itself if {
	bgz.allow with input as search("Condition", {"patient": [[bsn.token(example.citizen)]]}, {})
	every values in [[["4"]], [["Patient/4"]], [[bsn.token(example.citizen)], ["4"]], [[bsn.token(example.citizen), "4"]], [["http://example.com|999999990"]]] {
		denied_for(search("Condition", {"patient": values}, {}), "none of the BgZ")
	}
}

test_query_needs_a_user if {
	denied_for(object.union(conditions, {"subject": {"user": {"id": ""}}}), "need a user")
	denied_for(object.union(search("Condition", {}, {}), {"subject": {"user": {"id": "  "}}}), "need a user")
}

test_query_needs_a_ura if {
	denied_for(object.union(conditions, {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(conditions, {"subject": {"organization": {"ura": "x"}}}), "no URA")
}

test_task_of_another_or_for_something_else if {
	denied_for(with_task(conditions, {"owner": {"identifier": {"value": "11111111"}}}), "owned by the caller")
	denied_for(with_task(conditions, {"code": {"coding": [{"system": snomed, "code": "308292007"}]}}), "owned by the caller")
	denied_for(object.union(conditions, {"lookup": {"Task/9": example.absent}}), "owned by the caller")
}

test_closed_task_opens_nothing if {
	every status in ["rejected", "cancelled", "completed", "failed", "draft", "entered-in-error"] {
		denied_for(with_task(conditions, {"status": status}), "no open Task")
	}
}

test_task_opens_for_two_weeks if {
	bgz.allow with input as with_task(conditions, {"authoredOn": "2026-11-12"})
	denied_for(with_task(conditions, {"authoredOn": "2026-11-11"}), "of the last days")
	denied_for(with_task(conditions, {"authoredOn": null}), "of the last days")
}

test_task_names_the_patient if {
	denied_for(with_task(conditions, {"for": {"identifier": null}}), "names no patient")
	denied_for(with_task(conditions, {"for": {"identifier": {"value": "999999991"}}}), "names no patient")
	denied_for(with_task(conditions, {"for": {"identifier": {"system": "http://example.com"}}}), "names no patient")
	denied_for(object.union(conditions, {"context": {"patient_bsn": "111222333"}}), "names no patient")
	bgz.allow with input as object.union(conditions, {"context": {"patient_bsn": example.citizen}})
}

test_tasks_of_two_patients_leave_open_who_is_meant if {
	other := object.union(task, {"id": "10", "for": {"identifier": {"value": "111222333"}}})
	document := object.union(conditions, {
		"access": [fact("Condition", "search"), object.union(fact("Condition", "search"), {"task": "Task/10"})],
		"lookup": {"Task/9": example.found(task, "3"), "Task/10": example.found(other, "1")},
	})
	denied_for(document, "several could be meant")
	not bgz.obligations with input as document
}

test_query_without_a_task_is_denied if {
	document := object.union(conditions, {"access": []})
	denied_for(document, "no open Task")
	not bgz.needs with input as object.union(document, {"lookup": {}})
	denied_for(object.union(conditions, {"access": [fact("Flag", "search")]}), "no open Task")
	denied_for(object.union(conditions, {"access": [fact("Condition", "read")]}), "no open Task")
}

test_token_may_name_the_task if {
	document := object.union(conditions, {"access": [], "lookup": {}, "subject": {"authorization-base": "Task/9"}})
	bgz.needs == {"Task/9": "Task/9"} with input as object.union(object.remove(document, ["lookup"]), {"lookup": {}})
	bgz.allow with input as document
}

test_token_may_name_an_identifier_of_the_task if {
	base := object.union(object.remove(conditions, ["lookup", "access"]), {"subject": {"authorization_base": "b2s6MQ"}, "lookup": {}})
	bgz.needs == {"referral": "Task?identifier=b2s6MQ"} with input as base
	answer := {"status": 200, "etag": "", "body": example.bundle([task])}
	bgz.allow with input as object.union(base, {"lookup": {"referral": answer}})
	denied_for(object.union(base, {"lookup": {"referral": object.union(answer, {"body": example.bundle([task, task])})}}), "no open Task")
	not bgz.needs with input as object.union(base, {"subject": {"authorization_base": "a&_include=*"}})
}

test_response_is_checked_if_configured if {
	obligations := bgz.obligations with input as conditions with data.bgz.checks_response as true
	obligations.response_check == {"patient": bsn.token(example.citizen)}
}

# --- Documents

document_reference := {
	"resourceType": "DocumentReference",
	"id": "5",
	"status": "current",
	"subject": {"reference": "Patient/3"},
	"content": [{"attachment": {"url": "Binary/8"}}],
}

patient := {"resourceType": "Patient", "id": "3", "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": example.citizen}]}

answer(document, person) := {"status": 200, "etag": "", "body": {
	"resourceType": "Bundle",
	"entry": [
		{"resource": document, "search": {"mode": "match"}},
		{"resource": person, "search": {"mode": "include"}},
	],
}}

read(type, id, found) := object.union(
	object.union(example.by_user(example.read(type, id)), {"access": [fact(type, "read")]}),
	{"lookup": {"Task/9": example.found(task, "3"), "document": found}},
)

test_document_of_the_patient_is_read if {
	bgz.allow with input as read("DocumentReference", "5", answer(document_reference, patient))
	bgz.allow with input as read("Binary", "8", answer(document_reference, patient))
	not bgz.obligations with input as read("Binary", "8", answer(document_reference, patient))
}

test_document_is_looked_up_with_its_task if {
	document := object.union(object.remove(read("DocumentReference", "5", {}), ["lookup"]), {"lookup": {}})
	bgz.needs == {
		"Task/9": "Task/9",
		"document": "DocumentReference?_id=5&_include=DocumentReference:patient",
	} with input as document
	binary := object.union(object.remove(read("Binary", "8", {}), ["lookup"]), {"lookup": {}})
	bgz.needs.document == "DocumentReference?location=Binary/8&_include=DocumentReference:patient" with input as binary
}

test_document_with_a_fact_of_its_own_is_read if {
	document := object.union(read("Binary", "8", example.absent), {"access": [fact("Binary/8", "read")]})
	bgz.allow with input as document
	denied_for(object.union(document, {"subject": {"user": {"id": ""}}}), "need a user")
	denied_for(with_task(document, {"status": "completed"}), "no open Task")
}

test_document_of_another_is_denied if {
	other := object.union(patient, {"identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"}]})
	denied_for(read("DocumentReference", "5", answer(document_reference, other)), "not one of the patient")
	elsewhere := object.union(document_reference, {"subject": {"reference": "Patient/4"}})
	denied_for(read("DocumentReference", "5", answer(elsewhere, patient)), "not one of the patient")
	denied_for(read("DocumentReference", "6", answer(document_reference, patient)), "not one of the patient")
	denied_for(read("Binary", "9", answer(document_reference, patient)), "not one of the patient")
}

test_document_that_is_not_current_is_denied if {
	old := object.union(document_reference, {"status": "superseded"})
	denied_for(read("DocumentReference", "5", answer(old, patient)), "not current")
	denied_for(read("DocumentReference", "5", example.absent), "not current")
}

test_documents_that_the_task_does_not_ask_for_are_denied if {
	document := read("DocumentReference", "5", answer(document_reference, patient))
	denied_for(with_task(document, {"input": [{"valueString": "Condition"}]}), "asks for this query")
}

# --- The Task itself

test_task_is_read_without_a_user if {
	document := example.read("Task", "9")
	bgz.needs == {"task": "Task/9"} with input as document
	bgz.allow with input as object.union(document, {"lookup": {"task": example.found(task, "3")}})
}

test_task_of_another_or_closed_is_not_read if {
	document := example.read("Task", "9")
	other := object.union(task, {"owner": {"identifier": {"value": "11111111"}}})
	denied_for(object.union(document, {"lookup": {"task": example.found(other, "3")}}), "as its owner")
	closed := object.union(task, {"status": "completed"})
	denied_for(object.union(document, {"lookup": {"task": example.found(closed, "3")}}), "closed")
	denied_for(object.union(document, {"action": {"fhir_rest": {"search_params": {"_elements": [["status"]]}}}}), "no parameters")
}

change(stored, proposed) := object.union(
	example.update("Task", "9", object.union(task, {"status": proposed}), "3"),
	{"lookup": {"task": example.found(object.union(task, {"status": stored}), "3")}},
)

test_receiver_changes_the_status if {
	bgz.allow with input as change("requested", "accepted")
	bgz.allow with input as change("accepted", "completed")
	bgz.allow with input as change("in-progress", "failed")
}

test_receiver_changes_nothing_else if {
	denied_for(change("completed", "accepted"), "closed")
	denied_for(change("accepted", "requested"), "may not set this status")
	denied_for(change("accepted", "accepted"), "may not set this status")
	denied_for(change("accepted", "draft"), "may not set this status")
	denied_for(object.union(change("requested", "accepted"), {"resource": {"content": {"authoredOn": "2026-11-25"}}}), "more than the status")
	denied_for(object.union(change("requested", "accepted"), {"action": {"fhir_rest": {"conditions": {"if_match": "2"}}}}), "another version")
	denied_for(object.union(change("requested", "accepted"), {"action": {"fhir_rest": {"conditions": {"if_match": null}}}}), "If-Match")
}

test_change_is_a_whole_task_under_one_condition if {
	denied_for(object.union(change("requested", "accepted"), {"resource": {"content": {"id": "8"}}}), "with the id of the path")
	denied_for(object.union(change("requested", "accepted"), {"action": {"fhir_rest": {"search_params": {"x": [["1"]]}}}}), "without parameters")
	denied_for(object.union(change("requested", "accepted"), {"action": {"fhir_rest": {"conditions": {"if_none_match": "*"}}}}), "no other condition")
	denied_for(object.union(change("requested", "accepted"), {"lookup": {"task": {"status": 404}}}), "did not give the Task")
}

# --- Everything else

test_the_rest_is_not_part_of_the_use_case if {
	every document in [
		search("Task", {}, {}),
		example.by_user(example.read("Condition", "1")),
		example.create("Condition", {}),
		example.by_user(example.fhir("GET", "/Patient/3/Condition", {"type": "Condition"}, {"interaction_type": "search-compartment"})),
		example.by_user(example.fhir("GET", "/", {}, {"interaction_type": "search-system"})),
		object.union(conditions, {"action": {"request": {"method": "POST"}}}),
	] {
		denied_for(document, "not part of this use case")
	}
}

test_scope_is_issued_to_an_organization if bgz.allow with input as example.scope_request("example")

test_scope_is_not_issued_to_nobody if {
	denied_for(
		object.union(example.scope_request("example"), {"subject": {"client": {"id": ""}, "organization": {"ura": ""}}}),
		"no organisation",
	)
	denied_for(object.union(example.scope_request("example"), {"context": {"stage": null}}), "not part of this use case")
}

test_odd_query_is_answered if is_total(conditions, 3)

test_odd_document_read_is_answered if is_total(read("Binary", "8", answer(document_reference, patient)), 3)

test_odd_change_is_answered if is_total(change("requested", "accepted"), 3)

test_odd_task_is_answered if {
	every odd in example.oddities(task, 3) {
		is_answered(object.union(object.remove(conditions, ["lookup"]), {"lookup": {"Task/9": example.found(odd, "3")}}))
	}
}

test_odd_documents_are_answered if {
	every odd in example.oddities(answer(document_reference, patient), 5) {
		is_answered(object.union(object.remove(read("Binary", "8", {}), ["lookup"]), {"lookup": {"Task/9": example.found(task, "3"), "document": odd}}))
	}
}

with_denial(operation) := object.union(
	conditions,
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		conditions.access,
	)},
)

test_denial_of_the_holder_beats_everything if {
	denied_for(with_denial("search"), "the holder denies")
	denied_for(with_denial("*"), "the holder denies")
	bgz.allow with input as with_denial("update")
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
is_answered(document) if bgz.allow with input as document

is_answered(document) if {
	reasons := bgz.reasons with input as document
	count(reasons) > 0
}

is_refused(document) if {
	not bgz.allow with input as document
	reasons := bgz.reasons with input as document
	count(reasons) > 0
}
