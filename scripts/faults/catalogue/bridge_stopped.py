"""The bridge is stopped with SIGTERM and started again under load, with a server that is slow to accept."""


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    for _ in range(stage.choose(4, 30)):
        stage.load_a_moment("bridge up", 0.1, 0.8)
        stage.stop_bridge()
        stage.start_bridge()
        stage.wait_for_deliveries(20)
