"""Each receiver holds exactly the events that an oracle predicts, which knows Python and no filter."""

import collections
import json
import random
import re

from routed_bridge import RoutedBridge, decoded
from rig import wait_until

EVENTS = 20_000
SEED = 20_261_121

ENDPOINTS = {
    "hub": {"type": "EventHub", "path": "telemetry"},
    "alarms": {"type": "ServiceBus", "path": "alarms", "eventTypes": ["DeviceMessage", "SensorChange", "UdfCustom"]},
}
ROUTES = [
    {"id": "hot", "endpoint": "hub", "filter": "type = 'microsoft.iot.telemetry' AND $body.temp > 30"},
    {"id": "west", "endpoint": "hub",
     "filter": "subject LIKE 'west-%' AND ($body.site = 'west' OR $body.level IN ('high', 'severe'))"},
    {"id": "alarms", "endpoint": "alarms",
     "filter": "$body.items[*].value > 95 OR $patch['/Temperature'].value > 30 OR (EXISTS severity AND severity >= 4)"},
]

Event = collections.namedtuple("Event", "kind subject payload body severity")


# --- the oracle: what the three sentences above mean ---------------------------------------------


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def member(body, name):
    return body.get(name) if isinstance(body, dict) else None


def is_hot(event):
    temp = member(event.body, "temp")
    return event.kind == "telemetry" and is_number(temp) and temp > 30


def is_west(event):
    return event.subject.startswith("west-") and (
        member(event.body, "site") == "west" or member(event.body, "level") in ("high", "severe"))


def is_alarm(event):
    items = member(event.body, "items")
    values = [member(item, "value") for item in items] if isinstance(items, list) else []
    patch = event.body if isinstance(event.body, list) else member(event.body, "patch")
    operations = [one for one in patch if member(one, "path") == "/Temperature"] if isinstance(patch, list) else []
    temperature = operations[-1].get("value") if operations else None
    return (any(is_number(value) and value > 95 for value in values)
            or is_number(temperature) and temperature > 30
            or event.severity is not None and event.severity >= 4)


def goes_to_hub(event):
    return is_hot(event) or is_west(event)


def goes_to_alarms(event):
    return event.kind != "create" and is_alarm(event)


# --- events ----------------------------------------------------------------------------------------


def some_number(chance, near):
    return chance.choice([near, float(near), near + 1, near - 1, near + 1e-7, -near, near * 10.5, chance.uniform(0, 2 * near)])


def some_value(chance, near):
    return some_number(chance, near) if chance.random() < 0.8 else chance.choice([None, True, str(near + 5), [near + 5], {"v": 1}])


def some_body(chance, mark):
    body = {"mark": mark}
    if chance.random() < 0.7:
        body["temp"] = some_value(chance, 30)
    if chance.random() < 0.5:
        body["site"] = chance.choice(["west", "West", "east", "", 7, None])
    if chance.random() < 0.4:
        body["level"] = chance.choice(["high", "severe", "low", "HIGH", 3])
    if chance.random() < 0.6:
        values = [{"value": some_value(chance, 95)} for _ in range(chance.randint(1, 4))]
        body["items"] = chance.choices([values, [], 96, [97, {"value": 3}]], [7, 1, 1, 1])[0]
    fields = list(body.items())
    chance.shuffle(fields)
    return dict(fields)


def some_patch(chance, mark):
    operations = [{"op": "add", "path": "/mark", "value": mark}]
    for _ in range(chance.randint(0, 3)):
        operations.append({"op": "replace", "path": chance.choice(["/Temperature", "/temperature", "/Humidity"]),
                           "value": some_value(chance, 30)})
    chance.shuffle(operations)
    return operations


def some_event(chance, number):
    mark = f"#{number}#"
    subject = f"{chance.choice(['west', 'east', 'northwest', 'west'])}-{chance.randint(1, 4)}"
    kind = chance.choices(["telemetry", "update", "create", "custom"], [60, 15, 10, 15])[0]
    if kind == "create":
        subject += "-new"  # each of these begins its subject anew, at number 1
    if kind == "telemetry" and chance.random() < 0.1:
        text = chance.choice(["plain {}", "{{\"temp\": 99 {}", "{} west high"]).format(mark)
        return Event(kind, subject, text, None, None)
    body = some_patch(chance, mark) if kind == "update" else some_body(chance, mark)
    if kind != "custom":
        return Event(kind, subject, json.dumps(body), body, None)
    severity = chance.choice([None, 0, 3, 4, 5])
    event = {"specversion": "1.0", "id": f"custom-{number}", "source": "/test", "type": "com.example.reading",
             "subject": subject, "datacontenttype": "application/json", "data": body}
    if severity is not None:
        event["severity"] = severity
    return Event(kind, subject, json.dumps(event), body, severity)


TOPICS = {"telemetry": "devices/{}/messages/events", "update": "twins/{}/update", "create": "twins/{}/create",
          "custom": "events/{}"}


def mark_of(raw):
    return int(re.search(rb"#(\d+)#", raw).group(1))


def test_each_receiver_holds_exactly_what_the_oracle_predicts(rig, mosquitto):
    chance = random.Random(SEED)
    events = [some_event(chance, number) for number in range(EVENTS)]
    # The last event goes everywhere; with it each receiver has all that it is to have.
    last_body = {"mark": f"#{EVENTS}#", "temp": 99, "items": [{"value": 99}]}
    last = Event("telemetry", "last", json.dumps(last_body), last_body, None)
    wanted = {
        "hub": {number for number, event in enumerate(events + [last]) if goes_to_hub(event)},
        "alarms": {number for number, event in enumerate(events + [last]) if goes_to_alarms(event)},
    }
    # A test in which a receiver gets next to nothing, or everything, would say little.
    assert all(EVENTS * 0.1 < len(numbers) < EVENTS * 0.9 for numbers in wanted.values())
    assert len(wanted["hub"] & wanted["alarms"]) > 1000 and len(wanted["hub"] | wanted["alarms"]) < EVENTS * 0.9

    bridge = RoutedBridge(rig, mosquitto, ENDPOINTS, ROUTES)
    by_topic = collections.defaultdict(list)
    for event in events:
        by_topic[TOPICS[event.kind].format(event.subject)].append(event.payload)
    for process in [bridge.publishing(topic, payloads) for topic, payloads in by_topic.items()]:
        assert process.wait(120) == 0
    bridge.publish(TOPICS["telemetry"].format("last"), last.payload)

    for name, receiver in bridge.receivers.items():
        wait_until(lambda: receiver.received >= len(wanted[name]), 120, f"{len(wanted[name])} events at {name}", bridge.child)
        messages = [decoded(raw) for raw in receiver.raw_messages()]
        marks = [mark_of(bytes(message.body)) for message in messages]
        assert len(marks) == len(set(marks)), f"{name}: an event came twice"
        missing, extra = sorted(wanted[name] - set(marks)), sorted(set(marks) - wanted[name])
        assert not missing and not extra, f"{name}: missing {missing[:5]}, too many {extra[:5]}"
        check_order(messages)
    # A bridge that stops has delivered what it had: nothing more comes.
    assert bridge.child.stop() == 0
    assert {name: receiver.received for name, receiver in bridge.receivers.items()} == {
        name: len(numbers) for name, numbers in wanted.items()}


def check_order(messages):
    """Numbers grow within a subject. What no route wants has none, so one receiver may see gaps."""
    last = {}
    for message in messages:
        subject, number = message.properties["cloudEvents:subject"], int(message.properties["cloudEvents:sequence"])
        assert number > last.get(subject, 0) or subject.endswith("-new") and number == 1
        last[subject] = number


def test_filtered_events_take_no_number(rig, mosquitto):
    routes = [{"id": "odd", "endpoint": "hub", "filter": "$body.n % 2 = 1"}]
    bridge = RoutedBridge(rig, mosquitto, {"hub": ENDPOINTS["hub"]}, routes)
    bridge.publish("devices/d/messages/events", *(json.dumps({"n": n}) for n in range(100)))
    receiver = bridge.receivers["hub"]
    wait_until(lambda: receiver.received >= 50, 30, "50 events", bridge.child)
    messages = [decoded(raw) for raw in receiver.raw_messages()]
    assert [json.loads(bytes(message.body))["n"] for message in messages] == list(range(1, 100, 2))
    assert [int(message.properties["cloudEvents:sequence"]) for message in messages] == list(range(1, 51))


def test_an_endpoint_without_a_route_is_warned_of(rig, mosquitto):
    bridge = RoutedBridge(rig, mosquitto, ENDPOINTS, ROUTES[:2])
    wait_until(lambda: "no route goes to endpoint 'alarms'" in bridge.child.log(), 10, "the warning", bridge.child)
