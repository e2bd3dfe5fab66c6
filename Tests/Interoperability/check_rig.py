"""What the tests of `twinroute check --connect` share: runs of it, keys, certificates, and a server that
answers wrongly or never."""

import datetime
import json
import socket
import subprocess
import threading
import time

from conftest import twinroute
from namespace_rig import Namespace

RULE, FIRST, SECOND, WRONG = "sender", "Zmlyc3Qga2V5IG9mIGFsbA==", "c2Vjb25kIGtleSBvZiBhbGw=", "d3Jvbmcga2V5IG9mIGFsbA=="
GRID_FIRST, GRID_WRONG = "Z3JpZCBrZXkgb25lIG9uZQ==", "Z3JpZCBrZXkgd3Jvbmcgb24="
PASSWORD, WRONG_PASSWORD = "pass-of-the-plant", "no-pass-of-the-plant"
SECRETS = (FIRST, SECOND, WRONG, GRID_FIRST, GRID_WRONG, PASSWORD, WRONG_PASSWORD)
#: More than the limits of all steps of a target that hangs.
BOUND_S = 30


class Check:
    """One run; steps by target."""

    def __init__(self, rig, brokers=(), endpoints=None, *options, env=None):
        config = rig.folder / "check.yaml"
        some = {"name": "none", "url": "mqtt://127.0.0.1:1", "subscriptions": [{"topic": "a"}]}
        config.write_text(json.dumps({
            "source": "check.example.net", "data": str(rig.folder / "data"), "mqtt": list(brokers) or [some],
            "endpoints": endpoints or {}, "routes": [{"id": name, "endpoint": name} for name in endpoints or {}]}))
        self.config = config
        started = time.monotonic()
        done = twinroute("check", "--config", config, "--connect", "--json", "--timeout", 2, *options, env=env, timeout=BOUND_S * 2)
        self.seconds = time.monotonic() - started
        assert self.seconds < BOUND_S
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr], done.stdout
        assert done.returncode in (0, 1), done.stdout + done.stderr
        self.code = done.returncode
        self.report = json.loads(done.stdout)
        self.targets = {target["name"]: target["steps"] for target in self.report["targets"]}

    def step(self, target, name, key=None):
        return next(step for step in self.targets[target] if step["step"] == name and step.get("key") == key)

    def outcomes(self, target):
        """'step' or 'key: step' -> outcome."""
        return {(f"{step['key']}: " if "key" in step else "") + step["step"]: step["outcome"] for step in self.targets[target]}

    def failed(self, target):
        """The steps that failed; each has its remedy, and what follows is not tried."""
        steps = [step for step in self.targets[target] if step["outcome"] == "failed"]
        assert all(step["remedy"] for step in steps), steps
        return steps


def place(port, key=FIRST, host="127.0.0.1", emulator=True):
    return (f"Endpoint=sb://{host}:{port};SharedAccessKeyName={RULE};SharedAccessKey={key}"
            + (";UseDevelopmentEmulator=true" if emulator else ""))


def hub(text, **members):
    return {"type": "EventHub", "path": "telemetry", "connectionString": text, **members}


class Server:
    """Accepts, says `answer` and nothing more. `held`: its connections."""

    def __init__(self, answer=None):
        self._answer = answer
        self.held = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.held.append(connection)
            if self._answer:
                try:
                    connection.sendall(self._answer)
                except OSError:
                    pass


def signed(folder, days=90, name="localhost"):
    """An authority, and a certificate of its for `name` that ends in so many days, or so many days ago."""
    folder.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=check authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.csr")
    (folder / "openssl.cnf").write_text(
        "[ca]\ndefault_ca=rig\n[rig]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n"
        f"x509_extensions=server\n[any]\ncommonName=supplied\n[server]\nsubjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")

    def date(days):
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)).strftime("%Y%m%d%H%M%SZ")

    openssl("ca", "-batch", "-config", "openssl.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "server.csr", "-out", "server.pem",
            "-notext", "-startdate", date(min(days, 0) - 30), "-enddate", date(days))
    return folder


def secure(rig, certificates, name):
    return Namespace(rig, "--certificate", certificates / "server.pem", "--certificate-key", certificates / "server.key",
                     "--key", f"{RULE}={FIRST}", name=name)


def named_namespace(rig):
    """One with an event hub of three partitions, and two keys of one rule."""
    config = rig.folder / "namespace.json"
    config.write_text(json.dumps({"UserConfig": {
        "AuthorizationRules": [{"Name": RULE, "PrimaryKey": FIRST, "SecondaryKey": SECOND}],
        "NamespaceConfig": [
            {"Type": "EventHub", "Name": "emulatorNs1", "Entities": [{"Name": "telemetry", "PartitionCount": 3, "ConsumerGroups": []}]}]}}))
    return Namespace(rig, "--config", config)
