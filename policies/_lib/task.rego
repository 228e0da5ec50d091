# Workflow Tasks: who is named, what state they are in, and the change of that state.
package lib.task

import data.lib.text

# The owner of a Task is the organisation that is asked to do it.
is_owned_by(task, ura) if is_identified_as(task.owner, ura)

# A reference that names an organisation by its URA.
is_identified_as(reference, ura) if {
	reference.identifier.system == "http://fhir.nl/fhir/NamingSystem/ura"
	reference.identifier.value == ura
}

# One of the codings is one of those listed. A listed coding without a system stands for its code in any.
has_coding(concept, listed) if {
	some coding in text.items(concept.coding)
	some one in listed
	coding.code == one.code
	object.get(one, "system", object.get(coding, "system", null)) == object.get(coding, "system", null)
}

# Nothing but the status differs. What the server writes by itself is left out of the comparison.
changes_only_status(stored, proposed) if compared(stored) == compared(proposed)

compared(task) := object.union(
	object.remove(task, ["status", "meta"]),
	{"meta": object.remove(object.get(task, "meta", {}), ["versionId", "lastUpdated"])},
) if {
	is_object(task)
	is_object(object.get(task, "meta", {}))
}

# When a Task was changed last, in nanoseconds.
changed(task) := text.nanoseconds(object.get(task, ["meta", "lastUpdated"], object.get(task, "lastModified", null))) if is_object(task)
