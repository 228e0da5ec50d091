# Medication transfer (generic functions): a care provider with whom the patient is enrolled pulls medication agreements.
package medicatieoverdracht_gf

import data.lib.access
import data.lib.bsn
import data.lib.caller
import data.lib.consent
import data.lib.lookup
import data.lib.patient
import data.lib.reason
import data.lib.request
import data.lib.text

default allow := false

allow if {
	required
	count(required - held) == 0
	not access.is_request_denied
}

reasons contains reason.outside if not required

reasons contains why if {
	not allow
	some why in reason.unmet(required, held, explanations)
}

reasons contains reason.denied if access.is_request_denied

needs := asked if {
	not access.is_request_denied
	count((required - held) - {"enrolment"}) == 0
	count(asked) > 0
}

required := {"ura", "delegation"} if {
	request.is_scope_request
} else := {"ura", "delegation", "consent", "patient_search", "enrolment"} if {
	is_patient_search
} else := {"ura", "delegation", "consent", "patient", "listed", "enrolment"} if {
	is_medication_search
}

explanations := {
	"ura": reason.not_allowed("the token has no URA"),
	"delegation": reason.unexpected_input("who registered a delegation and its role come together or not at all"),
	"consent": reason.not_allowed("no consent of the patient for this caller is known"),
	"patient_search": reason.not_allowed("the search for a patient has its citizen service number and nothing else"),
	"patient": reason.not_allowed("the search is not about exactly one patient"),
	"listed": reason.not_allowed("the search has other parameters, values or inclusions than listed"),
	"enrolment": reason.not_allowed("the patient of the request is not the one whom the token says is enrolled with the caller"),
}

# The pilot searches by GET; a POST keeps the number out of logs.
is_patient_search if {
	request.is_request
	request.interaction == "search-type"
	request.method in {"GET", "POST"}
	request.type == "Patient"
}

is_medication_search if {
	request.is_request
	request.interaction == "search-type"
	request.method in {"GET", "POST"}
	request.type == "MedicationRequest"
}

held contains "ura" if caller.ura

held contains "delegation" if {
	some claims in [[name |
		some name in ["delegation_registered_by", "delegation_role_code"]
		not text.is_nothing(object.get(input.subject, name, null))
	]]
	count(claims) in {0, 2}
}

held contains "consent" if {
	"mitz" in data.medicatieoverdracht_gf.consent_by
	consent.is_national
}

held contains "consent" if {
	"local" in data.medicatieoverdracht_gf.consent_by
	consent.is_local
}

held contains "consent" if {
	"access_fact" in data.medicatieoverdracht_gf.consent_by
	count(access.granting(patient.reference, "search")) > 0
}

held contains "patient_search" if {
	patient.is_plain_search_by_number
	request.includes == []
}

held contains "patient" if patient.is_named_once

held contains "listed" if {
	request.is_plain
	request.is_usual_but_for(set())
	text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))
	every name, _ in request.parameters {
		is_listed(name)
	}
	every inclusion in text.items(request.includes) {
		inclusion in data.medicatieoverdracht_gf.inclusions
	}
}

is_listed(name) if name == "patient"

is_listed(name) if {
	name == "identifier"
	request.single(name)
}

is_listed(name) if {
	name == "category"
	request.single(name) in data.medicatieoverdracht_gf.categories
}

# A period: a date, or its start and end.
is_listed(name) if {
	name == "periodofuse"
	count(request.parameters.periodofuse) in {1, 2}
	every alternatives in request.parameters.periodofuse {
		is_date(alternatives)
	}
}

is_date(alternatives) if {
	count(alternatives) == 1
	regex.match(`^(eq|ge|gt|le|lt|sa|eb)?[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$`, alternatives[0])
}

# --- The enrolment: the number in the token is that of the request, or of the patient whom it names by id

held contains "enrolment" if {
	enrolled := bsn.of_token(input.subject.patient_enrollment_identifier)
	numbers == {enrolled}
}

numbers contains patient.number

numbers contains number if {
	stored := lookup.resource("patient", patient.reference)
	some identifier in text.items(stored.identifier)
	number := bsn.of_identifier(identifier)
}

asked := {"patient": patient.reference} if not input.lookup.patient
