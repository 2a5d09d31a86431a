# SPDX-License-Identifier: Apache-2.0
"""What becomes of a canary that fails outright, and of one whose production fails outright with it."""

import time

import pytest

from harness.callers import Callers
from harness.processes import eventually
from harness.relay import Relay, standard_config, version

NO_RETRY = {"retry_policy": {"max_retries": 0}}


@pytest.fixture
def relay(tmp_path, provider):
    config = standard_config(provider.url)
    config["routes"] = {
        name: {
            "versions": [
                version(f"{name}-old", f"{name}-old", config=NO_RETRY),
                version(f"{name}-new", f"{name}-new", state="staging", weight=0.0, config=NO_RETRY),
            ]
        }
        for name in ("one", "both")
    }
    relay = Relay(tmp_path, config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def show(relay, route):
    return relay.admin("GET", f"/rollouts/{route}")


def begin(relay, route):
    body = {"version_id": f"{route}-new", "plan": {"steps": [{"weight": "60%", "for": "1h"}]}, "name": route}
    relay.admin("POST", "/rollouts", body, expect=201)


def test_a_dead_canary_is_rolled_back_and_an_outage_of_both_is_held(relay, provider):
    """With so large a share five failures are little evidence, and the canary is tried again every thirty seconds."""
    with Callers(relay, "one", "both", rate=60) as callers:
        for route in ("one", "both"):
            begin(relay, route)
        for route in ("one", "both"):
            eventually(lambda: (show(relay, route).get("verdict") or {}).get("step_requests", 0) > 20, within=60)
        dead = {"errors": ["error-500"], "error_rate": 1.0}
        began = time.time()
        with provider.setting(models={"one-new": dead, "both-old": dead, "both-new": dead}):
            eventually(lambda: show(relay, "both")["phase"] == "paused", within=30, every=0.1)
            eventually(lambda: not show(relay, "one")["open"], within=130, every=0.2)
            seconds = time.time() - began
            assert show(relay, "one")["state"].startswith("rolled back")
            held = show(relay, "both")
            assert held["phase"] == "paused" and held["effective_weight"] == pytest.approx(0.6), held["state"]
        lost = [at for at, status, name in callers.answers if name == "one-new" and at >= began and status != 200]
        print(f"\nrequests lost {len(lost)}, rolled back after {seconds:.0f} s: {show(relay, 'one')['state']}")
        assert len(lost) <= 15
        # A trial that failed just before the end of the outage may hold it once more.
        asked = len(callers.answers)
        eventually(
            lambda: any(name == "both-new" and status == 200 for _, status, name in callers.answers[asked:]), within=45
        )
        relay.admin("POST", "/rollouts/both/resume", {"reason": "the provider is back"})
        time.sleep(2)
        assert show(relay, "both")["phase"] == "progressing", show(relay, "both")["awaited"]
