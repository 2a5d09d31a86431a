# SPDX-License-Identifier: Apache-2.0
"""Streams that break off in the middle and go on from another target, as the official SDK reads them."""

import json

import openai
import pytest

from harness.mock import PROVIDER_KEY
from harness.relay import APP_KEY, version
from harness.upstream import Upstream

HELLO = [{"role": "user", "content": "Tell me of the fox."}]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def stream(texts, whole=True):
    """Chunks of a chat, one event each: the role, the texts, and where it is whole the end, usage and the mark."""
    chunk = lambda delta, finish=None: {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                                        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}  # fmt: skip
    chunks = [chunk({"role": "assistant", "content": ""})] + [chunk({"content": text}) for text in texts]
    if whole:
        usage = {"prompt_tokens": 20, "completion_tokens": 7, "total_tokens": 27}
        chunks += [chunk({}, "stop"), {**chunk({}), "choices": [], "usage": usage}]
    events = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks]
    if whole:
        events.append(b"data: [DONE]\n\n")
    framed = b"".join(f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in events)
    return HEAD + framed + (b"0\r\n\r\n" if whole else b"")


@pytest.fixture
def two(relays):
    """Makes a relay before a provider that breaks off after `The quick "br` and one with another answer."""
    started = []

    def start(texts, prefill=None):
        first, second = Upstream(), Upstream()
        started.extend((first, second))
        first.scripts["m"] = (stream(["The qu", 'ick "br'], whole=False), "close")
        second.scripts["m"] = (stream(texts), "keep")
        provider = {"dialect": "openai", "api_key": PROVIDER_KEY, "serves_responses": False}
        resumed = {"targets": ["first", "second"], "midstream": "resume", "retry_policy": {"max_retries": 0}}
        relay = relays(
            providers={"first": {**provider, "base_url": first.url}, "second": {**provider, "base_url": second.url}},
            routes={"chat": {"versions": [version("v1", "m", config=resumed, provider="first")]}},
            prices=[{"provider": name, "model": "m", "input": 1.0, "output": 2.0} for name in ("first", "second")],
            models=[{"provider": "second", "model": "m", "prefill": prefill}] if prefill else [],
            keys=[{"name": "app", "key": APP_KEY}],
        )
        return relay, second

    yield start
    for upstream in started:
        upstream.stop()


def read(relay, **more):
    """The text, the roles, and the answer's request id."""
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=15) as client:
        raw = client.chat.completions.with_raw_response.create(model="chat", messages=HELLO, stream=True, **more)
        text, roles = "", []
        for chunk in raw.parse():
            for choice in chunk.choices:
                text += choice.delta.content or ""
                roles += [choice.delta.role] if choice.delta.role else []
        return text, roles, raw.headers["x-request-id"]


def billed(relay, identifier):
    first, second = sorted(relay.settled([identifier])[identifier], key=lambda row: row["attempt"])
    assert (first["provider"], first["error_class"], first["cost_state"]) == ("first", "truncated", "estimated")
    assert (second["provider"], second["purpose"], second.get("error_class")) == ("second", "fallback", None)
    assert (second["input_tokens"], second["output_tokens"]) == (20, 7)


def test_a_stream_goes_on_where_another_target_tells_the_same(two):
    relay, second = two(["The quick ", '"brown', " fox"])
    text, roles, identifier = read(relay)
    assert text == 'The quick "brown fox' and roles == ["assistant"]
    assert second.bodies[0]["messages"] == HELLO
    billed(relay, identifier)


@pytest.mark.parametrize("prefill", ["message", "prefix", "continue_final_message"])
def test_a_marked_model_goes_on_from_the_text_so_far(two, prefill):
    relay, second = two(["own", " fox"], prefill)
    text, roles, identifier = read(relay)
    assert text == 'The quick "brown fox' and roles == ["assistant"]
    sent = second.bodies[0]
    asked, begun = sent["messages"]
    assert asked == HELLO[0] and (begun["role"], begun["content"]) == ("assistant", 'The quick "br')
    assert begun.get("prefix", False) == (prefill == "prefix")
    assert sent.get("continue_final_message", False) == (prefill == "continue_final_message")
    billed(relay, identifier)


def test_more_than_text_is_not_gone_on_with(two):
    relay, second = two(["own", " fox"], "message")
    with pytest.raises(openai.APIError) as caught:
        read(relay, response_format={"type": "json_object"})
    assert "first" in str(caught.value), "the first fault is named"
    assert second.bodies[0]["messages"] == HELLO


def test_a_translated_response_is_not_gone_on_with(two):
    """Its events name items that another answer would name anew: it breaks off, with an error."""
    relay, second = two(["never", " read"])
    kinds = []
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=15) as client:
        with pytest.raises(openai.APIError):
            for event in client.responses.create(model="chat", input="Tell me of the fox.", stream=True):
                kinds.append(event.type)
    assert kinds.count("response.created") == 1 and "response.completed" not in kinds
    assert "response.output_text.delta" in kinds
