# Texts, times and numbers that may be of any type.
package lib.text

# A text with more than spaces.
is_filled(value) if {
	is_string(value)
	trim_space(value) != ""
}

# Nothing: not there, or an empty one of any type.
is_nothing(value) if value in [null, "", [], {}, false]

# The elements of a list; none of anything else. What was sent may be of any type, and not each engine takes it for empty.
items(value) := value if {
	is_array(value)
} else := []

# Nanoseconds of a time with zone (RFC 3339). Undefined for anything else, dates alone included.
nanoseconds(value) := time.parse_rfc3339_ns(value) if {
	is_string(value)
	substring(value, 10, 1) == "T"
}

# The time of the decision, in nanoseconds.
now := nanoseconds(input.context.time)

# Nanoseconds of a number of days.
days(count) := count * 86400000000000

# The same for a FHIR dateTime, which may be a date: then the start of that day.
moment(value) := nanoseconds(value) if {
	nanoseconds(value)
} else := nanoseconds(concat("", [value, "T00:00:00Z"])) if {
	is_string(value)
	count(value) == 10
}
