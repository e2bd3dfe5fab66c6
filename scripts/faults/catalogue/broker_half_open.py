"""The connection to the MQTT broker goes silent for a minute, and nothing is closed.

Then packets flow again, what was under way first. The next time the connection turns out to be gone
afterwards."""


def run(stage):
    stage.open(proxied_broker=True)
    for seconds, cut in stage.choose([(3, False), (3, True)], [(60, False), (60, True), (150, True)]):
        stage.broker_proxy.silence()
        stage.load(seconds, "silent")
        stage.broker_proxy.speak(cut)
        stage.wait_for_deliveries(50)
