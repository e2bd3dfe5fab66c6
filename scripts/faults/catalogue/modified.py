"""The AMQP server answers one delivery in 20 with modified, and one event in 100 with undeliverable here."""


def run(stage):
    rules = [{"outcome": "undeliverable", "one_in": 100, "always": True}, {"outcome": "modified", "one_in": 20}]
    stage.open(behaviour={"delay_ms": 50, "outcomes": rules})
    stage.wait(lambda: stage.hub.received.kinds["U"] and stage.hub.received.kinds["M"], "an event of each kind")
    stage.load(stage.choose(3, 60), "modified")
