# SPDX-License-Identifier: Apache-2.0
"""A stream that breaks off never ends as if it were whole: in every dialect of callers, in one dialect and translated."""

import json

import pytest

from harness.mock import PROVIDER_KEY, Mock
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, Relay, version
from test_faults import FAST, LIMITS
from test_messages import BROKEN

CALLERS = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "stream": True}),
    "responses": ("/v1/responses", {"input": "Hi", "stream": True, "store": False}),
    "messages": ("/v1/messages", {"max_tokens": 60, "messages": [{"role": "user", "content": "Hi"}], "stream": True}),
    "gemini": ("/v1beta/models/ROUTE:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "Hi"}]}]}),
}
PROVIDERS = ["openai", "anthropic", "gemini"]
ENDS = [
    b"[DONE]", b"message_stop", b"message_delta", b"response.completed", b"response.incomplete", b'"finishReason":"',
    b'"finish_reason":"',
]  # fmt: skip


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    provider = Mock(tmp_path_factory.mktemp("cut"), "--require-key", PROVIDER_KEY).start()
    origin = provider.url.removesuffix("/v1")
    config = {"retry_policy": FAST, "timeouts": LIMITS}
    relay = Relay(
        tmp_path_factory.mktemp("cut-relay"),
        {
            "providers": {
                name: {
                    "dialect": name,
                    "base_url": provider.url if name == "openai" else origin,
                    "api_key": PROVIDER_KEY,
                }
                for name in PROVIDERS
            },
            "routes": {
                f"{name}-{fault}": {
                    "versions": [version(f"{name}-{fault}-1", f"fault-{fault}", provider=name, config=config)]
                }
                for name in PROVIDERS
                for fault in BROKEN
            },
            "prices": [],
            "keys": [{"name": "app", "key": APP_KEY}],
        },
    ).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()
    provider.stop()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_stream_that_breaks_off_never_ends_as_if_it_were_whole(relay, caller, provider):
    for fault in BROKEN:
        route = f"{provider}-{fault}"
        path, body = CALLERS[caller]
        body = json.dumps(body if caller == "gemini" else {"model": route, **body}).encode()
        answer = exchange(relay.port, request(path.replace("ROUTE", route), body, key=APP_KEY))
        assert answer.status == 200 and not answer.complete, (fault, answer.body[-300:])
        assert not [end for end in ENDS if end in answer.body], (fault, answer.body[-300:])
        # The last event is an error in the caller's own dialect.
        last = answer.body.rstrip(b"\r\n").replace(b"\r\n", b"\n").rsplit(b"\n\n", 1)[-1]
        error = json.loads(last.rsplit(b"data: ", 1)[1])
        assert "error" in error or error.get("type") == "error", (fault, last)
