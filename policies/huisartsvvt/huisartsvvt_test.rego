package huisartsvvt_test

import data.huisartsvvt
import data.lib.example

nictiz := "http://nictiz.nl/fhir/StructureDefinition"

settings := {
	"sides": {"X3": "nursing_stu3", "Z3": "gp_r4", "H1": "gp_stu3"},
	"registered": [example.ura],
	"consent_by": ["access_fact", "local", "mitz"],
}

allowed(document) if huisartsvvt.allow with input as document with data.huisartsvvt.settings as settings

denied_for(document, words) if denied_under(document, settings, words)

denied_under(document, chosen, words) if {
	not huisartsvvt.allow with input as document with data.huisartsvvt.settings as chosen
	reasons := huisartsvvt.reasons with input as document with data.huisartsvvt.settings as chosen
	some reason in reasons
	contains(reason.description, words)
}

fact := example.fact("Patient/5", ["search", "read"], "", {})

at(holder_type, document) := object.union(document, {
	"context": {"data_holder_facility_type": holder_type},
	"access": [fact],
})

search(holder_type, type, parameters) := at(holder_type, example.search(type, object.union({"patient": [["5"]]}, parameters)))

including(document, inclusions) := object.union(document, {"action": {"fhir_rest": {"include": inclusions}}})

alerts := search("X3", "Flag", {"_profile": [[concat("/", [nictiz, "zib-Alert"])]]})

pressure(more) := search("X3", "Observation", object.union(
	{"_profile": [[concat("/", [nictiz, "zib-BloodPressure"])]], "_sort": [["-date"]], "_count": [["5"]]},
	more,
))

# --- Queries

test_general_practitioner_reads_at_a_nursing_organisation if {
	allowed(alerts)
	allowed(pressure({}))
}

test_nursing_organisation_reads_at_a_general_practitioner if {
	allowed(search("Z3", "EpisodeOfCare", {}))
	allowed(including(search("Z3", "EpisodeOfCare", {}), ["condition:diagnosis"]))
	allowed(search("Z3", "AllergyIntolerance", {"category": [["medication"]]}))
	allowed(including(search("Z3", "MedicationRequest", {"category": [["http://snomed.info/sct|16076005"]]}), ["MedicationRequest:medication"]))
	allowed(search("H1", "Observation", {}))
}

test_list_follows_from_the_holder if {
	denied_for(search("X3", "EpisodeOfCare", {}), "none of the list")
	denied_for(search("Z3", "Flag", {"_profile": [[concat("/", [nictiz, "zib-Alert"])]]}), "none of the list")
	denied_for(search("Z3", "Observation", {}), "none of the list")
	denied_for(search("V4", "Flag", {}), "no list of queries")
}

test_parameters_are_exactly_the_listed_ones if {
	every document in [
		pressure({"_count": [["50"]]}),
		pressure({"_count": [["5"], ["5", "6"]]}),
		pressure({"_sort": [["date"]]}),
		pressure({"code": [["1"]]}),
		pressure({"_profile": [["x"], ["y"]]}),
		search("X3", "Observation", {"_profile": [[concat("/", [nictiz, "zib-BloodPressure"])]]}),
		search("X3", "Flag", {}),
		including(alerts, ["Flag:patient"]),
		object.union(alerts, {"action": {"fhir_rest": {"revinclude": ["Provenance:target"]}}}),
		object.union(alerts, {"action": {"fhir_rest": {"unusual": [{"code": "url_and_form", "name": ""}]}}}),
	] {
		denied_for(document, "none of the list")
	}
}

test_query_is_about_one_patient if {
	every parameters in [
		{"patient": [["5", "6"]]},
		{"patient": [["5"], ["6"]]},
		{"patient": [["http://fhir.nl/fhir/NamingSystem/bsn|999999990"]]},
		{"subject": [["Patient/5"]]},
		{"patient": [["5"]], "subject": [["Patient/6"]]},
		{"patient": [["5"]], "subject": [["Group/6"]]},
	] {
		document := at("Z3", example.search("Encounter", parameters))
		denied_for(document, "none of the list")
	}
}

test_caller_is_registered if {
	denied_under(alerts, object.union(settings, {"registered": []}), "not on the list of registered")
	denied_for(object.union(alerts, {"subject": {"organization": {"ura": "11111111"}}}), "not on the list of registered")
	denied_for(object.union(alerts, {"subject": {"organization": {"ura": ""}}}), "no URA")
}

test_packed_settings_register_nobody if {
	not huisartsvvt.allow with input as alerts
}

test_treatment_relation_is_with_this_patient if {
	denied_for(object.union(alerts, {"access": []}), "treatment relation")
	denied_for(object.union(alerts, {"access": [object.union(fact, {"resource": "Patient/6"})]}), "treatment relation")
	denied_for(object.union(alerts, {"access": [object.union(fact, {"expires_at": "2026-01-01T00:00:00Z"})]}), "treatment relation")
	denied_for(object.union(alerts, {"access": [object.union(fact, {"peer": {"ura": "11111111"}})]}), "treatment relation")
}

test_consent_comes_from_where_the_settings_say if {
	none := object.union(settings, {"consent_by": ["local", "mitz"]})
	denied_under(alerts, none, "no consent")
	denied_under(object.union(alerts, {"resource": {"consents": [{"scope": "other"}]}}), none, "no consent")
	denied_under(object.union(alerts, {"context": {"mitz_consent": "true"}}), none, "no consent")
	national := object.union(alerts, {"context": {"mitz_consent": true}})
	huisartsvvt.allow with input as national with data.huisartsvvt.settings as none
	own := object.union(alerts, {"resource": {"consents": [{"scope": "example"}]}})
	huisartsvvt.allow with input as own with data.huisartsvvt.settings as none
}

# --- The patient

patient_search := object.union(
	at("Z3", example.search("Patient", {"identifier": [[example.patient_token]]})),
	{
		"action": {"request": {"method": "POST", "path": "/Patient/_search"}},
		"access": [example.fact("Patient", ["search"], "", {})],
	},
)

test_patient_is_searched_by_number if {
	allowed(patient_search)
	allowed(including(patient_search, ["Patient:general-practitioner"]))
	allowed(object.union(patient_search, {"context": {"data_holder_facility_type": "X3"}}))
}

test_patient_is_searched_by_nothing_else if {
	every document in [
		object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"identifier": [["999999990"]]}}}}),
		object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"identifier": [["http://fhir.nl/fhir/NamingSystem/bsn|999999991"]]}}}}),
		object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"identifier": [[example.patient_token, "x"]]}}}}),
		object.union(patient_search, {"action": {"fhir_rest": {"search_params": {"name": [["Jansen"]]}}}}),
		including(patient_search, ["Patient:organization"]),
		including(object.union(patient_search, {"context": {"data_holder_facility_type": "X3"}}), ["Patient:general-practitioner"]),
	] {
		denied_for(document, "citizen service number")
	}
}

test_patient_search_is_a_post if {
	denied_for(object.union(patient_search, {"action": {"request": {"method": "GET", "path": "/Patient"}}}), "not part of this use case")
	denied_for(object.union(patient_search, {"action": {"request": {"path": "/Patient/5/_search"}}}), "not part of this use case")
}

test_patient_search_needs_a_relation if {
	denied_for(object.union(patient_search, {"access": []}), "treatment relation")
	denied_for(object.union(patient_search, {"access": [fact]}), "treatment relation")
}

test_match_is_left_out if {
	document := at("Z3", example.operation("Patient", "", "$match"))
	denied_for(document, "$match is not judged")
	denied_for(object.union(document, {"action": {"fhir_rest": {"operation": "$everything"}}}), "not part of this use case")
}

# --- Reads

test_listed_types_are_read_at_a_general_practitioner if {
	allowed(at("Z3", example.read("Patient", "5")))
	allowed(object.union(at("Z3", example.read("Practitioner", "1")), {"access": []}))
}

test_other_types_are_not_read if {
	denied_for(at("Z3", example.read("Flag", "1")), "not read by id")
	denied_for(at("X3", example.read("Practitioner", "1")), "not read by id")
	denied_for(at("Z3", example.read("Patient", "6")), "treatment relation")
	denied_for(object.union(at("Z3", example.read("Practitioner", "1")), {"action": {"fhir_rest": {"search_params": {"_elements": [["name"]]}}}}), "no parameters")
}

test_nothing_is_written if {
	denied_for(at("Z3", example.create("Flag", {})), "not part of this use case")
	denied_for(at("Z3", example.update("Flag", "1", {}, "1")), "not part of this use case")
}

test_scope_is_issued_to_an_organization if allowed(example.scope_request("example"))

test_scope_is_not_issued_without_a_ura if {
	denied_for(object.union(example.scope_request("example"), {"subject": {"organization": {"ura": ""}}}), "no URA")
	denied_for(object.union(example.scope_request("example"), {"action": {"name": "read"}}), "not part of this use case")
}

test_odd_query_is_answered if is_total(pressure({}), 3)

test_odd_search_is_answered if is_total(patient_search, 3)

with_denial(operation) := object.union(
	alerts,
	{"access": array.concat(
		[object.union(example.fact("*", [operation], "", null), {"effect": "deny", "scope": "example"})],
		alerts.access,
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
	reasons := huisartsvvt.reasons with input as document with data.huisartsvvt.settings as settings
	count(reasons) > 0
}

is_refused(document) if {
	not huisartsvvt.allow with input as document with data.huisartsvvt.settings as settings
	reasons := huisartsvvt.reasons with input as document with data.huisartsvvt.settings as settings
	count(reasons) > 0
}
