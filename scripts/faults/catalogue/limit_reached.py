"""An endpoint without credit reaches its limit, which is to block: the broker keeps what comes then.

Once the endpoint takes events again, all of them go through."""


def run(stage):
    stage.open(fields={"limits": {"bytes": "1MiB", "whenFull": "block"}})
    stage.hub.tell(credit=0)
    stage.publisher.tell(rate=2000)
    stage.load(stage.choose(5, 30), "the backlog grows")
    before = stage.endpoint_status("hub").get("waiting")
    stage.load(stage.choose(2, 10), "at the limit")
    after = stage.endpoint_status("hub").get("waiting")
    stage.expect(before == after, f"the backlog went on growing beyond its limit, from {before} to {after} events")
    stage.publisher.tell(rate=500)
    stage.hub.tell(credit=500)
    stage.wait_for_deliveries(5000)
