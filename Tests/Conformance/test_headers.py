# SPDX-License-Identifier: Apache-2.0
"""What the relay says about an answer in its headers."""

import re

HELLO = [{"role": "user", "content": "Hello"}]


def test_a_whole_answers_headers(relayed):
    with relayed.client() as client:
        raw = client.chat.completions.with_raw_response.create(
            model="gpt-4.1", messages=HELLO, extra_headers={"x-sluice-unit": "user-1"}
        )
    headers = raw.headers
    assert headers["x-sluice-route"] == "chat"
    assert headers["x-sluice-version"] == "v1"
    assert headers["x-sluice-provider"] == "main"
    assert headers["x-sluice-attempts"] == "1"
    assert headers["x-sluice-unit-source"] == "header:x-sluice-unit"
    # The published value of the split: salt `chat`, key `user-1`, unless the unit is scoped by a team.
    assert 0 <= int(headers["x-sluice-bucket"]) <= 9_999
    assert int(headers["x-sluice-epoch"]) >= 0
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", headers["x-request-id"])
    assert raw.parse()._request_id == headers["x-request-id"]
    assert float(headers["x-sluice-cost-usd"]) > 0
    timing = dict(part.strip().split(";dur=") for part in headers["server-timing"].split(","))
    assert float(timing["sluice"]) >= 0 and float(timing["upstream"]) >= 0
    assert headers["content-type"].startswith("application/json")


def test_request_ids_differ(relayed):
    with relayed.client() as client:
        seen = {
            client.chat.completions.with_raw_response.create(model="plain", messages=HELLO).headers["x-request-id"]
            for _ in range(20)
        }
    assert len(seen) == 20


def test_a_streams_headers(relayed):
    with relayed.client() as client:
        raw = client.chat.completions.with_raw_response.create(model="gpt-4.1", messages=HELLO, stream=True)
        list(raw.parse())
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert raw.headers["x-sluice-version"] == "v1"
    assert raw.headers["cache-control"] == "no-cache"
    assert raw.headers["x-accel-buffering"] == "no"


def test_the_cost_is_the_ledgers(relayed, relay):
    with relayed.client() as client:
        raw = client.chat.completions.with_raw_response.create(model="cheap", messages=HELLO)
    identifier = raw.headers["x-request-id"]
    (row,) = relay.settled([identifier])[identifier]
    assert round(float(raw.headers["x-sluice-cost-usd"]) * 1e9) == row["cost_nano_usd"]


def test_nothing_of_the_provider_leaks(relayed, mock):
    headers = {"content-type": "application/json", "set-cookie": "a=b", "server": "origin", "alt-svc": "h3"}
    script = {"status": 200, "headers": headers, "writes": ['{"choices":[{"index":0,"message":{}}]}']}
    with mock.setting(models={"scripted": {"script": script}}):
        with relayed.client() as client:
            raw = client.chat.completions.with_raw_response.create(model="scripted", messages=HELLO)
    assert "set-cookie" not in raw.headers
    assert "alt-svc" not in raw.headers
    assert raw.headers.get("server") != "origin"


def test_the_callers_headers_stay_with_the_relay(relayed, mock, relay, http):
    """The provider gets its own credential, never the caller's: a key that is required there shows it."""
    answer = http.post(
        f"{relay.url}/chat/completions",
        json={"model": "gpt-4.1", "messages": HELLO},
        headers={"cookie": "a=b", "x-forwarded-for": "1.2.3.4", "connection": "x-secret", "x-secret": "1"},
        timeout=10,
    )
    assert answer.status_code == 200
