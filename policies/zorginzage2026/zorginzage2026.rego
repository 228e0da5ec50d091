# Zorginzage 2026: what holds for every use case of the framework. A use case fills in what it opens (`capability` in the data).
package zorginzage2026

import data.lib.access
import data.lib.caller
import data.lib.consent
import data.lib.lookup
import data.lib.patient
import data.lib.reason
import data.lib.reference
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
	count((required - held) - {"patient", "facts", "basis"}) == 0
	count(asked) > 0
}

required := {"ura"} if {
	request.is_scope_request
} else := {"ura", "patient_search", "basis"} if {
	patient.is_search_by_number
} else := {"ura", "type", "capability", "patient", "basis"} if {
	is_search
} else := {"ura", "type", "capability", "patient", "facts", "basis"} if {
	is_resource_read
}

explanations := {
	"ura": reason.not_allowed("the token has no URA"),
	"patient_search": reason.not_allowed("the search for a patient has its citizen service number and nothing else"),
	"type": reason.not_allowed("resources of this type are neither read nor searched"),
	"capability": reason.not_allowed("the request is not in the capabilities of the use case"),
	"patient": reason.not_allowed("the request is not about exactly one patient"),
	"facts": reason.not_allowed("an access fact about the patient denies it, or whether one does is not known"),
	"basis": reason.not_allowed("neither consent nor a treatment relation with this patient is known"),
}

# A search for patients is a POST with a number, and nothing else.
is_search if {
	request.is_request
	request.interaction in {"search-type", "search-compartment"}
	request.method in {"GET", "POST"}
	request.type != "Patient"
}

is_resource_read if {
	request.is_request
	request.is_read
}

held contains "ura" if caller.ura

held contains "patient_search" if {
	patient.is_plain_search_by_number
	request.includes == []
}

held contains "type" if {
	text.is_filled(request.type)
	not request.type in data.zorginzage2026.never
}

# --- What the use case opens

held contains "capability" if {
	input.action.fhir_rest.capability_checked == true
	request.is_plain
	request.is_usual_but_for({"no_parameters"})
}

opened := data.zorginzage2026.capability[request.type]

held contains "capability" if {
	request.interaction in opened.interactions
	request.is_plain
	request.is_usual_but_for({"no_parameters"})
	text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))
	every name, _ in request.parameters {
		is_opened(name)
	}
	every inclusion in text.items(request.includes) {
		inclusion in opened.inclusions
	}
}

is_opened(name) if name in opened.parameters

is_opened(name) if name in request.notation

# --- The patient: of the search, or the one to whom a resource links directly

held contains "patient" if patient.is_named_once

held contains "patient" if {
	is_resource_read
	count(linked) == 1
}

stored := lookup.resource("resource", request.target)

# `patient`, `subject` and the like; a resource that links to two patients is about neither.
linked contains found if {
	some member in ["patient", "subject", "beneficiary", "individual"]
	found := reference.local(stored[member].reference)
	startswith(found, "Patient/")
}

reference_of_patient := patient.reference if {
	patient.is_named_once
} else := concat("", linked) if {
	count(linked) == 1
}

# --- Consent, or another legal basis: then the holder keeps the treatment relation as an access fact

held contains "basis" if {
	"mitz" in data.zorginzage2026.basis_by
	consent.is_national
}

held contains "basis" if {
	"local" in data.zorginzage2026.basis_by
	consent.is_local
}

held contains "basis" if {
	"local" in data.zorginzage2026.basis_by
	consent.is_found
}

held contains "basis" if {
	"access_fact" in data.zorginzage2026.basis_by
	count(access.granting(reference_of_patient, operation)) > 0
}

held contains "basis" if {
	"access_fact" in data.zorginzage2026.basis_by
	count(access.granting(request.target, operation)) > 0
}

held contains "basis" if {
	"access_fact" in data.zorginzage2026.basis_by
	count(access.granting_elsewhere(reference_of_patient, operation)) > 0
}

# What is laid down about the patient holds for a resource that links to it. A request that names the patient comes with it.
held contains "facts" if patient.is_named_once

held contains "facts" if {
	is_array(input.lookup[concat("", ["access:", reference_of_patient])].body)
	not access.is_denied_elsewhere(reference_of_patient, operation)
}

operation := "read" if {
	request.interaction == "read"
} else := "search"

# --- Lookups

asked := object.union_n([one |
	some one in lookups
	some name, _ in one
	not input.lookup[name]
])

lookups contains {"resource": request.target} if {
	is_resource_read
	not patient.is_named_once
}

lookups contains {"consents": sprintf("Consent?patient=%s&status=active", [trim_prefix(reference_of_patient, "Patient/")])} if {
	is_basis_unknown
}

lookups contains {name: name} if {
	is_resource_read
	not patient.is_named_once
	name := concat("", ["access:", reference_of_patient])
}

lookups contains {"consents": sprintf("Consent?patient.identifier=%s&status=active", [replace(token, "|", "%7C")])} if {
	is_basis_unknown
	token := concat("|", ["http://fhir.nl/fhir/NamingSystem/bsn", patient.number])
}

is_basis_unknown if {
	required
	"local" in data.zorginzage2026.basis_by
	not "basis" in held
}
