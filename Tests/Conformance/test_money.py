# SPDX-License-Identifier: Apache-2.0
"""The ledger against the simulated provider's own log: every token, every nano-dollar."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness.money import logged_tokens, nano_usd, tokens
from harness.relay import APP_KEY

MODELS = {"chat": "gpt-4.1", "cheap": "cheap", "odd-price": "odd-price", "discount": "gpt-4.1"}
HEADERS = {"authorization": f"Bearer {APP_KEY}"}


def ask(relay, model, number, **fields):
    """One request; the relay's id and the provider's, and the whole body."""
    body = {"model": model, "messages": [{"role": "user", "content": f"Question {number} " + "x" * (number % 97)}]}
    answer = requests.post(f"{relay.url}/chat/completions", json={**body, **fields}, headers=HEADERS, timeout=30)
    assert answer.status_code == 200, answer.text
    mark = '"id":"'
    start = answer.text.index(mark) + len(mark)
    return answer.headers["x-request-id"], answer.text[start : answer.text.index('"', start)]


def test_every_token_and_every_nano_dollar(relay, mock):
    before = mock.last_sequence()
    mixed = {
        "gpt-4.1": {"cached_share": 0.3, "output_tokens": "1-200"},
        "cheap": {"cached_share": 0.9, "reasoning_tokens": 37, "output_tokens": "p50=40,p99=400"},
        "odd-price": {"cached_share": 0.5, "prompt_tokens": 99_991, "reasoning_tokens": 3},
    }
    chance = random.Random(7)
    jobs = [
        (chance.choice(list(MODELS)), number, {"stream": True} if chance.random() < 0.5 else {}) for number in range(240)
    ]
    with mock.setting(models=mixed), ThreadPoolExecutor(8) as pool:
        served = list(pool.map(lambda job: (job[0], *ask(relay, job[0], job[1], **job[2])), jobs))
    log = {entry["id"]: entry for entry in mock.log(before)}
    rows = relay.settled([request_id for _, request_id, _ in served])
    total = 0
    for route, request_id, answer_id in served:
        (row,) = rows[request_id]
        entry = log[answer_id]
        assert tokens(row) == logged_tokens(entry)
        expected = nano_usd(MODELS[route], entry, "0.85" if route == "discount" else "1")
        assert row["cost_nano_usd"] == expected, (route, entry)
        assert (row["ending"], row["status"], row["purpose"]) == ("complete", 200, "primary")
        assert row["cost_state"] == "known"
        total += expected
    assert sum(row["cost_nano_usd"] for (row,) in rows.values()) == total > 0


def test_embeddings_are_metered(relay, mock):
    before = mock.last_sequence()
    answer = requests.post(
        f"{relay.url}/embeddings", json={"model": "embed", "input": "tides " * 50}, headers=HEADERS, timeout=15
    )
    assert answer.status_code == 200
    (entry,) = mock.log(before)
    (row,) = relay.settled([answer.headers["x-request-id"]])[answer.headers["x-request-id"]]
    assert row["endpoint"] == "embeddings"
    assert row["input_tokens"] == entry["prompt_tokens"] > 0
    assert row["cost_nano_usd"] == nano_usd("text-embedding-3-small", entry)


def test_what_has_no_price_is_unpriced_and_never_free(relay):
    request_id, _ = ask(relay, "unpriced", 1)
    (row,) = relay.settled([request_id])[request_id]
    assert row["cost_state"] == "unpriced"
    assert "cost_nano_usd" not in row and "cost_usd" not in row
    assert row["output_tokens"] > 0
    (group,) = [group for group in relay.admin("GET", "/usage?group_by=route")["groups"] if group["route"] == "unpriced"]
    assert group["unpriced_attempts"] == group["attempts"] > 0


def test_unknown_usage_is_unknown(relay, http):
    answer = http.post(
        f"{relay.url}/chat/completions",
        json={"model": "mock-no-usage", "messages": [{"role": "user", "content": "Hi"}]},
        timeout=15,
    )
    (row,) = relay.settled([answer.headers["x-request-id"]])[answer.headers["x-request-id"]]
    assert row["cost_state"] == "unknown"
    assert "output_tokens" not in row and "cost_nano_usd" not in row
    usage = relay.admin("GET", "/usage?group_by=version")["groups"]
    (group,) = [group for group in usage if group["version"] == "mock-no-usage-1"]
    assert group["unknown_attempts"] == group["attempts"] > 0


def test_each_attempt_has_a_row_of_its_own(relay, http):
    answer = http.post(
        f"{relay.url}/chat/completions",
        json={"model": "given-up", "messages": [{"role": "user", "content": "Hi"}]},
        timeout=15,
    )
    assert answer.status_code == 503
    identifier = answer.headers["x-request-id"]
    rows = relay.settled([identifier])[identifier]
    assert [row["attempt"] for row in rows] == [1, 2, 3]
    assert [row["purpose"] for row in rows] == ["primary", "retry", "retry"]
    assert {row["upstream_status"] for row in rows} == {503}
    assert {row["error_class"] for row in rows} == {"upstream_error"}


@pytest.mark.parametrize(
    "model, stream, error_class",
    [
        ("mock-error-500", False, "upstream_error"),
        ("mock-error-429", False, "quota"),
        ("mock-error-422", False, "bad_request"),
        ("mock-error-401", False, "credential"),
        ("mock-cut-3", True, "truncated"),
        ("mock-error-in-stream-2", True, "error_in_stream"),
        ("mock-stall-2", True, "timeout"),
    ],
)
def test_a_failure_has_its_class(relay, http, model, stream, error_class):
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    with http.post(f"{relay.url}/chat/completions", json=body, stream=True, timeout=15) as answer:
        identifier = answer.headers["x-request-id"]
        try:
            for _ in answer.iter_content(None):
                pass
        except requests.exceptions.ChunkedEncodingError:
            pass
    (row,) = relay.settled([identifier])[identifier]
    assert row["error_class"] == error_class
    if stream:
        assert row["ending"] == "cut"


def test_sums_agree_whatever_they_are_grouped_by(relay):
    rows = relay.ledger()
    expected = sum(row.get("cost_nano_usd") or 0 for row in rows)
    for group in ("day", "key", "route", "version", "provider", "model"):
        usage = relay.admin("GET", f"/usage?group_by={group}")
        assert usage["total"]["cost_nano_usd"] == expected
        assert sum(part["cost_nano_usd"] for part in usage["groups"]) == expected
        assert sum(part["attempts"] for part in usage["groups"]) == len(rows)


def test_the_csv_export_has_the_same_rows(relay):
    import csv
    import io

    rows = relay.ledger()
    table = list(csv.DictReader(io.StringIO(relay.cli("usage", "export", "--format", "csv").stdout)))
    assert [row["request_id"] for row in table] == [row["request_id"] for row in rows]
    assert [row["cost_nano_usd"] for row in table] == [str(row.get("cost_nano_usd", "")) for row in rows]


def test_the_traffic_log_has_a_line_per_request(relay, mock):
    from harness.processes import eventually

    request_id, _ = ask(relay, "cheap", 3)

    def line():
        return next((line for line in relay.traffic() if line["request_id"] == request_id), None)

    found = eventually(line, why="the traffic log knows the request")
    assert found["route"] == "cheap" and found["version"] == "cheap-1" and found["provider"] == "main"
    assert found["status"] == 200 and found["model"] == "cheap"
    assert found["latency_ms"] > 0 and 0 <= found["bucket"] <= 9_999
    assert found["output_tokens"] > 0 and found["cost_nano_usd"] > 0
    assert "Question" not in relay.traffic_log.read_text(), "never a body"
    assert APP_KEY not in relay.traffic_log.read_text()
