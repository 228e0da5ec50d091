# Reasons of a decision, for the operator. The client never reads them.
package lib.reason

# The request is understood and is not allowed.
not_allowed(description) := {"code": "not_allowed", "description": description}

# The request, or what was told of it, is not what the policy can judge.
unexpected_input(description) := {"code": "unexpected_input", "description": description}

# The policy leaves this out on purpose, or until it is configured.
not_implemented(description) := {"code": "not_implemented", "description": description}

# A fact that the policy asked for did not come, or does not fit.
pip_error(description) := {"code": "pip_error", "description": description}

# What may help and decides nothing.
info(description) := {"code": "info", "description": description}

# The reasons of what a request requires and does not hold. A name without a text is still a reason.
unmet(required, held, texts) := {reason |
	some name in (required - held)
	reason := object.get(texts, name, not_allowed(name))
}

# What all packs say where the holder laid down that the caller may not.
denied := not_allowed("the holder denies this to the caller, whatever else is laid down")

# What a pack says when nothing of its use case fits.
outside := not_allowed("the request is not part of this use case")
