"""The table of docs/namespace.md lists what the tests with the official clients try. Each of these
tests runs with every change, so what stands there works.

TWINROUTE_WRITE_DOCS=1 writes the table anew."""

import inspect
import os
import pathlib
import re

import namespace_rig
import test_namespace_event_grid  # noqa: F401
import test_namespace_event_hubs  # noqa: F401
import test_namespace_keys  # noqa: F401
import test_namespace_service_bus  # noqa: F401
import test_namespace_tls  # noqa: F401

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "namespace.md"
TABLE = re.compile(r"(<!-- calls -->\n).*?(<!-- end of calls -->\n)", re.S)
ORDER = ["Event Hubs", "Service Bus", "Event Grid", "Keys", "WebSocket"]


def table():
    lines = ["| client of | call | sync | asyncio |", "|---|---|---|---|"]
    for group, name, test in sorted(namespace_rig.CALLS, key=lambda entry: ORDER.index(entry[0])):
        has_flavours = "flavour" in inspect.signature(test).parameters or "clients" in inspect.signature(test).parameters
        lines.append(f"| {group} | {name} | works | {'works' if has_flavours else 'not tried'} |")
    return "\n".join(lines) + "\n"


def test_the_table_is_up_to_date():
    page = PAGE.read_text()
    written = TABLE.sub(lambda found: found[1] + table() + found[2], page)
    if os.environ.get("TWINROUTE_WRITE_DOCS"):
        PAGE.write_text(written)
    assert written == page or os.environ.get("TWINROUTE_WRITE_DOCS"), "run with TWINROUTE_WRITE_DOCS=1"
