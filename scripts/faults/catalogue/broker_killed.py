"""The MQTT broker ends and is back, by SIGTERM under load and by SIGKILL after it saved its state.

What a broker forgets that is killed without having saved is not the bridge's loss; so it has saved
before, while it still had events to hand over."""

import os
import signal


def run(stage):
    stage.open(persistent_broker=True)
    database = stage.folder / "mosquitto.db"
    for number in range(stage.choose(4, 30)):
        if number % 2 == 0:
            stage.load_a_moment("broker up")
            stage.broker.stop()
        else:
            stage.publisher.tell(rate=0)
            stage.publisher.tell(burst=3000)
            stage.pause_publisher()
            before = database.stat().st_ino if database.exists() else None
            os.kill(stage.broker.pid, signal.SIGUSR1)
            stage.wait(lambda: database.exists() and database.stat().st_ino != before, "the broker to save its state")
            stage.broker.kill()
        stage.restart_broker()
        stage.publisher.tell(rate=500)
        stage.wait_for_deliveries(50)
