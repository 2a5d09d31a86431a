# SPDX-License-Identifier: Apache-2.0
"""Anthropic's Messages API: the official library in two generations, bytes, faults, money."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, Relay, version
from test_faults import FAST, LIMITS, NAMES

CLIENT = Path(__file__).parent / "clients" / "messages_sdk.py"
SCENARIOS = re.findall(r"^def scenario_(\w+)", CLIENT.read_text(), re.MULTILINE)
OLD = Path(os.environ.get("VENV_OLD", Path(__file__).parents[2] / ".venv-old")) / "bin" / "python"
MODELS = [
    "claude", "thinker", "busy", "prompted", "mock-flaky-2", "mock-hang", "mock-cut-3", "mock-error-in-stream-2",
    "mock-stall-2", "mock-odd", "mock-no-done", "mock-no-usage", "mock-split-1",
    *(f"mock-error-{status}" for status in (400, 401, 404, 409, 413, 422, 429, 500, 503, 529)),
    *(f"fault-{name}" for name in NAMES),
]  # fmt: skip
HEADERS = {"anthropic-version": "2023-06-01"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = Mock(tmp_path_factory.mktemp("claude"), "--require-key", PROVIDER_KEY).start()
    busy = {"status": 429, "headers": {"retry-after": "86400"}, "writes": ["{}"], "ending": "clean"}
    provider.set(models={"thinker": {"reasoning_tokens": 7}, "busy": {"script": busy}})
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def relay(tmp_path_factory, provider):
    routes = {
        name: {"versions": [version(f"{name}-1", name, config={"retry_policy": FAST, "timeouts": LIMITS})]}
        for name in MODELS
    }
    routes["claude"]["aliases"] = ["claude-alias"]
    routes["mock-hang"]["versions"][0]["config"]["timeouts"] = {"total": "20s"}
    prompt = {"mode": "prepend", "text": "Be brief."}
    routes["prompted"]["versions"][0]["config"]["system_prompt"] = prompt
    config = {
        "providers": {"main": {"dialect": "anthropic", "base_url": provider.origin, "api_key": PROVIDER_KEY}},
        "routes": routes,
        "prices": [
            {"provider": "main", "model": name, "input": 1.0, "cached_input": 0.1, "output": 2.0} for name in MODELS
        ],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path_factory.mktemp("messages"), config).start()
    yield relay
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    eventually(lambda: not relay.attempts("open_attempt"), why="no attempt stays open")
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("generation", ["today", "old"])
def test_the_official_library(relay, provider, generation, scenario):
    python = sys.executable if generation == "today" else OLD
    if generation == "old" and not OLD.exists():
        pytest.skip(f"no environment with an old `anthropic` at {OLD.parent.parent}; run.sh makes it")
    done = subprocess.run(
        [python, CLIENT, scenario],
        env={
            "PATH": os.environ["PATH"],
            "RELAY": relay.origin,
            "RELAY_KEY": APP_KEY,
            "DIRECT": provider.origin,
            "DIRECT_KEY": PROVIDER_KEY,
        },
        capture_output=True,
        text=True,
        timeout=90,
    )
    if scenario == "retries":
        # Whoever comes next finds the model as it was.
        requests.post(f"{provider.origin}/mock/reset", timeout=10)
        busy = {"status": 429, "headers": {"retry-after": "86400"}, "writes": ["{}"], "ending": "clean"}
        provider.set(models={"thinker": {"reasoning_tokens": 7}, "busy": {"script": busy}})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("0." if generation == "old" else "2.")


# --- bytes

# Everything a serialiser would tidy up.
ODD = (
    b'{ "x_first" :1e400,"messages":[{"content":"caf\\u00e9 \\ud83d\\ude00 \\/ \xf0\x9f\x8c\x8a","role":"user",'
    b'"zz":0.10,"aa":-0.0}],\r\n\t"big":123456789012345678901234567890, "spelled":1E+2,"model":"claude",'
    b'"x_unknown":{"again":1,"again":2,"model":"inner"},"max_tokens" : 50 }'
)


def send(relay, body, path="/v1/messages", **headers):
    answer = exchange(relay.port, request(path, body, key=APP_KEY, headers={**HEADERS, **headers}), timeout=30)
    assert answer is not None
    return answer


def asked(model, stream=False, **more):
    return json.dumps(
        {"model": model, "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": "Hello"}], **more}
    ).encode()


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages?beta=true", "/anthropic/v1/messages"])
def test_a_body_arrives_as_it_was_sent(relay, provider, path):
    with provider.setting(capture=True):
        assert send(relay, ODD, path).status == 200
        assert provider.last_body() == ODD
        assert send(relay, ODD.replace(b'"claude"', b'"claude-alias"'), path).status == 200
        assert provider.last_body() == ODD
        streamed = ODD.replace(b'"max_tokens"', b'"stream":true, "max_tokens"')
        assert b"message_stop" in send(relay, streamed, path).body
        assert provider.last_body() == streamed


@pytest.mark.parametrize("model", ["mock-odd", "mock-split-1", "claude"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_arrives_as_it_was_sent(relay, provider, model, stream):
    answer = send(relay, asked(model, stream))
    headers = {**HEADERS, "x-api-key": PROVIDER_KEY}
    direct = requests.post(f"{provider.origin}/v1/messages", data=asked(model, stream), headers=headers, timeout=30)

    def known(body):
        return re.sub(rb"msg_[0-9a-f]+", b"", body)

    assert known(answer.body) == known(direct.content) and answer.complete
    assert answer.header("anthropic-ratelimit-requests-remaining") == "999"
    assert answer.header("anthropic-organization-id") is None


def test_a_system_prompt_goes_behind_the_block_that_must_stand_first(relay, provider):
    front = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2"}
    own = {"type": "text", "text": "own"}
    with provider.setting(capture=True):
        assert send(relay, asked("prompted", system=[front, own])).status == 200
        assert json.loads(provider.last_body())["system"] == [front, {"type": "text", "text": "Be brief."}, own]


# --- faults

WHOLE = ["none", "slow-100ms", "pause-200ms", "split", "bom", "cr", "crlf", "long-line", "no-usage"]
BROKEN = ["cut-mid", "reset-mid", "hang-mid", "bad-chunk", "error-5", "no-end"]
FAILED = ["cut", "cut-head", "reset", "reset-head", "hang", "hang-head", "garbage", "huge-head", "both-lengths", "empty"]


def row(relay, answer):
    identifier = answer.header("x-request-id")
    return relay.settled([identifier])[identifier][-1]


@pytest.mark.parametrize("name", WHOLE)
def test_a_stream_that_is_odd_but_whole_passes_and_is_counted(relay, name):
    answer = send(relay, asked(f"fault-{name}", stream=True))
    assert answer.status == 200 and answer.complete and b"message_stop" in answer.body
    assert answer.body.count(b"content_block_delta") >= 40
    entry = row(relay, answer)
    assert name == "no-usage" or (entry["input_tokens"], entry["output_tokens"]) == (12, 40), entry


@pytest.mark.parametrize("name", BROKEN)
def test_a_stream_that_breaks_off_never_ends_with_message_stop(relay, name):
    answer = send(relay, asked(f"fault-{name}", stream=True))
    assert answer.status == 200 and not answer.complete
    assert b"message_stop" not in answer.body
    last = answer.body.rstrip(b"\n").rsplit(b"\n\n", 1)[-1]
    assert last.startswith(b"event: error\ndata: {"), last
    assert json.loads(last.split(b"data: ", 1)[1])["type"] == "error"
    assert row(relay, answer)["error_class"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", FAILED)
def test_what_fails_before_content_is_an_error_of_the_dialect(relay, name, stream):
    answer = send(relay, asked(f"fault-{name}", stream))
    assert answer.status in (502, 504), answer.body
    error = answer.json()
    assert error["type"] == "error" and error["error"]["type"] in ("api_error", "timeout_error")
    assert error["request_id"] == answer.header("request-id") == answer.header("x-request-id")


@pytest.mark.parametrize("status", [400, 404, 413, 422, 429, 500, 503, 529])
def test_a_providers_own_error_comes_verbatim(relay, provider, status):
    answer = send(relay, asked(f"fault-status-{status}"))
    headers = {**HEADERS, "x-api-key": PROVIDER_KEY}
    body = asked(f"fault-status-{status}")
    direct = requests.post(f"{provider.origin}/v1/messages", data=body, headers=headers, timeout=30)
    assert answer.status == status and answer.body == direct.content


def test_an_overloaded_provider_before_content_is_tried_again(relay):
    answer = send(relay, asked("fault-error-0", stream=True))
    assert int(answer.header("x-sluice-attempts")) == 3
    assert b'"overloaded_error"' in answer.body and b"message_stop" not in answer.body


def test_money_gone_and_a_long_wait_are_passed_on_at_once(relay):
    gone = send(relay, asked("fault-money-gone"))
    assert gone.status == 400 and gone.header("x-sluice-attempts") == "1"
    assert row(relay, gone)["error_class"] == "quota"
    long = send(relay, asked("fault-retry-huge"))
    assert long.status == 429 and long.header("x-sluice-attempts") == "1" and long.header("x-should-retry") == "false"


# --- money, units, fields


def test_cached_tokens_are_counted_beside_the_input(relay, provider):
    with provider.setting(prompt_tokens=1000, cached_share=0.75):
        for stream in (False, True):
            entry = row(relay, send(relay, asked("claude", stream)))
            assert (entry["input_tokens"], entry["cached_input_tokens"]) == (1000, 750), entry
            cost = 250 * 1000 + 750 * 100 + entry["output_tokens"] * 2000
            assert entry["cost_nano_usd"] == cost, entry


def test_a_count_of_tokens_costs_nothing(relay):
    answer = send(relay, b'{"model":"claude","messages":[{"role":"user","content":"Hi"}]}', "/v1/messages/count_tokens")
    assert answer.status == 200 and answer.json()["input_tokens"] > 0
    entry = row(relay, answer)
    assert entry["endpoint"] == "anthropic/count_tokens" and entry["cost_nano_usd"] == 0


def test_a_session_of_an_agent_is_the_unit(relay):
    user = json.dumps({"device_id": "d", "account_uuid": "", "session_id": "s-1"})
    answers = [
        send(relay, asked("claude", metadata={"user_id": user})),
        send(relay, asked("claude"), **{"x-claude-code-session-id": "s-1"}),
    ]
    assert [answer.header("x-sluice-unit-source") for answer in answers] == ["session"] * 2
    assert len({answer.header("x-sluice-bucket") for answer in answers}) == 1


def test_probes_lists_and_upgrades(relay):
    assert requests.head(f"{relay.origin}/", timeout=5).status_code == 200
    headers = {**HEADERS, "x-api-key": APP_KEY}
    listed = requests.get(f"{relay.origin}/v1/models?limit=1000", headers=headers, timeout=5).json()
    assert listed["has_more"] is False and listed["first_id"] == listed["data"][0]["id"]
    assert {"claude", "claude-alias"} <= {model["id"] for model in listed["data"] if model["type"] == "model"}
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "x-api-key": APP_KEY}
    assert requests.get(f"{relay.origin}/v1/messages", headers=upgrade, timeout=5).status_code == 426
