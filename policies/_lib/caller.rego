# Who asks, as the access token says.
package lib.caller

import data.lib.text

# The organisation's URA.
ura := input.subject.organization.ura if is_ura(input.subject.organization.ura)

# The client: the URL of its authorization server's subject.
client_id := input.subject.client.id if text.is_filled(input.subject.client.id)

# An organisation is known by its URA or by its client id.
is_identified if ura

is_identified if client_id

# A person is behind the request.
has_user if text.is_filled(input.subject.user.id)

# A URA has eight digits at most; leading zeros count, so that each has one spelling.
is_ura(value) if {
	is_string(value)
	regex.match(`^[0-9]{1,8}$`, value)
}
