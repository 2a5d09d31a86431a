# SPDX-License-Identifier: Apache-2.0
"""The ledger against the simulated provider's own log: every token, every nano-dollar."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness.money import logged_tokens, nano_usd, tokens
from harness.relay import APP_KEY, NO_RETRY, PROVIDER_KEY, Relay, version
from harness.upstream import Upstream

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


# What providers say about usage, told by raw sockets.

USAGE = {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500}
COST = "0.006"  # 1 000 at 2 and 500 at 8 dollars a million


@pytest.fixture(scope="module")
def priced(tmp_path_factory):
    upstream = Upstream()
    provider = {"dialect": "openai", "base_url": upstream.url, "api_key": PROVIDER_KEY}
    retried = {"retry_policy": {"max_retries": 2, "backoff": "10ms"}}
    relay = Relay(
        tmp_path_factory.mktemp("priced"),
        {
            "providers": {"main": provider, "openai": provider, "down": {**provider, "base_url": "http://127.0.0.1:9/v1"}},
            "routes": {
                "m": {"versions": [version("m-1", "m", config=NO_RETRY)]},
                "moved": {"versions": [version("moved-1", "m", config={**retried, "targets": ["down", "main"]})]},
            },
            "prices": [{"provider": "main", "model": "m", "input": 2.0, "cached_input": 0.5, "output": 8.0}],
            "keys": [{"name": "app", "key": APP_KEY, "team": "search"}],
        },
    ).start()
    yield upstream, relay
    assert relay.stop() == 0, relay.daemon.tail()
    upstream.stop()


def whole_answer(usage, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}
    body = json.dumps({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage, **more}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def streamed(*chunks, whole=True):
    events = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"] * whole
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + b"0\r\n\r\n" * whole


def delta(finish=None, usage=None, **fields):
    return {"id": "c", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}], **({"usage": usage} if usage else {})}


def settle(priced, answer, ending="keep", model="m", **fields):
    """The headers of the relay's answer, and the rows of the ledger that came of it."""
    upstream, relay = priced
    upstream.scripts["m"] = (answer, ending)
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
    with requests.post(f"{relay.url}/chat/completions", json=body, headers=HEADERS, stream=True, timeout=15) as got:
        try:
            for _ in got.iter_content(None):
                pass
        except requests.exceptions.ChunkedEncodingError:
            pass
        identifier = got.headers["x-request-id"]
        return got.headers, relay.settled([identifier])[identifier]


def counted(row):
    return tuple(row.get(name) for name in ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens"))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "usage, state, tokens_read, cost",
    [
        (USAGE, "known", (1_000, 0, 0, 500), COST),
        ({**USAGE, "cached_tokens": 400}, "known", (1_000, 400, 0, 500), "0.0054"),
        (
            {**USAGE, "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 950}},
            "known", (1_950, 900, 950, 500), "0.00655",
        ),
        ({**USAGE, "total_tokens": 2_000}, "inconsistent", (1_000, 0, 0, 1_000), "0.01"),
        ({**USAGE, "prompt_tokens_details": {"audio_tokens": 900}}, "unpriced", (1_000, 0, 0, 500), None),
        ({**USAGE, "prompt_tokens": 2**63}, "unknown", (None,) * 4, None),
        ({**USAGE, "prompt_tokens": -5}, "unknown", (None,) * 4, None),
        ({**USAGE, "completion_tokens": 100.5}, "unknown", (None,) * 4, None),
        ({**USAGE, "completion_tokens": 1e30}, "unknown", (None,) * 4, None),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, "unknown", (None,) * 4, None),
    ],
)  # fmt: skip
def test_what_usage_means_and_how_sure_its_cost_is(priced, stream, usage, state, tokens_read, cost):
    answer = streamed(delta(content="Hello"), delta("stop"), {"choices": [], "usage": usage}) if stream else whole_answer(usage)
    headers, (row,) = settle(priced, answer, stream=stream)
    assert (row["cost_state"], row.get("cost_usd"), counted(row)) == (state, cost, tokens_read)
    if not stream:
        assert headers.get("x-sluice-cost-usd") == (cost if state == "known" else None)
        assert headers.get("x-sluice-cost-state") == (None if state == "known" else state)


@pytest.mark.parametrize("tier, state", [("default", "known"), ("flex", "unpriced"), ("priority", "unpriced"), (None, "known")])
@pytest.mark.parametrize("stream", [False, True])
def test_a_service_tier_with_prices_of_its_own_is_unpriced(priced, tier, state, stream):
    chunks = [delta(content="Hello"), delta("stop"), {"choices": [], "usage": USAGE}]
    answer = (
        streamed(*({**chunk, "service_tier": tier} for chunk in chunks)) if stream else whole_answer(USAGE, service_tier=tier)
    )
    _, (row,) = settle(priced, answer, stream=stream)
    assert row["cost_state"] == state
    assert row.get("cost_usd") == (COST if state == "known" else None)


def test_a_stream_that_breaks_after_its_usage_has_that_usage(priced):
    answer = streamed(delta(content="x" * 4_000), {"choices": [], "usage": USAGE}, whole=False)
    _, (row,) = settle(priced, answer, "reset", stream=True)
    assert row["ending"] == "cut"
    assert (row["cost_state"], row["cost_usd"], row["output_tokens"]) == ("known", COST, 500)


def test_a_broken_stream_is_estimated_from_what_the_model_wrote(priced):
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "a_rather_long_name_for_a_tool", "arguments": ""}}
    pieces = [delta(tool_calls=[{"index": 0, "function": {"arguments": piece}}]) for piece in ('{"city', '":"', "Ber", "lin")]
    _, (row,) = settle(priced, streamed(delta(tool_calls=[call]), *pieces, whole=False), "reset", stream=True)
    assert row["cost_state"] == "estimated"
    assert row["output_tokens"] == 4, "one for each piece; the names and the JSON around them are nobody's tokens"


def test_an_error_before_any_content_has_no_amount(priced):
    answer = streamed(delta(role="assistant", content=""), {"error": {"message": "overloaded", "code": 529}}, whole=False)
    _, (row,) = settle(priced, answer, "close", stream=True, tools=[{"type": "function", "function": {"name": "f" * 4_000}}])
    assert row["cost_state"] == "unknown" and "cost_usd" not in row and "input_tokens" not in row


def test_the_traffic_log_agrees_with_the_ledger_after_failed_attempts(priced):
    from harness.processes import eventually

    _, relay = priced
    headers, rows = settle(priced, whole_answer(USAGE), model="moved")
    assert len(rows) > 1 and rows[-1]["cost_usd"] == COST
    assert headers["x-sluice-cost-usd"] == COST

    def line():
        return next((line for line in relay.traffic() if line["request_id"] == headers["x-request-id"]), None)

    logged = eventually(line, why="the traffic log knows the request")
    assert (logged["cost_state"], logged["cost_usd"]) == ("known", COST)
    amounts = sum(line.get("cost_nano_usd", 0) for line in relay.traffic())
    assert amounts == sum(row.get("cost_nano_usd", 0) for row in relay.ledger())


def test_usage_says_its_time_its_keys_and_what_is_not_sure(priced):
    _, relay = priced
    settle(priced, whole_answer(USAGE))
    settle(priced, whole_answer(None))
    usage = relay.admin("GET", "/usage?group_by=key")
    (group,) = usage["groups"]
    assert (group["key_name"], group["team"]) == ("app", "search")
    assert group["lost_usage_attempts"] >= 1 and group["cost_state"] == "unknown"
    assert usage["since"] and usage["total"]["attempts"] == group["attempts"]
    (team,) = relay.admin("GET", "/usage?group_by=team")["groups"]
    assert team["team"] == "search" and team["cost_nano_usd"] == group["cost_nano_usd"]
    text = relay.cli("usage", "--group-by", "key", "--key", "app").stdout
    assert text.startswith("From the first entry, ") and "app (search)" in text and "WRITTEN" in text and "LOST" in text
    unknown = relay.cli("usage", "--key", "nobody", check=False)
    assert unknown.returncode == 1 and 'no key "nobody"' in unknown.stderr


def test_the_total_is_the_sum_of_its_rows_while_traffic_comes_in(priced):
    upstream, relay = priced
    upstream.scripts["m"] = (whole_answer(USAGE), "keep")
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(requests.post, f"{relay.url}/chat/completions", json=body, headers=HEADERS, timeout=15)
            for _ in range(200)
        ]
        while not all(call.done() for call in calls):
            usage = relay.admin("GET", "/usage?group_by=version")
            for name in ("attempts", "output_tokens", "cost_nano_usd", "unpriced_attempts"):
                assert usage["total"][name] == sum(group[name] for group in usage["groups"]), name


def test_a_price_file_larger_than_a_call_is_imported(priced, tmp_path):
    _, relay = priced
    file = {"sample_spec": {"litellm_provider": "openai", "input_cost_per_token": 0}}
    for number in range(4_000):
        file[f"model-{number}"] = {
            "litellm_provider": ["openai", "azure", "bedrock", "vertex_ai-language-models"][number % 4],
            "mode": "chat",
            "max_input_tokens": 128_000,
            "input_cost_per_token": (number + 1) * 1e-9,
            "output_cost_per_token": 2e-06,
            "input_cost_per_pixel": 4e-05 if number == 0 else 0,
            "source": "https://example.com/a/page/of/prices/with/a/long/name" * 4,
            "supports_function_calling": True,
        }
    file["speech"] = {"litellm_provider": "openai", "input_cost_per_token": 0, "output_cost_per_token": 0, "input_cost_per_second": 1e-4}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(file))
    assert path.stat().st_size > 1 << 20
    done = json.loads(relay.cli("price", "import", path, "--json").stdout)
    assert (done["written"], done["skipped"], done["foreign"]) == (1_000, ["speech"], 3_000)
    assert done["dropped"] == {"input_cost_per_pixel": 1}
    cards = [card for card in json.loads(relay.cli("price", "list", "--json").stdout) if card["owner"] == "api"]
    assert {card["provider"] for card in cards} == {"openai"}, "by its very id, not by its dialect"
    assert next(card["input"] for card in cards if card["model"] == "model-4") == 0.005
    again = json.loads(relay.cli("price", "import", path, "--json").stdout)
    assert (again["written"], again["unchanged"]) == (0, 1_000)
    other = relay.cli("price", "import", path, "--provider", "main", check=False)
    assert other.returncode == 2 and "--source" in other.stderr
