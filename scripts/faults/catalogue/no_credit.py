"""The AMQP server gives no link credit, for two minutes in the long form."""


def run(stage):
    stage.open()
    stage.hub.tell(credit=0)
    stage.load(stage.choose(4, 120), "no credit")
    stage.hub.tell(credit=500)
    stage.wait_for_deliveries(100)
