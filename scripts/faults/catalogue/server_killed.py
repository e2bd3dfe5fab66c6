"""The AMQP server is killed and comes back, 100 times in the long form."""


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    for _ in range(stage.choose(5, 100)):
        stage.hub.kill()
        stage.load_a_moment("server down", 0.0, 0.5)
        stage.hub.start()
        stage.wait_for_deliveries(20)
        stage.load_a_moment("server back", 0.0, 0.3)
