package org_only

default allow := false

allow if input.action.fhir_rest.interaction_type == "read"

allow if searching

allow if {
	input.action.fhir_rest.interaction_type == "create"
	input.resource.content.status == "requested"
}

searching if {
	input.action.fhir_rest.interaction_type == "search-type"
	input.resource.type == "Observation"
}

obligations := {"narrow": [["patient", "1"]]} if searching

reasons contains {"code": "not_allowed", "description": "only what this policy says"} if not allow
