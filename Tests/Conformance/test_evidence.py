# SPDX-License-Identifier: Apache-2.0
"""What counts as evidence where answers take long, callers fail everywhere, and providers refuse slowly."""

import json
import random
import time

import pytest

from harness.behaving import Behaving
from harness.callers import Callers
from harness.processes import eventually
from harness.relay import Relay, standard_config, version

NO_RETRY = {"retry_policy": {"max_retries": 0}}


@pytest.fixture
def stage(tmp_path):
    provider = Behaving()
    config = standard_config(provider.url)
    config["drain"] = {"timeout": "2s"}
    config["routes"] = {
        "chat": {
            "versions": [
                version("old", "old", config=NO_RETRY),
                version("new", "new", state="staging", weight=0.0, config=NO_RETRY),
            ]
        }
    }
    provider.models = {"old": lambda user: (0.02, 200), "new": lambda user: (0.02, 200)}
    relay = Relay(tmp_path, config).start()
    yield relay, provider
    relay.stop()
    provider.stop()


def show(relay):
    return relay.admin("GET", "/rollouts/r")


def begin(relay, weight="20%", **more):
    plan = {"steps": [{"weight": weight, "for": "1h"}, {"weight": 1}], **more}
    relay.admin("POST", "/rollouts", {"version_id": "new", "plan": plan, "name": "r"}, expect=201)


# The judge alone, as fast as its evidence: what one cluster of seconds may say is bounded elsewhere.
ERRORS = {"metrics": [{"error": {"tolerance_odds": 1.5}}], "burst": "off"}


def test_errors_that_come_after_half_a_minute_are_found(stage):
    relay, provider = stage
    chance = random.Random(1)
    provider.models["old"] = lambda user: (33, 200)
    provider.models["new"] = lambda user: (33, 500 if chance.random() < 0.5 else 200)
    with Callers(relay, rate=8, threads=320, timeout=60):
        begin(relay, **ERRORS)
        began = time.time()
        eventually(lambda: not show(relay)["open"], within=75, every=0.5)
        seconds = time.time() - began
    assert show(relay)["state"].startswith("rolled back"), show(relay)["state"]
    print(f"\nrolled back {seconds - 33:.1f} s after the first answers")
    assert seconds < 33 + 30


def test_a_canary_that_dies_among_slow_answers_costs_few_callers(stage):
    relay, provider = stage
    provider.models = {"old": lambda user: (20, 200), "new": lambda user: (20, 200)}
    with Callers(relay, rate=10, threads=320, timeout=60) as callers:
        begin(relay, **ERRORS)
        time.sleep(24)
        assert show(relay)["open"]
        before = provider.served["new"]
        provider.models["new"] = lambda user: (0, 500)
        began = time.time()
        eventually(lambda: not show(relay)["open"], within=15, every=0.1)
        print(f"\nrolled back after {time.time() - began:.1f} s, {provider.served['new'] - before} requests")
        # After four callers the brake has production serve the canary's, and what is under way there is seen not to fail.
        assert time.time() - began < 10
        assert sum(status != 200 for _, status, _ in callers.answers) <= 6
    assert show(relay)["state"].startswith("rolled back")


def test_slow_refusals_are_no_slow_answers(stage):
    relay, provider = stage
    with Callers(relay, rate=40, threads=64):
        # The baseline's limits are known.
        time.sleep(8)
        begin(relay, "50%", burst="off")
        time.sleep(6)
        provider.models["new"] = lambda user: (0.4, 429)
        eventually(lambda: show(relay)["phase"] == "paused", within=30, every=0.2)
        time.sleep(10)
        held = show(relay)
    assert held["open"], held["state"]
    assert "Quota" in json.dumps(held), held["state"]


def test_one_caller_whose_requests_fail_everywhere_rolls_back_nothing(stage):
    relay, provider = stage

    def behave(user):
        return (0.01, 500 if user == "u0" else 200)

    provider.models = {"old": behave, "new": behave}
    # Now and then somebody else sends; one caller sends all the time, on whichever version it is.
    with Callers(relay, rate=1, units=40, seed=3), Callers(relay, rate=20, units=1, seed=4):
        begin(relay, "50%")
        for _ in range(20):
            time.sleep(1)
            assert show(relay)["open"], show(relay)["state"]
    # The same for a split in which that caller is the canary's, whatever the chance of a salt.
    relay.admin("POST", "/rollouts/r/abort", {"reason": "enough"})


@pytest.mark.parametrize("share", ["0.2", "0.5"])
def test_a_dead_canary_is_rolled_back_within_seconds_and_shift_fails(stage, share):
    relay, provider = stage
    with Callers(relay, rate=10) as callers:
        time.sleep(4)
        words = ("--target-weight", share, "--increment", share, "--check-interval", "60")
        provider.models["new"] = lambda user: (0.01, 500)
        done = relay.cli("shift", "--version", "new", *words, check=False)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        failures = [at for at, status, _ in callers.answers if status != 200]
        rollout = relay.admin("GET", "/rollouts")["items"][0]
        ended = next(e for e in reversed(relay.admin("GET", "/audit?limit=1000")["items"]) if e["action"] == "rollout.rollback")
        print(f"\nshare {share}: {provider.served['new']} attempts, {len(failures)} callers lost,"
              f" {rollout['state']}; {ended['at']}, first failure {min(failures)}")
        assert provider.served["new"] <= 12


@pytest.fixture
def three(tmp_path):
    """Three production versions, one of which fails three times in ten, and a canary."""
    provider = Behaving()
    config = standard_config(provider.url)
    config["drain"] = {"timeout": "2s"}
    weights = {"p1": 0.4, "p2": 0.4, "p3": 0.2}
    config["routes"] = {
        "chat": {
            "versions": [
                *(version(name, name, weight=weight, config=NO_RETRY) for name, weight in weights.items()),
                version("new", "new", state="staging", weight=0.0, config=NO_RETRY),
            ]
        }
    }
    chance = random.Random(2)
    fails = {"p1": 0.01, "p2": 0.01, "p3": 0.3, "new": 0.01}
    provider.models = {
        name: lambda user, name=name: (0.01, 500 if chance.random() < fails[name] else 200) for name in fails
    }
    relay = Relay(tmp_path, config).start()
    yield relay, fails
    relay.stop()
    provider.stop()


def test_a_bad_production_version_neither_hides_a_bad_canary_nor_harms_a_good_one(three):
    relay, fails = three
    with Callers(relay, rate=40, units=50_000):
        begin(relay, "30%", **ERRORS)
        for _ in range(30):
            time.sleep(1)
            assert show(relay)["open"], show(relay)["state"]
        told = show(relay)["verdict"]
        errors = next(metric for metric in told["metrics"] if metric["metric"] == "error")
        against = {part["version_id"]: part for part in errors["versions"]}
        assert set(against) == {"p1", "p2", "p3"}
        failed = {name: part["baseline_events"] for name, part in against.items()}
        assert failed["p3"] > failed["p1"] + failed["p2"], against
        fails["new"] = 0.1
        began = time.time()
        eventually(lambda: not show(relay)["open"], within=120, every=0.2)
        print(f"\nrolled back {time.time() - began:.1f} s after it turned bad")
    assert show(relay)["state"].startswith("rolled back"), show(relay)["state"]
    text = relay.cli("rollout", "explain", "r").stdout
    for name in ("p1", "p2", "p3"):
        assert f"against {name} (" in text, text
