"""The AMQP server rejects one event in 50 with a condition that passes; it takes it the next time.

Nothing of it belongs in the dead letters."""

from conditions import FOR_NOW


def run(stage):
    rule = {"outcome": "rejected", "one_in": 50, "conditions": FOR_NOW,
            "description": "Please wait 1 seconds and try again."}
    stage.open(behaviour={"delay_ms": 50, "outcomes": [rule]})
    stage.load(stage.choose(4, 60), "one in 50 rejected for now")
    stage.hub.tell(outcomes=[])
    stage.wait_for_deliveries(50)
    dead = stage.endpoint_status("hub").get("deadLettered")
    stage.expect(dead == 0, f"{dead} events that the server would have taken later are in the dead letters")
