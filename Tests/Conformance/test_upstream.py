# SPDX-License-Identifier: Apache-2.0
"""Providers that break the rules of HTTP, or break off at any byte: the caller never takes a half for a whole."""

import json
import random

import pytest

from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, NO_RETRY, Relay, version
from harness.upstream import Upstream

CHAT = "/v1/chat/completions"
TEXT = "caf\u00e9 \U0001f30a"
WHOLE = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    },
    ensure_ascii=False,
).encode()


def chunk(delta, finish=None, usage=None):
    body = {"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}] if usage is None else []}
    if usage:
        body["usage"] = usage
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


EVENTS = (
    chunk({"role": "assistant", "content": ""})
    + chunk({"content": TEXT})
    + chunk({}, "stop")
    + chunk({}, usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
    + b"data: [DONE]\n\n"
)
JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


def with_length(head, body):
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


def chunked(head, body, size=17):
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head + b"transfer-encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


@pytest.fixture(scope="module")
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def relay(tmp_path_factory, upstream):
    config = {
        "providers": {"main": {"dialect": "openai", "base_url": upstream.url}},
        "routes": {"m": {"versions": [version("m-1", "m", config={**NO_RETRY, "timeouts": {"stall": "500ms"}})]}},
        "prices": [{"provider": "main", "model": "m", "input": 1.0, "output": 2.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path_factory.mktemp("upstream"), config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture
def ask(relay, upstream):
    def ask(answer: bytes, ending: str, stream: bool):
        upstream.scripts["m"] = (answer, ending)
        body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
        if stream:
            body["stream_options"] = {"include_usage": True}
        data = request(CHAT, json.dumps(body).encode(), key=APP_KEY)
        return exchange(relay.port, data, timeout=10)

    return ask


GOOD = {
    "a length": (with_length(JSON_HEAD, WHOLE), "keep", False),
    "chunks": (chunked(JSON_HEAD, WHOLE), "keep", False),
    "chunks of one byte": (chunked(JSON_HEAD, WHOLE, 1), "keep", False),
    "the end of the connection": (JSON_HEAD + b"\r\n" + WHOLE, "close", False),
    "HTTP/1.0": (JSON_HEAD.replace(b"1.1", b"1.0") + b"\r\n" + WHOLE, "close", False),
    "a provisional answer before": (b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + with_length(JSON_HEAD, WHOLE), "keep", False),
    "a chunk with an extension": (chunked(JSON_HEAD, WHOLE).replace(b"11\r\n", b"11;a=b\r\n", 1), "keep", False),
    "a trailer": (chunked(JSON_HEAD, WHOLE)[:-2] + b"x-a: 1\r\n\r\n", "keep", False),
    "a stream in chunks": (chunked(SSE_HEAD, EVENTS), "keep", True),
    "a stream in chunks of one byte": (chunked(SSE_HEAD, EVENTS, 1), "keep", True),
    "a stream to the connection's end": (SSE_HEAD + b"\r\n" + EVENTS, "close", True),
    "a stream with a length": (with_length(SSE_HEAD, EVENTS), "keep", True),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_every_framing_reaches_the_caller_whole(ask, relay, name):
    data, ending, stream = GOOD[name]
    answer = ask(data, ending, stream)
    assert answer.status == 200 and answer.complete
    assert answer.body == (EVENTS if stream else WHOLE)
    (row,) = relay.settled([answer.header("x-request-id")])[answer.header("x-request-id")]
    assert (row["input_tokens"], row["output_tokens"], row["cost_nano_usd"]) == (3, 2, 7_000)


BROKEN = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a bad status": b"HTTP/1.1 OK 200\r\ncontent-length: 2\r\n\r\n{}",
    "a length and chunks": JSON_HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": JSON_HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
    "a length that is none": JSON_HEAD + b"content-length: two\r\n\r\n{}",
    "a negative length": JSON_HEAD + b"content-length: -1\r\n\r\n{}",
    "a chunk size that is none": JSON_HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a huge chunk size": JSON_HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
    "a coding nobody asked for": JSON_HEAD + b"transfer-encoding: gzip\r\n\r\nxx",
    "a head without end": JSON_HEAD + b"x: " + b"y" * 2_000_000,
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "nothing": b"",
    "half a status line": b"HTTP/1.",
    "half a head": JSON_HEAD[:30],
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_breaks_the_rules_is_a_bad_gateway(ask, name, stream):
    answer = ask(BROKEN[name], "close", stream)
    assert answer.status == 502
    error = answer.json()["error"]
    assert error["code"].startswith("upstream_") and "main" in error["message"]


def test_the_next_request_is_fine_after_all_that(ask):
    for _ in range(3):
        assert ask(with_length(JSON_HEAD, WHOLE), "keep", False).body == WHOLE


def test_bytes_after_an_answer_are_never_taken_for_the_next(ask):
    poisoned = with_length(JSON_HEAD, WHOLE) + with_length(JSON_HEAD, b'{"poison":1}')
    for _ in range(5):
        assert ask(poisoned, "keep", False).body == WHOLE


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("framing", [chunked, with_length])
def test_a_stream_cut_at_any_byte_never_looks_complete(ask, framing, ending):
    whole = framing(SSE_HEAD, EVENTS)
    ends = whole.index(b"data: [DONE]") + len(b"data: [DONE]")
    begun = 0
    for cut in range(len(SSE_HEAD) + 20, ends, 3):
        answer = ask(whole[:cut], ending, True)
        if answer.status == 502:
            continue
        assert answer.status == 200
        begun += 1
        assert not answer.complete, f"cut at {cut}: ended cleanly"
        assert b"[DONE]" not in answer.body
        assert b'"error"' in answer.body
        assert b"\xef\xbf\xbd" not in answer.body
    assert begun > 50, "most cuts came after the first event"


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("framing", [chunked, with_length])
def test_a_whole_answer_cut_at_any_byte_is_never_passed_off_as_whole(ask, framing, ending):
    whole = framing(JSON_HEAD, WHOLE)
    for cut in range(0, len(whole) - 8, 5):
        answer = ask(whole[:cut], ending, False)
        assert answer.status == 502, f"cut at {cut}: {answer.status} {answer.body!r}"


def test_silence_in_the_middle_ends_at_the_stall_limit(ask):
    answer = ask(SSE_HEAD + b"\r\n" + chunk({"content": "half"}), "silent", True)
    assert answer.status == 200 and not answer.complete
    assert b"half" in answer.body and b'"error"' in answer.body and b"[DONE]" not in answer.body


def test_random_damage_never_kills_the_relay(ask, relay):
    """Seeded: bytes of good answers replaced, removed, doubled."""
    process = relay.daemon.process.pid
    chance = random.Random(20_261_121)
    good = [(data, stream) for data, _, stream in GOOD.values()]
    for _ in range(400):
        data, stream = chance.choice(good)
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(damaged))
            kind = chance.randrange(3)
            if kind == 0:
                damaged[place] = chance.randrange(256)
            elif kind == 1:
                del damaged[place : place + chance.randint(1, 20)]
            else:
                damaged[place:place] = damaged[place : place + chance.randint(1, 20)]
        answer = ask(bytes(damaged), chance.choice(["close", "reset"]), stream)
        assert answer is not None, "an answer of some kind always comes"
    assert relay.daemon.is_alive and relay.daemon.process.pid == process
    assert ask(with_length(JSON_HEAD, WHOLE), "keep", False).body == WHOLE
