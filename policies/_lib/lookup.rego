# What the FHIR server answered to what a policy wanted to know.
package lib.lookup

import data.lib.text

# The resource of an answer, if it is of this type and has this id.
resource(name, target) := body if {
	answer := input.lookup[name]
	answer.status == 200
	body := answer.body
	concat("/", [body.resourceType, body.id]) == target
}

# Its version: what the entity tag and the resource say, which must agree if both do.
version(name) := concat("", said) if {
	answer := input.lookup[name]
	said := {told |
		some told in [of_tag(object.get(answer, "etag", null)), object.get(answer, ["body", "meta", "versionId"], "")]
		text.is_filled(told)
	}
	count(said) == 1
}

# The version in an entity tag, strong or weak; empty if there is none.
of_tag(tag) := trim_suffix(trim_prefix(trim_prefix(tag, "W/"), `"`), `"`) if {
	is_string(tag)
	regex.match(`^(W/)?"[^"]*"$`, tag)
} else := ""

# The resources that a search found by itself, without those it added.
matches(name, type) := [entry.resource |
	some entry in text.items(input.lookup[name].body.entry)
	entry.resource.resourceType == type
	object.get(entry, ["search", "mode"], "match") == "match"
] if {
	input.lookup[name].status == 200
	input.lookup[name].body.resourceType == "Bundle"
}
