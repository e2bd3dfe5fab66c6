"""Debian's RabbitMQ with its AMQP 1.0 plugin, on loopback ports and in a folder of its own.

Nothing of the system's RabbitMQ is read or touched: its own configuration, plugin list, data, log,
cookie and port mapper (epmd)."""

import os
import pathlib
import subprocess

from rig import RigError, accepts, find_program, free_port, wait_until

NODE_ENVIRONMENT_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def find_server():
    """The server's own script: Debian's wrapper in /usr/sbin insists on the system's user and folders."""
    places = sorted(pathlib.Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if not places:
        raise RigError("rabbitmq-server is not installed: apt install rabbitmq-server")
    return places[-1]


def make_certificates(folder, name="localhost"):
    """A certificate authority and a server certificate for 127.0.0.1 and `name`, valid for a day."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RigError(f"openssl {arguments[0]}: {done.stderr}")

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=rig authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text(f"subjectAltName=IP:127.0.0.1,DNS:{name}\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
            "-extfile", "server.ext", "-out", "server.pem")
    return folder


class RabbitMQ:
    def __init__(self, rig):
        folder = rig.folder / "rabbitmq"
        folder.mkdir()
        self.certificates = make_certificates(folder / "certificates")
        self.port, self.tls_port = free_port(), free_port()
        self._start_port_mapper(rig)
        self._write_configuration(folder)
        self.child = rig.start("rabbitmq", [find_server()], env=self._environment(folder))
        for port in (self.port, self.tls_port):
            wait_until(lambda: accepts(port), 90, f"RabbitMQ on port {port}", self.child)

    def _start_port_mapper(self, rig):
        self.epmd_port = free_port()
        child = rig.start("epmd", [find_program("epmd"), "-port", self.epmd_port, "-address", "127.0.0.1"])
        wait_until(lambda: accepts(self.epmd_port), 10, "epmd", child)

    def _write_configuration(self, folder):
        c = self.certificates
        (folder / "enabled_plugins").write_text("[rabbitmq_amqp1_0].\n")
        (folder / "env.conf").write_text("")
        (folder / "rabbitmq.conf").write_text(f"""\
listeners.tcp.1 = 127.0.0.1:{self.port}
listeners.ssl.1 = 127.0.0.1:{self.tls_port}
ssl_options.cacertfile = {c}/ca.pem
ssl_options.certfile = {c}/server.pem
ssl_options.keyfile = {c}/server.key
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
auth_mechanisms.1 = PLAIN
log.file.level = info
""")

    def _environment(self, folder):
        kept = {name: os.environ[name] for name in NODE_ENVIRONMENT_KEPT if name in os.environ}
        return kept | {
            "HOME": str(folder),
            "RABBITMQ_ALLOW_INPUT": "1",  # the script then becomes the server: its pid is ours
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
            "RABBITMQ_NODENAME": f"rig{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(folder / "plugins-expanded"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_QUORUM_DIR": str(folder / "quorum"),
            "RABBITMQ_STREAM_DIR": str(folder / "stream"),
        }

    def log(self):
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.child.log_path.parent.glob("rabbitmq/log/*.log")))
