"""One of two endpoints is sick the whole time, in one way after the other; the other is not delayed.

The sick one's route leaves out a device, so that its books have filtered events too."""


def sicknesses(endpoint):
    yield "no credit", lambda: endpoint.tell(credit=0)
    yield "sign-in refused", lambda: endpoint.tell(credit=500, keys=[], drop=True)
    yield "everything released", lambda: endpoint.tell(keys=None, outcomes=[{"outcome": "released", "one_in": 1}])
    yield "gone", endpoint.kill


def run(stage):
    stage.open(endpoints=("well", "sick"), filters={"sick": ("$body.device != 'd0'", lambda device, _: device != "d0")})
    well, sick = stage.endpoints.values()
    for what, fall_ill in sicknesses(sick):
        fall_ill()
        stage.publisher.tell(rate=500)
        stage.load(stage.choose(1, 30), what)
        stage.pause_publisher()
        # All of it, while the other one has got none.
        stage.wait(lambda: not stage.missing(well), f"the other endpoint to get all ({what})")
    taken = len(sick.received.accepted)
    stage.expect(taken < len(well.received.accepted), "the sick endpoint was not sick")
    stage.notes.append(f"the well endpoint's latency: median {well.received.percentile_ms(0.5):.1f} ms, "
                       f"99th percentile {well.received.percentile_ms(0.99):.1f} ms")
    sick.start()
    sick.heal()
    stage.reload()
    stage.publisher.tell(rate=500)
    stage.wait_for_deliveries(100, sick)
