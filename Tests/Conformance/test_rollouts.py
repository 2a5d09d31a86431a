# SPDX-License-Identifier: Apache-2.0
"""Rollouts as a team meets them: begun over the CLI, led by the server, judged on real traffic, followed by scripts."""

import json
import time

import pytest

from harness.callers import Callers
from harness.processes import eventually
from harness.relay import Relay, standard_config, version

# Two steps that a healthy canary needs six seconds for.
BRIEF = """
rollout:
  steps:
    - {weight: 30%, for: 3s}
    - {weight: 60%, for: 2s}
    - {weight: 100%}
"""


@pytest.fixture(scope="module")
def busy(tmp_path_factory, mock):
    """A route with a production version, three that wait in staging, and callers."""
    config = standard_config(mock.url)
    config["routes"] = {
        "chat": {
            "versions": [
                version("v1", "gpt-4.1"),
                version("good", "gpt-4o", state="staging", weight=0.0),
                version("bad", "mock-error-500", state="staging", weight=0.0),
                version("fine", "gpt-4.1-mini", state="staging", weight=0.0),
                version("spare", "gpt-4.1-mini", state="staging", weight=0.0),
                version("worded", "gpt-4.1", state="staging", weight=0.0, config={"temperature": 0.1}),
            ],
        }
    }
    relay = Relay(tmp_path_factory.mktemp("rollouts"), config).start()
    (relay.folder / "brief.yaml").write_text(BRIEF)
    with Callers(relay):
        eventually(lambda: weight(relay, "v1") == 1.0, why="the route serves")
        time.sleep(2)
        yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def weight(relay, name):
    return relay.admin("GET", "/versions/distribution")[name]["effective_weight"]


def say(relay, *words, code=0):
    done = relay.cli(*words, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_plan_is_estimated_before_the_start(busy):
    text = say(busy, "rollout", "plan", str(busy.folder / "brief.yaml"), "--version", "good")
    assert "good on route chat, against v1" in text
    assert "30%" in text and "too short" in text
    assert "PRODUCTION NOW" in text and "errors, 1.5 times the odds" in text
    say(busy, "rollout", "plan", str(busy.folder / "brief.yaml"), "--version", "good", "--strict", code=1)


@pytest.mark.parametrize(
    "text, told",
    [
        ("steps: [{weight: 5%, for: 1h}, {weight: 2%, for: 1h}]", "steps[1].weight"),
        ("steps: [{weigth: 5%}]", "steps[0].weigth"),
        ("steps: {", "not YAML"),
        ("preset: hasty", "careful"),
    ],
)
def test_a_plan_that_does_not_fit_says_where(busy, tmp_path, text, told):
    plan = tmp_path / "plan.yaml"
    plan.write_text(text)
    done = busy.cli("rollout", "start", "good", "--plan", str(plan), check=False)
    assert done.returncode in (1, 2)
    assert told in done.stderr


def test_a_good_canary_is_promoted_and_can_be_taken_back(busy):
    begun = say(busy, "rollout", "start", "good", "--plan", str(busy.folder / "brief.yaml"), "--name", "r-good")
    assert "sluice rollout watch r-good" in begun
    assert "conflict" in busy.cli("rollout", "start", "fine", check=False).stderr
    say(busy, "rollout", "status", "r-good", "--timeout", "1s", code=2)
    lines = say(busy, "rollout", "watch").splitlines()
    assert any("step 2/3" in line for line in lines)
    assert "completed" in lines[-1]
    assert "\x1b" not in "".join(lines), "nothing for a screen in a pipe"
    say(busy, "rollout", "status", "r-good")
    assert weight(busy, "good") == 1.0
    assert busy.admin("GET", "/versions/v1")["state"] == "production", "the former version stays warm"
    assert "r-good" in say(busy, "rollout", "list")
    assert "was promoted" in say(busy, "rollout", "explain", "r-good")
    assert "gives the verdict again" in say(busy, "rollout", "replay", "r-good")
    say(busy, "rollout", "undo", "r-good", "--reason", "wrong tone")
    eventually(lambda: weight(busy, "v1") == 1.0, why="the former version serves again")


def test_a_bad_canary_is_rolled_back_and_the_job_fails(busy, tmp_path):
    say(busy, "rollout", "start", "bad", "--plan", "careful", "--name", "r-bad", "--watch", code=1)
    assert weight(busy, "bad") == 0.0
    say(busy, "rollout", "status", "r-bad", "--timeout", "60s", code=1)
    text = say(busy, "rollout", "explain", "r-bad")
    for word in ("rolled back", "What changed", "gpt-4.1 → mock-error-500", "How sure", "What to do next"):
        assert word in text
    for word in ("(rolls back at 100)", "Which errors", "status 500, upstream_error", "For instance request"):
        assert word in text
    assert "/v1/admin" not in text and "to 1 that" not in text
    log = tmp_path / "evidence.ndjson"
    log.write_text(say(busy, "rollout", "replay", "r-bad", "--export"))
    assert all(json.loads(line) for line in log.read_text().splitlines())
    say(busy, "judge", "replay", str(log))


def test_a_ceiling_that_production_breaks_is_refused_or_only_shown(busy, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("{steps: [{weight: 5%, for: 1h}], metrics: {error: {}, latency: {ceiling: {p99: 1ms}}}}")
    eventually(lambda: busy.admin("GET", "/versions/v1/metrics")["total_requests"] >= 100, why="production has a p99")
    assert "BROKEN" in say(busy, "rollout", "plan", str(plan), "--version", "spare", code=1)
    refused = busy.cli("rollout", "start", "spare", "--plan", str(plan), check=False)
    assert refused.returncode == 1 and "ceiling is 1 ms" in refused.stderr and "--force" in refused.stderr
    say(busy, "rollout", "start", "spare", "--plan", str(plan), "--name", "r-slow", "--force")
    assert busy.admin("GET", "/rollouts/r-slow")["phase"] == "progressing"
    say(busy, "rollout", "abort", "r-slow")


def test_a_promotion_names_its_step_and_what_would_have_no_effect_is_refused(busy):
    busy.admin("POST", "/versions/spare/transition", {"target_state": "staging"})
    steps = [{"weight": share, "for": "10m"} for share in (0.05, 0.2, 0.6)]
    busy.admin("POST", "/rollouts", {"version_id": "spare", "plan": {"steps": steps}, "name": "r-steps"}, expect=201)
    assert busy.admin("POST", "/rollouts/r-steps/promote", {"step": 1})["step"] == 2
    assert "step 2" in busy.cli("rollout", "promote", "r-steps", "--step", "1", check=False).stderr
    assert busy.admin("GET", "/rollouts/r-steps")["step"] == 2
    for words in (("weight", "v1", "0.5"), ("thresholds", "spare", "--error-rate", "2%")):
        done = busy.cli("version", *words, check=False)
        assert done.returncode == 1 and "r-steps" in done.stderr
    say(busy, "rollout", "abort", "r-steps")
    assert "spare" not in say(busy, "version", "list", "--state", "production,canary")


def test_bursts_are_limited_where_the_canary_has_other_targets_than_production(busy):
    brief = str(busy.folder / "brief.yaml")
    same = "Bursts are not limited: worded and v1 have the same targets"
    assert same in say(busy, "rollout", "plan", brief, "--version", "worded")
    series = 'sluice_rollout_log_evidence{rollout="r-%s",metric="%s"}'
    for name, rule in (("worded", same), ("spare", "since spare is served by main/gpt-4.1-mini and v1 by main/gpt-4.1")):
        if busy.admin("GET", f"/versions/{name}")["state"] != "staging":
            busy.admin("POST", f"/versions/{name}/transition", {"target_state": "staging"})
        say(busy, "rollout", "start", name, "--plan", "careful", "--name", f"r-{name}")
        for metric in ("all", "error", "latency"):
            eventually(lambda: busy.metric(series % (name, metric)) is not None, why=f"a series of {metric}")
        assert rule in say(busy, "rollout", "explain", f"r-{name}")
        say(busy, "rollout", "abort", f"r-{name}")
        eventually(lambda: busy.metric(series % (name, "all")) is None, why="no series of what has ended")


def test_a_script_that_routes_by_itself_sees_no_version_that_was_rolled_back(busy):
    def listed(states):
        return {row["version_id"] for row in busy.admin("GET", f"/versions?state={states}")}

    assert "v1" in listed("production,canary") and "bad" not in listed("production,canary")
    assert listed("rollback") >= {"bad"} and "v1" not in listed("rollback")
    assert busy.admin("GET", "/versions?state=gone", expect=422)


def test_production_against_itself_is_not_rolled_back(busy):
    text = say(busy, "rollout", "selftest", "--route", "chat", "--share", "20%", "--salts", "20")
    assert "20 splits" in text and "the bound is 1%" in text


def test_what_is_not_known_is_neither_done_nor_rolled_back(busy):
    for words in (("status", "nobody"), ("watch", "nobody"), ("start", "nobody", "--watch")):
        assert "nobody" in busy.cli("rollout", *words, check=False).stderr
        say(busy, "rollout", *words, code=3)
    say(busy, "shift", "--version", "nobody", "--target-weight", "0.1", "--increment", "0.1", "--check-interval", "1", code=3)
    say(busy, "rollout", "status", "--admin-url", "http://127.0.0.1:1", code=3)


def test_shift_ramps_in_increments_and_stays_at_its_gate(busy):
    text = say(
        busy, "shift", "--version", "fine", "--target-weight", "0.3", "--increment", "0.15", "--check-interval", "2"
    )
    rows = [line.split()[0] for line in text.splitlines()[2:]]
    assert "15%" in rows and "30%" in rows
    assert abs(weight(busy, "fine") - 0.3) < 1e-9
    within = ("--duration", "1", "--error-threshold", "0.5", "--window", "10s")
    assert "within the limits" in say(busy, "monitor", "--version", "fine", *within)
    assert "PASSED: p99" in say(
        busy, "monitor", "--version", "fine", "--duration", "30", "--latency-threshold", "0.001", code=1
    )
    # A further shift goes on from the gate; the judge has not forgotten what it saw.
    more = ("--target-weight", "0.5", "--increment", "0.2", "--check-interval", "1")
    text = say(busy, "shift", "--version", "fine", *more)
    assert text.splitlines()[0] == "rollout fine-1"
    assert abs(weight(busy, "fine") - 0.5) < 1e-9
    say(busy, "rollout", "watch", "fine", "--timeout", "1s", code=2)
    say(busy, "rollout", "abort", "--reason", "enough")
    assert weight(busy, "fine") == 0.0
    say(busy, "monitor", "--version", "fine", "--duration", "5", "--error-threshold", "0.99", code=1)
    say(busy, "shift", "--version", "fine", "--target-weight", "0.3", "--increment", "0", "--check-interval", "2", code=2)


def test_the_demo_ends_as_it_announces(busy):
    text = say(busy, "demo", "--only", "errors")
    assert "v3, judged against v1, was rolled back by itself" in text
    assert "This did not end as announced" not in text
