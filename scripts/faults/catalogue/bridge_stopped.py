"""The bridge is stopped with SIGTERM and started again under load, with a server that is slow to accept.

Its books go on where they were."""


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    for _ in range(stage.choose(4, 30)):
        stage.load_a_moment("bridge up", 0.1, 0.8)
        stage.stop_bridge()
        stage.start_bridge()
        stage.wait_for_deliveries(20)
    stage.pause_publisher()
    stage.wait(lambda: not stage.missing(stage.hub), "all deliveries", seconds=600)
    stage.wait(lambda: stage.endpoint_status("hub").get("waiting") == 0, "all outcomes")
    before = stage.endpoint_status("hub").get("books")
    stage.stop_bridge()
    stage.start_bridge()
    after = stage.wait(lambda: stage.endpoint_status("hub"), "GET /status").get("books")
    stage.expect(before == after, f"the books changed over a restart: from {before} to {after}")
    stage.publisher.tell(rate=500)
    stage.wait_for_deliveries(20)
