"""The provider and the namespace that stand in for Azure are honest: Microsoft's own azure-identity gets
its tokens from the one, and the other takes right tokens from Microsoft's own client, and no others."""

import time

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.eventhub import EventData, EventHubProducerClient
from azure.eventhub.exceptions import AuthenticationError
from azure.identity import (AzureCliCredential, CertificateCredential, ClientSecretCredential, ManagedIdentityCredential,
                            WorkloadIdentityCredential)

from conftest import twinroute
from identity_provider import CLIENT, TENANT, new_key
from identity_rig import FLOWS, HUBS, flow, namespace, provider  # noqa: F401
from rig import free_port


@pytest.mark.parametrize("name", FLOWS)
def test_the_official_library_gets_its_tokens_from_the_provider(provider, monkeypatch, name):
    identity, variables = flow(name, provider)
    for variable in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_POD_IDENTITY_AUTHORITY_HOST"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    authority = {"authority": provider.authority, "connection_verify": str(provider.certificate), "disable_instance_discovery": True}
    credential = {
        "clientSecret": lambda: ClientSecretCredential(TENANT, CLIENT, identity["secret"], **authority),
        "clientCertificate": lambda: CertificateCredential(TENANT, CLIENT, identity["certificate"], **authority),
        "workload": lambda: WorkloadIdentityCredential(
            tenant_id=TENANT, client_id=CLIENT, token_file_path=str(provider.token_file), **authority),
        "managed": lambda: ManagedIdentityCredential(client_id=identity.get("client")),
        "azureCLI": AzureCliCredential,
    }[identity["kind"]]()
    token = credential.get_token(f"{HUBS}/.default")
    assert token.token.count(".") == 2 and token.expires_on > time.time() + 3000
    if name == "secret":
        with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
            ClientSecretCredential(TENANT, CLIENT, "wrong", **authority).get_token(f"{HUBS}/.default")


class Given:
    def __init__(self, text):
        self.text = text

    def get_token(self, *_, **__):
        return AccessToken(self.text, int(time.time()) + 3600)


def unsigned(token):
    header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}
    return f"{header}.{token.split('.')[1]}."


TOKENS = {
    "right": (True, lambda p: p.token(HUBS)),
    "right, with a slash": (True, lambda p: p.token(HUBS + "/")),
    "of Service Bus": (True, lambda p: p.token("https://servicebus.azure.net")),
    "over": (False, lambda p: p.token(HUBS, life=-10)),
    "not begun": (False, lambda p: p.token(HUBS, nbf=int(time.time()) + 100)),
    "for something else": (False, lambda p: p.token("https://management.azure.com")),
    "of another issuer": (False, lambda p: p.token(HUBS, key=new_key())),
    "changed": (False, lambda p: p.token(HUBS)[:-8] + "AAAAAAAA"),
    "unsigned": (False, lambda p: unsigned(p.token(HUBS))),
    "no token": (False, lambda p: "SharedAccessSignature sr=x&sig=y&se=1900000000&skn=z"),
}


def test_the_namespace_takes_right_tokens_only(namespace, provider):
    """With Microsoft's own client."""
    for name, (is_right, make) in TOKENS.items():
        producer = EventHubProducerClient(
            f"127.0.0.1:{namespace.port}", "telemetry", Given(make(provider)), use_tls=False, retry_total=0)
        with producer:
            if is_right:
                producer.send_batch([EventData("x")])
            else:
                with pytest.raises(AuthenticationError):
                    producer.send_batch([EventData("x")])
                    raise AssertionError(f"a token that is {name} was taken")
    assert namespace.events("telemetry") == 3


def test_a_namespace_names_what_is_no_key(rig):
    file = rig.folder / "issuer.pem"
    file.write_text("nothing")
    done = twinroute("namespace", "--port", free_port(), "--http-port", free_port(), "--token-issuer", file)
    assert done.returncode != 0 and "holds no public RSA key" in done.stderr
