# eOverdracht at the sender of a patient: the receiver reads the Task, changes its status, and pulls what it needs.
package eoverdracht_sender

import data.lib.access
import data.lib.caller
import data.lib.lookup
import data.lib.reason
import data.lib.reference
import data.lib.request
import data.lib.status_change
import data.lib.task as tasks
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

# What the FHIR server is asked, once everything else holds.
needs := asked if {
	not access.is_request_denied
	count((required - held) - looked_up) == 0
	count(asked) > 0
}

# What each kind of request requires. Other requests are not part of the use case: search, create, delete, patch, history and
# versions among them.
required := {"organization"} if {
	request.is_scope_request
} else := {"organization", "plain_read", "named", "age"} if {
	is_task_read
} else := status_change.required | {"organization", "named", "task_code", "transition", "representation"} if {
	is_task_update
} else := {"organization", "plain_read", "user", "granted", "status"} if {
	is_personal
}

# What takes the answer of the FHIR server to tell.
looked_up := status_change.looked_up | {"named", "age", "task_code", "transition", "representation", "granted", "status"}

explanations := object.union(status_change.explanations, {
	"organization": reason.not_allowed("the token names no organisation: neither URA nor client"),
	"plain_read": reason.not_allowed("a read has no parameters but _format and _pretty"),
	"named": reason.not_allowed("the caller is not named on the Task, and no access fact lets it do this"),
	"age": reason.not_allowed("the Task was closed over a year ago, or when is not known"),
	"task_code": reason.not_allowed("the Task is not one of a transfer of care"),
	"transition": reason.not_allowed("the receiver may not change the status of the Task in this way"),
	"representation": reason.not_allowed("the answer would show a Task that the caller may not read"),
	"user": reason.not_allowed("personal data need a user in the token"),
	"granted": reason.not_allowed("no access fact binds the resource to a Task for this caller"),
	"status": reason.not_allowed("the status of the Task does not open this resource, or the FHIR server did not give the Task"),
})

# --- Kinds of requests

is_task_read if {
	request.is_request
	request.is_read
	request.type == "Task"
}

is_task_update if status_change.is_asked

is_personal if {
	request.is_request
	request.is_read
	request.type != "Task"
}

is_personal if {
	request.is_request
	request.interaction == "operation"
	request.operation == "document"
	request.method in {"GET", "HEAD"}
	request.type == "Composition"
	request.target
}

# --- What holds of any request

held contains "organization" if caller.is_identified

held contains "user" if caller.has_user

held contains "plain_read" if {
	not is_task_update
	request.has_only_parameters(request.notation)
}

# --- The Task

stored := lookup.resource("task", request.target)

is_eoverdracht(task) if tasks.has_coding(task.code, data.eoverdracht_sender.task.codes)

# A fact that says in which states it holds needs the Task to tell.
facts(operation) := {fact |
	some fact in access.granting(request.target, operation)
	holds_in_status(fact)
}

holds_in_status(fact) if access.is_free_of_status(fact)

holds_in_status(fact) if stored.status in access.task_statuses(fact)

may(operation) if count(facts(operation)) > 0

may(operation) if {
	operation in {"read", "update"}
	is_eoverdracht(stored)
	tasks.is_owned_by(stored, caller.ura)
}

held contains "named" if {
	is_task_read
	may("read")
}

held contains "named" if {
	is_task_update
	may("update")
}

held contains "age" if is_told_by_fact

held contains "age" if {
	is_task_read
	is_eoverdracht(stored)
	text.is_filled(stored.status)
	not stored.status in data.eoverdracht_sender.task.closed
}

held contains "age" if {
	is_task_read
	is_eoverdracht(stored)
	stored.status in data.eoverdracht_sender.task.closed
	tasks.changed(stored) + text.days(data.eoverdracht_sender.task.readable_days_after_close) > text.now
}

# A fact that ends within a year tells by itself how long the Task may be read.
is_told_by_fact if {
	is_task_read
	some fact in access.granting(request.target, "read")
	access.is_free_of_status(fact)
	text.nanoseconds(fact.expires_at) <= text.now + text.days(data.eoverdracht_sender.task.longest_fact_days)
}

held contains name if {
	is_task_update
	some name in status_change.held
}

held contains "task_code" if {
	is_task_update
	is_eoverdracht(stored)
}

held contains "transition" if {
	is_task_update
	request.content.status in data.eoverdracht_sender.task.transitions[stored.status]
}

held contains "representation" if {
	is_task_update
	not request.returns_representation
}

held contains "representation" if {
	is_task_update
	request.returns_representation
	may("read")
}

# --- Personal data

personal_operation := "document" if {
	request.interaction == "operation"
} else := "read"

# A fact for the resource itself, or one for a Composition that refers to it; either names the Task.
grants contains {"task": access.task(fact), "composition": null, "fact": fact} if some fact in direct

grants contains {"task": access.task(fact), "composition": name, "fact": fact} if {
	count(direct) == 0
	some name in referring
	some fact in access.granting_elsewhere(name, "read")
}

direct contains fact if {
	is_personal
	some fact in access.granting(request.target, personal_operation)
	access.task(fact)
}

# The Compositions that refer to the resource, by their names: what was found by a search is looked at again.
referring contains reference.local(concat("/", ["Composition", composition.id])) if {
	is_part
	some composition in lookup.matches("compositions", "Composition")
	request.target in reference.of_composition(composition)
}

# A resource that a Composition may refer to.
is_part if {
	is_personal
	request.type != "Composition"
}

held contains "granted" if count(grants) > 0

held contains "status" if {
	some grant in grants
	task := lookup.resource(grant.task, grant.task)
	is_eoverdracht(task)
	is_open_for(grant, task)
}

# A fact for the resource, which says in which states it holds.
is_open_for(grant, task) if {
	grant.composition == null
	task.status in access.task_statuses(grant.fact)
	task.status in open_statuses
	is_open_as_part(request.target, task)
}

# A fact for a resource that the Task names as one of its parts: the part says in which states.
is_open_for(grant, task) if {
	grant.composition == null
	access.is_free_of_status(grant.fact)
	count(parts_of(request.target, task)) > 0
	is_open_as_part(request.target, task)
}

# A fact for a Composition that refers to the resource and is a part of the Task.
is_open_for(grant, task) if {
	count(parts_of(grant.composition, task)) > 0
	is_open_as_part(grant.composition, task)
	agrees(grant.fact, task)
}

agrees(fact, _) if access.is_free_of_status(fact)

agrees(fact, task) if task.status in access.task_statuses(fact)

open_statuses := {status | some part in data.eoverdracht_sender.parts; some status in part.statuses}

# The parts as which a Task names a resource.
parts_of(resource, task) := {name |
	some name, part in data.eoverdracht_sender.parts
	some item in text.items(task.input)
	reference.same(item.valueReference.reference, resource)
	tasks.has_coding(item.type, part.codes)
}

# Whatever a fact says: a resource that is a part is open only in the states of a part.
is_open_as_part(resource, task) if count(parts_of(resource, task)) == 0

is_open_as_part(resource, task) if {
	some name in parts_of(resource, task)
	task.status in data.eoverdracht_sender.parts[name].statuses
}

# --- Lookups

asked := object.union_n([{name: name_of(name)} |
	some name in array.slice(sort(open_lookups), 0, 8)
])

open_lookups := {one | some one in lookups; not input.lookup[one]}

# What the request names is looked up under the name `task`, Compositions that refer to it under `compositions`, all else under its own.
name_of(name) := request.target if {
	name == "task"
} else := sprintf("Composition?%s=%s", [search_parameter, request.target]) if {
	name == "compositions"
} else := name

# How a Composition refers to a resource of this type.
search_parameter := object.get(data.eoverdracht_sender.searched_by, request.type, "entry")

lookups contains "task" if {
	is_task_read
	not is_told_by_fact
	can_be_named("read")
}

lookups contains "task" if {
	is_task_update
	can_be_named("update")
}

lookups contains grant.task if some grant in grants

lookups contains "compositions" if {
	is_part
	count(direct) == 0
	not access.is_request_denied
}

lookups contains concat("", ["access:", name]) if some name in referring

# Whether the Task can tell anything about this caller.
can_be_named(_) if caller.ura

can_be_named(operation) if count(access.granting(request.target, operation)) > 0
