"""The primary key is refused amid deliveries: the secondary takes over at once."""


def run(stage):
    stage.open(keys=("key-one", "key-two"))
    stage.hub.tell(keys=["key-two"], drop=True)
    stage.wait(lambda: stage.hub.seen("signed in key-two"), "the bridge to sign in with the secondary key", seconds=15)
    stage.wait_for_deliveries(100)
    stage.load(stage.choose(1, 30), "on the secondary key")
    stage.hub.tell(keys=["key-one"], drop=True)
    stage.wait_for_deliveries(100, what="deliveries with the primary key, which is good again")
