# An update of a Task that changes nothing but its status, compared with the Task as the FHIR server has it now.
package lib.status_change

import data.lib.lookup
import data.lib.reason
import data.lib.request
import data.lib.task as tasks

# Whether the request is an update of one Task by its id.
is_asked if {
	request.is_request
	request.interaction == "update"
	request.method == "PUT"
	request.type == "Task"
	request.target
}

# The Task as the FHIR server has it. It is looked up under this name.
stored := lookup.resource("task", request.target)

# What any such update requires. Who may make it, and which states may follow each other, is up to the pack.
required := {"whole_update", "condition", "task_found", "version", "only_status"}

# What of this it takes the answer of the FHIR server to tell.
looked_up := {"task_found", "version", "only_status"}

explanations := {
	"whole_update": reason.unexpected_input("an update puts a whole Task with the id of the path, without parameters"),
	"condition": reason.not_allowed("a change of status needs If-Match with the version that was read, and no other condition"),
	"task_found": reason.pip_error("the FHIR server did not give the Task"),
	"version": reason.not_allowed("If-Match names another version than the FHIR server has"),
	"only_status": reason.not_allowed("the update changes more than the status of the Task"),
}

held contains "whole_update" if {
	request.has_only_parameters(request.notation)
	concat("/", [request.content.resourceType, request.content.id]) == request.target
}

held contains "condition" if {
	request.if_match
	not request.has_other_conditions
}

held contains "task_found" if stored

# The comparison is with one version, and the server refuses to write over another.
held contains "version" if request.if_match == lookup.version("task")

held contains "only_status" if tasks.changes_only_status(stored, request.content)
