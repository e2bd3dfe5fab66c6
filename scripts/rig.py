"""The rig that crash test, benchmark and interoperability tests share: a real mosquitto, the
publisher and receiver of Benchmarks/floor, and a bridge between them, all on free loopback ports
and in a folder of their own.

Every process is a child of the caller, is stopped by its own pid, and ends with the caller even
when that is killed.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import random
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOOR = ROOT / "Benchmarks" / "floor"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class RigError(Exception):
    """Something the rig needs is missing or did not behave; the text is for the operator."""


_handed_out = set()
#: Of several test processes side by side each has a range of its own.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 6
_PORTS = range(20_000 + 2_000 * _worker, 22_000 + 2_000 * _worker)


def free_port():
    """Below the ports that the system gives to whoever asks for any: nobody's outgoing connection
    takes it between now and its use. None is handed out twice."""
    for _ in range(1000):
        port = random.choice(_PORTS)
        if port in _handed_out:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                _handed_out.add(port)
                return port
            except OSError:
                continue
    raise RigError(f"no free port between {_PORTS.start} and {_PORTS.stop}")


def build_floor():
    # Test processes side by side all want it.
    with open(FLOOR / "Makefile") as makefile:
        fcntl.flock(makefile, fcntl.LOCK_EX)
        _build_floor()


def _build_floor():
    done = subprocess.run(["make", "-s", "-C", str(FLOOR)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f"make -C Benchmarks/floor failed:\n{done.stdout}{done.stderr}")


def floor(name):
    return str(FLOOR / "build" / name)


def find_program(name):
    """Debian keeps daemons in sbin, which is not on everybody's PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if found is None:
        raise RigError(f"{name} is not installed: run scripts/setup-debian.sh or apt install {name}")
    return found


def find_twinroute():
    """The newest build, release or debug; TWINROUTE overrides."""
    if "TWINROUTE" in os.environ:
        return os.environ["TWINROUTE"]
    places = [ROOT / build / kind / "twinroute" for build in (".build-release", ".build") for kind in ("release", "debug")]
    built = [place for place in places if place.is_file()]
    if not built:
        raise RigError("no twinroute is built: run `swift build -c release`, or name one in TWINROUTE")
    return str(max(built, key=lambda place: place.stat().st_mtime))


def wait_until(condition, seconds, what, child=None):
    """Polls: what is waited for happens in another process. Fails early when that process ended."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if child is not None and child.returncode() is not None:
            raise RigError(f"{child.name} ended with {child.returncode()} while waiting for {what}:\n{child.log_tail()}")
        if time.monotonic() > deadline:
            log = "" if child is None else f"\n{child.log_tail()}"
            raise RigError(f"waited {seconds} s in vain for {what}{log}")
        time.sleep(0.02)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _end_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A process of ours. Its JSON lines on stdout (one object with one member) land in `said`."""

    def __init__(self, name, command, folder, env=None, end_with_parent=True, commands=False):
        self.name = name
        self.said = {}
        self.told = 0
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self._log = open(self.log_path, "ab")
        try:
            # A session of its own: Ctrl-C reaches us alone, and we stop children in order.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE if commands else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, env=env,
                start_new_session=True, preexec_fn=_end_with_parent if end_with_parent else None)
        except OSError as error:
            raise RigError(f"cannot start {name}: {error}") from error
        self.pid = self.process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith(b"{"):
                try:
                    self.said.update(json.loads(line))
                    continue
                except ValueError:
                    pass
            self._log.write(line)
            self._log.flush()

    def tell(self, **command):
        """A line of JSON on the stdin of one that was started with `commands`, which answers the Nth
        with {"done": N}."""
        self.told += 1
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise RigError(f"{self.name} hears nothing more: {error}\n{self.log_tail()}") from error
        wait_until(lambda: self.said.get("done") == self.told, 20, f"{self.name} to do {command}", self)

    def returncode(self):
        return self.process.poll()

    def kill(self):
        """SIGKILL at once, as a crash does it."""
        self.process.send_signal(signal.SIGKILL)
        return self._collect(10)

    def stop(self, seconds=20):
        """SIGTERM, and SIGKILL when that takes longer than `seconds`. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self._collect(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def wait(self, seconds):
        return self._collect(seconds)

    def _collect(self, seconds):
        code = self.process.wait(seconds)
        self._reader.join(5)
        self._log.flush()
        return code

    def cpu_seconds(self):
        """User and system time so far, of this process and its children that ended."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def memory_peak_bytes(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def log(self):
        """All it has written so far. Tests search this: what they wait for may have passed the tail."""
        self._log.flush()
        return self.log_path.read_text(errors="replace")

    def log_tail(self, lines=15):
        """Its last lines, for a person to read."""
        return "\n".join(f"  {self.name}: {line}" for line in self.log().splitlines()[-lines:])


class Rig:
    """A folder and the children in it; `with` stops them in the reverse order of their start."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.stop()

    def start(self, name, command, **options):
        child = Child(name, [str(part) for part in command], self.folder, **options)
        self.children.append(child)
        return child

    def start_mosquitto(self, extra=""):
        """A broker whose queue for an absent persistent session has no end."""
        port = free_port()
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type error\nlog_type warning\n"
            f"max_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 1000\nsys_interval 1\n{extra}\n")
        child = self.start("mosquitto", [find_program("mosquitto"), "-c", config])
        child.port = port
        wait_until(lambda: accepts(port), 10, f"mosquitto on port {port}", child)
        return child

    def start_receiver(self, port=0, window=5000, record=None, stall=None, expect=None, progress_ms=100):
        command = [floor("floor-receiver"), "--port", port, "--window", window, "--progress", progress_ms]
        if record:
            command += ["--record", record]
        if stall:
            command += ["--stall-on", stall[0], "--stall-every", stall[1]]
        if expect:
            command += ["--expect", expect]
        child = self.start("receiver", command)
        child.port = wait_until(lambda: child.said.get("listening"), 10, "the receiver to listen", child)
        return child

    def start_publisher(self, mqtt_port, rate, devices=20, count=0, size=200, record=None):
        command = [floor("floor-publisher"), "--port", mqtt_port, "--rate", rate, "--devices", devices,
                   "--count", count, "--size", size, "--progress", 100]
        if record:
            command += ["--record", record]
        return self.start("publisher", command)


def wait_for_session(mqtt_port, bridge):
    """The broker queues for the bridge only once it has subscribed; until then an MQTT 5 publisher
    is told that nobody listens (reason 16). Leaves one event, the probe, with the bridge."""
    command = [find_program("mosquitto_pub"), "-V", "5", "-d", "-p", str(mqtt_port), "-q", "1",
               "-t", "devices/probe/messages/events", "-m", '{"device":"d99999","n":0}']

    def is_subscribed():
        said = subprocess.run(command, capture_output=True, text=True).stdout
        return "PUBACK" in said and "RC:16" not in said

    wait_until(is_subscribed, 30, "the bridge's subscription", bridge)


def write_bridge_config(folder, mqtt_port, amqp_port, name="config.yaml"):
    """The configuration of design.md 5.2 for one broker and one Event Hub on loopback."""
    path = pathlib.Path(folder) / name
    path.write_text(f"""\
source: rig.example.net
data: {folder}/data
mqtt:
  - name: plant
    url: mqtt://127.0.0.1:{mqtt_port}
    clientID: twinroute-rig
    sessionExpiry: 1d
    receiveMaximum: 1000
    subscriptions:
      - topic: devices/{{subject}}/messages/events
        type: telemetry
endpoints:
  hub:
    type: EventHub
    connectionString: amqp://k:v@127.0.0.1:{amqp_port}
    path: telemetry
routes:
  - id: everything
    endpoint: hub
""")
    return path


FLOOR_BRIDGES = {
    "floor": ["--journal", "{folder}/floor-journal"],
    "floor-safe": ["--acknowledge", "after-delivery"],
    "floor-unsafe": ["--unsafe"],
}


def bridge_command(kind, folder, mqtt_port, amqp_port):
    """`kind` is twinroute, a name from FLOOR_BRIDGES, or a command with {config} {mqtt} {amqp} {folder}."""
    if kind in FLOOR_BRIDGES:
        ports = ["--mqtt-port", mqtt_port, "--amqp-port", amqp_port]
        return [floor("floor-bridge"), *ports, *(part.format(folder=folder) for part in FLOOR_BRIDGES[kind])]
    config = write_bridge_config(folder, mqtt_port, amqp_port)
    if kind == "twinroute":
        return [find_twinroute(), "serve", "--config", config]
    places = {"config": config, "mqtt": mqtt_port, "amqp": amqp_port, "folder": folder}
    return [part.format(**places) for part in shlex.split(kind)]


# --- numbers per device ------------------------------------------------------------------------


def read_record(path):
    """What a floor program recorded: device -> set of numbers, as a list of (from, to)."""
    devices = {}
    for line in pathlib.Path(path).read_text().splitlines():
        device, ranges = line.split(" ", 1)
        devices[device] = [tuple(map(int, part.split("-"))) for part in ranges.split(",")]
    return devices


def count_missing(wanted, present):
    """How many numbers of `wanted` are not in `present`, and a few examples."""
    missing, examples = 0, []
    for device, ranges in wanted.items():
        here = set()
        for first, last in present.get(device, []):
            here.update(range(first, last + 1))
        for first, last in ranges:
            gone = [number for number in range(first, last + 1) if number not in here]
            missing += len(gone)
            examples += [f"{device}#{number}" for number in gone[: max(0, 10 - len(examples))]]
    return missing, examples
