"""A stand-in for Microsoft Entra ID: a tenant's token endpoint over TLS, and the plain HTTP endpoints
that managed identities have. It is as strict as their documentation is, and goes wrong as told.
test_identity.py shows that Microsoft's own azure-identity gets its tokens here by each flow."""

import base64
import collections
import datetime
import http.server
import json
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
RESOURCES = {"https://eventhubs.azure.net", "https://servicebus.azure.net", "https://eventgrid.azure.net"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CLUSTER, SUBJECT = "https://cluster.example.net/oidc", "system:serviceaccount:plant:twinroute"
APP_SERVICE_HEADER = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"


class Refused(Exception):
    def __init__(self, status, error, code, text, headers=None):
        super().__init__(text)
        self.status, self.error, self.code, self.text, self.headers = status, error, code, text, headers or {}


class Answer:
    """What the provider does to the next `count` requests for tokens instead of its work."""

    def __init__(self, status=None, body=b"", headers=None, seconds=0, count=1):
        self.status, self.body, self.headers, self.seconds, self.count = status, body, headers or {}, seconds, count


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def new_certificate(key, name="twinroute"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))


class IdentityProvider:
    """`secrets`, `certificates` and `life` may change while it runs."""

    def __init__(self, folder, life=3600):
        self.folder, self.life = folder, life
        self.key, self.cluster_key = new_key(), new_key()
        self.secrets, self.certificates = {CLIENT: "a secret of the application"}, {}
        self.managed = {None: "system", CLIENT: "user"}
        #: (flow, resource) of each token that was given.
        self.given = []
        self.refusals = collections.Counter()
        self._jtis, self._script, self._lock = set(), [], threading.Lock()
        self.issuer = folder / "issuer.pem"
        self.issuer.write_bytes(public_pem(self.key))
        self.token_file = folder / "federated-token"
        self.write_federated_token()
        self.certificate = folder / "authority.pem"
        key = folder / "authority.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._servers = [self._serve(context, self._authority), self._serve(None, self._managed)]
        self.authority = f"https://localhost:{self._servers[0].server_address[1]}"
        self.plain = f"http://127.0.0.1:{self._servers[1].server_address[1]}"

    def _serve(self, context, work):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _any(self):
                provider._respond(self, work)

            do_GET = do_POST = _any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Clients come and go."""

        server = Server(("127.0.0.1", 0), Handler)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    # What a test sets up.

    def answer(self, *answers):
        with self._lock:
            self._script += [answer for one in answers for answer in [one] * one.count]

    @property
    def script_is_over(self):
        with self._lock:
            return not self._script

    def count(self, flow=None):
        with self._lock:
            return len([given for given in self.given if flow in (None, given[0])])

    def register_certificate(self, name="client.pem", client=CLIENT, is_known=True):
        """A file with certificate and key of an application."""
        key = new_key()
        certificate = new_certificate(key)
        if is_known:
            self.certificates[client] = certificate
        path = self.folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem(key))
        return path

    def write_federated_token(self, seconds=600, **claims):
        now = int(time.time())
        self.token_file.write_text(jwt.encode(
            {"iss": CLUSTER, "sub": SUBJECT, "aud": ["api://AzureADTokenExchange"], "iat": now, "nbf": now,
             "exp": now + seconds, **claims}, self.cluster_key, "RS256"))

    def token(self, resource, life=None, key=None, **claims):
        now = int(time.time())
        return jwt.encode(
            {"aud": resource, "iss": f"https://sts.windows.net/{TENANT}/", "iat": now, "nbf": now,
             "exp": now + (self.life if life is None else life), "appid": CLIENT, "oid": str(uuid.uuid4()), "tid": TENANT,
             "uti": str(uuid.uuid4()), **claims}, key or self.key, "RS256", headers={"kid": "k1"})

    # Answering

    def _respond(self, handler, work):
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        url = urllib.parse.urlsplit(handler.path)
        is_discovery = url.path.endswith("/.well-known/openid-configuration")
        with self._lock:
            scripted = self._script.pop(0) if self._script and not is_discovery else None
        if scripted:
            time.sleep(scripted.seconds)
            if scripted.status:
                self._write(handler, scripted.status, scripted.body, {"Content-Type": "application/json", **scripted.headers})
                return
        try:
            answer = work(handler, url, body)
            self._write(handler, 200, json.dumps(answer).encode(), {"Content-Type": "application/json; charset=utf-8"})
        except Refused as refused:
            with self._lock:
                self.refusals[refused.code] += 1
            self._write(handler, refused.status, json.dumps(self._error(refused)).encode(),
                        {"Content-Type": "application/json; charset=utf-8", **refused.headers})

    @staticmethod
    def _error(refused):
        if not refused.code.startswith("AADSTS"):
            return {"error": refused.error, "error_description": refused.text}
        trace, now = str(uuid.uuid4()), datetime.datetime.utcnow().strftime("%Y-%m-%d %H:%M:%SZ")
        return {"error": refused.error,
                "error_description": f"{refused.code}: {refused.text} Trace ID: {trace} Correlation ID: {trace} Timestamp: {now}",
                "error_codes": [int(refused.code[6:])], "timestamp": now, "trace_id": trace, "correlation_id": trace,
                "error_uri": f"https://localhost/error?code={refused.code[6:]}"}

    @staticmethod
    def _write(handler, status, body, headers):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _give(self, flow, resource):
        with self._lock:
            self.given.append((flow, resource))
        return self.token(resource)

    # The authority

    def _authority(self, handler, url, body):
        tenant, _, path = url.path[1:].partition("/")
        if path == "v2.0/.well-known/openid-configuration":
            return {"token_endpoint": f"{self.authority}/{tenant}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{self.authority}/{tenant}/oauth2/v2.0/authorize",
                    "issuer": f"{self.authority}/{tenant}/v2.0"}
        if path != "oauth2/v2.0/token" or handler.command != "POST":
            raise Refused(404, "not_found", "none", "no such path")
        if tenant != TENANT:
            raise Refused(400, "invalid_request", "AADSTS90002", f"Tenant '{tenant}' not found.")
        if handler.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            raise Refused(400, "invalid_request", "AADSTS900144", "The request body is no form.")
        form = urllib.parse.parse_qs(body.decode(), strict_parsing=True)
        if any(len(values) != 1 for values in form.values()):
            raise Refused(400, "invalid_request", "AADSTS900144", "A parameter is there twice.")
        form = {name: values[0] for name, values in form.items()}
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", "AADSTS70003", "The app requested an unsupported grant type.")
        client = form.get("client_id")
        if client not in self.secrets and client not in self.certificates:
            raise Refused(400, "unauthorized_client", "AADSTS700016",
                          f"Application with identifier '{client}' was not found in the directory 'Contoso'.")
        flow = self._authenticate(form, client)
        scope = form.get("scope", "")
        resource = scope.removesuffix("/.default").rstrip("/")
        if not scope.endswith("/.default") or resource not in RESOURCES:
            raise Refused(400, "invalid_resource", "AADSTS500011", f"The resource principal named {scope} was not found in the tenant.")
        return {"token_type": "Bearer", "expires_in": self.life, "ext_expires_in": self.life, "access_token": self._give(flow, resource)}

    def _authenticate(self, form, client):
        if ("client_secret" in form) == ("client_assertion" in form):
            raise Refused(401, "invalid_client", "AADSTS7000218",
                          "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
        if "client_secret" in form:
            if form["client_secret"] != self.secrets.get(client):
                raise Refused(401, "invalid_client", "AADSTS7000215",
                              f"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                              f"not the client secret ID, for a secret added to app '{client}'.")
            return "secret"
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused(400, "invalid_request", "AADSTS900144", "client_assertion_type is missing or unknown.")
        try:
            header = jwt.get_unverified_header(form["client_assertion"])
        except jwt.exceptions.PyJWTError as error:
            raise Refused(401, "invalid_client", "AADSTS50027", f"JWT token is invalid or malformed: {error}.") from error
        if "x5t" in header or "x5t#S256" in header:
            self._check_certificate_assertion(form["client_assertion"], header, client)
            return "certificate"
        self._check_federated(form["client_assertion"])
        return "workload"

    def _check_certificate_assertion(self, assertion, header, client):
        certificate = self.certificates.get(client)
        wrong = Refused(401, "invalid_client", "AADSTS700027",
                        "The certificate with identifier used to sign the client assertion is not registered on application.")
        if certificate is None:
            raise wrong
        for name, digest in (("x5t", hashes.SHA1()), ("x5t#S256", hashes.SHA256())):
            wanted = base64.urlsafe_b64encode(certificate.fingerprint(digest)).decode().rstrip("=")
            if name in header and header[name].rstrip("=") != wanted:
                raise wrong
        if header.get("typ") != "JWT":
            raise Refused(401, "invalid_client", "AADSTS50027", "JWT token is invalid or malformed.")
        try:
            # Five minutes of other clocks, as the service allows them.
            claims = jwt.decode(assertion, certificate.public_key(), algorithms=["RS256", "PS256"], issuer=client, leeway=300,
                                audience=f"{self.authority}/{TENANT}/oauth2/v2.0/token",
                                options={"require": ["aud", "exp", "iss", "sub", "jti"]})
        except jwt.exceptions.InvalidSignatureError as error:
            raise wrong from error
        except jwt.exceptions.PyJWTError as error:
            raise Refused(401, "invalid_client", "AADSTS700024", f"Client assertion is not within its valid time range: {error}") from error
        if claims["sub"] != client or not time.time() < claims["exp"] < time.time() + 3_600:
            raise Refused(401, "invalid_client", "AADSTS700024", "Client assertion: wrong subject, over, or of too long a life.")
        with self._lock:
            if claims["jti"] in self._jtis:
                raise Refused(401, "invalid_client", "AADSTS700024", "Client assertion was used before.")
            self._jtis.add(claims["jti"])

    def _check_federated(self, assertion):
        try:
            claims = jwt.decode(assertion, self.cluster_key.public_key(), algorithms=["RS256"], audience="api://AzureADTokenExchange",
                                issuer=CLUSTER, options={"require": ["aud", "exp", "iss", "sub"]})
        except jwt.exceptions.PyJWTError as error:
            raise Refused(401, "invalid_client", "AADSTS70021", f"No matching federated identity record found: {error}.") from error
        if claims["sub"] != SUBJECT:
            raise Refused(401, "invalid_client", "AADSTS700213",
                          f"No matching federated identity record found for presented assertion subject '{claims['sub']}'.")

    # Managed identities

    def _managed(self, handler, url, _):
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        if handler.command != "GET":
            raise Refused(405, "method_not_allowed", "none", "GET alone is here")
        if url.path == "/metadata/identity/oauth2/token":
            flow, version = "imds", "2018-02-01"
            if handler.headers.get("metadata", "").lower() != "true":
                raise Refused(400, "bad_request_102", "none", "Required metadata header not specified")
            if "x-forwarded-for" in handler.headers:
                raise Refused(400, "invalid_request", "none", "no request that was forwarded")
        elif url.path == "/msi/token":
            flow, version = "appService", "2019-08-01"
            if handler.headers.get("x-identity-header") != APP_SERVICE_HEADER:
                raise Refused(401, "unauthorized", "none", "X-IDENTITY-HEADER is missing or wrong")
        else:
            raise Refused(404, "not_found", "none", "no such path")
        if query.get("api-version") != version:
            raise Refused(400, "invalid_request", "none", f"api-version is not {version}")
        resource = query.get("resource", "").rstrip("/")
        if resource not in RESOURCES:
            raise Refused(400, "invalid_resource", "AADSTS500011", f"The resource principal named {resource} was not found in the tenant.")
        if query.get("client_id") not in self.managed:
            raise Refused(400, "invalid_request", "none", "Identity not found")
        token, now = self._give(flow, resource), int(time.time())
        answer = {"access_token": token, "expires_on": str(now + self.life), "resource": resource, "token_type": "Bearer"}
        if flow == "imds":
            answer |= {"client_id": query.get("client_id") or CLIENT, "expires_in": str(self.life),
                       "ext_expires_in": str(self.life), "not_before": str(now)}
        return answer

    # The Azure CLI

    def write_az(self, folder, is_logged_in=True, script=None):
        """An `az` for PATH that asks like the real one would, and writes what that one writes."""
        folder.mkdir(exist_ok=True)
        token = self.token("https://eventhubs.azure.net")
        az = folder / "az"
        answer = json.dumps({"accessToken": token, "expiresOn": "2031-01-01 00:00:00.000000",
                             "expires_on": int(time.time()) + self.life, "subscription": "s", "tenant": TENANT, "tokenType": "Bearer"})
        text = script or (
            "for words in 'account get-access-token ' ' --resource https://eventhubs.azure.net ' ' --output json '; do\n"
            "  case \" $* \" in *\"$words\"*) ;; *) echo \"wrong: $*\" >&2; exit 2;; esac\ndone\n"
            f"echo a warning >&2\ncat <<'END'\n{answer}\nEND\n" if is_logged_in
            else "echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
        az.write_text(f"#!/bin/sh\n{text}")
        az.chmod(0o755)
        return folder
