"""The AMQP connection goes silent: no packet either way for a minute, and nothing is closed.

Then packets flow again, what was under way first. The next time the connection turns out to be gone
afterwards. In the long form it is gone for longer than the bridge's idle limit (two minutes) too, which
has to notice on its own."""


def run(stage):
    stage.open(proxied=True)
    for seconds, cut in stage.choose([(4, False), (3, True)], [(60, False), (60, True), (150, True)]):
        stage.hub.proxy.silence()
        stage.load(seconds, "silent")
        stage.hub.proxy.speak(cut)
        stage.wait_for_deliveries(50)
