"""The endpoint is away and its backlog fills the disk; then it is back, and the backlog drains.

To give space back the journal needs some: it must not have used up the last of it. By default it keeps
64 MiB, and the file system is a little larger."""


def run(stage):
    stage.open(tmpfs_bytes=96 << 20, size=4000)
    stage.hub.tell(credit=0)
    stage.publisher.tell(rate=3000)
    stage.load(stage.choose(9, 20), "the backlog grows")
    stage.pause_publisher()
    stage.load(stage.choose(1, 30), "disk full of it")
    stage.hub.tell(credit=500)
    stage.wait_for_deliveries(1000, what="the backlog to drain")
