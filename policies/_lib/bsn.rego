# Citizen service numbers.
package lib.bsn

import data.lib.text

# Nine digits that pass the eleven test.
is_valid(value) if {
	is_string(value)
	regex.match(`^[0-9]{9}$`, value)
	value != "000000000"
	weights := [9, 8, 7, 6, 5, 4, 3, 2, -1]
	total := sum([product |
		some i, weight in weights
		product := weight * to_number(substring(value, i, 1))
	])
	total % 11 == 0
}

# The token of a search parameter: system and number.
token(number) := concat("|", ["http://fhir.nl/fhir/NamingSystem/bsn", number])

# The number in a token of a search parameter. Undefined without the system, or if it is no citizen service number.
of_token(value) := number if {
	is_string(value)
	startswith(value, "http://fhir.nl/fhir/NamingSystem/bsn|")
	number := trim_prefix(value, "http://fhir.nl/fhir/NamingSystem/bsn|")
	is_valid(number)
}

# The number in a FHIR Identifier.
of_identifier(identifier) := identifier.value if {
	is_object(identifier)
	identifier.system == "http://fhir.nl/fhir/NamingSystem/bsn"
	is_valid(identifier.value)
}

# The number that the context tells: of the patient whom the request is about.
of_context := input.context.patient_bsn if {
	text.is_filled(input.context.patient_bsn)
	is_valid(input.context.patient_bsn)
}
