"""What stands between a plant and the cloud: Debian's tinyproxy, through which alone the way out
leads, and Debian's nginx, which ends TLS and hands WebSockets on. Both on loopback, in a folder of the
test's own, and without anything of the system's configuration."""

import os
import signal

from rig import accepts, find_program, free_port, wait_until

WEB_SOCKET_PATH = "/$servicebus/websocket"


class Nginx:
    """In front of a listener that speaks AMQP over WebSocket without TLS."""

    protocols = "ssl"

    def __init__(self, rig, upstream_port, certificates):
        self.port, self.certificates = free_port(), certificates
        folder = rig.folder / "nginx"
        folder.mkdir()
        temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = folder / "nginx.conf"
        config.write_text(f"""\
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{}}
http {{
{temporary}
  log_format upgrades '$server_protocol $status $http_upgrade $sent_http_sec_websocket_protocol $request_uri';
  access_log {folder}/access.log upgrades;
  server {{
    listen 127.0.0.1:{self.port} {self.protocols};
    ssl_certificate {certificates}/server.pem;
    ssl_certificate_key {certificates}/server.key;
{self.location(upstream_port)}
  }}
}}
""")
        self.access = folder / "access.log"
        self.child = rig.start("nginx", [find_program("nginx"), "-e", "stderr", "-p", folder, "-c", config])
        wait_until(lambda: accepts(self.port), 20, "nginx", self.child)


    def location(self, upstream_port):
        return f"""\
    location = {WEB_SOCKET_PATH} {{
      proxy_pass http://127.0.0.1:{upstream_port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout 300s;
    }}"""


class MutualNginx(Nginx):
    """Wants a certificate of whoever comes."""

    def location(self, upstream_port):
        return (f"    ssl_client_certificate {self.certificates}/ca.pem;\n    ssl_verify_client on;\n"
                + super().location(upstream_port))


class HTTP2Nginx(Nginx):
    """Speaks HTTP/2, in front of an Event Grid topic over HTTPS."""

    protocols = "ssl http2"

    def location(self, upstream_port):
        return f"""\
    client_max_body_size 4m;
    location / {{
      proxy_pass https://127.0.0.1:{upstream_port};
      proxy_http_version 1.1;
    }}"""

    def requests(self):
        """The protocol of each."""
        return [line.split()[0] for line in self.access.read_text().splitlines()]


class Tinyproxy:
    """Makes tunnels (`CONNECT`) to `allowed` ports only, for whoever has the login, if there is one."""

    def __init__(self, rig, allowed, login=None):
        self._rig, self._starts = rig, 0
        self.port = free_port()
        self.config = rig.folder / "tinyproxy.conf"
        self.configure(allowed, login)
        self.start()

    def configure(self, allowed, login=None):
        """For the next start or reload."""
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 600", "LogLevel Info", "DisableViaHeader Yes",
                 *(f"ConnectPort {port}" for port in allowed)]
        if login:
            lines.append(f"BasicAuth {login[0]} {login[1]}")
        self.config.write_text("\n".join(lines) + "\n")

    def start(self):
        self._starts += 1
        self.child = self._rig.start(f"tinyproxy-{self._starts}", [find_program("tinyproxy"), "-d", "-c", self.config])
        wait_until(lambda: accepts(self.port), 20, "tinyproxy", self.child)

    def reload(self):
        """tinyproxy(8): SIGUSR1 has it read its configuration again."""
        os.kill(self.child.pid, signal.SIGUSR1)

    def tunnels(self):
        """How often it has been asked for one, over all starts."""
        logs = self._rig.folder.glob("tinyproxy-*.log")
        return sum(line.count("CONNECT ") for log in logs for line in log.read_text(errors="replace").splitlines()
                   if "Request (file" in line)

    def url(self, user=None, password=None):
        return f"http://{f'{user}:{password}@' if user else ''}127.0.0.1:{self.port}"
