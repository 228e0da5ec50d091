# FHIR requests written as text: `Type?name=value&…`.
package lib.query

# A request within a server: a type, perhaps an id and an operation, perhaps parameters. No path that leaves it.
is_relative(value) if {
	is_string(value)
	count(value) <= 2000
	regex.match(`^[A-Z][A-Za-z]{0,63}(/[A-Za-z0-9-][A-Za-z0-9.-]{0,63})?(/\$[a-z][a-z-]{0,63})?(\?[!-~]*)?$`, value)
}

# The same below a base that is known; a request to another base is another request.
is_below(value, base) if {
	is_string(value)
	is_string(base)
	regex.match(`^https://[!-~]+$`, base)
	start := concat("", [trim_suffix(base, "/"), "/"])
	startswith(value, start)
	is_relative(substring(value, count(start), -1))
}

# A search parameter's token that needs no more escaping than its bar.
is_token(value) if {
	is_string(value)
	regex.match(`^[A-Za-z0-9:/._~-]{1,255}\|[A-Za-z0-9:/._~-]{1,255}$`, value)
}

# A search for a token, as text.
by_token(type, name, value) := sprintf("%s?%s=%s", [type, name, replace(value, "|", "%7C")]) if is_token(value)

# A search for an identifier with or without its system.
by_token_or_value(type, name, value) := by_token(type, name, value) if {
	is_token(value)
} else := sprintf("%s?%s=%s", [type, name, value]) if {
	is_string(value)
	regex.match(`^[A-Za-z0-9:._~=-]{1,255}$`, value)
}

# What such a text asks: path, parameters as pairs of name and set of alternatives, and resources to be added. Undefined if it cannot
# be read, or has an escape of FHIR.
parse(value) := {"path": split(value, "?")[0], "parameters": parameters, "includes": includes} if {
	is_relative(value)
	pairs := [split(part, "=") | some part in split(after_path(value), "&"); part != ""]
	every pair in pairs {
		is_pair(pair)
	}
	decoded := [[pair[0], urlquery.decode(pair[1])] | some pair in pairs]
	count(decoded) == count(pairs)
	not has_escape(decoded)
	includes := {pair[1] | some pair in decoded; pair[0] == "_include"}
	parameters := {[pair[0], alternatives] |
		some pair in decoded
		pair[0] != "_include"
		alternatives := {one | some one in split(pair[1], ",")}
	}
}

after_path(value) := substring(value, indexof(value, "?") + 1, -1) if {
	contains(value, "?")
} else := ""

is_pair(pair) if {
	count(pair) == 2
	pair[1] != ""
	regex.match(`^[a-z_][A-Za-z0-9_-]*$`, pair[0])
}

has_escape(pairs) if {
	some pair in pairs
	contains(pair[1], `\`)
}
