# From very broad to very narrow scopes: a worked example (docs/resource-access/scopes.md).
#
#   care                      very broad: a whole domain. Anyone with a URA gets it; each request is decided by access facts.
#   care-transfer             broad: one use case. The same, with fewer types.
#   patient/Task.read         narrow: one type and one thing to do. Decided when it is issued, and again at use.
#   patient/Task/1.read       very narrow: one resource. The same; at use nothing but this resource.
package scope_ladder

import data.lib.access
import data.lib.caller
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

# SECURITY: a narrow scope that was issued says what the client may ask for, not that it may have it. It is decided again.
required := {"ura", "known_scope"} if {
	request.is_scope_request
	rung
} else := {"ura", "known_scope", "role"} if {
	request.is_scope_request
} else := {"ura", "known_scope", "in_scope", "plain", "granted"} if {
	rung
	is_request
} else := {"ura", "known_scope", "role", "in_scope", "plain", "granted"} if {
	is_request
}

explanations := {
	"ura": reason.not_allowed("the token has no URA"),
	"known_scope": reason.not_allowed("the scope is no rung of the ladder"),
	"role": reason.not_allowed("the role of the user may not have this scope"),
	"in_scope": reason.not_allowed("the request is not what the scope is for"),
	"plain": reason.not_allowed("the request has parameters beside the patient"),
	"granted": reason.not_allowed("no access fact lets the caller do this"),
}

is_request if {
	request.is_request
	request.interaction in {"read", "search-type"}
	request.method == "GET"
}

held contains "ura" if caller.ura

# --- The scope

scope := input.context.scope if text.is_filled(input.context.scope)

# Broad: its name stands for a list.
rung := data.scope_ladder.rungs[name] if name := scope

# Narrow: its name says what it is for. `patient/Type.verb` or `patient/Type/id.verb`.
words := split(trim_prefix(scope, "patient/"), ".") if {
	not rung
	regex.match(`^patient/[A-Z][A-Za-z]{0,63}(/[A-Za-z0-9-]{1,64})?\.(read|search)$`, scope)
}

narrow := {
	"type": split(words[0], "/")[0],
	"id": trim_prefix(concat("/", array.slice(split(words[0], "/"), 1, 2)), "/"),
	"verb": words[1],
}

roles := data.scope_ladder.narrow_scopes[narrow.type][narrow.verb]

held contains "known_scope" if rung

held contains "known_scope" if roles

# An empty list: a role is not asked for, and a user neither.
held contains "role" if roles == []

held contains "role" if {
	caller.has_user
	input.subject.user.role in roles
}

# --- The request

held contains "in_scope" if {
	request.interaction in rung.interactions
	request.type in rung.types
}

held contains "in_scope" if {
	request.type == narrow.type
	request.interaction in data.scope_ladder.interactions[narrow.verb]
	is_resource_of_scope
}

is_resource_of_scope if narrow.id == ""

is_resource_of_scope if request.target == concat("/", [narrow.type, narrow.id])

held contains "plain" if {
	request.interaction == "read"
	request.has_only_parameters(request.notation)
}

held contains "plain" if {
	request.interaction == "search-type"
	request.has_only_parameters({"patient"} | request.notation)
	request.single("patient")
}

held contains "granted" if {
	request.interaction == "read"
	count(access.granting(request.target, "read")) > 0
}

held contains "granted" if {
	request.interaction == "search-type"
	count(access.granting(concat("/", ["Patient", request.single("patient")]), "search")) > 0
}
