"""The AMQP server is too busy: it rejects everything for a while, and says how long to wait.

The bridge waits as it was told, and then sends the same events again."""


def run(stage):
    play(stage, by="rejected")


def play(stage, by):
    stage.open()
    seconds = stage.choose(3, 10)
    for _ in range(stage.choose(1, 5)):
        early = stage.hub.seen("too early")
        stage.hub.tell(busy={"seconds": seconds, "by": by})
        stage.wait_for_deliveries(200, seconds=60 + seconds)
        early = stage.hub.seen("too early") - early
        stage.expect(early == 0, f"{early} tries came before the {seconds} s were over that the server had asked for")
    dead = stage.endpoint_status("hub").get("deadLettered")
    stage.expect(dead == 0, f"{dead} events that the server was too busy for are in the dead letters")
