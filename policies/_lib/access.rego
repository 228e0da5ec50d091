# Access facts: what the organisation has laid down about who may reach what.
package lib.access

import data.lib.caller
import data.lib.request
import data.lib.text

# The facts that give something now, to this caller, under this scope.
valid contains fact if {
	some fact in current
	is_permission(fact)
	meets_conditions(fact)
}

# The facts that take: they hold whatever else is laid down.
denials contains fact if {
	some fact in current
	not is_permission(fact)
}

is_permission(fact) if object.get(fact, "effect", "permit") == "permit"

# Whether a denial is about an operation; `*` is all. Denials are only in the input where they cover what is asked for.
is_denied(operation) if {
	some fact in denials
	takes(fact, operation)
}

takes(denial, operation) if {
	some name in text.items(denial.operations)
	name in {operation, "*"}
}

# Whether the request itself is. A pack that allows without a fact requires that it is not.
is_request_denied if is_denied(request.verb)

# The facts about this caller, under this scope, that have not ended.
current contains fact if {
	some fact in text.items(input.access)
	counts(fact)
}

counts(fact) if {
	is_object(fact)
	text.is_filled(fact.scope)
	fact.scope == input.context.scope
	text.is_filled(fact.subject)
	fact.subject == input.context.subject_id
	is_caller(fact.peer)
	is_current(fact)
}

# The facts that let this caller do this with this resource.
granting(resource, operation) := {fact |
	some fact in valid
	fact.resource == resource
	allows(fact, operation)
}

# The same for a resource that the request does not name: its facts were looked up as `access:Type/id`, and a denial among them counts, too.
granting_elsewhere(resource, operation) := {fact |
	not is_denied_elsewhere(resource, operation)
	some fact in looked_up(resource)
	counts(fact)
	is_permission(fact)
	meets_conditions(fact)
	fact.resource == resource
	allows(fact, operation)
}

# Whether a denial is among the facts that were looked up.
is_denied_elsewhere(resource, operation) if {
	some fact in looked_up(resource)
	counts(fact)
	not is_permission(fact)
	takes(fact, operation)
}

looked_up(resource) := text.items(input.lookup[concat("", ["access:", resource])].body)

allows(fact, operation) if {
	operation in text.items(fact.operations)
	not is_denied(operation)
}

# The Task that a fact is bound to.
task(fact) := fact.task if is_task(fact.task)

is_task(value) if {
	is_string(value)
	regex.match(`^Task/[A-Za-z0-9.-]{1,64}$`, value)
}

# The states of its Task in which a fact holds, if it tells.
task_statuses(fact) := {status | some status in fact.conditions.task_status} if is_array(fact.conditions.task_status)

# Whether a fact leaves the state of its Task open.
is_free_of_status(fact) if object.get(fact, ["conditions", "task_status"], null) == null

# The peer of a fact names a client, an organisation or both; each that is named is the caller's.
is_caller(peer) if {
	is_object(peer)
	is_filled_somewhere(peer)
	is_met(object.get(peer, "client_id", null), "client_id")
	is_met(object.get(peer, "ura", null), "ura")
}

is_filled_somewhere(peer) if text.is_filled(peer.client_id)

is_filled_somewhere(peer) if text.is_filled(peer.ura)

is_met(value, _) if value in [null, ""]

is_met(value, "client_id") if value == caller.client_id

is_met(value, "ura") if value == caller.ura

# A fact without an end holds until it is withdrawn.
is_current(fact) if object.get(fact, "expires_at", null) == null

is_current(fact) if text.nanoseconds(fact.expires_at) > text.now

# A condition that this policy does not know is one that it cannot check: the fact does not count.
meets_conditions(fact) if object.get(fact, "conditions", null) == null

meets_conditions(fact) if {
	is_object(fact.conditions)
	every name, _ in fact.conditions {
		name in {"user", "task_status"}
	}
	meets_user(object.get(fact.conditions, "user", false))
	meets_shape(object.get(fact.conditions, "task_status", null))
}

meets_user(condition) if condition in [false, null]

meets_user(true) if caller.has_user

meets_shape(condition) if condition == null

meets_shape(condition) if is_array(condition)
