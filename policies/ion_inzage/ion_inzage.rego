# HINQ ION inzage: callers on the holder's list search for a patient, with consent. The data set is still open: nothing else.
package ion_inzage

import data.lib.access
import data.lib.caller
import data.lib.consent
import data.lib.patient
import data.lib.reason
import data.lib.request

default allow := false

allow if {
	required
	count(required - held) == 0
	not access.is_request_denied
}

reasons contains reason.outside if {
	not required
	not is_left_open
}

reasons contains reason.not_implemented("the data set is not laid down yet: only the search for a patient is open") if is_left_open

reasons contains why if {
	not allow
	some why in reason.unmet(required, held, explanations)
}

reasons contains reason.denied if access.is_request_denied

needs := asked if {
	not access.is_request_denied
	count((required - held) - {"consent"}) == 0
	count(asked) > 0
}

required := {"ura", "whitelist"} if {
	request.is_scope_request
} else := {"ura", "whitelist", "patient_search", "consent"} if {
	patient.is_search_by_number
}

explanations := {
	"ura": reason.not_allowed("the token has no URA"),
	"whitelist": reason.not_allowed("the caller is not on the list of the holder, whatever it presents"),
	"patient_search": reason.not_allowed("the search for a patient has its citizen service number and nothing else"),
	"consent": reason.not_allowed("no consent of the patient for this caller is known"),
}

is_left_open if {
	request.is_request
	request.interaction in {"read", "search-type", "search-compartment"}
	not patient.is_search_by_number
}

held contains "ura" if caller.ura

held contains "whitelist" if caller.ura in data.ion_inzage.whitelist

held contains "patient_search" if {
	patient.is_plain_search_by_number
	request.includes == []
}

# Mandatory here: there is no other basis.
held contains "consent" if consent.is_national

held contains "consent" if consent.is_local

held contains "consent" if consent.is_found

asked := {"consents": sprintf("Consent?patient.identifier=%s%%7C%s&status=active", ["http://fhir.nl/fhir/NamingSystem/bsn", patient.number])} if {
	not "consent" in held
	not input.lookup.consents
}
