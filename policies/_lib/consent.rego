# Consent of a patient, from each place that tells of it.
package lib.consent

import data.lib.caller
import data.lib.lookup
import data.lib.task as tasks
import data.lib.text

# The national register said yes to the closed question.
is_national if input.context.mitz_consent == true

# A consent of the holder's own that was found beforehand: in force, and for this caller.
is_local if {
	some consent in text.items(input.resource.consents)
	text.is_filled(consent.scope)
	consent.scope == input.context.scope
}

# Consents that were looked up under the name `consents`. A deny beats a permit.
is_found if {
	count(permits) > 0
	count(denials) == 0
}

active := [consent |
	some consent in lookup.matches("consents", "Consent")
	consent.status == "active"
]

permits := [consent |
	some consent in active
	consent.provision.type == "permit"
	is_of_holder(consent)
	is_for_access(consent.provision)
	is_current(consent.provision)
	names_caller(consent.provision)
]

# A denial counts whatever else it says, and one that names nobody is for everybody.
denials := [consent |
	some consent in active
	consent.provision.type == "deny"
	concerns_caller(consent.provision)
]

concerns_caller(provision) if names_caller(provision)

concerns_caller(provision) if count(text.items(object.get(provision, "actor", []))) == 0

names_caller(provision) if {
	some actor in text.items(provision.actor)
	tasks.is_identified_as(actor.reference, caller.ura)
}

is_of_holder(consent) if {
	some organization in text.items(consent.organization)
	tasks.is_identified_as(organization, input.context.data_holder_organization_id)
}

is_for_access(provision) if {
	some action in text.items(provision.action)
	tasks.has_coding(action, [{"code": "access"}])
}

is_current(provision) if {
	period := object.get(provision, "period", {})
	is_begun(object.get(period, "start", null))
	is_lasting(object.get(period, "end", null))
}

is_begun(time) if time == null

is_begun(time) if text.moment(time) <= text.now

is_lasting(time) if time == null

is_lasting(time) if text.moment(time) > text.now
