"""The AMQP server takes half a second, and then two, to accept each event."""


def run(stage):
    stage.open()
    for delay_ms in (500, 2000):
        stage.hub.tell(delay_ms=delay_ms)
        stage.load(stage.choose(3, 30), f"{delay_ms} ms an outcome")
    stage.hub.tell(delay_ms=0)
