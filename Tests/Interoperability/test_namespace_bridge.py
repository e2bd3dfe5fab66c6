"""mosquitto -> bridge -> local namespace -> Microsoft's own consumers, with the connection string that
`serve` prints."""

import asyncio
import json
import re

import requests

from azure.servicebus import ServiceBusClient

from conftest import twinroute
from namespace_rig import Clients, bodies
from rig import wait_until


class Embedded:
    """The namespace of `serve`."""

    def __init__(self, bridge):
        self.text = re.search(r"Endpoint=sb://\S+", bridge.log())[0]

    def connection_string(self):
        return self.text


COUNT, DEVICES = 2000, 20


def test_serve_lists_its_entities_and_takes_faults(embedded):
    place = re.search(r"http://127.0.0.1:\d+", embedded.log())[0]
    assert place.endswith(f":{embedded.namespace}")
    made = requests.post(f"{place}/faults", json={"fault": "forceClose"}, timeout=20)
    assert made.status_code == 201 and made.json()["struck"] > 0
    publish(embedded)
    wait_until(lambda: {entity["name"]: entity["events"] for entity in requests.get(f"{place}/entities", timeout=20).json()["value"]}
               == {"telemetry": COUNT, "twin-events": COUNT}, 60, "all events", embedded)


def publish(bridge):
    done = twinroute("publish", "--port", bridge.mqtt, "--count", COUNT, "--devices", DEVICES, "--rate", 0, "--json")
    assert done.returncode == 0, done.stderr


def test_official_consumers_get_all_events_in_order_per_subject(embedded):
    publish(embedded)
    namespace = Embedded(embedded)
    clients = Clients(namespace, "asyncio")
    got = asyncio.run(clients.collect(clients.consumer("telemetry"), COUNT, seconds=60, starting_position="-1"))
    assert len(got) == COUNT
    for device in range(1, DEVICES + 1):
        mine = [(context.partition_id, event) for context, event in got
                if event.properties[b"cloudEvents:subject"] == f"device-{device}".encode()]
        assert len({partition for partition, _ in mine}) == 1
        assert [json.loads(event.body_as_str())["n"] for _, event in mine] == list(range(1, COUNT // DEVICES + 1))
    with ServiceBusClient.from_connection_string(namespace.text) as client:
        with client.get_subscription_receiver("twin-events", "mine") as receiver:
            messages = []
            while len(messages) < COUNT:
                more = receiver.receive_messages(max_message_count=500, max_wait_time=10)
                assert more
                messages += more
                for message in more:
                    receiver.complete_message(message)
            assert len(set(message.message_id for message in messages)) == COUNT == len(bodies(messages))
