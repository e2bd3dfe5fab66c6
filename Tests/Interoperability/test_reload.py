"""SIGHUP takes changed routes over, all of the new configuration or none of it."""

import json
import os
import signal

from rig import find_twinroute, free_port, wait_until
from test_http_events import post, status, structured


def test_sighup_takes_changed_routes_over_or_nothing(rig):
    """The endpoint is out of reach, so what a route took waits and is counted."""
    port, endpoint_port = free_port(), free_port()
    config = rig.folder / "bridge.yaml"

    def write(routes, source="t.example.net", key="p"):
        config.write_text(json.dumps({
            "source": source, "data": str(rig.folder / "data"), "http": {"listen": f"127.0.0.1:{port}"},
            "endpoints": {"hub": {"type": "EventHub", "connectionString": f"amqp://u:{key}@127.0.0.1:{endpoint_port}",
                                  "path": "t"}},
            "routes": routes}))

    def reload(words):
        os.kill(bridge.pid, signal.SIGHUP)
        wait_until(lambda: words in bridge.log(), 10, words, bridge)

    def waiting_after(identifier):
        assert post(bridge, *structured({"id": identifier}))[0] == 202
        return status(bridge)["endpoints"][0]["waiting"]

    write([{"id": "none", "endpoint": "hub", "filter": "false"}])
    bridge = rig.start("serve", [find_twinroute(), "serve", "--config", config])
    bridge.http = port
    wait_until(lambda: "journal" in bridge.log(), 30, "the greeting", bridge)
    assert waiting_after("1") == 0
    write([{"id": "all", "endpoint": "hub"}])
    reload("routes replaced")
    assert waiting_after("2") == 1
    write([{"id": "all", "endpoint": "hub", "filter": "type ="}])
    reload("stays in force")
    assert waiting_after("3") == 2
    write([{"id": "none", "endpoint": "hub", "filter": "false"}], source="other.example.net")
    reload("only routes, and of endpoints")
    assert waiting_after("4") == 3
    write([{"id": "all", "endpoint": "hub"}], key="other")
    reload("the way to the endpoint replaced")
    assert waiting_after("5") == 4
    endpoint = status(bridge)["endpoints"][0]
    assert endpoint["state"] in ("connecting", "backing off") and endpoint["keyInUse"] == "primary"
