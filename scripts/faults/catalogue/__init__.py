"""The faults, in the order in which they are played. Each is a file of that name: its first sentence
says what breaks, and `run(stage)` breaks it. A new one is a new file and a line here."""

import importlib

NAMES = [
    "server-killed",
    "connection-dropped",
    "half-open",
    "no-credit",
    "slow-accept",
    "detached",
    "links-refused",
    "rejected",
    "rejected-for-now",
    "released",
    "modified",
    "throttled",
    "throttled-by-detach",
    "primary-key-refused",
    "both-keys-refused",
    "one-endpoint-sick",
    "limit-reached",
    "disk-full",
    "disk-full-of-backlog",
    "broker-killed",
    "broker-half-open",
    "bridge-killed",
    "bridge-stopped",
]


def load(name):
    return importlib.import_module(f"catalogue.{name.replace('-', '_')}")


def summary(name):
    return " ".join(load(name).__doc__.split(".\n")[0].split()).rstrip(".")
