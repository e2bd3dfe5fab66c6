"""The AMQP server rejects one event in 50 for good, the same ones each time.

Those go to the dead letters, and the rest of their subject goes on in order."""

from conditions import FOR_GOOD


def run(stage):
    rule = {"outcome": "rejected", "one_in": 50, "always": True, "conditions": FOR_GOOD}
    stage.open(behaviour={"delay_ms": 50, "outcomes": [rule]})
    stage.load(stage.choose(4, 60), "one in 50 rejected")
    dead_lettered = stage.endpoint_status("hub").get("deadLettered")
    stage.wait(lambda: stage.hub.received.refused, "a rejected event")
    stage.expect(dead_lettered, "nothing was dead-lettered while events were rejected")
