"""A local namespace as a process of a rig, with its HTTP side."""

import contextlib
import json
import urllib.error
import urllib.request

from rig import find_twinroute, free_port, wait_until


class Namespace:
    def __init__(self, rig, *arguments, name="namespace"):
        self.port, self.http = free_port(), free_port()
        self.child = rig.start(name, [find_twinroute(), "namespace", "--port", self.port, "--http-port", self.http,
                                      *arguments])
        wait_until(lambda: "Ctrl-C" in self.child.log(), 30, "the greeting", self.child)

    def connection_string(self, name="RootManageSharedAccessKey", key="SAS_KEY_VALUE"):
        return (f"Endpoint=sb://127.0.0.1:{self.port};SharedAccessKeyName={name};SharedAccessKey={key};"
                "UseDevelopmentEmulator=true;")

    def request(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def events(self, hub):
        """How many a hub holds."""
        listed = self.request("GET", "/entities")[1]["value"]
        return next((entity["events"] for entity in listed if entity["name"] == hub), 0)

    @contextlib.contextmanager
    def fault(self, **members):
        status, made = self.request("POST", "/faults", members)
        assert status == 201, made
        try:
            yield made
        finally:
            self.request("DELETE", f"/faults/{made['id']}")
