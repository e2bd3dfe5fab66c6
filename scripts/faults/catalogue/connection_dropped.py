"""The AMQP server resets the connection amid deliveries, again and again."""


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    for _ in range(stage.choose(5, 50)):
        stage.load_a_moment("connected")
        stage.hub.tell(drop=True)
        stage.wait_for_deliveries(20)
