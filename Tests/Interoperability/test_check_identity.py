"""`twinroute check --connect` where an endpoint is signed in to with Microsoft Entra ID."""

from check_rig import Check
from identity_provider import CLIENT
from identity_rig import flow, grid, hub, namespace, provider, topic  # noqa: F401


def test_a_token_signs_in_to_a_hub_and_a_topic(rig, provider, namespace, topic):
    identity, _ = flow("secret", provider)
    check = Check(rig, [], {"hub": hub(namespace, identity), "grid": grid(topic, identity)})
    assert not check.failed("hub") and not check.failed("grid"), check.report
    assert {"ok"} >= {outcome for outcome in check.outcomes("hub").values() if outcome not in ("skipped", "warning")}
    assert sorted(resource for _, resource in provider.given) == ["https://eventgrid.azure.net", "https://eventhubs.azure.net"]
    assert topic.events == []


def test_a_wrong_secret_is_told_with_the_remedy_and_not_shown(rig, provider, namespace):
    identity, _ = flow("secret", provider)
    secret = "no-secret-of-this-application"
    assert provider.secrets[CLIENT] != secret
    check = Check(rig, [], {"hub": hub(namespace, {**identity, "secret": secret})})
    failed = check.failed("hub")
    assert len(failed) == 1 and "AADSTS" in failed[0]["detail"] and "secret" in failed[0]["remedy"], failed
    assert secret not in str(check.report)
