"""Both keys are refused; new ones come by reload, and deliveries go on at once."""


def run(stage):
    stage.open(keys=("key-one", "key-two"))
    stage.hub.tell(keys=["key-three", "key-four"], drop=True)
    for key in ("key-one", "key-two"):
        stage.wait(lambda: stage.hub.seen(f"refused {key}"), f"the server to refuse {key}", seconds=15)
    stage.load(stage.choose(2, 60), "both keys refused")
    stage.hub.keys = ["key-three", "key-four"]
    stage.reload()
    stage.wait(lambda: stage.hub.seen("signed in key-three"), "the bridge to sign in with the new key", seconds=15)
    stage.wait_for_deliveries(100)
    # Rotation of keys that are good: nothing is dropped.
    stage.hub.tell(keys=["key-three", "key-five"])
    stage.hub.keys = ["key-five", "key-three"]
    stage.reload()
    stage.wait(lambda: stage.hub.seen("signed in key-five"), "the bridge to sign in with the rotated key", seconds=15)
    stage.wait_for_deliveries(100)
