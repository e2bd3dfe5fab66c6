"""The AMQP error conditions that Azure and its clients know. The list is reference material of the
project's; EVERY has all of it, for detach, end and close."""

FOR_NOW = ["com.microsoft:server-busy", "com.microsoft:timeout", "amqp:internal-error"]

# What an outcome may say of one event that will never do.
FOR_GOOD = ["amqp:decode-error", "amqp:invalid-field", "amqp:link:message-size-exceeded", "amqp:not-allowed",
            "amqp:precondition-failed", "com.microsoft:argument-error", "com.microsoft:argument-out-of-range"]

EVERY = FOR_NOW + FOR_GOOD + [
    "amqp:link:detach-forced", "amqp:connection:forced", "amqp:connection:framing-error",
    "com.microsoft:operation-cancelled", "com.microsoft:container-close", "amqp:illegal-state", "amqp:not-found",
    "amqp:link:redirect", "amqp:unauthorized-access", "com.microsoft:auth-failed", "amqp:resource-limit-exceeded",
    "com.microsoft:entity-disabled", "amqp:link:stolen", "com.microsoft:partition-not-owned",
    "com.microsoft:store-lock-lost", "com.microsoft:message-lock-lost", "com.microsoft:session-lock-lost",
    "com.microsoft:session-cannot-be-locked", "com.microsoft:message-not-found", "com.microsoft:session-not-found",
    "com.microsoft:entity-already-exists", "com.microsoft:no-matching-subscription", "amqp:not-implemented",
    "amqp:resource-locked", "amqp:resource-deleted", "amqp:frame-size-too-small", "amqp:link:transfer-limit-exceeded",
    "amqp:session:window-violation", "amqp:session:errant-link", "amqp:session:handle-in-use",
    "amqp:session:unattached-handle", "com.microsoft:publisher-revoked", "com.microsoft:producer-epoch-stolen",
    "com.microsoft:out-of-order-sequence", "com.microsoft:precondition-failed",
    "com.microsoft:georeplication:invalid-offset", "com.microsoft:address-already-in-use",
    "com.microsoft:relay-not-found", "proton:io", "example:nobody-knows-this",
]

A_FEW = ["com.microsoft:server-busy", "amqp:link:detach-forced", "amqp:connection:forced", "amqp:unauthorized-access",
         "com.microsoft:entity-disabled", "amqp:not-found"]
