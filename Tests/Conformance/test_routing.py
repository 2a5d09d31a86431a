# SPDX-License-Identifier: Apache-2.0
"""A route that chooses: four simulated models, every dialect, and what a tier saves to the nano-dollar."""

import json
from fractions import Fraction
from urllib.parse import urlencode

import anthropic
import openai
import pytest
import requests
from google import genai
from google.genai import types

from harness.processes import eventually
from harness.relay import ADMIN_TOKEN, APP_KEY, NO_RETRY, Relay, standard_config, version

# US dollars for a million output tokens, and quality.
MODELS = {"fine": ("8", 0.96), "finest": ("15", 0.98), "good": ("2.5", 0.89), "cheap": ("0.42", 0.85)}
SHARES = {"premium": (0.2, 0.8), "balanced": (0.5, 0.5), "economy": (0.8, 0.2)}
FLOORS = {"premium": 0.95, "balanced": None, "economy": 0.80}


def routing_config(mock):
    config = standard_config(mock.url)
    config["routes"] = {
        "chat": {
            "choose": {"tier": "balanced"},
            "versions": [version(f"{name}-1", f"mock-{name}", config=NO_RETRY) for name in MODELS],
        },
        "plain": {"versions": [version("plain-1", "mock-fine", config=NO_RETRY)]},
    }
    config["prices"] = [
        {"provider": "main", "model": f"mock-{name}", "input": 0, "output": price} for name, (price, _) in MODELS.items()
    ]
    config["models"] = [
        {"provider": "main", "model": f"mock-{name}", "quality_score": quality} for name, (_, quality) in MODELS.items()
    ]
    return config


def rule(tier, cap=None):
    """The published rule, written once more."""
    cheap_share, quality_share = SHARES[tier]
    passing = []
    for name, (price, quality) in MODELS.items():
        if FLOORS[tier] is not None and quality < FLOORS[tier]:
            continue
        if cap is not None and Fraction(price) / 1000 > Fraction(cap):
            continue
        passing.append((cheap_share * (1 / (float(price) + 0.01)) + quality_share * quality, name))
    if passing:
        return max(passing)[1], "score"
    return min(MODELS, key=lambda name: Fraction(MODELS[name][0])), "cheapest"


@pytest.fixture(scope="module")
def relay(mock, tmp_path_factory):
    relay = Relay(tmp_path_factory.mktemp("routing"), routing_config(mock)).start()
    yield relay
    relay.stop()


def ask(relay, text, model="chat", **headers):
    client = openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0)
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": text}], extra_headers=headers
    )
    return raw.headers


@pytest.mark.parametrize("tier", list(SHARES))
@pytest.mark.parametrize("cap", [None, "0.02", "0.01", "0.003", "0.0001"])
def test_every_tier_and_cap_picks_what_the_rule_says(relay, tier, cap):
    fields = {"x-sluice-tier": tier} | ({"x-sluice-max-cost-per-1k": cap} if cap else {})
    headers = ask(relay, f"{tier} {cap}", **fields)
    name, reason = rule(tier, cap)
    assert (headers["x-sluice-version"], headers["x-sluice-choice"]) == (f"{name}-1", reason)


def test_all_dialects_choose(relay):
    fields = {"x-sluice-tier": "premium"}
    message = anthropic.Anthropic(base_url=relay.origin, api_key=APP_KEY, max_retries=0).messages.with_raw_response.create(
        model="chat", max_tokens=64, messages=[{"role": "user", "content": "of Anthropic"}], extra_headers=fields
    )
    assert (message.headers["x-sluice-version"], message.headers["x-sluice-choice"]) == ("finest-1", "score")
    client = openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0)
    response = client.responses.with_raw_response.create(model="chat:premium", input="of Responses", store=False)
    assert (response.headers["x-sluice-version"], response.headers["x-sluice-choice"]) == ("finest-1", "score")
    google = genai.Client(
        api_key=APP_KEY, http_options=types.HttpOptions(base_url=relay.origin, headers={"x-sluice-tier": "premium"})
    )
    answer = google.models.generate_content(model="chat", contents="of Gemini")
    seen = {name.lower(): value for name, value in answer.sdk_http_response.headers.items()}
    assert (seen["x-sluice-version"], seen["x-sluice-choice"]) == ("finest-1", "score")


def test_a_route_without_a_policy_says_nothing_of_a_choice(relay):
    headers = ask(relay, "plain", model="plain", **{"x-sluice-tier": "economy"})
    assert headers["x-sluice-version"] == "plain-1"
    assert "x-sluice-choice" not in headers


def test_a_conversation_stays_with_its_first_choice(relay):
    first = ask(relay, "a conversation", **{"x-sluice-unit": "c-1"})
    assert first["x-sluice-choice"] == "score"
    for turn in range(5):
        headers = ask(relay, f"turn {turn}", **{"x-sluice-unit": "c-1"})
        assert (headers["x-sluice-version"], headers["x-sluice-choice"]) == (first["x-sluice-version"], "pinned")


def test_a_request_is_explained_and_reproduced(relay):
    headers = ask(relay, "to be explained", **{"x-sluice-tier": "premium", "x-sluice-max-cost-per-1k": "0.009"})
    request = headers["x-request-id"]

    def explained():
        answer = requests.get(
            f"{relay.admin_url}/v1/admin/requests/{request}/choice",
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=10,
        )
        return answer.json() if answer.status_code == 200 else None

    choice = eventually(explained, 10)
    assert (choice["version"], choice["choice"], choice["reproduced"]) == ("fine-1", "score", True)
    obstacles = {known["version"]: known.get("obstacle") for known in choice["candidates"]}
    assert obstacles == {"fine-1": None, "finest-1": "dear", "good-1": "below_floor", "cheap-1": "below_floor"}


def test_a_try_says_what_would_be_chosen(relay):
    def tried(**query):
        answer = requests.get(
            f"{relay.admin_url}/v1/admin/routes/chat/choice",
            params=query,
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    for tier in SHARES:
        assert tried(tier=tier)["version"] == f"{rule(tier)[0]}-1"
    wrong = requests.get(
        f"{relay.admin_url}/v1/admin/routes/plain/choice",
        headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
        timeout=10,
    )
    assert wrong.status_code == 409 and "choose" in wrong.json()["hint"]


def test_savings_equal_fractions_over_the_same_requests(mock, tmp_path_factory):
    """What the balanced rule would have cost for the same answers, to the nano-dollar; and what a tier saved is what it says."""
    config = routing_config(mock)
    del config["routes"]["chat"]["choose"]
    for place, known in enumerate(config["routes"]["chat"]["versions"]):
        known["weight"] = 1.0 if place < 2 else 0.0
    relay = Relay(tmp_path_factory.mktemp("savings"), config).start()
    try:
        for turn in range(20):
            ask(relay, "word " * (turn + 1), **{"x-sluice-unit": f"u-{turn}"})

        def report(**query):
            return relay.admin("GET", "/savings?" + urlencode(query))

        def rows():
            text = relay.http.get(f"{relay.admin_url}/v1/admin/usage/export", timeout=15).text
            lines = [json.loads(line) for line in text.splitlines()]
            return lines if len(lines) == 20 else None

        lines = eventually(rows)
        for tier in SHARES:
            (route,) = report(route="chat", tier=tier)["routes"]
            name, _ = rule(tier)
            then = sum(rounded(Fraction(MODELS[name][0]) * line["output_tokens"] * 1000) for line in lines)
            assert route["requests"] == 20 and route["skipped"] == 0
            assert Fraction(route["cost_then_usd"]) == Fraction(then, 10**9)
            assert Fraction(route["cost_usd"]) == sum(Fraction(line["cost_usd"]) for line in lines)
            assert Fraction(route["saved_usd"]) == Fraction(route["cost_usd"]) - Fraction(route["cost_then_usd"])
            assert sum(part["requests"] for part in route["optimal"]) == 20
    finally:
        relay.stop()


def rounded(amount):
    """Half to even."""
    return round(amount)
