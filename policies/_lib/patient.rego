# The patient whom a request is about, as far as the request says so.
package lib.patient

import data.lib.bsn
import data.lib.request
import data.lib.text

# The ids that path, compartment and parameters name. A request about two is about nobody that can be judged.
ids contains input.resource.id if {
	request.type == "Patient"
	request.target
}

ids contains input.action.fhir_rest.compartment.id if {
	input.action.fhir_rest.compartment.type == "Patient"
	is_id(input.action.fhir_rest.compartment.id)
}

ids contains request.single("patient") if {
	is_id(request.single("patient"))
}

ids contains trim_prefix(request.single("subject"), "Patient/") if {
	startswith(request.single("subject"), "Patient/")
	is_id(trim_prefix(request.single("subject"), "Patient/"))
}

# The citizen service numbers that parameters name.
numbers contains bsn.of_token(request.single("identifier")) if request.type == "Patient"

numbers contains bsn.of_token(request.single("patient"))

# The one patient, by id or by number: each way of saying it that is used must be understood.
is_named_once if {
	count(ids) + count(numbers) == 1
	every name in ["patient", "subject"] {
		is_understood(name)
	}
}

is_understood(name) if not name in object.keys(request.parameters)

is_understood(name) if is_id(request.single(name))

is_understood(name) if startswith(request.single(name), "Patient/")

is_understood(name) if bsn.of_token(request.single(name))

# `Patient/id` of the one patient.
reference := concat("/", ["Patient", concat("", ids)]) if {
	is_named_once
	count(ids) == 1
}

# The number of the one patient.
number := concat("", numbers) if {
	is_named_once
	count(numbers) == 1
}

is_id(value) if {
	is_string(value)
	regex.match(`^[A-Za-z0-9.-]{1,64}$`, value)
}

# A search for the patient with a citizen service number, by POST: the number is in no log of URLs.
is_search_by_number if {
	request.is_request
	request.interaction == "search-type"
	request.method == "POST"
	request.type == "Patient"
	input.action.request.path == "/Patient/_search"
}

# What such a search has: the number and nothing else. Which inclusions it may have is up to the pack.
is_plain_search_by_number if {
	request.is_plain
	request.is_usual_but_for(set())
	text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))
	object.keys(request.parameters) == {"identifier"}
	bsn.of_token(request.single("identifier"))
}
