"""An Event Grid custom topic over HTTPS that is as strict as the service's documentation is, with
answers on request: what publishers are tested against. test_event_grid.py shows that Microsoft's own
publisher gets along with it."""

import base64
import collections
import datetime
import hashlib
import hmac
import http.server
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse

import jwt

MAXIMUM_BYTES, MAXIMUM_EVENTS = 1_048_576, 5000
REQUIRED = {"EventGrid": ("id", "subject", "eventType", "eventTime"), "CloudEvents": ("id", "source", "type", "specversion")}
REQUIRED["Custom"] = REQUIRED["EventGrid"]
CONTENT_TYPES = {"Custom": "application/json", "EventGrid": "application/json", "CloudEvents": "application/cloudevents-batch+json"}


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Answer:
    """What the topic does to the next requests instead of its work, `count` times."""

    def __init__(self, status=None, headers=None, taking=False, how="answer", body=None, count=1, seconds=0):
        self.status, self.headers, self.taking, self.how = status, headers or {}, taking, how
        self.body, self.count, self.seconds = body, count, seconds


class Topic:
    """`keys` may change while it runs, and so may `issuer`, the public key of a directory whose bearer
    tokens are taken; `revoked` holds those that are not."""

    def __init__(self, folder, keys, schema="EventGrid", tls=True, mapping=None, issuer=None):
        """`mapping`: of the schema Custom, from a field of the Event Grid schema to the one it is read from."""
        self.keys, self.schema, self.mapping = list(keys), schema, mapping or {}
        self.issuer, self.bearers, self.revoked = issuer, [], set()
        self.events, self.requests, self.refusals, self.ways = [], [], collections.Counter(), set()
        self.is_poison = lambda event: False
        self.maximum_bytes = MAXIMUM_BYTES
        self._answers = []
        self._lock = threading.Lock()
        topic = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Two writes for an answer, and a peer that waits with its acknowledgement, take 40 ms else.
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self):
                topic._serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Clients come and go."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.certificate = folder / "topic.pem"
        if tls:
            key = folder / "topic.key"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                           check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, *answers):
        """Scripts the next requests that bring events."""
        with self._lock:
            self._answers += [answer for one in answers for answer in [one] * one.count]

    @property
    def script_is_over(self):
        with self._lock:
            return not self._answers

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers["content-length"])) if "content-length" in handler.headers else self._chunks(handler)
        with self._lock:
            scripted = self._answers.pop(0) if self._answers and body != b"[]" else None
        if scripted and scripted.taking:
            self._take(handler, body)
        if scripted:
            self._play(handler, scripted)
            return
        try:
            self._take(handler, body)
            self._respond(handler, 200)
        except Refused as refused:
            with self._lock:
                self.refusals[refused.status] += 1
            content = {"error": {"code": refused.code, "message": refused.message, "details": [
                {"code": "InputJsonInvalid" if refused.status == 400 else refused.code, "message": refused.message}]}}
            self._respond(handler, refused.status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(content).encode())

    @staticmethod
    def _chunks(handler):
        body = b""
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return body

    @staticmethod
    def _respond(handler, status, headers=None, body=b""):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _play(self, handler, scripted):
        if scripted.how == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            raise ConnectionResetError
        if scripted.how == "half":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Len")
            handler.wfile.flush()
            handler.close_connection = True
            return
        if scripted.how == "slow":
            time.sleep(scripted.seconds)
            self._respond(handler, 200)
            return
        self._respond(handler, scripted.status, scripted.headers, scripted.body or b"")

    # What the service checks, in its order: the address, the key, the size, the events.

    def _take(self, handler, body):
        url = urllib.parse.urlsplit(handler.path)
        if url.path != "/api/events":
            raise Refused(404, "NotFound", "no such path")
        if urllib.parse.parse_qs(url.query).get("api-version") != ["2018-01-01"]:
            raise Refused(400, "BadRequest", "api-version is missing or unknown")
        self._authorize(handler.headers)
        if len(body) > self.maximum_bytes:
            raise Refused(413, "RequestEntityTooLarge", f"the maximum size ({self.maximum_bytes}) has been exceeded")
        type, _, parameters = handler.headers.get("content-type", "").partition(";")
        if type != CONTENT_TYPES[self.schema] or parameters.strip() not in ("", "charset=utf-8"):
            raise Refused(400, "BadRequest", f"content type '{type}' is not the schema's")
        try:
            events = json.loads(body)
        except ValueError as error:
            raise Refused(400, "BadRequest", f"no JSON: {error}") from None
        if not isinstance(events, list) or len(events) > MAXIMUM_EVENTS:
            raise Refused(400, "BadRequest", "no array, or one of too many events")
        for event in events:
            self._check(self._mapped(event) if self.schema == "Custom" else event)
        with self._lock:
            self.requests.append((len(events), len(body)))
            self.events += events

    def _mapped(self, event):
        if unknown := set(event) - set(self.mapping.values()) - {"data"}:
            raise Refused(400, "BadRequest", f"no mapping reads {sorted(unknown)}")
        return {name: event[field] for name, field in [*self.mapping.items(), ("data", "data")] if field in event}

    def _check(self, event):
        for name in REQUIRED[self.schema]:
            if not isinstance(event.get(name), str) or not event[name]:
                raise Refused(400, "BadRequest", f"'{name}' is required")
        if self.schema != "CloudEvents":
            if {"topic", "metadataVersion"} & set(event):
                raise Refused(400, "BadRequest", "'topic' and 'metadataVersion' are the service's")
            if set(event) - set(REQUIRED["EventGrid"]) - {"data", "dataVersion"}:
                raise Refused(400, "BadRequest", f"unknown fields {sorted(event)}")
            datetime.datetime.fromisoformat(event["eventTime"].replace("Z", "+00:00")[:26].rstrip("+"))
        elif event["specversion"] != "1.0":
            raise Refused(400, "BadRequest", "specversion is not 1.0")
        if self.is_poison(event):
            raise Refused(400, "BadRequest", "this event is not wanted")

    def _authorize(self, headers):
        self.ways |= {"aeg-sas-key", "aeg-sas-token"} & {name.lower() for name in headers}
        if headers.get("aeg-sas-key"):
            if headers["aeg-sas-key"] not in self.keys:
                raise Refused(401, "Unauthorized", "the request has an invalid key")
            return
        if headers.get("authorization", "").startswith("Bearer "):
            self._check_bearer(headers["authorization"].removeprefix("Bearer "))
            return
        token = headers.get("aeg-sas-token")
        if not token:
            raise Refused(401, "Unauthorized", "the request has neither key nor token")
        signed, _, signature = token.rpartition("&s=")
        parts = dict(part.split("=", 1) for part in signed.split("&"))
        resource, expiry = urllib.parse.unquote_plus(parts["r"]), urllib.parse.unquote_plus(parts["e"])
        if urllib.parse.urlsplit(resource).path != "/api/events" or f":{self.port}" not in resource:
            raise Refused(401, "Unauthorized", "the token is for another resource")
        if datetime.datetime.fromisoformat(expiry).replace(tzinfo=datetime.timezone.utc) < datetime.datetime.now(datetime.timezone.utc):
            raise Refused(401, "Unauthorized", "the token's time is over")
        for key in self.keys:
            mac = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
            if hmac.compare_digest(base64.b64encode(mac).decode(), urllib.parse.unquote_plus(signature)):
                return
        raise Refused(401, "Unauthorized", "the token's signature is wrong")

    def _check_bearer(self, token):
        self.ways.add("bearer")
        try:
            jwt.decode(token, self.issuer, algorithms=["RS256"], audience=["https://eventgrid.azure.net", "https://eventgrid.azure.net/"],
                       options={"require": ["exp", "nbf", "aud", "iss"]})
        except jwt.exceptions.PyJWTError as error:
            raise Refused(401, "Unauthorized", f"the bearer token is not valid: {error}") from None
        if token in self.revoked:
            raise Refused(401, "Unauthorized", "the bearer token was revoked")
        with self._lock:
            if token not in self.bearers:
                self.bearers.append(token)
