"""The AMQP server is too busy: it detaches, says how long to wait, and refuses links until then."""

from catalogue import throttled


def run(stage):
    throttled.play(stage, by="detach")
