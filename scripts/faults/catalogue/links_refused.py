"""The AMQP server refuses links for a while, with conditions that pass and with some that look final."""

CONDITIONS = ("amqp:internal-error", "amqp:not-found", "com.microsoft:entity-disabled", "amqp:unauthorized-access")


def run(stage):
    stage.open()
    for condition in CONDITIONS:
        refused = stage.hub.seen("links refused")
        stage.hub.tell(refuse_links=condition, drop=True)
        stage.wait(lambda: stage.hub.seen("links refused") >= refused + 1, f"links refused with {condition}")
        stage.hub.tell(refuse_links=None)
        # An operator who mended it says so; nobody waits for the end of a long back-off.
        stage.reload()
        stage.wait_for_deliveries(50, what=f"deliveries after {condition}")
    stage.load(stage.choose(0, 10), "well again")
