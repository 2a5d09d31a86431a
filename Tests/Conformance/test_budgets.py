# SPDX-License-Identifier: Apache-2.0
"""Budgets under load and over `kill -9`: not a cent leaks, and nobody is refused who had money left."""

import http.client
import json
import multiprocessing
import os
import random
import sqlite3
import threading
import time
from fractions import Fraction

import openai
import pytest
import requests

from harness.processes import eventually
from harness.relay import APP_KEY, NO_RETRY, Relay, standard_config, version

# SLUICE_LONG=1 runs 64 workers in each of 4 processes, and 20 kills.
LONG = os.environ.get("SLUICE_LONG") == "1"
PROCESSES, WORKERS, KILLS = (4, 64, 20) if LONG else (4, 8, 2)
CENT = 10_000_000
OTHER_KEY = "conformance-caller-5Kd81mQwZ3"


def budget_config(mock, **changes):
    config = standard_config(mock.url)
    config["routes"] = {
        "cent": {"versions": [version("cent-1", "cent", config=NO_RETRY)]},
        "free": {"versions": [version("free-1", "free", config=NO_RETRY)]},
        "unpriced": {"versions": [version("unpriced-1", "unpriced", config=NO_RETRY)]},
    }
    config["prices"] = [
        {"provider": "main", "model": "cent", "input": 0, "output": 0, "per_request": "0.01"},
        {"provider": "main", "model": "free", "input": 0, "output": 0},
    ]
    config["keys"] = [{"name": "app", "key": APP_KEY, "team": "alpha"}, {"name": "other", "key": OTHER_KEY}]
    config["limits"] = {"in_flight_per_key": 10_000}
    return {**config, **changes}


ONE_DOLLAR = [{"entity": "key:app", "window": "total", "limit_usd": "1.00"}]


def ask(port, model="cent", key=APP_KEY, timeout=20, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hi"}]})
        fields = {"authorization": f"Bearer {key}", "content-type": "application/json", **headers}
        connection.request("POST", "/v1/chat/completions", body, fields)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers
    finally:
        connection.close()


def work(port, workers, counts):
    """Asks from several threads until there is no money left, at most for a while; counts answers by status."""
    found = {}
    lock = threading.Lock()
    end = time.monotonic() + 60

    def run():
        while time.monotonic() < end:
            try:
                status = ask(port)[0]
            except (OSError, http.client.HTTPException, ValueError):
                status = 0
                time.sleep(0.02)
            with lock:
                found[status] = found.get(status, 0) + 1
            if status == 402:
                return

    threads = [threading.Thread(target=run, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(70)
    counts.put(found)


class Load:
    """The workers of all processes."""

    def __init__(self, port):
        context = multiprocessing.get_context("fork")
        self.counts = context.Queue()
        self.processes = [
            context.Process(target=work, args=(port, WORKERS, self.counts), daemon=True) for _ in range(PROCESSES)
        ]
        for process in self.processes:
            process.start()

    def wait(self):
        sums = {}
        for _ in self.processes:
            for status, count in self.counts.get(timeout=90).items():
                sums[status] = sums.get(status, 0) + count
        for process in self.processes:
            process.join(10)
        return sums


def charges(relay):
    """What requests were charged, as it stands in the store."""
    connection = sqlite3.connect(f"file:{relay.folder / 'data' / 'sluice.db'}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT amount, is_settled FROM charge WHERE amount > 0").fetchall()
    finally:
        connection.close()


def test_exactly_a_hundred_cents_of_a_dollar(relays, mock):
    relay = relays(**budget_config(mock, budgets=ONE_DOLLAR))
    before = mock.last_sequence()
    counts = Load(relay.port).wait()
    assert counts.pop(200) == 100, counts
    assert set(counts) == {402}, counts
    assert sum(entry["model"] == "cent" for entry in mock.log(before)) == 100
    state = relay.admin("GET", "/budgets/key.app.total")
    assert (state["spent_usd"], state["reserved_usd"], state["remaining_usd"]) == ("1", "0", "0")
    eventually(lambda: charges(relay) == [(CENT, 1)] * 100, why="a hundred settled charges")
    assert relay.metric('sluice_budget_spent_usd{budget="key.app.total"}') == 1
    # A restart knows all of it.
    assert relay.stop() == 0
    relay.start()
    assert relay.admin("GET", "/budgets/key.app.total")["spent_usd"] == "1"
    assert ask(relay.port)[0] == 402


def test_exactly_a_hundred_over_kills(relays, mock):
    chance = random.Random(17)
    for _ in range(KILLS):
        relay = relays(**budget_config(mock, budgets=ONE_DOLLAR))
        before = mock.last_sequence()
        with mock.setting(models={"cent": {"latency": "p50=30ms,p99=120ms"}}):
            load = Load(relay.port)
            time.sleep(chance.uniform(0.02, 0.4))
            relay.daemon.kill()
            relay.start()
            counts = load.wait()
        assert set(counts) <= {0, 200, 402}, counts
        eventually(lambda: charges(relay) == [(CENT, 1)] * 100, why="a hundred settled charges, those cut off included")
        served = sum(entry["model"] == "cent" for entry in mock.log(before))
        assert counts[200] <= served <= 100, (counts, served)
        # Nobody was refused but for those the crash cut off, one for each caller at most.
        assert counts[200] >= 100 - PROCESSES * WORKERS
        state = relay.admin("GET", "/budgets/key.app.total")
        assert (state["spent_usd"], state["reserved_usd"]) == ("1", "0")
        assert relay.stop() == 0


@pytest.fixture(scope="module")
def money(tmp_path_factory, mock):
    config = budget_config(
        mock,
        budgets=[
            {"entity": "team:alpha", "window": "monthly", "limit_usd": "0.03", "time_zone": "+08:00"},
            {"entity": "key:app", "window": "hourly", "limit_usd": "10", "mode": "soft", "alert_at": [1]},
            {"id": "eu", "entity": "tag:eu", "window": "daily", "limit_usd": "0.005", "budget_fallback": "free"},
        ],
        rate_limits=[{"entity": "model:free", "requests_per_minute": 5}],
    )
    config["keys"][1]["rate_limits"] = {"requests_per_minute": 2, "input_tokens_per_minute": 100_000}
    relay = Relay(tmp_path_factory.mktemp("money"), config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def test_a_spent_budget_says_all_and_opens_by_a_reset(money):
    for _ in range(3):
        assert ask(money.port)[0] == 200
    status, body, headers = ask(money.port)
    assert (status, body["error"]["code"], headers["x-should-retry"]) == (402, "budget_exceeded", "false")
    for part in ("team:alpha", "monthly", "0.03 of 0.03 USD", "opens again at", "T16:00:00"):
        assert part in body["error"]["message"], body
    assert headers["retry-after"] is None
    # The official library raises at once.
    client = openai.OpenAI(api_key=APP_KEY, base_url=money.url, max_retries=5)
    began = time.monotonic()
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="cent", messages=[{"role": "user", "content": "Hi"}])
    assert caught.value.status_code == 402 and time.monotonic() - began < 2
    answer = money.admin("POST", "/budgets/team.alpha.monthly/reset", {"reason": "a test"})
    assert (answer["spent_usd"], answer["remaining_usd"]) == ("0", "0.03")
    assert ask(money.port)[0] == 200
    entry = [row for row in money.admin("GET", "/audit?limit=200")["items"] if row["action"] == "budget.reset"][-1]
    assert (entry["action"], entry["subject"], entry["reason"]) == ("budget.reset", "budget:team.alpha.monthly", "a test")
    # A restart keeps the correction.
    money.stop()
    money.start()
    assert money.admin("GET", "/budgets/team.alpha.monthly")["spent_usd"] == "0.01"


def test_a_cheaper_route_serves_where_a_budget_names_one(money):
    status, body, headers = ask(money.port, key=OTHER_KEY, **{"x-sluice-tags": "search,eu"})
    assert status == 200, body
    assert (headers["x-sluice-route"], headers["x-sluice-budget-fallback"]) == ("free", "cent")


def test_an_unpriced_model_is_refused_under_a_hard_budget(money):
    status, body, headers = ask(money.port, "unpriced")
    assert (status, body["error"]["code"], headers["x-should-retry"]) == (403, "model_unpriced", "false")


def test_limits_of_a_key_and_a_model(money):
    client = openai.OpenAI(api_key=OTHER_KEY, base_url=money.url, max_retries=0)
    statuses = []
    for _ in range(4):
        status, body, headers = ask(money.port, "free", OTHER_KEY)
        statuses.append(status)
        assert headers["x-ratelimit-limit-requests"] == "2"
    assert 429 in statuses and statuses[-1] == 429
    assert body["error"]["code"] == "rate_limit_exceeded" and "key:other" in body["error"]["message"]
    assert 1 <= int(headers["retry-after"]) <= 30
    assert headers["x-ratelimit-remaining-requests"] == "0" and headers["x-ratelimit-reset-requests"]
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="free", messages=[{"role": "user", "content": "Hi"}])


def test_budgets_and_limits_by_the_command_line(money):
    made = money.cli(
        "budget", "create", "--entity", "end_user:bob", "--window", "weekly", "--limit-usd", "0.25", "--json"
    )
    assert json.loads(made.stdout)["id"] == "end_user.bob.weekly"
    assert "end_user.bob.weekly" in money.cli("budget", "list").stdout
    assert "0.25" in money.cli("budget", "show", "end_user.bob.weekly").stdout
    twice = money.cli("budget", "create", "--entity", "end_user:bob", "--window", "weekly", "--limit-usd", "1", check=False)
    assert twice.returncode == 1 and "already" in twice.stderr
    money.cli("budget", "reset", "end_user.bob.weekly", "--reason", "why not")
    money.cli("budget", "remove", "end_user.bob.weekly")
    assert money.cli("budget", "show", "end_user.bob.weekly", check=False).returncode == 1
    owned = money.cli("budget", "remove", "eu", check=False)
    assert owned.returncode == 1 and "configuration file" in owned.stderr
    money.cli("limit", "set", "team:alpha", "requests_per_day=1000", "concurrency=50")
    assert "requests_per_day 1000" in money.cli("limit", "list").stdout
    money.cli("limit", "set", "team:alpha")
    assert "team:alpha" not in money.cli("limit", "list").stdout


def test_a_key_is_made_with_limits_and_a_budget(money):
    made = json.loads(
        money.cli("key", "create", "bound", "--rpm", "3", "--budget-usd", "0.02", "--budget-window", "daily", "--json").stdout
    )
    statuses = [ask(money.port, key=made["key"])[0] for _ in range(3)]
    assert statuses == [200, 200, 402]
    assert ask(money.port, key=made["key"])[0] in (402, 429)
    assert money.admin("GET", f"/budgets/key.{made['id']}.daily")["spent_usd"] == "0.02"
    assert f"key:{made['id']}" in money.cli("limit", "list").stdout
    refused = money.cli("key", "create", "odd", "--budget-usd", "none", check=False)
    assert refused.returncode == 1 and "limit_usd" in refused.stderr


def test_a_budget_made_late_counts_what_was_spent_before(relays, mock):
    relay = relays(**budget_config(mock))
    for _ in range(5):
        assert ask(relay.port)[0] == 200
    eventually(lambda: len(relay.attempts()) == 5, why="five attempts in the ledger")
    body = {"entity": "key:app", "window": "total", "limit_usd": "0.07"}
    assert relay.admin("POST", "/budgets", body, 201)["spent_usd"] == "0.05"
    assert [ask(relay.port)[0] for _ in range(3)] == [200, 200, 402]
    # A window of another length is a sum of its own, and counts what lies in it once.
    assert relay.admin("POST", "/budgets", {**body, "window": "monthly"}, 201)["spent_usd"] in ("0.05", "0.06", "0.07")
    alerts = requests.get(f"{relay.admin_url}/metrics", timeout=10).text
    assert 'sluice_budget_remaining_usd{budget="key.app.total"} 0' in alerts


class Model:
    """Budgets as fractions of a dollar: what each has spent, and what a call of a cent does."""

    def __init__(self):
        self.limits: dict[str, Fraction] = {}
        self.spent: dict[str, Fraction] = {}
        self.calls: list[set[str]] = []

    def create(self, budget: str, entity: str, limit: Fraction):
        self.limits[budget] = limit
        self.spent[budget] = sum((Fraction(1, 100) for call in self.calls if entity in call), Fraction(0))

    def call(self, entities: dict[str, str]) -> int:
        meant = [budget for budget, entity in entities.items() if budget in self.limits]
        if any(self.spent[budget] + Fraction(1, 100) > self.limits[budget] for budget in meant):
            return 402
        for budget in meant:
            self.spent[budget] += Fraction(1, 100)
        self.calls.append(set(entities.values()))
        return 200


@pytest.mark.parametrize("seed", range(20 if LONG else 3))
def test_any_order_of_calls_resets_and_restarts_agrees_with_fractions(relays, mock, seed):
    chance = random.Random(seed)
    relay = relays(**budget_config(mock))
    model = Model()
    windows = ["total", "monthly"]
    entities = ["key:app", "key:other", "team:alpha", "route:cent", "version:cent-1", "model:cent"]
    known = {f"{entity.replace(':', '.')}.{window}": entity for entity in entities for window in windows}
    for _ in range(120):
        draw = chance.random()
        budget = chance.choice(list(known))
        if draw < 0.12 and budget not in model.limits:
            cents = chance.randint(1, 30)
            eventually(lambda: len(relay.attempts()) == len(model.calls), why="the ledger has all calls")
            entity, window = known[budget], budget.rsplit(".", 1)[1]
            body = {"entity": entity, "window": window, "limit_usd": f"0.{cents:02}"}
            state = relay.admin("POST", "/budgets", body, 201)
            model.create(budget, entity, Fraction(cents, 100))
            assert Fraction(state["spent_usd"]) == model.spent[budget], (budget, state)
        elif draw < 0.16 and budget in model.limits:
            relay.admin("POST", f"/budgets/{budget}/reset", {})
            model.spent[budget] = Fraction(0)
        elif draw < 0.19:
            assert relay.stop() == 0
            relay.start()
        else:
            key, name = chance.choice([(APP_KEY, "app"), (OTHER_KEY, "other")])
            of_call = {f"key:{name}", "route:cent", "version:cent-1", "model:cent"}
            of_call |= {"team:alpha"} if name == "app" else set()
            status = ask(relay.port, key=key)[0]
            assert status == model.call({b: e for b, e in known.items() if e in of_call}), (budget, model.spent)
    states = {state["id"]: state for state in relay.admin("GET", "/budgets?limit=200")["items"]}
    assert states.keys() == model.limits.keys()
    for budget, state in states.items():
        assert Fraction(state["spent_usd"]) == model.spent[budget], budget
        assert Fraction(state["remaining_usd"]) == model.limits[budget] - model.spent[budget], budget
        assert Fraction(state["reserved_usd"]) == 0
