"""The disk under the data folder is full, and is freed again.

Meanwhile nothing is acknowledged to the broker, which keeps it; the bridge stays, and says why."""

import errno
import os

CHUNK = bytes(64 * 1024)


def fill(path):
    """Down to the last byte."""
    with open(path, "wb", buffering=0) as file:
        for size in (len(CHUNK), 4096, 1):
            try:
                while True:
                    file.write(CHUNK[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def run(stage):
    stage.open(tmpfs_bytes=128 << 20)
    for _ in range(stage.choose(1, 3)):
        filler = stage.data_seen_by_bridge() / "somebody-elses-file"
        fill(filler)
        stage.load(stage.choose(4, 60), "disk full")
        stage.expect("disk" in stage.bridge.log(), "the log does not name the disk")
        os.unlink(filler)
        stage.wait_for_deliveries(100, what="deliveries once the disk is freed")
