# BgZ (basic set of care data): after a referral, the receiver pulls what the workflow Task of the sender asks it to pull.
package bgz

import data.lib.access
import data.lib.bsn
import data.lib.caller
import data.lib.lookup
import data.lib.query
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

needs := asked if {
	not access.is_request_denied
	count((required - held) - looked_up) == 0
	count(asked) > 0
}

# SECURITY: without this the queries are about everybody.
obligations := object.union(narrowing, response_check) if {
	allow
	is_query
}

required := {"organization"} if {
	request.is_scope_request
} else := {"ura", "plain_read", "named", "open"} if {
	is_task_read
} else := status_change.required | {"ura", "named", "open", "settable"} if {
	status_change.is_asked
} else := {"ura", "user", "listed", "workflow", "patient"} if {
	is_query
} else := {"ura", "user", "plain_read", "workflow", "patient", "document"} if {
	is_document_read
}

looked_up := status_change.looked_up | {"named", "open", "settable", "workflow", "patient", "document"}

explanations := object.union(status_change.explanations, {
	"organization": reason.not_allowed("the token names no organisation: neither URA nor client"),
	"ura": reason.not_allowed("the token has no URA"),
	"user": reason.not_allowed("personal data need a user in the token"),
	"plain_read": reason.not_allowed("a read has no parameters but _format and _pretty"),
	"named": reason.not_allowed("the Task is no referral that has the caller as its owner"),
	"open": reason.not_allowed("the Task is closed"),
	"settable": reason.not_allowed("the receiver may not set this status"),
	"listed": reason.not_allowed("the query is none of the BgZ, or has other parameters than listed"),
	"workflow": reason.not_allowed("no open Task of the last days, owned by the caller, asks for this query"),
	"patient": reason.not_allowed("the Task names no patient by citizen service number, or several could be meant"),
	"document": reason.not_allowed("the document is not one of the patient of the Task, or is not current"),
})

# --- Kinds of requests

is_task_read if {
	request.is_request
	request.is_read
	request.type == "Task"
}

is_query if {
	request.is_request
	request.method == "GET"
	request.interaction == "search-type"
	request.type != "Task"
}

is_query if {
	request.is_request
	request.method == "GET"
	request.interaction == "operation"
	request.operation == "lastn"
	request.type == "Observation"
	text.is_nothing(object.get(input.resource, "id", null))
}

is_document_read if {
	request.is_request
	request.is_read
	request.type in {"DocumentReference", "Binary"}
}

# --- What holds of any request

held contains "organization" if caller.is_identified

held contains "ura" if caller.ura

held contains "user" if caller.has_user

held contains "plain_read" if {
	not is_query
	request.has_only_parameters(request.notation)
}

held contains name if {
	status_change.is_asked
	some name in status_change.held
}

# --- The Task that the request names

is_referral(task) if tasks.has_coding(task.code, data.bgz.task.codes)

is_callers(task) if {
	is_referral(task)
	tasks.is_owned_by(task, caller.ura)
}

is_open(task) if task.status in data.bgz.task.open

held contains "named" if is_callers(status_change.stored)

held contains "open" if is_open(status_change.stored)

held contains "settable" if {
	request.content.status in data.bgz.task.settable
	request.content.status != status_change.stored.status
}

# --- The Task that asks for the request: what an access fact or the token names

# Facts tell a Task for one resource, or for all of a type.
task_names contains access.task(fact) if {
	some resource in [request.type, request.target_or_type]
	some fact in access.granting(resource, wanted)
}

task_names contains base if {
	base := authorization_base
	access.is_task(base)
}

wanted := "read" if {
	request.interaction == "read"
} else := "search"

authorization_base := input.subject[data.bgz.task.base_claims[0]] if {
	input.subject[data.bgz.task.base_claims[0]]
} else := input.subject[data.bgz.task.base_claims[1]]

candidates contains task if {
	some name in task_names
	task := lookup.resource(name, name)
}

# A base that is no reference is an identifier of the Task.
candidates contains task if [task] = lookup.matches("referral", "Task")

asking contains task if {
	is_personal
	some task in candidates
	is_callers(task)
	is_open(task)
	is_recent(task)
	asks(task)
}

is_recent(task) if text.moment(task.authoredOn) + text.days(data.bgz.task.access_days) > text.now

asks(task) if {
	is_query
	some item in text.items(task.input)
	startswith(item.valueString, query_path)
	query.parse(item.valueString) == question
}

asks(task) if {
	is_document_read
	some item in text.items(task.input)
	startswith(item.valueString, "DocumentReference")
	query.parse(item.valueString) == query.parse(data.bgz.documents)
}

held contains "workflow" if count(asking) > 0

# One patient: that of all Tasks that ask for this, and of the context if that tells one.
patients := {number | some task in asking; number := bsn.of_identifier(task.for.identifier)}

patient := concat("", patients) if {
	count(patients) == 1
	every task in asking {
		bsn.of_identifier(task.for.identifier)
	}
	fits_context
}

fits_context if object.get(input.context, "patient_bsn", "") in ["", null]

fits_context if input.context.patient_bsn in patients

held contains "patient" if patient

# --- Queries

query_path := "Observation/$lastn" if {
	request.interaction == "operation"
} else := request.type

narrowing_parameter := object.get(data.bgz.narrowed_by, request.type, data.bgz.narrowed_by_default)

# What is asked, without what only narrows it to the patient or chooses the notation.
question := {
	"path": query_path,
	"parameters": {parameter |
		some parameter in request.parameter_set
		not parameter[0] in {narrowing_parameter, "_format", "_pretty"}
	},
	"includes": {include | some include in text.items(request.includes)},
}

held contains "listed" if {
	is_query
	input.action.request.path == concat("", ["/", query_path])
	request.is_plain
	request.is_usual_but_for({"no_parameters"})
	text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))
	is_narrowed_by_patient_alone
	some listed in data.bgz.queries
	startswith(listed, query_path)
	query.parse(listed) == question
}

# The client may name the patient itself, by the number that the query will be narrowed to.
is_narrowed_by_patient_alone if not narrowing_parameter in object.keys(request.parameters)

is_narrowed_by_patient_alone if bsn.of_token(request.single(narrowing_parameter))

narrowing := {"narrow": [[narrowing_parameter, bsn.token(patient)]]}

response_check := {"response_check": {"patient": bsn.token(patient)}} if {
	data.bgz.checks_response
} else := {}

# --- Documents, which cannot be narrowed

held contains "document" if {
	is_document_read
	count(access.granting(request.target, "read")) > 0
}

held contains "document" if {
	is_document_read
	some document in lookup.matches("document", "DocumentReference")
	document.status == "current"
	is_document(document)
	is_of_patient(document)
}

is_document(document) if concat("/", [document.resourceType, document.id]) == request.target

is_document(document) if {
	request.type == "Binary"
	some content in text.items(document.content)
	reference.same(content.attachment.url, request.target)
}

is_of_patient(document) if bsn.of_identifier(document.subject.identifier) == patient

is_of_patient(document) if {
	some entry in text.items(input.lookup.document.body.entry)
	entry.resource.resourceType == "Patient"
	reference.same(document.subject.reference, concat("/", ["Patient", entry.resource.id]))
	some identifier in text.items(entry.resource.identifier)
	bsn.of_identifier(identifier) == patient
}

# --- Lookups

asked := object.union_n([one |
	some one in lookups
	some name, _ in one
	not input.lookup[name]
])

lookups contains {"task": request.target} if is_task_read

lookups contains {"task": request.target} if status_change.is_asked

lookups contains {name: name} if {
	is_personal
	some name in array.slice(sort(task_names), 0, 6)
}

lookups contains {"referral": query.by_token_or_value("Task", "identifier", authorization_base)} if {
	is_personal
	not access.is_task(authorization_base)
}

lookups contains {"document": sprintf("DocumentReference?_id=%s&_include=DocumentReference:patient", [input.resource.id])} if {
	request.type == "DocumentReference"
	is_document_unknown
}

lookups contains {"document": sprintf("DocumentReference?location=%s&_include=DocumentReference:patient", [request.target])} if {
	request.type == "Binary"
	is_document_unknown
}

is_document_unknown if {
	is_document_read
	count(access.granting(request.target, "read")) == 0
	may_have_task
}

may_have_task if count(task_names) > 0

may_have_task if text.is_filled(authorization_base)

is_personal if is_query

is_personal if is_document_read
