# Example input documents: what tests start from. They change what they are about.
package lib.example

import data.lib.bsn

time := "2026-11-25T20:00:00Z"

ura := "12345678"

holder_ura := "87654321"

client_id := "https://node.receiver.example/oauth2/care"

subject_id := "hospital"

person := {"id": "u-1", "role": "01.015", "name": "J. de Vries"}

citizen := "999999990"

# An organisation without a person.
organization := {
	"client": {"id": client_id, "scopes": ["example"]},
	"organization": {"ura": ura, "name": "Care", "city": "Utrecht", "facility_type": "X3"},
	"user": {"id": "", "role": "", "name": ""},
}

# The same with a person.
with_user := object.union(organization, {"user": person})

context := {
	"data_holder_organization_id": holder_ura,
	"data_holder_facility_type": "Z3",
	"patient_id": "",
	"patient_bsn": "",
	"route": "fhir",
	"subject_id": subject_id,
	"scope": "example",
	"policy": "example",
	"time": time,
	"stage": "request",
	"mitz_consent": false,
	"certificate": {"presented": false},
}

# A request to a FHIR server, without a person.
fhir(method, path, resource, rest) := {
	"subject": organization,
	"resource": object.union({"type": "", "id": "", "version_id": "", "content": {}, "consents": []}, resource),
	"action": {
		"name": object.get(rest, "interaction_type", ""),
		"connection_type_code": "hl7-fhir-rest",
		"request": {"method": method, "protocol": "HTTP/1.1", "path": path, "query": "", "header": {}, "body": ""},
		"fhir_rest": object.union(
			{
				"interaction_type": "",
				"operation": null,
				"include": [],
				"revinclude": [],
				"capability_checked": false,
				"search_params": {},
				"compartment": null,
				"conditions": {"if_match": null, "if_none_match": null, "if_none_exist": null},
				"returns_representation": false,
			},
			rest,
		),
	},
	"context": context,
	"access": [],
	"lookup": {},
}

read(type, id) := fhir(
	"GET",
	sprintf("/%s/%s", [type, id]),
	{"type": type, "id": id},
	{"interaction_type": "read"},
)

# A write of a whole resource, meant for one version of it.
update(type, id, content, version) := fhir(
	"PUT",
	sprintf("/%s/%s", [type, id]),
	{"type": type, "id": id, "content": content},
	{"interaction_type": "update", "conditions": {"if_match": version}},
)

create(type, content) := fhir(
	"POST",
	sprintf("/%s", [type]),
	{"type": type, "content": content},
	{"interaction_type": "create"},
)

search(type, parameters) := fhir(
	"GET",
	sprintf("/%s", [type]),
	{"type": type},
	{"interaction_type": "search-type", "search_params": parameters},
)

operation(type, id, name) := fhir(
	"GET",
	concat("/", array.concat([""], [part | some part in [type, id, name]; part != ""])),
	{"type": type, "id": id},
	{"interaction_type": "operation", "operation": name},
)

# A request to a plain service.
http(method, path) := object.union(
	object.remove(fhir(method, path, {}, {}), ["action"]),
	{"action": {
		"name": "",
		"connection_type_code": "",
		"request": {"method": method, "protocol": "HTTP/1.1", "path": path, "query": "", "header": {}, "body": ""},
	}},
)

# A scope that is asked for at the token endpoint.
scope_request(scope) := {
	"subject": organization,
	"resource": {},
	"action": {"name": "request_scope", "request": {}},
	"context": object.union(context, {"scope": scope, "stage": "scope"}),
	"access": [],
	"lookup": {},
}

# The same input with changes below it.
but(document, changes) := object.union(document, changes)

by_user(document) := object.union(document, {"subject": with_user})

# An access fact of the holder for the caller.
fact(resource, operations, task, conditions) := {
	"scope": "example",
	"subject": subject_id,
	"peer": {"client_id": client_id, "ura": ura},
	"resource": resource,
	"operations": operations,
	"conditions": conditions,
	"expires_at": "2027-06-01T00:00:00Z",
	"task": task,
}

# What a lookup found.
found(body, version) := {"status": 200, "etag": sprintf("W/\"%s\"", [version]), "body": body}

absent := {"status": 404, "etag": "", "body": {}}

bundle(resources) := {
	"resourceType": "Bundle",
	"type": "searchset",
	"entry": [{"resource": resource, "search": {"mode": "match"}} | some resource in resources],
}

# One input with each of its parts, down to a depth, replaced by something odd: whatever is sent, a policy answers.
oddities(document, depth) := {odd |
	walk(document, [path, _])
	count(path) > 0
	count(path) <= depth
	some value in [null, "text", {"a": [null]}]
	odd := json.patch(document, [{"op": "replace", "path": path, "value": value}])
}

patient_token := bsn.token(citizen)
