package eoverdracht_receiver_test

import data.eoverdracht_receiver as receiver
import data.lib.example

denied_for(document, words) if {
	not receiver.allow with input as document
	some reason in receiver.reasons with input as document
	contains(reason.description, words)
}

# --- By Task id

ping := example.http("POST", "/1f0c-22")

test_sender_posts_the_id_of_its_task if receiver.allow with input as ping

test_sender_known_by_its_client_id_posts if receiver.allow with input as object.union(ping, {"subject": {"organization": {"ura": ""}}})

test_length_of_nothing_is_fine if {
	receiver.allow with input as object.union(ping, {"action": {"request": {"header": {"content-length": ["0"]}}}})
}

test_nobody_posts_nothing if {
	denied_for(object.union(ping, {"subject": {"client": {"id": ""}, "organization": {"ura": ""}}}), "no organisation")
}

test_body_is_denied if {
	every request in [
		{"body": "{}"},
		{"body": " "},
		{"body": null},
		{"header": {"content-length": ["2"]}},
		{"header": {"content-length": ["0", "2"]}},
		{"header": {"transfer-encoding": ["chunked"]}},
	] {
		denied_for(object.union(ping, {"action": {"request": request}}), "empty body")
	}
}

test_body_that_is_not_told_is_denied if {
	untold := object.union(object.remove(ping, ["action"]), {"action": {"request": object.remove(ping.action.request, ["body"])}})
	denied_for(untold, "the gateway tells the body")
}

test_query_is_denied if {
	denied_for(object.union(ping, {"action": {"request": {"query": "x=1"}}}), "no query")
	denied_for(object.union(ping, {"action": {"request": {"query": null}}}), "no query")
}

test_other_paths_are_denied if {
	every path in ["", "/", "/1/2", "/1/", "//1", "1", "/../1", "/.", "/..", "/a%2fb", "/a b", "/1;x=1", "/1?x", null] {
		denied_for(object.union(ping, {"action": {"request": {"path": path}}}), "not part of this use case")
	}
}

test_other_methods_are_denied if {
	every method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "post", "", null] {
		denied_for(object.union(ping, {"action": {"request": {"method": method}}}), "not part of this use case")
	}
}

test_post_to_a_fhir_server_is_no_ping if {
	denied_for(example.create("Basic", {}), "not part of this use case")
}

# --- By notification Task

organization(ura) := {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": ura}}

item(code, member, value) := {
	"type": {"coding": [{"system": "http://fhir.nl/fhir/NamingSystem/TaskParameter", "code": code}]},
	member: value,
}

notification := {
	"resourceType": "Task",
	"identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:5b3a"}],
	"basedOn": [{"reference": "Task/1"}],
	"status": "requested",
	"intent": "proposal",
	"code": {"coding": [{"system": "http://fhir.nl/fhir/NamingSystem/TaskCode", "code": "pull-notification"}]},
	"for": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": example.citizen}},
	"requester": {"agent": {"display": "EHR"}, "onBehalfOf": organization(example.ura)},
	"owner": organization(example.holder_ura),
	"input": [
		item("authorization-base", "valueString", "b2s6MQ"),
		item("get-workflow-task", "valueBoolean", true),
	],
}

posted(changes) := example.create("Task", object.union(notification, changes))

with_input(items) := posted({"input": items})

test_sender_posts_a_notification_task if receiver.allow with input as posted({})

test_older_code_is_the_same if {
	receiver.allow with input as posted({"code": {"coding": [{"system": "https://www.twiin.nl/tanp/CodeSystem/tanp-codes", "code": "pull-notification"}]}})
}

test_other_code_is_denied if {
	denied_for(posted({"code": {"coding": [{"system": "http://example.com", "code": "pull-notification"}]}}), "code of the Task")
	denied_for(posted({"code": {"coding": [{"system": "http://fhir.nl/fhir/NamingSystem/TaskCode", "code": "order"}]}}), "code of the Task")
	denied_for(posted({"code": null}), "code of the Task")
}

test_notification_needs_a_ura if {
	document := object.union(posted({}), {"subject": {"organization": {"ura": ""}}})
	denied_for(document, "no URA")
	denied_for(document, "on behalf of")
}

test_notification_on_behalf_of_another_is_denied if {
	denied_for(posted({"requester": {"onBehalfOf": organization("11111111")}}), "on behalf of")
	denied_for(posted({"requester": {"onBehalfOf": {"identifier": {"system": "http://example.com"}}}}), "on behalf of")
	denied_for(posted({"requester": null}), "on behalf of")
}

test_notification_for_another_is_denied if {
	denied_for(posted({"owner": organization("11111111")}), "owner of the Task")
	denied_for(posted({"owner": {"reference": "Organization/1", "identifier": null}}), "owner of the Task")
	denied_for(object.union(posted({}), {"context": {"data_holder_organization_id": ""}}), "owner of the Task")
}

test_other_status_or_intent_is_denied if {
	denied_for(posted({"status": "cancelled"}), "status requested")
	denied_for(posted({"intent": "order"}), "status requested")
}

test_one_identifier if {
	denied_for(posted({"identifier": []}), "one identifier")
	denied_for(posted({"identifier": [{"system": "a", "value": "b"}, {"system": "a", "value": "c"}]}), "one identifier")
	denied_for(posted({"identifier": [{"value": "b"}]}), "one identifier")
	denied_for(posted({"identifier": "b"}), "one identifier")
}

test_path_and_parameters_of_a_notification if {
	denied_for(object.union(posted({}), {"action": {"request": {"path": "/Task/"}}}), "posted to Task")
	denied_for(object.union(posted({}), {"action": {"fhir_rest": {"search_params": {"_format": [["json"]]}}}}), "posted to Task")
	denied_for(object.union(posted({}), {"action": {"fhir_rest": {"conditions": {"if_none_exist": "identifier=1"}}}}), "posted to Task")
}

test_content_is_denied if {
	denied_for(posted({"contained": [{"resourceType": "Patient"}]}), "no resources")
	denied_for(posted({"output": [item("x", "valueString", "y")]}), "no resources")
	denied_for(posted({"note": []}), "no resources")
}

test_input_names_what_can_be_pulled if {
	receiver.allow with input as with_input([item("get-workflow-task", "valueBoolean", false), item("read-resource", "valueString", "Patient/3")])
	receiver.allow with input as with_input([item("read-resource", "valueReference", {"reference": "Patient/3"})])
	receiver.allow with input as with_input([item("search-resource", "valueString", "Condition?category=x|y,z")])
	receiver.allow with input as with_input([{
		"type": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
		"valueString": "Observation/$lastn?code=http://loinc.org|85354-9",
	}])
}

test_input_with_content_is_denied if {
	every items in [
		[],
		null,
		"text",
		[item("authorization-base", "valueString", "")],
		[item("authorization-base", "valueBoolean", true)],
		[item("get-workflow-task", "valueString", "true")],
		[item("get-workflow-task", "valueBoolean", "true")],
		[item("description", "valueString", "Mrs Jansen")],
		[item("read-resource", "valueString", "Mrs Jansen has a fever")],
		[item("search-resource", "valueAttachment", {"data": "AAAA"})],
		[object.union(item("search-resource", "valueString", "Condition"), {"extension": [{"valueString": "x"}]})],
		[{"type": {"coding": [{"system": "http://example.com", "code": "85354-9"}]}, "valueString": "Observation"}],
		[{"valueString": "Observation"}],
		[7],
	] {
		denied_for(with_input(items), "input of the Task")
	}
}

test_absolute_query_is_one_of_the_sender if {
	document := with_input([item("search-resource", "valueString", "https://fhir.sender.example/r3/Condition?code=1")])
	denied_for(document, "input of the Task")
	receiver.allow with input as object.union(document, {"subject": {"fhir_base_url": "https://fhir.sender.example/r3"}})
	receiver.allow with input as object.union(document, {"subject": {"fhir_base_url": "https://fhir.sender.example/r3/"}})
	denied_for(object.union(document, {"subject": {"fhir_base_url": "https://fhir.sender.example/r"}}), "input of the Task")
	denied_for(object.union(document, {"subject": {"fhir_base_url": ""}}), "input of the Task")
}

test_query_does_not_leave_the_server if {
	every value in ["//evil.example/Condition", "/Condition", "../Condition", "Condition/../../x", "http://evil.example/", "Condition?a=b c", "condition"] {
		denied_for(with_input([item("search-resource", "valueString", value)]), "input of the Task")
	}
}

test_task_to_fetch_is_a_relative_task if {
	denied_for(posted({"basedOn": []}), "input of the Task")
	denied_for(posted({"basedOn": [{"reference": "https://evil.example/Task/1"}]}), "input of the Task")
	denied_for(posted({"basedOn": [{"reference": "Patient/1"}]}), "input of the Task")
	denied_for(example.create("Task", object.remove(notification, ["basedOn"])), "input of the Task")
}

# --- Cancellation

token := "urn:ietf:rfc:3986|urn:uuid:5b3a"

cancelled(changes) := object.union(
	example.update("Task", "", object.union(object.union(notification, {"status": "cancelled"}), changes), null),
	{"action": {"request": {"path": "/Task"}, "fhir_rest": {"search_params": {"identifier": [[token]]}}}},
)

answered(document, resources) := object.union(
	document,
	{"lookup": {"notification": {"status": 200, "etag": "", "body": example.bundle(resources)}}},
)

test_cancellation_looks_up_what_is_cancelled if {
	not receiver.allow with input as cancelled({})
	receiver.needs == {"notification": "Task?identifier=urn:ietf:rfc:3986%7Curn:uuid:5b3a"} with input as cancelled({})
}

test_sender_cancels_its_own_notification if {
	receiver.allow with input as answered(cancelled({}), [notification])
	receiver.allow with input as object.union(
		answered(cancelled({}), [notification]),
		{"action": {"fhir_rest": {"interaction_type": "conditional-update"}}},
	)
}

test_notification_of_another_is_not_cancelled if {
	other := object.union(notification, {"requester": {"onBehalfOf": organization("11111111")}})
	denied_for(answered(cancelled({}), [other]), "that the caller created")
	denied_for(answered(cancelled({"requester": {"onBehalfOf": organization("11111111")}}), [other]), "on behalf of")
}

test_cancellation_meets_exactly_one_notification if {
	denied_for(answered(cancelled({}), []), "not exactly one")
	denied_for(answered(cancelled({}), [notification, notification]), "not exactly one")
	denied_for(answered(cancelled({}), [object.union(notification, {"code": {"coding": []}})]), "not exactly one")
	denied_for(object.union(cancelled({}), {"lookup": {"notification": example.absent}}), "not exactly one")
}

test_only_the_status_cancelled_is_written if {
	denied_for(answered(cancelled({"status": "completed"}), [notification]), "only be cancelled")
	denied_for(answered(cancelled({"status": "requested"}), [notification]), "only be cancelled")
}

test_cancellation_names_the_identifier_of_its_task if {
	every parameters in [
		{"identifier": [["urn:ietf:rfc:3986|urn:uuid:other"]]},
		{"identifier": [[token, "a|b"]]},
		{"identifier": [[token], [token]]},
		{"identifier": [["urn:uuid:5b3a"]]},
		{"identifier": null, "_id": [["1"]]},
		{"identifier": [[token]], "status": [["requested"]]},
		{"identifier": [[token]], "identifier:not": [["1"]]},
	] {
		document := object.union(
			example.update("Task", "", object.union(notification, {"status": "cancelled"}), null),
			{"action": {"request": {"path": "/Task"}, "fhir_rest": {"search_params": parameters}}},
		)
		denied_for(answered(document, [notification]), "names the identifier")
		not receiver.needs with input as document
	}
}

found_again := example.search("Task", {"identifier": [[token]]})

test_search_that_a_cancellation_contains if {
	receiver.needs == {"notification": "Task?identifier=urn:ietf:rfc:3986%7Curn:uuid:5b3a"} with input as found_again
	receiver.allow with input as answered(found_again, [notification])
}

test_search_for_other_notifications_is_denied if {
	other := object.union(notification, {"requester": {"onBehalfOf": organization("11111111")}})
	denied_for(answered(found_again, [other]), "that the caller created")
	denied_for(answered(found_again, []), "not exactly one")
	denied_for(answered(example.search("Task", {}), [notification]), "names its identifier")
	denied_for(
		answered(object.union(found_again, {"action": {"fhir_rest": {"include": ["Task:patient"]}}}), [notification]),
		"names its identifier",
	)
	denied_for(
		answered(object.union(found_again, {"action": {"fhir_rest": {"search_params": {"status": [["requested"]]}}}}), [notification]),
		"names its identifier",
	)
}

test_update_of_a_task_by_id_is_denied if {
	denied_for(example.update("Task", "1", notification, "1"), "not part of this use case")
}

# --- Everything else

test_nothing_can_be_read_or_removed if {
	every document in [
		example.read("Task", "1"),
		object.union(posted({}), {"resource": {"type": "Patient"}}),
		object.union(posted({}), {"action": {"fhir_rest": {"interaction_type": "delete"}}}),
		object.union(posted({}), {"action": {"fhir_rest": {"interaction_type": "transaction"}}}),
		object.union(posted({}), {"action": {"request": {"method": "PUT"}}}),
	] {
		denied_for(document, "not part of this use case")
	}
}

test_scope_is_issued_to_an_organization if receiver.allow with input as example.scope_request("example")

test_scope_is_not_issued_to_nobody if {
	denied_for(
		object.union(example.scope_request("example"), {"subject": {"client": {"id": ""}, "organization": {"ura": ""}}}),
		"no organisation",
	)
	denied_for(object.union(example.scope_request("example"), {"context": {"stage": "other"}}), "not part of this use case")
}

test_odd_ping_is_answered if is_total(ping, 4)

test_odd_notification_is_answered if is_total(posted({}), 4)

test_odd_cancellation_is_answered if is_total(answered(cancelled({}), [notification]), 3)

test_odd_stored_notification_is_answered if {
	every odd in example.oddities(example.bundle([notification]), 4) {
		is_answered(object.union(cancelled({}), {"lookup": {"notification": example.found(odd, "1")}}))
	}
}

with_denial(operation) := object.union(
	posted({}),
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		posted({}).access,
	)},
)

test_denial_of_the_holder_beats_everything if {
	denied_for(with_denial("create"), "the holder denies")
	denied_for(with_denial("*"), "the holder denies")
	receiver.allow with input as with_denial("update")
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
is_answered(document) if receiver.allow with input as document

is_answered(document) if {
	reasons := receiver.reasons with input as document
	count(reasons) > 0
}

is_refused(document) if {
	not receiver.allow with input as document
	reasons := receiver.reasons with input as document
	count(reasons) > 0
}
