# SPDX-License-Identifier: Apache-2.0
"""One scenario of the official `anthropic` library against a relay: `messages_sdk.py SCENARIO`.

Runs with today's generation and with an old one, so it uses what both have. The relay's routes bear the names of the
simulated provider's models.
"""

import asyncio
import os
import sys

import anthropic

URL, KEY, DIRECT, DIRECT_KEY = (os.environ[name] for name in ("RELAY", "RELAY_KEY", "DIRECT", "DIRECT_KEY"))
ASKED = {"max_tokens": 400, "messages": [{"role": "user", "content": "How are the tides — today? 🌊"}]}
TOOLS = [
    {
        "name": "look_up",
        "description": "Looks something up.",
        "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
    {"name": "now", "description": "The time.", "input_schema": {"type": "object", "properties": {}}},
]


def client(**options):
    return anthropic.Anthropic(base_url=URL, api_key=KEY, **{"max_retries": 0, "timeout": 15, **options})


def direct():
    return anthropic.Anthropic(base_url=DIRECT, api_key=DIRECT_KEY, max_retries=0, timeout=15)


def raises(kind, call, status=None):
    try:
        call()
    except kind as error:
        assert type(error) is kind, f"{type(error)} for {kind}"
        assert status is None or error.status_code == status, error
        return error
    raise AssertionError(f"no {kind}")


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def scenario_chat():
    relayed, same = (each.messages.create(model="claude", **ASKED) for each in (client(), direct()))
    assert text(relayed) == text(same) and text(relayed).startswith("You asked: How are the tides")
    assert relayed.stop_reason == "end_turn" and relayed.usage == same.usage and relayed._request_id.startswith("req_")
    system = [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]
    assert text(client().messages.create(model="claude", system=system, **ASKED))
    cut = client().messages.create(model="claude", **{**ASKED, "max_tokens": 2})
    assert cut.stop_reason == "max_tokens" and cut.usage.output_tokens == 2


def scenario_prefixed():
    with anthropic.Anthropic(base_url=f"{URL}/anthropic", api_key=KEY, max_retries=0) as prefixed:
        assert text(prefixed.messages.create(model="claude", **ASKED))
    with anthropic.Anthropic(base_url=URL, auth_token=KEY, max_retries=0) as bearer:
        assert text(bearer.messages.create(model="claude", **ASKED))


def scenario_stream():
    whole = client().messages.create(model="claude", **ASKED)
    with client().messages.stream(model="claude", **ASKED) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert "".join(pieces) == text(whole) == text(final) and len(pieces) > 10
    assert final.usage.output_tokens == whole.usage.output_tokens and final.stop_reason == "end_turn"
    events = [event.type for event in client().messages.create(model="claude", stream=True, **ASKED)]
    assert events[0] == "message_start" and events[-2:] == ["message_delta", "message_stop"]


def scenario_async():
    async def ask():
        async with anthropic.AsyncAnthropic(base_url=URL, api_key=KEY, max_retries=0) as many:
            answers = await asyncio.gather(*(many.messages.create(model="claude", **ASKED) for _ in range(20)))
            async with many.messages.stream(model="claude", **ASKED) as stream:
                return {text(answer) for answer in answers} | {text(await stream.get_final_message())}

    assert len(asyncio.run(ask())) == 1


def scenario_tools():
    asked = {**ASKED, "messages": [{"role": "user", "content": "look_up and now"}], "tools": TOOLS}
    answer = client().messages.create(model="claude", **asked)
    assert answer.stop_reason == "tool_use"
    calls = [block for block in answer.content if block.type == "tool_use"]
    assert [call.name for call in calls] == ["look_up", "now"] and isinstance(calls[0].input["place"], str)
    with client().messages.stream(model="claude", **asked) as stream:
        streamed = [block for block in stream.get_final_message().content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in streamed] == [(call.name, call.input) for call in calls]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "42"} for call in calls]
    asked["messages"] += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    assert text(client().messages.create(model="claude", **asked))
    choice = {"type": "tool", "name": "now"}
    assert client().messages.create(model="claude", **{**asked, "tool_choice": choice}).content[0].name == "now"


def scenario_thinking():
    asked = {**ASKED, "thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
    with client().messages.stream(model="thinker", **asked) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"] and final.content[0].signature


def scenario_count_tokens():
    asked = {"model": "claude", "messages": ASKED["messages"]}
    counts = [each.messages.count_tokens(**asked).input_tokens for each in (client(), direct())]
    assert counts[0] == counts[1] == client().messages.create(model="claude", **ASKED).usage.input_tokens


def scenario_models():
    names = [model.id for model in client().models.list(limit=1000)]
    assert "claude" in names and "claude-alias" in names
    assert client().models.retrieve("claude").display_name == "claude"
    raises(anthropic.NotFoundError, lambda: client().models.retrieve("nobody"), 404)


def scenario_errors():
    def ask(model, **more):
        return lambda: client().messages.create(model=model, **{**ASKED, **more})

    kinds = {
        400: anthropic.BadRequestError, 404: anthropic.NotFoundError, 409: anthropic.ConflictError,
        422: anthropic.UnprocessableEntityError, 429: anthropic.RateLimitError, 500: anthropic.InternalServerError,
    }  # fmt: skip
    for status, kind in kinds.items():
        error = raises(kind, ask(f"mock-error-{status}"), status)
        assert error.body["type"] == "error" and error.body["request_id"] == "req_simulated", error.body
    for status in (413, 503, 529):
        relayed = raises(type(raised(direct, f"mock-error-{status}")), ask(f"mock-error-{status}"), status)
        assert relayed.body["error"]["type"] in ("request_too_large", "overloaded_error")
    # What the relay itself says.
    missing = raises(anthropic.NotFoundError, ask("clade"), 404)
    assert "claude" in missing.message and missing.body["error"]["type"] == "not_found_error"
    assert missing.request_id and missing.request_id == missing.response.headers["x-request-id"]
    with anthropic.Anthropic(base_url=URL, api_key="sk-wrong", max_retries=0) as stranger:
        wrong = raises(anthropic.AuthenticationError, lambda: stranger.messages.create(model="claude", **ASKED), 401)
    assert wrong.body["error"]["type"] == "authentication_error"
    credential = raised(client, "mock-error-401")
    assert credential.status_code == 502 and credential.body["error"]["type"] == "api_error"


def raised(make, model):
    try:
        make().messages.create(model=model, **ASKED)
    except anthropic.APIStatusError as error:
        return error
    raise AssertionError(f"no error for {model}")


def scenario_streams_that_break():
    for model in ("mock-cut-3", "mock-error-in-stream-2", "fault-cut-mid", "fault-error-5", "mock-stall-2"):
        seen = []
        try:
            for event in client().messages.create(model=model, stream=True, **ASKED):
                seen.append(event.type)
        except (anthropic.APIStatusError, anthropic.APIConnectionError):
            pass
        else:
            raise AssertionError(f"{model} ended cleanly after {seen}")
        assert "message_stop" not in seen and "content_block_delta" in seen, (model, seen)


def scenario_retries():
    assert text(client().messages.create(model="mock-flaky-2", **ASKED)), "the relay tries again"
    raises(anthropic.APITimeoutError, lambda: client(timeout=0.5).messages.create(model="mock-hang", **ASKED))
    # A wait of a day is no reason to sleep for it.
    long = raises(anthropic.RateLimitError, lambda: client(max_retries=2).messages.create(model="busy", **ASKED), 429)
    assert long.response.headers["x-should-retry"] == "false"


if __name__ == "__main__":
    globals()[f"scenario_{sys.argv[1]}"]()
    print(anthropic.__version__)
