# HuisartsVVT: general practitioners and nursing organisations look into each other's records of a shared patient.
#
# The layers, in the order of the specification: still registered, treatment relation, consent, type, and exactly the listed
# parameters. Which list applies follows from what the holder is.
package huisartsvvt

import data.lib.access
import data.lib.caller
import data.lib.consent
import data.lib.patient
import data.lib.query
import data.lib.reason
import data.lib.request
import data.lib.text

default allow := false

allow if {
	required
	count(required - held) == 0
	not access.is_request_denied
}

reasons contains reason.outside if not is_known

reasons contains why if {
	not allow
	some why in reason.unmet(required, held, explanations)
}

reasons contains reason.denied if access.is_request_denied

reasons contains reason.not_implemented("the body of $match is not judged: search by POST with the citizen service number") if is_match

is_known if required

is_known if is_match

required := {"ura"} if {
	request.is_scope_request
} else := {"ura", "registered", "relation", "side", "patient_search"} if {
	patient.is_search_by_number
} else := {"ura", "registered", "relation", "consent", "side", "listed"} if {
	is_query
} else := {"ura", "registered", "side", "plain_read", "readable"} | of_patient if {
	is_resource_read
}

# A patient is personal; practitioners and organisations are not.
of_patient := {"relation", "consent"} if {
	request.type == "Patient"
} else := set()

explanations := {
	"ura": reason.not_allowed("the token has no URA"),
	"registered": reason.not_allowed("the caller is not on the list of registered organisations (settings)"),
	"relation": reason.not_allowed("no access fact tells of a treatment relation of the caller with this patient"),
	"consent": reason.not_allowed("no consent of the patient for this caller is known"),
	"side": reason.not_implemented("no list of queries is configured for the holder's type of facility"),
	"patient_search": reason.not_allowed("the search for a patient has its citizen service number and nothing that is not listed"),
	"listed": reason.not_allowed("the query is none of the list: one patient, and exactly the listed parameters"),
	"plain_read": reason.not_allowed("a read has no parameters but _format and _pretty"),
	"readable": reason.not_allowed("resources of this type are not read by id"),
}

is_query if {
	request.is_request
	request.interaction == "search-type"
	request.method == "GET"
	request.type != "Patient"
}

is_resource_read if {
	request.is_request
	request.is_read
}

is_match if {
	request.is_request
	request.interaction == "operation"
	request.operation == "match"
	request.type == "Patient"
}

held contains "ura" if caller.ura

held contains "registered" if caller.ura in data.huisartsvvt.settings.registered

list := data.huisartsvvt.lists[data.huisartsvvt.settings.sides[input.context.data_holder_facility_type]]

held contains "side" if list

held contains "patient_search" if {
	patient.is_plain_search_by_number
	every inclusion in text.items(request.includes) {
		inclusion in list.patient_inclusions
	}
}

held contains "plain_read" if request.has_only_parameters(request.notation)

held contains "readable" if request.type in list.reads

# A search by number names no resource yet: the fact is one about patients in general.
held contains "relation" if {
	patient.is_search_by_number
	count(access.granting("Patient", "search")) > 0
}

held contains "relation" if {
	not patient.is_search_by_number
	count(facts) > 0
}

facts := access.granting(patient.reference, operation)

operation := "read" if {
	request.interaction == "read"
} else := "search"

held contains "consent" if {
	"access_fact" in data.huisartsvvt.settings.consent_by
	count(facts) > 0
}

held contains "consent" if {
	"local" in data.huisartsvvt.settings.consent_by
	consent.is_local
}

held contains "consent" if {
	"mitz" in data.huisartsvvt.settings.consent_by
	consent.is_national
}

# --- Queries

question := {
	"path": request.type,
	"parameters": {parameter |
		some parameter in request.parameter_set
		parameter[0] != "patient"
	},
	"includes": {inclusion | some inclusion in text.items(request.includes)},
}

held contains "listed" if {
	input.action.request.path == concat("", ["/", request.type])
	request.is_plain
	request.is_usual_but_for({"no_parameters", "inclusion"})
	text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))
	patient.is_id(request.single("patient"))
	patient.reference
	some listed in list.queries
	startswith(listed, request.type)
	query.parse(listed) == question
}
