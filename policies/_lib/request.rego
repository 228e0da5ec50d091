# What is asked, as the FHIR server would understand it.
package lib.request

import data.lib.reference
import data.lib.text

# A request at the gateway, in contrast to a scope that is asked for.
is_request if input.context.stage == "request"

# A scope that is asked for at the token endpoint: nothing of a request may be there.
is_scope_request if {
	input.context.stage == "scope"
	input.action.name == "request_scope"
	text.is_nothing(object.get(input.action, ["request", "method"], null))
	text.is_nothing(object.get(input.action, ["fhir_rest", "interaction_type"], null))
	text.is_nothing(object.get(input, ["resource", "type"], null))
}

# The interaction, or nothing outside FHIR.
interaction := input.action.fhir_rest.interaction_type if is_string(input.action.fhir_rest.interaction_type)

# The operation without its dollar sign.
operation := trim_prefix(input.action.fhir_rest.operation, "$") if text.is_filled(input.action.fhir_rest.operation)

# What is done, in the words of access facts.
verb := "search" if {
	interaction in {"search-type", "search-compartment", "search-system"}
} else := operation if {
	interaction == "operation"
} else := interaction if {
	interaction
} else := "create" if {
	input.action.request.method == "POST"
} else := "read"

method := input.action.request.method if is_string(input.action.request.method)

type := input.resource.type if is_string(input.resource.type)

# `Type/id` of the resource that the path names, in its current version.
target := reference.local(concat("/", [input.resource.type, input.resource.id])) if {
	is_string(input.resource.type)
	is_string(input.resource.id)
	text.is_nothing(object.get(input.resource, "version_id", null))
}

# The same, or the type where the path names no resource.
target_or_type := target if {
	target
} else := type

# A resource is read by its id, in its current version.
is_read if {
	interaction == "read"
	method in {"GET", "HEAD"}
	target
}

# Search parameters without those that add resources: name to repetitions (AND) of alternatives (OR).
parameters := {name: values |
	some name, values in input.action.fhir_rest.search_params
	not regex.match(`^_(rev)?include(:.*)?$`, name)
} if {
	is_object(input.action.fhir_rest.search_params)
}

# The value of a parameter that has exactly one.
single(name) := value if {
	[[value]] = parameters[name]
	text.is_filled(value)
}

# No parameter but the ones named, each plain: without modifier, chain or added resources, and nothing out of the ordinary.
has_only_parameters(names) if {
	is_plain
	is_usual_but_for(set())
	not adds_resources
	every name, _ in parameters {
		name in names
	}
}

# No parameter asks another question than its name says.
is_plain if {
	is_object(parameters)
	every name, _ in parameters {
		regex.match(`^[a-z_][A-Za-z0-9_-]*$`, name)
	}
	every member in ["modifiers", "chains", "has"] {
		text.is_nothing(object.get(input.action.fhir_rest, member, null))
	}
}

# Nothing is out of the ordinary but what these codes say.
is_usual_but_for(_) if text.is_nothing(object.get(input.action.fhir_rest, "unusual", null))

is_usual_but_for(codes) if {
	is_array(input.action.fhir_rest.unusual)
	every one in input.action.fhir_rest.unusual {
		one.code in codes
	}
}

default adds_resources := false

adds_resources if includes != []

adds_resources if not text.is_nothing(object.get(input.action.fhir_rest, "revinclude", null))

# The resources that are to be added, as the client wrote them.
includes := [] if {
	text.is_nothing(object.get(input.action.fhir_rest, "include", null))
} else := input.action.fhir_rest.include

# Parameters that choose only the notation of an answer.
notation := {"_format", "_pretty"}

# The body of a write.
content := input.resource.content if is_object(input.resource.content)

# The version that a write is meant for.
if_match := input.action.fhir_rest.conditions.if_match if text.is_filled(input.action.fhir_rest.conditions.if_match)

# A write that is conditional in another way.
has_other_conditions if {
	is_object(input.action.fhir_rest.conditions)
	some name, value in input.action.fhir_rest.conditions
	name != "if_match"
	not text.is_nothing(value)
}

# A write that answers what was written is a read as well. Unless it is known not to be one, it is.
returns_representation := false if {
	input.action.fhir_rest.returns_representation == false
} else := true

# The values of a header field of the request. The gateway tells names in lower case.
header(name) := input.action.request.header[name] if is_array(input.action.request.header[name])

# The parameters as a set, since their order means nothing: pairs of name and set of alternatives.
parameter_set := {[name, alternatives] |
	some name, repetitions in parameters
	some repetition in text.items(repetitions)
	alternatives := {one | some one in text.items(repetition)}
}
