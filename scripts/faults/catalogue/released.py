"""The AMQP server releases one delivery in 20: it has not taken it, and wants it again."""


def run(stage):
    stage.open(behaviour={"delay_ms": 50, "outcomes": [{"outcome": "released", "one_in": 20}]})
    stage.load(stage.choose(4, 60), "one in 20 released")
    stage.hub.tell(outcomes=[{"outcome": "released", "one_in": 1}])
    stage.load(stage.choose(1, 10), "all released")
