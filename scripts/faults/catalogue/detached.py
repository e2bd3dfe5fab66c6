"""The AMQP server detaches the link, ends the session or closes the connection, with each condition
that Azure is known to give.

Whatever the condition says, events wait for the endpoint and go on once it takes them again."""

import time

from conditions import A_FEW, EVERY


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    slowest, slowest_condition = 0.0, ""
    for number, condition in enumerate(stage.choose(A_FEW, EVERY)):
        for level in stage.choose([("link", "session", "connection")[number % 3]], ["link", "session", "connection"]):
            before = time.monotonic()
            stage.hub.tell(detach=condition, level=level)
            stage.wait_for_deliveries(20, what=f"deliveries after {level} ended with {condition}")
            if time.monotonic() - before > slowest:
                slowest, slowest_condition = time.monotonic() - before, f"{condition} on a {level}"
    stage.notes.append(f"longest time to the next deliveries: {slowest:.1f} s, after {slowest_condition}")
