"""What was sent, what the far side did with it, and what that comes to.

An event's identity is (device, n) for its publisher, and (subject, sequence, id) for the bridge: an event
that a broker sends twice becomes two of the bridge's.
"""

import collections
import pathlib


class Tail:
    """The lines that a file got since they were last asked for; a last one without its end waits."""

    def __init__(self, path):
        self.path, self.file, self.rest = pathlib.Path(path), None, b""

    def lines(self):
        if self.file is None:
            if not self.path.exists():
                return []
            self.file = open(self.path, "rb")
        *whole, self.rest = (self.rest + self.file.read()).split(b"\n")
        return [line.decode() for line in whole]


class Sent:
    """What the broker acknowledged to the publisher."""

    def __init__(self, path):
        self.tail, self.events = Tail(path), set()

    def read(self):
        for line in self.tail.lines():
            device, number = line.split(" ")
            self.events.add((device, int(number)))
        return self.events


class Received:
    """What one far side did, in the order in which it did it."""

    def __init__(self, path):
        self.tail = Tail(path)
        self.accepted = set()
        self.refused = set()
        self.accepted_ids = set()
        self.refused_ids = set()
        self.acceptances = 0
        self.late = []
        self.kinds = collections.Counter()
        self.microseconds = []
        self._last_sequence, self._last_number, self._ids = {}, {}, {}
        self.faults = []

    def read(self):
        for line in self.tail.lines():
            self.take(*line.split("\t"))
        return self

    def take(self, kind, subject, sequence, identifier, device, number, microseconds):
        self.kinds[kind] += 1
        event, key = (device, int(number)), (subject, int(sequence))
        if self._ids.setdefault(key, identifier) != identifier:
            self.faults.append(f"{subject} has sequence {sequence} twice, with ids {self._ids[key]} and {identifier}")
        if kind in ("R", "U", "B"):
            self.refused.add(event)
            self.refused_ids.add((*key, identifier))
        if kind == "A":
            self.accept(event, key, identifier)
            self.microseconds.append(int(microseconds))

    def accept(self, event, key, identifier):
        """Late: accepted for the first time after a later one of its subject. The publisher's numbers
        are looked at too: a bridge that numbers events in a wrong order would look fine otherwise."""
        self.acceptances += 1
        subject, sequence = key
        device, number = event
        if (*key, identifier) not in self.accepted_ids:
            self.accepted_ids.add((*key, identifier))
            is_late = sequence < self._last_sequence.get(subject, sequence)
            self._last_sequence[subject] = max(sequence, self._last_sequence.get(subject, sequence))
            if event not in self.accepted:
                is_late |= number < self._last_number.get(device, number)
                self._last_number[device] = max(number, self._last_number.get(device, number))
            if is_late:
                self.late.append(f"{subject}#{sequence}")
        self.accepted.add(event)

    def percentile_ms(self, share, since=0):
        """Publisher to acceptance, of what was accepted after the first `since`."""
        values = sorted(self.microseconds[since:])
        return values[min(len(values) - 1, int(len(values) * share))] / 1000 if values else 0.0


def account(sent, received, dead_lettered, wanted=None):
    """One endpoint's row. `dead_lettered`: how many the bridge says it put there. Those refused and never
    accepted are theirs; where the bridge counts fewer, the difference is lost."""
    for_it = sent if wanted is None else {event for event in sent if wanted(*event)}
    refused = received.refused - received.accepted
    lost = sorted(for_it - received.accepted - refused)
    missing_letters = max(0, len(refused) - dead_lettered)
    return {
        "sent": len(sent), "delivered": len(received.accepted & sent), "dead-lettered": dead_lettered,
        "filtered": len(sent) - len(for_it), "lost": len(lost) + missing_letters,
        "duplicated": received.acceptances - len(received.accepted), "out of order": len(received.late),
        "examples": [f"{device}#{number}" for device, number in lost[:5]], "late examples": received.late[:5],
    }
