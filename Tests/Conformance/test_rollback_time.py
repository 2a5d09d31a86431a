# SPDX-License-Identifier: Apache-2.0
"""How long a canary that suddenly fails altogether keeps traffic: 30 requests a second, 5 % of them on it."""

import time

from harness.callers import Callers
from harness.processes import eventually
from harness.relay import version


def test_a_canary_that_fails_altogether_loses_its_traffic_within_seconds(relays, mock):
    relay = relays(
        routes={
            "chat": {
                "versions": [
                    version("old", "gpt-4.1"),
                    version("new", "sudden", state="staging", weight=0.0, config={"retry_policy": {"max_retries": 0}}),
                ]
            }
        }
    )
    with Callers(relay, rate=30, units=20_000) as callers:
        body = {"version_id": "new", "plan": {"steps": [{"weight": "5%", "for": "1h"}]}, "name": "r"}
        relay.admin("POST", "/rollouts", body, expect=201)
        eventually(lambda: sum(version == "new" for _, _, version in callers.answers) >= 8, within=60, why="traffic")
        with mock.setting(models={"sudden": {"errors": ["error-500"], "error_rate": 1.0}}):
            began = time.time()
            # A node takes a canary that fails outright out of its own traffic even before the judge has spoken.
            last = [began]

            def quiet():
                last[0] = max([began] + [at for at, _, version in callers.answers if version == "new"])
                return time.time() - last[0] > 5 and last[0] > began

            eventually(quiet, within=90, every=0.1, why="no request goes to the canary")
            lost = [at for at, status, version in callers.answers if version == "new" and at >= began and status != 200]
            state = relay.admin("GET", "/rollouts/r")["state"]
    seconds = last[0] - began
    print(f"\nrequests lost {len(lost)}, last one after {seconds:.1f} s, rollout: {state}")
    assert len(lost) <= 12
    assert "braked" in state or state.startswith("rolled back"), state
