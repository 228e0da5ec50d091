# FHIR references. Only those within the server count: one to another base is another resource.
package lib.reference

import data.lib.text

# `Type/id`.
is_local(value) if {
	is_string(value)
	regex.match(`^[A-Z][A-Za-z]{0,63}/[A-Za-z0-9.-]{1,64}$`, value)
}

# `Type/id` of a reference, which may name a version.
local(value) := value if {
	is_local(value)
} else := split(value, "/_history/")[0] if {
	is_string(value)
	parts := split(value, "/_history/")
	count(parts) == 2
	is_local(parts[0])
	regex.match(`^[A-Za-z0-9.-]{1,64}$`, parts[1])
}

# The same resource.
same(left, right) if local(left) == local(right)

# What a Composition refers to within the server: whom it is about and by, and the entries of its sections, of which three levels count.
of_composition(composition) := {target |
	some holder in array.concat(heads(composition), entries(composition))
	target := local(holder.reference)
}

heads(composition) := array.concat(
	[holder |
		some member in ["subject", "encounter", "custodian"]
		holder := composition[member]
	],
	[holder |
		some holder in text.items(object.get(composition, "author", []))
	],
)

entries(composition) := [entry |
	some level in [sections, below(sections), below(below(sections))]
	some section in level
	some entry in text.items(object.get(section, "entry", []))
] if {
	sections := sections_of(composition)
}

# The sections of a Composition or of a section.
sections_of(whole) := [section |
	some section in text.items(object.get(whole, "section", []))
	is_object(section)
]

below(sections) := [section |
	some one in sections
	some section in sections_of(one)
]
