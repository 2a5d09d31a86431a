# SPDX-License-Identifier: Apache-2.0
"""What the official SDK makes of answers that providers spell in their own way, through the relay."""

import json
import time

import openai
import pytest
import requests

from harness.processes import eventually
from harness.relay import APP_KEY, PRICES, Relay, version
from harness.upstream import Upstream

HELLO = [{"role": "user", "content": "Hello"}]
SECRET = "up-secret-key-0123456789"
USAGE = {"prompt_tokens": 19, "completion_tokens": 13, "total_tokens": 32}


def chunk(delta=None, finish=None, **more):
    choices = [{"index": 0, "delta": delta or {}, "finish_reason": finish}]
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}


def event(value, end="\n\n") -> bytes:
    return ("data: " + (value if isinstance(value, str) else json.dumps(value)) + end).encode()


WORDS = [event(chunk({"role": "assistant", "content": ""})), event(chunk({"content": "he"})), event(chunk({"content": "llo"}))]
FINISH = chunk(finish="stop")
COUNT = {**chunk(), "choices": [], "usage": USAGE}
WHOLE = b"".join([*WORDS, event(FINISH), event(COUNT), event("[DONE]")])


def answer(body: bytes, kind="text/event-stream", status=200, headers="") -> tuple[bytes, str]:
    kind = f"content-type: {kind}\r\n" if kind else ""
    return f"HTTP/1.1 {status} X\r\n{kind}{headers}content-length: {len(body)}\r\n\r\n".encode() + body, "keep"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    upstream = Upstream()
    config = {
        "providers": {"main": {"dialect": "openai", "base_url": upstream.url, "api_key": SECRET}},
        "routes": {
            name: {"versions": [version(f"{name}-1", name, config={"retry_policy": {"max_retries": 0}})]}
            for name in ("picky", "odd", "left")
        },
        "prices": [
            {"provider": "main", "model": name, **{kind: float(rate) for kind, rate in PRICES["gpt-4.1"].items()}}
            for name in ("picky", "odd", "left")
        ],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path_factory.mktemp("answers"), config).start()
    yield upstream, relay
    relay.stop()
    upstream.stop()


def client(relay, **options) -> openai.OpenAI:
    return openai.OpenAI(base_url=relay.url, api_key=APP_KEY, **{"max_retries": 0, "timeout": 15, **options})


def stream(relay, model, **options):
    """The text, the finish reason and the usage that the SDK gets, and the request's id."""
    text, finish, usage = "", None, None
    with client(relay) as caller:
        raw = caller.chat.completions.with_raw_response.create(model=model, messages=HELLO, stream=True, **options)
        for part in raw.parse():
            usage = part.usage or usage
            for choice in part.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
    return text, finish, usage, raw.headers["x-request-id"]


def test_a_provider_that_refuses_stream_options(both):
    upstream, relay = both
    refusal = {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "not permitted"}]}
    plain = b"".join([*WORDS, event(FINISH), event("[DONE]")])
    upstream.scripts["picky"] = lambda body: (
        answer(json.dumps(refusal).encode(), "application/json", 422) if "stream_options" in body else answer(plain)
    )
    upstream.bodies.clear()
    first = stream(relay, "picky")
    assert first[:2] == ("hello", "stop")
    assert stream(relay, "picky")[:2] == ("hello", "stop")
    assert ["stream_options" in body for body in upstream.bodies] == [True, False, False]
    assert len(relay.settled([first[3]])[first[3]]) == 2
    with pytest.raises(openai.UnprocessableEntityError):
        stream(relay, "picky", stream_options={"include_usage": True})


def test_a_refused_credential_is_the_operators_business(both):
    upstream, relay = both
    said = {"error": {"message": f"Incorrect API key provided: {SECRET}", "code": "invalid_api_key"}}
    upstream.scripts["odd"] = answer(json.dumps(said).encode(), "application/json", 401)
    before = upstream.served
    with client(relay, max_retries=2) as caller, pytest.raises(openai.InternalServerError) as caught:
        caller.chat.completions.create(model="odd", messages=HELLO)
    assert caught.value.status_code == 502 and caught.value.code == "upstream_credentials"
    assert SECRET not in str(caught.value) and upstream.served == before + 1
    log = relay.folder / "relay.out"   # written by a thread of its own
    eventually(lambda: "Incorrect API key provided" in log.read_text(), why="the provider's words are in the log")
    assert SECRET not in log.read_text()


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/json", None])
def test_a_stream_under_another_name_is_a_stream(both, kind):
    upstream, relay = both
    upstream.scripts["odd"] = answer(WHOLE, kind)
    text, finish, usage, identifier = stream(relay, "odd")
    assert (text, finish, usage) == ("hello", "stop", None)
    (row,) = relay.settled([identifier])[identifier]
    assert (row["input_tokens"], row["output_tokens"]) == (19, 13)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("last", ["finish", "usage", "done"])
def test_a_last_event_without_its_blank_line_arrives(both, last, end):
    upstream, relay = both
    body = b"".join(WORDS)
    if last == "finish":
        body += event(FINISH, end)
    elif last == "usage":
        body += event(FINISH) + event(COUNT, end)
    else:
        body += event(FINISH) + event(COUNT) + event("[DONE]", end)
    upstream.scripts["odd"] = answer(body)
    text, finish, usage, _ = stream(relay, "odd", stream_options={"include_usage": True})
    assert (text, finish) == ("hello", "stop")
    assert last == "finish" or usage.completion_tokens == 13


def test_citations_beside_the_usage_arrive(both):
    upstream, relay = both
    cited = {**COUNT, "citations": ["https://a.example"]}
    upstream.scripts["odd"] = answer(b"".join([*WORDS, event(FINISH), event(cited), event("[DONE]")]))
    with client(relay) as caller:
        parts = list(caller.chat.completions.create(model="odd", messages=HELLO, stream=True))
    assert parts[-1].citations == ["https://a.example"]


def test_a_caller_who_leaves_at_the_finish_is_billed_in_full(both):
    upstream, relay = both

    def late(body):
        return answer(WHOLE)[0].replace(event(COUNT) + event("[DONE]"), b""), "keep"

    # The head announces all of it; the rest comes a moment after the caller has gone.
    upstream.scripts["left"] = late
    upstream.after["left"] = (0.3, event(COUNT) + event("[DONE]"))
    with client(relay) as caller:
        raw = caller.chat.completions.with_raw_response.create(model="left", messages=HELLO, stream=True)
        parts = raw.parse()
        for part in parts:
            if part.choices[0].finish_reason:
                break
        parts.close()
    identifier = raw.headers["x-request-id"]
    (row,) = relay.settled([identifier])[identifier]
    assert (row["input_tokens"], row["output_tokens"]) == (19, 13)


def test_a_page_in_a_browser_may_ask_and_read(both):
    upstream, relay = both
    upstream.scripts["odd"] = answer(
        b'{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}',
        "application/json",
        headers="access-control-allow-origin: https://evil.example\r\naccess-control-allow-credentials: true\r\n",
    )
    asked = {
        "origin": "app://obsidian.md",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
    }
    first = requests.options(f"{relay.url}/chat/completions", headers=asked, timeout=5)
    assert first.status_code == 204 and "x-stainless-os" in first.headers["access-control-allow-headers"]
    key = {"origin": "app://obsidian.md", "authorization": f"Bearer {APP_KEY}"}
    body = {"model": "odd", "messages": HELLO}
    then = requests.post(f"{relay.url}/chat/completions", headers=key, json=body, timeout=5)
    assert then.status_code == 200 and then.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in then.headers


def test_every_answer_is_dated(both):
    _, relay = both
    before = time.time()
    date = requests.get(f"{relay.origin}/healthz", timeout=5).headers["date"]
    told = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert abs(told - before) < 5
