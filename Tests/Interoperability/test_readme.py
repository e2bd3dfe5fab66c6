"""README.md shows what the commands print."""

import re

from conftest import ROOT, run_script


def test_what_the_readme_shows_is_what_the_command_prints():
    run_script("readme.py", "--check")


def test_the_readme_shows_an_event_on_every_protocol():
    text = (ROOT / "README.md").read_text()
    section = text.split("## What an event looks like", 1)[1].split("\n## ", 1)[0]
    titles = re.findall(r"^\*\*(.*)\*\*$", section, re.MULTILINE)
    assert titles == ["AMQP 1.0", "MQTT 5", "MQTT 3.1.1", "HTTP, binary", "HTTP, structured", "Event Grid"]
