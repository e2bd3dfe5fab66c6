"""Dead letters and status over the command line, as an operator uses them: a far side that refuses
some events for good, then takes them."""

import json
import subprocess

from rig import find_twinroute, free_port, wait_until
from routed_bridge import RoutedBridge

CONDITION = "amqp:not-allowed"


def operator(http, *arguments, code=0):
    done = subprocess.run([find_twinroute(), *arguments, "--url", f"http://127.0.0.1:{http}"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def listed(http, *arguments):
    return json.loads(operator(http, "deadletters", "list", "--json", *arguments).stdout)["value"]
