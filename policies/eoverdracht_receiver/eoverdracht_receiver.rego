# Notifications at the receiver of a patient: there is something to pull.
#
# The sender posts nothing but the id of its Task, or a notification Task. Neither gives the sender anything to read.
package eoverdracht_receiver

import data.lib.access
import data.lib.caller
import data.lib.lookup
import data.lib.query
import data.lib.reason
import data.lib.reference
import data.lib.request
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

needs := asked if {
	not access.is_request_denied
	count((required - held) - {"created_by_caller"}) == 0
	count(asked) > 0
}

required := {"organization"} if {
	request.is_scope_request
} else := {"organization", "empty_body", "no_query"} if {
	is_ping
} else := ({"ura", "plain_create"} | of_any_task) | {"requested", "input"} if {
	is_notification
} else := {"ura", "plain_cancellation", "cancelled", "created_by_caller"} | of_any_task if {
	is_cancellation
} else := {"ura", "plain_search", "created_by_caller"} if {
	is_search_for_cancellation
}

of_any_task := {"code", "identifier", "sender", "owner", "no_content"}

explanations := {
	"organization": reason.not_allowed("the token names no organisation: neither URA nor client"),
	"empty_body": reason.not_allowed("a notification by Task id has an empty body, and the gateway tells the body"),
	"no_query": reason.not_allowed("a notification has no query"),
	"ura": reason.not_allowed("the token has no URA"),
	"plain_create": reason.not_allowed("a notification Task is posted to Task, without parameters or conditions"),
	"code": reason.unexpected_input("the code of the Task is not that of a notification"),
	"identifier": reason.unexpected_input("a notification Task has one identifier, with system and value"),
	"sender": reason.not_allowed("the Task is not requested on behalf of the URA in the token"),
	"owner": reason.not_allowed("the owner of the Task is not the organisation that is notified"),
	"no_content": reason.unexpected_input("a notification Task holds no resources, output or notes"),
	"requested": reason.unexpected_input("a new notification Task has status requested and intent proposal"),
	"input": reason.unexpected_input("the input of the Task holds something else than what can be pulled, or where"),
	"plain_cancellation": reason.not_allowed("a cancellation names the identifier of its Task and nothing else"),
	"plain_search": reason.not_allowed("a search for a notification Task names its identifier and nothing else"),
	"cancelled": reason.unexpected_input("a notification Task can only be cancelled"),
	"created_by_caller": reason.not_allowed("there is not exactly one Task with this identifier that the caller created"),
}

held contains "organization" if caller.is_identified

held contains "ura" if caller.ura

# --- By Task id: an empty POST to a plain service

is_ping if {
	request.is_request
	text.is_nothing(object.get(input.action, "fhir_rest", null))
	request.method == "POST"
	is_string(input.action.request.path)
	regex.match(`^/[A-Za-z0-9-][A-Za-z0-9.-]{0,63}$`, input.action.request.path)
}

held contains "no_query" if input.action.request.query == ""

held contains "empty_body" if {
	input.action.request.body == ""
	object.get(input.action.request, ["header", "content-length"], ["0"]) == ["0"]
	not input.action.request.header["transfer-encoding"]
}

# --- By notification Task

proposed := request.content if request.content.resourceType == "Task"

is_notification if {
	request.is_request
	request.interaction == "create"
	request.method == "POST"
	request.type == "Task"
}

held contains "plain_create" if {
	input.action.request.path == "/Task"
	request.has_only_parameters(set())
	not request.if_match
	not request.has_other_conditions
}

held contains "code" if tasks.has_coding(proposed.code, data.eoverdracht_receiver.notification.codes)

identifier := proposed.identifier[0] if {
	count(proposed.identifier) == 1
	text.is_filled(proposed.identifier[0].system)
	text.is_filled(proposed.identifier[0].value)
}

held contains "identifier" if identifier

held contains "sender" if tasks.is_identified_as(proposed.requester.onBehalfOf, caller.ura)

held contains "owner" if {
	caller.is_ura(input.context.data_holder_organization_id)
	tasks.is_identified_as(proposed.owner, input.context.data_holder_organization_id)
}

held contains "no_content" if {
	proposed
	every member in data.eoverdracht_receiver.notification.refused_members {
		not member in object.keys(proposed)
	}
}

held contains "requested" if {
	proposed.status == data.eoverdracht_receiver.notification.status
	proposed.intent == data.eoverdracht_receiver.notification.intent
}

held contains "input" if {
	is_array(proposed.input)
	count(proposed.input) > 0
	count(proposed.input) <= data.eoverdracht_receiver.notification.input_max
	every item in proposed.input {
		is_pointer(item)
	}
	based_on_fits
}

# An input tells what can be pulled, by a name of the notification or by a code.
is_pointer(item) if {
	is_object(item)
	some name, members in data.eoverdracht_receiver.notification.input_values
	tasks.has_coding(item.type, [{"code": name}])
	some member in members
	object.keys(item) == {"type", member}
	is_value(name, item[member])
}

is_pointer(item) if {
	is_object(item)
	some coding in text.items(item.type.coding)
	coding.system in data.eoverdracht_receiver.notification.query_systems
	object.keys(item) == {"type", "valueString"}
	is_of_sender(item.valueString)
}

# What the basis of the authorization is only its issuer knows.
is_value("authorization-base", value) if {
	text.is_filled(value)
	count(value) <= 2000
}

is_value("get-workflow-task", value) if is_boolean(value)

is_value("search-resource", value) if is_of_sender(value)

is_value("read-resource", value) if is_of_sender(value)

is_value("read-resource", value) if is_of_sender(value.reference)

# At the sender: a relative request, or one below the base that its credentials name.
is_of_sender(value) if query.is_relative(value)

is_of_sender(value) if query.is_below(value, input.subject.fhir_base_url)

# A Task that is to be fetched is named, and is one of the sender's.
based_on_fits if {
	not asks_for_workflow_task
	not "basedOn" in object.keys(proposed)
}

based_on_fits if {
	is_array(proposed.basedOn)
	count(proposed.basedOn) > 0
	every based_on in proposed.basedOn {
		reference.is_local(based_on.reference)
		startswith(based_on.reference, "Task/")
	}
}

asks_for_workflow_task if {
	some item in text.items(proposed.input)
	item.valueBoolean == true
}

# --- Cancellation: an update of the Task that has the identifier

is_cancellation if {
	request.is_request
	request.interaction in {"update", "conditional-update"}
	request.method == "PUT"
	request.type == "Task"
	text.is_nothing(object.get(input.resource, "id", null))
}

held contains "plain_cancellation" if {
	input.action.request.path == "/Task"
	request.has_only_parameters({"identifier"})
	named := request.single("identifier")
	query.is_token(named)
	named == concat("|", [identifier.system, identifier.value])
	not request.if_match
	not request.has_other_conditions
}

held contains "cancelled" if proposed.status == "cancelled"

asked := {"notification": query.by_token("Task", "identifier", request.single("identifier"))} if {
	names_by_identifier
	not input.lookup.notification
}

names_by_identifier if is_cancellation

names_by_identifier if is_search_for_cancellation

held contains "created_by_caller" if {
	[stored] = lookup.matches("notification", "Task")
	tasks.has_coding(stored.code, data.eoverdracht_receiver.notification.codes)
	tasks.is_identified_as(stored.requester.onBehalfOf, caller.ura)
	some known in text.items(stored.identifier)
	concat("|", [known.system, known.value]) == request.single("identifier")
}

# A conditional update contains a search, which is decided as one of its own. It tells the sender nothing that it did not write.
is_search_for_cancellation if {
	request.is_request
	request.interaction == "search-type"
	request.type == "Task"
}

held contains "plain_search" if {
	request.has_only_parameters({"identifier"})
	query.is_token(request.single("identifier"))
}
