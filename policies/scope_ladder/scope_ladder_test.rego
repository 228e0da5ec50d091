package scope_ladder_test

import data.lib.example
import data.scope_ladder

denied_for(document, words) if {
	not scope_ladder.allow with input as document
	some reason in scope_ladder.reasons with input as document
	contains(reason.description, words)
}

# A request with a scope, by a user with a role, and what the holder has laid down for that scope.
using(scope, document) := object.union(example.by_user(document), {
	"context": {"scope": scope},
	"access": [
		object.union(example.fact("Task/1", ["read"], "", {}), {"scope": scope}),
		object.union(example.fact("Observation/2", ["read"], "", {}), {"scope": scope}),
		object.union(example.fact("Patient/5", ["search"], "", {}), {"scope": scope}),
	],
})

asking(scope) := example.by_user(example.scope_request(scope))

observations := example.search("Observation", {"patient": [["5"]]})

# --- Very broad and broad: issued to anyone, decided at use

test_broad_scopes_are_issued_to_any_organization if {
	scope_ladder.allow with input as example.scope_request("care")
	scope_ladder.allow with input as example.scope_request("care-transfer")
}

test_broad_scopes_are_not_issued_to_nobody if {
	denied_for(object.union(example.scope_request("care"), {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(example.scope_request("care-transfer"), {"subject": {"organization": {"ura": "x"}}}), "no URA")
}

test_broad_scope_is_decided_at_use if {
	scope_ladder.allow with input as using("care", example.read("Task", "1"))
	scope_ladder.allow with input as using("care", observations)
	denied_for(using("care", example.read("Task", "2")), "no access fact")
	denied_for(using("care", example.search("Observation", {"patient": [["6"]]})), "no access fact")
	denied_for(object.union(using("care", example.read("Task", "1")), {"access": []}), "no access fact")
}

test_use_case_is_narrower_than_a_domain if {
	scope_ladder.allow with input as using("care-transfer", example.read("Task", "1"))
	denied_for(using("care-transfer", observations), "not what the scope is for")
	denied_for(using("care-transfer", example.read("Observation", "2")), "not what the scope is for")
}

# --- Narrow: decided when issued

test_narrow_scope_is_issued_to_roles_that_may_have_it if {
	scope_ladder.allow with input as asking("patient/Observation.read")
	scope_ladder.allow with input as example.scope_request("patient/Task.read")
}

test_narrow_scope_is_not_issued_to_others if {
	denied_for(object.union(asking("patient/Observation.read"), {"subject": {"user": {"role": "99.000"}}}), "role of the user")
	denied_for(example.scope_request("patient/Observation.read"), "role of the user")
}

test_what_is_no_rung_is_not_issued if {
	every scope in [
		"patient/Patient.read", "patient/Task.write", "patient/*.read", "patient/Task.read.read", "user/Task.read", "patient/task.read",
		"patient/Task/../1.read", "patient/Composition.search", "Care", " care", "",
	] {
		denied_for(asking(scope), "no rung of the ladder")
	}
}

# --- and again at use

test_narrow_scope_is_for_its_type_and_verb if {
	scope_ladder.allow with input as using("patient/Observation.search", observations)
	scope_ladder.allow with input as using("patient/Observation.read", example.read("Observation", "2"))
	denied_for(using("patient/Observation.read", observations), "not what the scope is for")
	denied_for(using("patient/Observation.read", example.read("Task", "1")), "not what the scope is for")
}

test_narrow_scope_is_no_access_by_itself if {
	denied_for(using("patient/Observation.read", example.read("Observation", "3")), "no access fact")
	denied_for(object.union(using("patient/Task.read", example.read("Task", "1")), {"access": []}), "no access fact")
}

test_role_is_looked_at_again if {
	denied_for(object.union(using("patient/Observation.read", example.read("Observation", "2")), {"subject": {"user": {"role": "99.000"}}}), "role of the user")
	denied_for(object.union(using("patient/Observation.read", example.read("Observation", "2")), {"subject": {"user": {"id": ""}}}), "role of the user")
}

# --- Very narrow

test_very_narrow_scope_is_for_one_resource if {
	scope_ladder.allow with input as asking("patient/Task/1.read")
	scope_ladder.allow with input as using("patient/Task/1.read", example.read("Task", "1"))
	denied_for(using("patient/Task/2.read", example.read("Task", "1")), "not what the scope is for")
	denied_for(using("patient/Task/2.read", example.read("Task", "2")), "no access fact")
}

# --- Everything else

test_search_names_the_patient_and_nothing_else if {
	denied_for(using("care", example.search("Observation", {})), "parameters beside the patient")
	denied_for(using("care", example.search("Observation", {"patient": [["5"]], "code": [["1"]]})), "parameters beside the patient")
	denied_for(object.union(using("care", observations), {"action": {"fhir_rest": {"include": ["Observation:subject"]}}}), "parameters beside the patient")
	denied_for(object.union(using("care", example.read("Task", "1")), {"action": {"fhir_rest": {"search_params": {"_elements": [["id"]]}}}}), "parameters beside the patient")
}

test_nothing_is_written if {
	denied_for(using("care", example.create("Task", {})), "not part of this use case")
	denied_for(using("care", example.update("Task", "1", {}, "1")), "not part of this use case")
}

test_odd_use_is_answered if is_total(using("patient/Observation.search", observations), 3)

test_odd_scope_request_is_answered if is_total(asking("patient/Observation.read"), 3)

with_denial(operation) := object.union(
	using("care", observations),
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "care"})],
		using("care", observations).access,
	)},
)

test_denial_of_the_holder_beats_everything if {
	denied_for(with_denial("search"), "the holder denies")
	denied_for(with_denial("*"), "the holder denies")
	scope_ladder.allow with input as with_denial("update")
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
is_answered(document) if scope_ladder.allow with input as document

is_answered(document) if {
	reasons := scope_ladder.reasons with input as document
	count(reasons) > 0
}

is_refused(document) if {
	not scope_ladder.allow with input as document
	reasons := scope_ladder.reasons with input as document
	count(reasons) > 0
}
