package eoverdracht_sender_test

import data.eoverdracht_sender as sender
import data.lib.example

ura_system := "http://fhir.nl/fhir/NamingSystem/ura"

snomed := "http://snomed.info/sct"

# A Task as the sender keeps it: an advance notice and a handoff for the caller.
task(status) := {
	"resourceType": "Task",
	"id": "1",
	"meta": {"versionId": "3", "lastUpdated": "2026-11-20T08:00:00Z"},
	"status": status,
	"intent": "proposal",
	"code": {"coding": [{"system": snomed, "code": "308292007"}]},
	"owner": {"identifier": {"system": ura_system, "value": example.ura}},
	"input": [
		{"type": {"coding": [{"system": snomed, "code": "721915006"}]}, "valueReference": {"reference": "Composition/7"}},
		{"type": {"coding": [{"system": snomed, "code": "371535009"}]}, "valueReference": {"reference": "Composition/8"}},
	],
}

notice := {
	"resourceType": "Composition",
	"id": "7",
	"subject": {"reference": "Patient/3"},
	"section": [{"entry": [{"reference": "Condition/4"}]}],
}

handoff := {
	"resourceType": "Composition",
	"id": "8",
	"subject": {"reference": "Patient/3"},
	"section": [{"section": [{"entry": [{"reference": "DocumentReference/5/_history/2"}]}]}],
}

with_facts(document, facts) := object.union(document, {"access": facts})

with_lookup(document, lookup) := object.union(document, {"lookup": lookup})

with_task(document, status) := with_lookup(document, {"task": example.found(task(status), "3")})

task_fact := example.fact("Task/1", ["read", "update"], "Task/1", {})

change(stored, proposed) := with_task(example.update("Task", "1", task(proposed), "3"), stored)

personal(type, id, facts, status) := with_lookup(
	with_facts(example.by_user(example.read(type, id)), facts),
	{"Task/1": example.found(task(status), "3")},
)

notice_fact := example.fact("Composition/7", ["read", "document"], "Task/1", {"user": true, "task_status": ["requested", "accepted"]})

handoff_fact := example.fact("Composition/8", ["read", "document"], "Task/1", {"user": true, "task_status": ["in-progress"]})

denied_for(document, words) if {
	not sender.allow with input as document
	some reason in sender.reasons with input as document
	contains(reason.description, words)
}

# --- Task: read

test_receiver_with_a_fact_reads_the_task_without_lookup if {
	document := with_facts(example.read("Task", "1"), [task_fact])
	sender.allow with input as document
	not sender.needs with input as document
}

test_head_is_a_read if {
	sender.allow with input as object.union(
		with_facts(example.read("Task", "1"), [task_fact]),
		{"action": {"request": {"method": "HEAD"}}},
	)
}

test_without_a_fact_the_task_is_looked_up if {
	document := example.read("Task", "1")
	not sender.allow with input as document
	sender.needs == {"task": "Task/1"} with input as document
}

test_receiver_named_on_the_task_reads_it if sender.allow with input as with_task(example.read("Task", "1"), "accepted")

test_closed_task_is_read_within_a_year if sender.allow with input as with_task(example.read("Task", "1"), "completed")

test_closed_task_is_not_read_after_a_year if {
	old := object.union(task("completed"), {"meta": {"lastUpdated": "2025-11-25T19:59:59Z"}})
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(old, "3")}), "over a year ago")
}

test_closed_task_without_a_time_is_not_read if {
	old := object.remove(task("completed"), ["meta"])
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(old, "3")}), "over a year ago")
}

test_fact_without_end_does_not_tell_the_age_of_a_task if {
	document := with_facts(example.read("Task", "1"), [object.union(task_fact, {"expires_at": null})])
	sender.needs == {"task": "Task/1"} with input as document
	sender.allow with input as with_task(document, "requested")
}

test_fact_of_many_years_does_not_tell_the_age_of_a_task if {
	document := with_facts(example.read("Task", "1"), [object.union(task_fact, {"expires_at": "2036-01-01T00:00:00Z"})])
	not sender.allow with input as document
	sender.needs == {"task": "Task/1"} with input as document
}

test_task_of_another_receiver_is_not_read if {
	other := object.union(task("accepted"), {"owner": {"identifier": {"value": "11111111"}}})
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(other, "3")}), "not named")
}

test_task_for_something_else_is_not_read if {
	other := object.union(task("accepted"), {"code": {"coding": [{"system": snomed, "code": "3457005"}]}})
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(other, "3")}), "not named")
}

test_owner_in_another_naming_system_is_not_named if {
	other := object.union(task("accepted"), {"owner": {"identifier": {"system": "http://example.com/ura"}}})
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(other, "3")}), "not named")
}

test_other_task_in_the_answer_is_not_the_task if {
	other := object.union(task("accepted"), {"id": "2"})
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.found(other, "3")}), "not named")
}

test_task_that_is_not_there_is_denied if {
	denied_for(with_lookup(example.read("Task", "1"), {"task": example.absent}), "not named")
}

test_facts_that_do_not_count if {
	every change in [
		{"scope": "other"},
		{"subject": "clinic"},
		{"peer": {"ura": "11111111"}},
		{"peer": {"client_id": "https://node.other.example/oauth2/care"}},
		{"resource": "Task/2"},
		{"operations": "read"},
		{"expires_at": "2026-11-25T19:59:59Z"},
		{"expires_at": "soon"},
		{"expires_at": ""},
		{"conditions": {"user": true}},
		{"conditions": {"user": "no"}},
		{"conditions": {"task_status": []}},
		{"conditions": {"weather": "dry"}},
		{"conditions": []},
	] {
		not sender.allow with input as with_facts(example.read("Task", "1"), [object.union(task_fact, change)])
	}
}

test_fact_for_the_client_alone_counts if {
	fact := object.union(object.remove(task_fact, ["peer"]), {"peer": {"client_id": example.client_id}})
	sender.allow with input as with_facts(example.read("Task", "1"), [fact])
}

test_fact_for_nobody_does_not_count if {
	every peer in [{}, {"ura": ""}, {"client_id": null, "ura": null}, [], "all"] {
		fact := object.union(object.remove(task_fact, ["peer"]), {"peer": peer})
		not sender.allow with input as with_facts(example.read("Task", "1"), [fact])
	}
}

test_fact_for_reading_does_not_update if {
	document := with_facts(change("requested", "accepted"), [example.fact("Task/1", ["read"], "Task/1", {})])
	other := object.union(task("requested"), {"owner": {"identifier": {"value": "11111111"}}})
	denied_for(object.union(document, {"lookup": {"task": example.found(other, "3")}}), "not named")
}

test_read_with_parameters_is_denied if {
	every rest in [
		{"search_params": {"_elements": [["status"]]}},
		{"search_params": {"_include": [["Task:patient"]]}, "include": ["Task:patient"]},
		{"include": ["Task:patient"]},
		{"revinclude": ["Provenance:target"]},
		{"search_params": {"_format:x": [["json"]]}},
		{"chains": [{"name": "patient"}]},
		{"search_params": null},
	] {
		denied_for(
			object.union(with_facts(example.read("Task", "1"), [task_fact]), {"action": {"fhir_rest": rest}}),
			"no parameters",
		)
	}
}

test_read_may_choose_its_notation if {
	sender.allow with input as object.union(
		with_facts(example.read("Task", "1"), [task_fact]),
		{"action": {"fhir_rest": {"search_params": {"_format": [["json"]]}}}},
	)
}

test_caller_without_a_name_is_denied if {
	nobody := {"subject": {"client": {"id": ""}, "organization": {"ura": ""}}}
	denied_for(object.union(with_task(example.read("Task", "1"), "requested"), nobody), "no organisation")
	not sender.needs with input as object.union(example.read("Task", "1"), nobody)
}

# --- Task: update

test_receiver_accepts if sender.allow with input as change("requested", "accepted")

test_receiver_rejects if sender.allow with input as change("requested", "rejected")

test_receiver_completes if sender.allow with input as change("in-progress", "completed")

test_update_with_a_fact_is_still_compared if {
	document := with_facts(example.update("Task", "1", task("accepted"), "3"), [task_fact])
	not sender.allow with input as document
	sender.needs == {"task": "Task/1"} with input as document
	sender.allow with input as with_task(document, "requested")
}

test_client_known_by_its_id_updates_with_a_fact if {
	document := with_facts(change("requested", "accepted"), [object.union(object.remove(task_fact, ["peer"]), {"peer": {"client_id": example.client_id}})])
	sender.allow with input as object.union(document, {"subject": {"organization": {"ura": ""}}})
	not sender.allow with input as object.union(document, {"subject": {"organization": {"ura": ""}}, "access": []})
}

test_other_changes_of_status_are_denied if {
	every pair in [
		["requested", "requested"],
		["requested", "in-progress"],
		["requested", "completed"],
		["requested", "cancelled"],
		["accepted", "in-progress"],
		["accepted", "rejected"],
		["accepted", "completed"],
		["in-progress", "accepted"],
		["in-progress", "cancelled"],
		["rejected", "accepted"],
		["cancelled", "accepted"],
		["completed", "in-progress"],
		["on-hold", "accepted"],
	] {
		denied_for(change(pair[0], pair[1]), "may not change the status")
	}
}

test_nothing_but_the_status_may_change if {
	every more in [
		{"owner": {"identifier": {"value": "11111111"}}},
		{"description": "a note"},
		{"input": []},
		{"meta": {"tag": [{"code": "x"}]}},
		{"meta": {"profile": ["http://example.com/p"]}},
		{"for": {"reference": "Patient/9"}},
	] {
		proposed := object.union(task("accepted"), more)
		denied_for(with_task(example.update("Task", "1", proposed, "3"), "requested"), "more than the status")
	}
}

test_member_left_out_is_a_change if {
	proposed := object.remove(task("accepted"), ["input"])
	denied_for(with_task(example.update("Task", "1", proposed, "3"), "requested"), "more than the status")
}

test_version_and_time_in_the_body_are_the_servers if {
	proposed := object.union(object.remove(task("accepted"), ["meta"]), {"meta": {"versionId": "2"}})
	sender.allow with input as with_task(example.update("Task", "1", proposed, "3"), "requested")
	without := object.remove(task("accepted"), ["meta"])
	sender.allow with input as with_task(example.update("Task", "1", without, "3"), "requested")
}

test_task_for_something_else_is_not_updated_even_with_a_fact if {
	other := {"code": {"coding": [{"system": snomed, "code": "3457005"}]}}
	document := with_lookup(
		with_facts(example.update("Task", "1", object.union(task("accepted"), other), "3"), [task_fact]),
		{"task": example.found(object.union(task("requested"), other), "3")},
	)
	denied_for(document, "transfer of care")
}

test_update_without_a_condition_is_denied if {
	document := with_task(example.update("Task", "1", task("accepted"), null), "requested")
	denied_for(document, "If-Match")
	not sender.needs with input as object.union(document, {"lookup": {}})
}

test_update_with_another_condition_is_denied if {
	denied_for(
		object.union(change("requested", "accepted"), {"action": {"fhir_rest": {"conditions": {"if_none_match": "*"}}}}),
		"no other condition",
	)
}

test_update_of_another_version_is_denied if {
	every version in ["2", "4", "03", "W/\"3\"", "*"] {
		denied_for(with_task(example.update("Task", "1", task("accepted"), version), "requested"), "another version")
	}
}

test_versions_that_disagree_are_no_version if {
	document := example.update("Task", "1", task("accepted"), "4")
	denied_for(with_lookup(document, {"task": example.found(task("requested"), "4")}), "another version")
}

test_entity_tag_alone_tells_the_version if {
	stored := object.remove(task("requested"), ["meta"])
	sender.allow with input as with_lookup(
		example.update("Task", "1", object.remove(task("accepted"), ["meta"]), "3"),
		{"task": example.found(stored, "3")},
	)
}

test_update_of_a_task_that_is_not_there_is_denied if {
	denied_for(with_lookup(example.update("Task", "1", task("accepted"), "3"), {"task": example.absent}), "did not give")
}

test_update_by_another_receiver_is_denied if {
	other := {"owner": {"identifier": {"value": "11111111"}}}
	document := with_lookup(
		example.update("Task", "1", object.union(task("accepted"), other), "3"),
		{"task": example.found(object.union(task("requested"), other), "3")},
	)
	denied_for(document, "not named")
}

test_update_with_another_id_in_the_body_is_denied if {
	denied_for(
		with_task(example.update("Task", "1", object.union(task("accepted"), {"id": "2"}), "3"), "requested"),
		"with the id of the path",
	)
}

test_update_without_a_body_is_denied if {
	every content in [null, "", [], {}] {
		denied_for(
			with_task(
				object.union(example.update("Task", "1", {}, "3"), {"resource": {"content": content}}),
				"requested",
			),
			"whole Task",
		)
	}
}

test_answer_of_an_update_needs_the_right_to_read if {
	answered := {"action": {"fhir_rest": {"returns_representation": true}}}
	sender.allow with input as object.union(change("requested", "accepted"), answered)
	other := {"owner": {"identifier": {"value": "11111111"}}}
	document := with_facts(
		with_lookup(
			example.update("Task", "1", object.union(task("accepted"), other), "3"),
			{"task": example.found(object.union(task("requested"), other), "3")},
		),
		[example.fact("Task/1", ["update"], "Task/1", {})],
	)
	sender.allow with input as document
	denied_for(object.union(document, answered), "may not read")
}

test_fact_with_states_holds_in_these_only if {
	other := {"owner": {"identifier": {"value": "11111111"}}}
	document := with_facts(
		with_lookup(
			example.update("Task", "1", object.union(task("accepted"), other), "3"),
			{"task": example.found(object.union(task("requested"), other), "3")},
		),
		[example.fact("Task/1", ["update"], "Task/1", {"task_status": ["in-progress"]})],
	)
	denied_for(document, "not named")
	sender.allow with input as object.union(
		document,
		{"access": [example.fact("Task/1", ["update"], "Task/1", {"task_status": ["requested"]})]},
	)
}

# --- Personal data

test_composition_is_looked_up_with_its_task if {
	document := with_facts(example.by_user(example.read("Composition", "7")), [notice_fact])
	not sender.allow with input as document
	sender.needs == {"Task/1": "Task/1"} with input as document
}

test_advance_notice_is_read_while_requested_or_accepted if {
	sender.allow with input as personal("Composition", "7", [notice_fact], "requested")
	sender.allow with input as personal("Composition", "7", [notice_fact], "accepted")
}

test_advance_notice_is_not_read_in_another_state if {
	every status in ["in-progress", "rejected", "cancelled", "completed", "on-hold", "draft"] {
		denied_for(personal("Composition", "7", [notice_fact], status), "status of the Task")
	}
}

test_handoff_is_read_while_in_progress if sender.allow with input as personal("Composition", "8", [handoff_fact], "in-progress")

test_handoff_is_not_read_in_another_state if {
	every status in ["requested", "accepted", "rejected", "cancelled", "completed", "on-hold"] {
		denied_for(personal("Composition", "8", [handoff_fact], status), "status of the Task")
	}
}

test_part_of_the_task_limits_a_wider_fact if {
	wide := example.fact("Composition/8", ["read"], "Task/1", {"task_status": ["requested", "in-progress", "completed"]})
	sender.allow with input as personal("Composition", "8", [wide], "in-progress")
	denied_for(personal("Composition", "8", [wide], "requested"), "status of the Task")
	denied_for(personal("Composition", "8", [wide], "completed"), "status of the Task")
}

test_fact_without_states_needs_a_part_of_the_task if {
	free := example.fact("Composition/8", ["read"], "Task/1", {})
	sender.allow with input as personal("Composition", "8", [free], "in-progress")
	denied_for(personal("Composition", "8", [free], "requested"), "status of the Task")
	denied_for(personal("Patient", "3", [example.fact("Patient/3", ["read"], "Task/1", {})], "in-progress"), "status of the Task")
}

test_document_is_generated_under_the_same_rules if {
	document := object.union(
		with_facts(example.by_user(example.operation("Composition", "7", "$document")), [notice_fact]),
		{"lookup": {"Task/1": example.found(task("accepted"), "3")}},
	)
	sender.allow with input as document
	sender.allow with input as object.union(document, {"action": {"fhir_rest": {"operation": "document"}}})
	denied_for(object.union(document, {"subject": {"user": {"id": ""}}}), "need a user")
	denied_for(object.union(document, {"lookup": {"Task/1": example.found(task("completed"), "3")}}), "status of the Task")
	denied_for(object.union(document, {"access": [example.fact("Composition/7", ["read"], "Task/1", {"task_status": ["accepted"]})]}), "no access fact")
	denied_for(object.union(document, {"action": {"fhir_rest": {"search_params": {"persist": [["true"]]}}}}), "no parameters")
	denied_for(object.union(document, {"action": {"request": {"method": "POST"}}}), "not part of this use case")
	denied_for(object.union(document, {"action": {"fhir_rest": {"operation": "$everything"}}}), "not part of this use case")
}

test_personal_data_need_a_user if {
	document := object.union(personal("Composition", "7", [notice_fact], "accepted"), {"subject": {"user": {"id": " "}}})
	denied_for(document, "need a user")
	free := example.fact("Composition/7", ["read"], "Task/1", {})
	denied_for(object.union(document, {"access": [free]}), "need a user")
	not sender.needs with input as object.union(document, {"access": [free], "lookup": {}})
}

test_personal_data_without_a_fact_are_denied if {
	document := personal("Composition", "7", [], "accepted")
	denied_for(document, "no access fact")
	not sender.needs with input as object.union(document, {"lookup": {}})
}

test_personal_data_bound_to_no_task_are_denied if {
	every bound in ["", null, "Task", "Patient/3", "https://fhir.example/Task/1", "Task/1?_include=*"] {
		fact := object.union(notice_fact, {"task": bound})
		denied_for(personal("Composition", "7", [fact], "accepted"), "no access fact")
	}
}

test_referenced_resource_is_read_with_a_fact_of_its_own if {
	fact := example.fact("Patient/3", ["read"], "Task/1", {"user": true, "task_status": ["in-progress"]})
	sender.allow with input as personal("Patient", "3", [fact], "in-progress")
	denied_for(personal("Patient", "3", [fact], "accepted"), "status of the Task")
	denied_for(personal("Patient", "4", [fact], "in-progress"), "no access fact")
}

test_fact_cannot_open_a_closed_task if {
	every status in ["rejected", "cancelled", "completed", "draft"] {
		fact := example.fact("Patient/3", ["read"], "Task/1", {"task_status": [status]})
		denied_for(personal("Patient", "3", [fact], status), "status of the Task")
	}
}

# What is looked up for a resource without a fact of its own: the Compositions that refer to it, who may read those, their Tasks.
by_composition(type, id, composition, facts, status) := with_lookup(
	example.by_user(example.read(type, id)),
	{
		"compositions": {"status": 200, "etag": "", "body": example.bundle([composition])},
		concat("", ["access:Composition/", composition.id]): {"status": 200, "etag": "", "body": facts},
		"Task/1": example.found(task(status), "3"),
	},
)

test_referenced_resource_is_read_by_a_fact_for_the_composition if {
	whole := by_composition("DocumentReference", "5", handoff, [handoff_fact], "in-progress")
	first := object.union(object.remove(whole, ["lookup"]), {"lookup": {}})
	sender.needs == {"compositions": "Composition?entry=DocumentReference/5"} with input as first
	second := object.union(first, {"lookup": object.filter(whole.lookup, ["compositions"])})
	sender.needs == {"access:Composition/8": "access:Composition/8"} with input as second
	third := object.union(first, {"lookup": object.filter(whole.lookup, ["compositions", "access:Composition/8"])})
	sender.needs == {"Task/1": "Task/1"} with input as third
	sender.allow with input as whole
	not sender.needs with input as whole
}

test_compositions_are_searched_by_how_they_refer if {
	every type, parameter in {"Patient": "subject", "Practitioner": "author", "Encounter": "encounter", "Condition": "entry"} {
		needs := sender.needs with input as example.by_user(example.read(type, "3"))
		needs == {"compositions": sprintf("Composition?%s=%s/3", [parameter, type])}
	}
}

test_referenced_resource_is_open_as_long_as_the_composition if {
	sender.allow with input as by_composition("Patient", "3", notice, [notice_fact], "accepted")
	sender.allow with input as by_composition("Condition", "4", notice, [notice_fact], "requested")
	every status in ["in-progress", "completed", "rejected", "cancelled", "on-hold"] {
		denied_for(by_composition("Condition", "4", notice, [notice_fact], status), "status of the Task")
	}
	narrow := object.union(notice_fact, {"conditions": {"task_status": ["requested"]}})
	denied_for(by_composition("Condition", "4", notice, [narrow], "accepted"), "status of the Task")
}

test_fact_for_the_composition_must_count if {
	every change in [
		{"scope": "other"},
		{"subject": "clinic"},
		{"peer": {"ura": "11111111"}},
		{"resource": "Composition/9"},
		{"resource": "Composition"},
		{"operations": ["document"]},
		{"task": null},
		{"expires_at": "2026-11-25T19:59:59Z"},
		{"conditions": {"unknown": true}},
		{"effect": "deny"},
	] {
		fact := object.union(notice_fact, change)
		denied_for(by_composition("Condition", "4", notice, [fact], "accepted"), "no access fact")
	}
}

test_denial_of_the_composition_or_of_the_resource_beats_the_fact if {
	every resource in ["Composition/7", "Composition", "*"] {
		denial := object.union(example.fact(resource, ["*"], null, {}), {"effect": "deny"})
		denied_for(by_composition("Condition", "4", notice, [notice_fact, denial], "accepted"), "no access fact")
	}
	denial := object.union(example.fact("Condition/4", ["read"], null, {}), {"effect": "deny"})
	document := with_facts(by_composition("Condition", "4", notice, [notice_fact], "accepted"), [denial])
	denied_for(document, "no access fact")
	not sender.needs with input as object.union(object.remove(document, ["lookup"]), {"lookup": {}})
}

test_resource_that_the_composition_does_not_name_is_denied if {
	denied_for(by_composition("Condition", "5", notice, [notice_fact], "accepted"), "no access fact")
	elsewhere := object.union(notice, {"section": [{"entry": [{"reference": "https://other.example/fhir/Condition/4"}]}]})
	denied_for(by_composition("Condition", "4", elsewhere, [notice_fact], "accepted"), "no access fact")
}

test_composition_outside_the_task_opens_nothing if {
	fact := example.fact("Composition/9", ["read"], "Task/1", {"task_status": ["accepted"]})
	denied_for(by_composition("Condition", "4", object.union(notice, {"id": "9"}), [fact], "accepted"), "status of the Task")
}

test_composition_is_not_opened_by_another_that_refers_to_it if {
	other := object.union(notice, {"section": [{"entry": [{"reference": "Composition/8"}]}]})
	denied_for(by_composition("Composition", "8", other, [notice_fact], "accepted"), "no access fact")
}

test_search_for_compositions_that_failed_opens_nothing if {
	document := by_composition("Condition", "4", notice, [notice_fact], "accepted")
	every answer in [example.absent, {"status": 200, "etag": "", "body": null}, {"status": 500, "etag": "", "body": example.bundle([notice])}] {
		denied_for(with_lookup(document, {"compositions": answer}), "no access fact")
	}
}

test_personal_request_without_user_or_with_parameters_looks_nothing_up if {
	not sender.needs with input as example.read("Condition", "4")
	not sender.needs with input as object.union(
		example.by_user(example.read("Condition", "4")),
		{"action": {"fhir_rest": {"search_params": {"_elements": [["id"]]}}}},
	)
}

test_lookups_are_few if {
	facts := [example.fact("Patient/3", ["read"], sprintf("Task/%d", [n]), {"task_status": ["accepted"]}) |
		some n in numbers.range(1, 20)
	]
	needs := sender.needs with input as with_facts(example.by_user(example.read("Patient", "3")), facts)
	count(needs) == 8
}

# --- Everything else

test_the_rest_is_not_part_of_the_use_case if {
	every interaction in ["search-type", "create", "delete", "patch", "vread", "history-instance", "capabilities", "batch", "transaction", ""] {
		denied_for(
			object.union(
				with_facts(example.by_user(with_task(example.read("Task", "1"), "requested")), [task_fact]),
				{"action": {"fhir_rest": {"interaction_type": interaction}}},
			),
			"not part of this use case",
		)
	}
}

test_write_called_a_read_is_denied if {
	every method in ["POST", "PUT", "DELETE", "get", ""] {
		denied_for(
			object.union(with_facts(example.read("Task", "1"), [task_fact]), {"action": {"request": {"method": method}}}),
			"not part of this use case",
		)
	}
}

test_update_of_another_type_is_denied if {
	denied_for(example.by_user(example.update("Composition", "7", notice, "1")), "not part of this use case")
}

test_older_version_is_denied if {
	denied_for(
		object.union(with_facts(example.read("Task", "1"), [task_fact]), {"resource": {"version_id": "2"}}),
		"not part of this use case",
	)
}

test_scope_is_issued_to_an_organization if sender.allow with input as example.scope_request("example")

test_scope_is_not_issued_to_nobody if {
	document := object.union(example.scope_request("example"), {"subject": {"client": {"id": ""}, "organization": {"ura": ""}}})
	denied_for(document, "no organisation")
}

test_request_is_no_scope_request if {
	denied_for(object.union(with_task(example.read("Task", "1"), "requested"), {"context": {"stage": "scope"}}), "not part")
	denied_for(object.union(example.scope_request("example"), {"context": {"stage": "request"}}), "not part")
}

read_by_fact := with_facts(example.read("Task", "1"), [task_fact])

read_by_name := with_task(example.read("Task", "1"), "requested")

test_odd_read_is_answered if is_total(read_by_fact, 4)

test_odd_read_by_name_is_answered if is_total(read_by_name, 4)

test_odd_update_is_answered if is_total(change("requested", "accepted"), 3)

test_odd_stored_task_is_answered if {
	every odd in example.oddities(task("requested"), 3) {
		is_answered(with_lookup(example.update("Task", "1", task("accepted"), "3"), {"task": example.found(odd, "3")}))
	}
}

test_odd_personal_request_is_answered if is_total(personal("Composition", "7", [notice_fact], "accepted"), 3)

test_odd_request_by_composition_is_answered if is_total(by_composition("Condition", "4", notice, [notice_fact], "accepted"), 3)

test_odd_scope_request_is_answered if is_total(example.scope_request("example"), 3)

with_denial(operation) := object.union(
	read_by_name,
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		read_by_name.access,
	)},
)

test_denial_of_the_holder_beats_everything if {
	denied_for(with_denial("read"), "the holder denies")
	denied_for(with_denial("*"), "the holder denies")
	sender.allow with input as with_denial("update")
}

test_no_input_is_denied_with_a_reason if {
	every odd in [null, true, 1, "text", [], {}] {
		is_refused(odd)
	}
}

test_odd_caller_request_or_context_is_never_allowed if {
	every document in [read_by_fact, change("requested", "accepted"), personal("Composition", "7", [notice_fact], "accepted")] {
		every odd in example.oddities(object.filter(document, ["subject", "resource", "action", "context"]), 1) {
			is_refused(object.union(object.filter(document, ["access", "lookup"]), odd))
		}
	}
}

is_total(document, depth) if {
	every odd in example.oddities(document, depth) {
		is_answered(odd)
	}
}

# A part that is odd may be one that the decision does not need.
is_answered(document) if sender.allow with input as document

is_answered(document) if {
	reasons := sender.reasons with input as document
	count(reasons) > 0
}

is_refused(document) if {
	not sender.allow with input as document
	reasons := sender.reasons with input as document
	count(reasons) > 0
}
