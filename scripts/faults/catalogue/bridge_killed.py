"""The bridge itself is killed with SIGKILL, again and again, with a server that is slow to accept.

`make crashtest` does this at a higher rate and proves that it can see losses."""


def run(stage):
    stage.open(behaviour={"delay_ms": 100})
    for number in range(stage.choose(5, 50)):
        stage.load_a_moment("bridge up", 0.1, 1.0)
        stage.kill_bridge()
        stage.start_bridge()
        if number % 2:
            stage.wait_for_deliveries(20)
