# SPDX-License-Identifier: Apache-2.0
"""What happens to rollouts: outages, deaths of the process, gates, two at once; over real sockets, with a real store."""

import signal
import time

import pytest

from harness.callers import Callers
from harness.processes import eventually
from harness.relay import Relay, standard_config, version

# All phases that are stored: a step, a gate, a step, a bake at everything.
PLAN = {
    "steps": [
        {"weight": "30%", "for": "2s"},
        {"gate": "manual"},
        {"weight": "60%", "for": "2s"},
        {"weight": "100%", "bake": "2s"},
    ],
    "holdback": "10%",
}


@pytest.fixture
def relay(tmp_path, provider):
    config = standard_config(provider.url)
    config["routes"] = {
        name: {
            "versions": [
                version(f"{name}-old", "gpt-4.1"),
                version(f"{name}-new", f"{name}-new", state="staging", weight=0.0),
            ]
        }
        for name in ("chat", "search")
    }
    relay = Relay(tmp_path, config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def begin(relay, route, plan):
    body = {"version_id": f"{route}-new", "plan": plan, "name": route, "reason": "a test"}
    return relay.admin("POST", "/rollouts", body, expect=201)


def show(relay, route="chat"):
    return relay.admin("GET", f"/rollouts/{route}")


def reaches(relay, condition, route="chat", within=40.0):
    """The rollout once it is as it should be."""

    def looked():
        view = show(relay, route)
        return view if condition(view) else None

    return eventually(looked, within=within, every=0.1, why=show(relay, route))


def test_an_outage_of_both_holds_and_nothing_is_rolled_back(relay, provider):
    with Callers(relay, rate=80):
        begin(relay, "chat", {"steps": [{"weight": "40%", "for": "1h"}]})
        reaches(relay, lambda view: view.get("verdict", {}).get("step_requests", 0) > 20)
        # Bad enough for the ceiling, rare enough that five in a row (the brake) are rare.
        with provider.setting(error_rate=0.3, errors=["error-500"]):
            held = reaches(relay, lambda view: view["phase"] == "paused")
            assert "rolled back" not in held["state"]
            time.sleep(2)
            assert show(relay)["effective_weight"] == pytest.approx(0.4)
        relay.admin("POST", "/rollouts/chat/resume", {"reason": "the provider is back"})
        time.sleep(2)
        assert show(relay)["phase"] == "progressing", show(relay)["state"]


def test_a_breach_at_a_gate_rolls_back(relay, provider):
    with Callers(relay, rate=80):
        begin(relay, "chat", {"steps": [{"weight": "30%", "for": "1s"}, {"gate": "manual"}, {"weight": "100%"}]})
        reaches(relay, lambda view: "gate" in view["state"])
        with provider.setting(models={"chat-new": {"error_rate": 0.3}}):
            ended = reaches(relay, lambda view: not view["open"])
        assert ended["state"] == "rolled back"
        assert ended["effective_weight"] == 0


def test_two_rollouts_at_once_each_by_its_own_evidence(relay, provider):
    with provider.setting(models={"search-new": {"error_rate": 0.3}}), Callers(relay, "chat", "search", rate=120):
        for route in ("chat", "search"):
            begin(relay, route, {"steps": [{"weight": "30%", "for": "6s"}, {"weight": "100%"}]})
        assert reaches(relay, lambda view: not view["open"], "search")["state"] == "rolled back"
        assert reaches(relay, lambda view: not view["open"], "chat")["phase"] == "completed"


def test_killed_at_every_stored_transition_it_goes_on_where_it_was_and_never_upwards_first(relay):
    """`kill -9` as soon as a new state is seen; the next process has that state, and no more weight than before."""
    begin(relay, "chat", PLAN)
    seen = []
    with Callers(relay, rate=80):
        while True:
            view = eventually(
                lambda: next((view for view in [show(relay)] if key(view) not in seen), None),
                within=40,
                why="the next state",
            )
            seen.append(key(view))
            if not view["open"]:
                break
            relay.daemon.process.send_signal(signal.SIGKILL)
            relay.daemon.process.wait()
            relay.start()
            after = show(relay)
            assert key(after) == key(view) or key(after) not in seen, "no way back"
            assert after["effective_weight"] <= view["effective_weight"] + 1e-9, (view, after)
            if "gate" in after["state"]:
                relay.admin("POST", "/rollouts/chat/approve", {"reason": "looks fine"})
    assert [step for step, _ in seen] == sorted(step for step, _ in seen)
    assert {1, 2, 3, 4} <= {step for step, _ in seen}, seen
    assert seen[-1][1] == "completed"
    assert relay.admin("GET", "/rollouts/chat/replay")["agrees"] is not False
    assert relay.cli("audit", "verify").returncode == 0
    actions = [entry["action"] for entry in relay.admin("GET", "/audit?limit=1000")["items"]]
    assert actions.count("rollout.restart") >= 3


def key(view):
    return (view["step"], view["state"])
