# SPDX-License-Identifier: Apache-2.0
"""Callers of one dialect at a provider of another: the official libraries, whole and streamed; a rollout that crosses."""

import json
import time

import anthropic
import google.genai as genai
import openai
import pytest
import requests
from google.genai import errors as google_errors
from pydantic import BaseModel

from harness.callers import Callers
from harness.mock import PROVIDER_KEY
from harness.processes import eventually
from harness.relay import APP_KEY, NO_RETRY, Relay, standard_config, version
from harness.upstream import Upstream

BRIEF = """
rollout:
  steps:
    - {weight: 40%, for: 3s}
    - {weight: 100%}
"""
TOOL = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
QUESTION = [{"role": "user", "content": "Use get_weather for Oslo."}]


@pytest.fixture(scope="module")
def relay(tmp_path_factory, mock):
    config = standard_config(mock.url)
    config["providers"]["claude"] = {"dialect": "anthropic", "base_url": mock.origin, "api_key": PROVIDER_KEY}
    limits = {"timeouts": {"stall": "1s", "total": "20s"}}
    config["providers"]["google"] = {"dialect": "gemini", "base_url": mock.origin, "api_key": PROVIDER_KEY}
    config["providers"]["chats"] = {
        "dialect": "openai", "base_url": mock.url, "api_key": PROVIDER_KEY, "serves_responses": False
    }  # fmt: skip
    config["providers"]["answers"] = {
        "dialect": "openai", "base_url": mock.url, "api_key": PROVIDER_KEY, "serves_chat": False
    }  # fmt: skip
    routes = {}
    for model in ["plain", "mock-error-429", "mock-error-503", "mock-error-400", "mock-cut-3", "mock-error-in-stream-2"]:
        for provider in ["claude", "main", "google", "chats", "answers"]:
            name = f"{provider}-{model}"
            config_of = {**NO_RETRY, **limits}
            routes[name] = {"versions": [version(f"{name}-1", model, provider=provider, config=config_of)]}
    routes["cross"] = {
        "versions": [
            version("from-gpt", "gpt-4.1"),
            version("to-claude", "claude", state="staging", weight=0.0, provider="claude"),
        ]
    }
    config["routes"] = routes
    config["prices"] += [
        {"provider": provider, "model": "plain", "input": 1.0, "cached_input": 0.1, "output": 2.0}
        for provider in ["claude", "main", "google", "chats", "answers"]
    ]
    relay = Relay(tmp_path_factory.mktemp("translation"), config).start()
    yield relay
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture(scope="module")
def gpt(relay):
    return openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0)


@pytest.fixture(scope="module")
def claude(relay):
    return anthropic.Anthropic(base_url=relay.origin, api_key=APP_KEY, max_retries=0)


@pytest.fixture(scope="module")
def google(relay):
    return genai.Client(
        api_key=APP_KEY, http_options={"base_url": relay.origin, "retry_options": {"attempts": 1}}
    )


# OpenAI's library at a provider of the Messages API


def test_openai_chat(gpt):
    raw = gpt.chat.completions.with_raw_response.create(
        model="claude-plain", messages=[{"role": "system", "content": "Be brief."}, *QUESTION], seed=7
    )
    answer = raw.parse()
    assert answer.object == "chat.completion" and answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert raw.headers["warning"] == '299 sluice "not sent to the provider: seed"'
    cost = answer.usage.prompt_tokens * 1e-6 + answer.usage.completion_tokens * 2e-6
    assert float(raw.headers["x-sluice-cost-usd"]) == pytest.approx(cost, abs=1e-9)


def test_openai_stream(gpt):
    text, usage, finish = "", None, []
    for chunk in gpt.chat.completions.create(
        model="claude-plain", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            if choice.finish_reason:
                finish.append(choice.finish_reason)
    assert text and finish == ["stop"] and usage.completion_tokens > 0


def test_openai_tools(gpt):
    tools = [{"type": "function", "function": {"name": "get_weather", "description": "w", "parameters": TOOL}}]
    ask = {"model": "claude-plain", "messages": QUESTION, "tools": tools, "tool_choice": "required"}
    first = gpt.chat.completions.create(**ask)
    assert first.choices[0].finish_reason == "tool_calls"
    (call,) = first.choices[0].message.tool_calls
    assert call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments)["city"], str)
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    second = gpt.chat.completions.create(
        model="claude-plain", messages=[*QUESTION, first.choices[0].message, result], tools=tools
    )
    assert second.choices[0].finish_reason == "stop" and second.choices[0].message.content
    arguments, names = "", []
    for chunk in gpt.chat.completions.create(**ask, stream=True):
        for delta in chunk.choices[0].delta.tool_calls or []:
            names += [delta.function.name] if delta.function.name else []
            arguments += delta.function.arguments or ""
    assert names == ["get_weather"] and "city" in json.loads(arguments)


def test_openai_structured(gpt):
    class City(BaseModel):
        name: str
        inhabitants: int

    answer = gpt.chat.completions.parse(model="claude-plain", messages=QUESTION, response_format=City)
    assert isinstance(answer.choices[0].message.parsed, City)


@pytest.mark.parametrize(
    "model, error",
    [
        ("mock-error-400", openai.BadRequestError), ("mock-error-429", openai.RateLimitError),
        ("mock-error-503", openai.InternalServerError),
    ],
)  # fmt: skip
def test_openai_errors(gpt, model, error):
    with pytest.raises(error) as caught:
        gpt.chat.completions.create(model=f"claude-{model}", messages=QUESTION)
    assert set(caught.value.body) >= {"message", "type", "param", "code"}


@pytest.mark.parametrize("model", ["mock-cut-3", "mock-error-in-stream-2"])
def test_openai_broken_streams(gpt, model):
    chunks = []
    with pytest.raises(openai.APIError):
        for chunk in gpt.chat.completions.create(model=f"claude-{model}", messages=QUESTION, stream=True):
            chunks.append(chunk)
    assert chunks and not any(choice.finish_reason for chunk in chunks for choice in chunk.choices)


def test_openai_is_told_what_cannot_be_said(gpt):
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.chat.completions.create(model="claude-plain", messages=QUESTION, n=2)
    assert caught.value.param == "n"


# Anthropic's library at a provider of OpenAI's dialect


def test_anthropic_message(claude):
    raw = claude.messages.with_raw_response.create(
        model="main-plain", max_tokens=64, system="Be brief.", messages=QUESTION, extra_body={"top_k": 5}
    )
    answer = raw.parse()
    assert answer.type == "message" and answer.role == "assistant" and answer.stop_reason in ("end_turn", "max_tokens")
    assert answer.content[0].text and answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert raw.headers["warning"] == '299 sluice "not sent to the provider: top_k"'


def test_anthropic_stream(claude):
    with claude.messages.stream(model="main-plain", max_tokens=64, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text and message.content[0].text == text
    assert message.stop_reason in ("end_turn", "max_tokens") and message.usage.input_tokens > 0


def test_anthropic_tools(claude):
    tools = [{"name": "get_weather", "description": "w", "input_schema": TOOL}]
    ask = {"model": "main-plain", "max_tokens": 256, "messages": QUESTION, "tools": tools}
    first = claude.messages.create(**ask, tool_choice={"type": "any"})
    assert first.stop_reason == "tool_use"
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert call.name == "get_weather" and isinstance(call.input["city"], str)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "rain"}
    second = claude.messages.create(
        model="main-plain", max_tokens=256, tools=tools,
        messages=[*QUESTION, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}],
    )  # fmt: skip
    assert second.stop_reason in ("end_turn", "max_tokens")
    with claude.messages.stream(**ask, tool_choice={"type": "any"}) as stream:
        message = stream.get_final_message()
    (call,) = [block for block in message.content if block.type == "tool_use"]
    assert "city" in call.input and message.stop_reason == "tool_use"


@pytest.mark.parametrize(
    "model, error, kind",
    [
        ("mock-error-400", anthropic.BadRequestError, "invalid_request_error"),
        ("mock-error-429", anthropic.RateLimitError, "rate_limit_error"),
        ("mock-error-503", anthropic.InternalServerError, "overloaded_error"),
    ],
)
def test_anthropic_errors(claude, model, error, kind):
    with pytest.raises(error) as caught:
        claude.messages.create(model=f"main-{model}", max_tokens=9, messages=QUESTION)
    assert caught.value.body["error"]["type"] == kind and caught.value.body["type"] == "error"


@pytest.mark.parametrize("model", ["mock-cut-3", "mock-error-in-stream-2"])
def test_anthropic_broken_streams(relay, model):
    body = {"model": f"main-{model}", "max_tokens": 64, "stream": True, "messages": QUESTION}
    answer = requests.post(
        relay.url + "/messages", json=body, headers={"x-api-key": APP_KEY}, stream=True, timeout=20
    )
    text = b""
    try:
        for piece in answer.iter_content(None):
            text += piece
    except requests.exceptions.ChunkedEncodingError:
        pass
    assert b"event: content_block_delta" in text and b"event: error" in text
    assert b"message_stop" not in text and b"message_delta" not in text


# OpenAI's and Anthropic's libraries at Gemini


def test_openai_at_gemini(gpt):
    raw = gpt.chat.completions.with_raw_response.create(
        model="google-plain", messages=[{"role": "system", "content": "Be brief."}, *QUESTION], user="u", seed=7
    )
    answer = raw.parse()
    assert answer.choices[0].finish_reason == "stop" and answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert raw.headers["warning"] == '299 sluice "not sent to the provider: user"'
    cost = answer.usage.prompt_tokens * 1e-6 + answer.usage.completion_tokens * 2e-6
    assert float(raw.headers["x-sluice-cost-usd"]) == pytest.approx(cost, abs=1e-9)
    text, usage, finish = "", None, []
    for chunk in gpt.chat.completions.create(
        model="google-plain", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            if choice.finish_reason:
                finish.append(choice.finish_reason)
    assert text and finish == ["stop"] and usage.completion_tokens > 0


def test_openai_tools_at_gemini(gpt):
    tools = [{"type": "function", "function": {"name": "get_weather", "description": "w", "parameters": TOOL}}]
    ask = {"model": "google-plain", "messages": QUESTION, "tools": tools, "tool_choice": "required"}
    first = gpt.chat.completions.create(**ask)
    assert first.choices[0].finish_reason == "tool_calls"
    (call,) = first.choices[0].message.tool_calls
    assert call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments)["city"], str)
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    second = gpt.chat.completions.create(
        model="google-plain", messages=[*QUESTION, first.choices[0].message, result], tools=tools
    )
    assert second.choices[0].finish_reason == "stop" and second.choices[0].message.content
    with gpt.chat.completions.stream(**ask) as stream:
        message = stream.get_final_completion().choices[0]
    assert message.finish_reason == "tool_calls" and "city" in json.loads(message.message.tool_calls[0].function.arguments)


def test_anthropic_at_gemini(claude):
    tools = [{"name": "get_weather", "description": "w", "input_schema": TOOL}]
    ask = {"model": "google-plain", "max_tokens": 256, "messages": QUESTION, "tools": tools}
    first = claude.messages.create(**ask, tool_choice={"type": "any"})
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use" and isinstance(call.input["city"], str)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "rain"}
    turns = [*QUESTION, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    with claude.messages.stream(**{**ask, "messages": turns}) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text and message.stop_reason in ("end_turn", "max_tokens") and message.usage.output_tokens > 0


@pytest.mark.parametrize("model", ["mock-cut-3", "mock-error-in-stream-2"])
def test_broken_streams_of_gemini(gpt, model):
    chunks = []
    with pytest.raises(openai.APIError):
        for chunk in gpt.chat.completions.create(model=f"google-{model}", messages=QUESTION, stream=True):
            chunks.append(chunk)
    assert chunks and not any(choice.finish_reason for chunk in chunks for choice in chunk.choices)


# Google's library at providers of the other dialects


@pytest.mark.parametrize("provider", ["main", "claude"])
def test_google(google, provider):
    config = {"system_instruction": "Be brief.", "max_output_tokens": 64, "temperature": 0.5}
    answer = google.models.generate_content(model=f"{provider}-plain", contents="Tell me more.", config=config)
    assert answer.text and answer.candidates[0].finish_reason in ("STOP", "MAX_TOKENS")
    assert answer.usage_metadata.prompt_token_count > 0 and answer.usage_metadata.candidates_token_count > 0
    last, text = None, ""
    for chunk in google.models.generate_content_stream(model=f"{provider}-plain", contents="Tell me more."):
        text += chunk.text or ""
        last = chunk
    assert text and last.candidates[0].finish_reason == "STOP" and last.usage_metadata.total_token_count > 0


@pytest.mark.parametrize("provider", ["main", "claude"])
def test_google_tools(google, provider):
    tool = {"function_declarations": [{"name": "get_weather", "description": "w", "parameters": {
        "type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}}]}  # fmt: skip
    config = {"tools": [tool], "tool_config": {"function_calling_config": {"mode": "ANY"}}}
    turns = [{"role": "user", "parts": [{"text": "Use get_weather for Oslo."}]}]
    first = google.models.generate_content(model=f"{provider}-plain", contents=turns, config=config)
    (call,) = first.function_calls
    assert call.name == "get_weather" and isinstance(call.args["city"], str)
    result = {"function_response": {"name": call.name, "id": call.id, "response": {"result": "rain"}}}
    turns += [first.candidates[0].content, {"role": "user", "parts": [result]}]
    second = google.models.generate_content(model=f"{provider}-plain", contents=turns, config={"tools": [tool]})
    assert second.text


@pytest.mark.parametrize("provider", ["main", "claude"])
def test_google_structured(google, provider):
    class City(BaseModel):
        name: str
        inhabitants: int

    config = {"response_mime_type": "application/json", "response_schema": City}
    answer = google.models.generate_content(model=f"{provider}-plain", contents="A city", config=config)
    assert isinstance(answer.parsed, City)


@pytest.mark.parametrize(
    "model, error, status",
    [
        ("mock-error-400", google_errors.ClientError, "INVALID_ARGUMENT"),
        ("mock-error-429", google_errors.ClientError, "RESOURCE_EXHAUSTED"),
        ("mock-error-503", google_errors.ServerError, "UNAVAILABLE"),
    ],
)
def test_google_errors(google, model, error, status):
    with pytest.raises(error) as caught:
        google.models.generate_content(model=f"claude-{model}", contents="hi")
    assert caught.value.status == status and str(caught.value.code) == model[-3:]


@pytest.mark.parametrize("provider", ["main", "claude"])
@pytest.mark.parametrize("model", ["mock-cut-3", "mock-error-in-stream-2"])
def test_google_broken_streams(google, provider, model):
    chunks = []
    with pytest.raises(Exception):
        for chunk in google.models.generate_content_stream(model=f"{provider}-{model}", contents="hi"):
            chunks.append(chunk)
    assert chunks and not any(chunk.candidates and chunk.candidates[0].finish_reason for chunk in chunks)


# The Responses API at all of them


@pytest.mark.parametrize("provider", ["chats", "claude", "google"])
def test_responses(gpt, provider):
    ask = {"model": f"{provider}-plain", "input": "Tell me more.", "instructions": "Be brief."}
    answer = gpt.responses.create(**ask, temperature=0.5)
    assert answer.status == "completed" and answer.output_text and answer.temperature == 0.5
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0
    with gpt.responses.stream(**ask) as stream:
        events = list(stream)
        final = stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text and final.output_text == text and final.usage.output_tokens > 0


@pytest.mark.parametrize("provider", ["chats", "claude", "google"])
def test_responses_tools(gpt, provider):
    tools = [{"type": "function", "name": "get_weather", "description": "w", "parameters": TOOL, "strict": True}]
    ask = {"model": f"{provider}-plain", "tools": tools}
    first = gpt.responses.create(**ask, input=QUESTION, tool_choice="required")
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert call.name == "get_weather" and isinstance(json.loads(call.arguments)["city"], str)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    second = gpt.responses.create(**ask, input=[*QUESTION, *first.output, result])
    assert second.output_text
    with gpt.responses.stream(**ask, input=QUESTION, tool_choice="required") as stream:
        final = stream.get_final_response()
    (call,) = [item for item in final.output if item.type == "function_call"]
    assert "city" in json.loads(call.arguments)


@pytest.mark.parametrize("provider", ["chats", "claude", "google"])
def test_responses_structured(gpt, provider):
    class City(BaseModel):
        name: str
        inhabitants: int

    answer = gpt.responses.parse(model=f"{provider}-plain", input="A city", text_format=City)
    assert isinstance(answer.output_parsed, City)


@pytest.mark.parametrize(
    "model, error",
    [
        ("mock-error-400", openai.BadRequestError), ("mock-error-429", openai.RateLimitError),
        ("mock-error-503", openai.InternalServerError),
    ],
)  # fmt: skip
def test_responses_errors(gpt, model, error):
    with pytest.raises(error):
        gpt.responses.create(model=f"claude-{model}", input="hi")


@pytest.mark.parametrize("provider", ["chats", "claude", "google"])
@pytest.mark.parametrize("model", ["mock-cut-3", "mock-error-in-stream-2"])
def test_responses_broken_streams(gpt, provider, model):
    kinds = []
    with pytest.raises(openai.APIError):
        for event in gpt.responses.create(model=f"{provider}-{model}", input="Tell me more.", stream=True):
            kinds.append(event.type)
    assert "response.output_text.delta" in kinds and "response.completed" not in kinds


@pytest.mark.parametrize("field", [{"previous_response_id": "resp_1"}, {"conversation": "conv_1"}, {"store": True}])
def test_responses_of_what_is_kept_elsewhere(gpt, field):
    # An id that nobody was given is not found at any provider; to keep something cannot be said in another dialect.
    fault = openai.BadRequestError if "store" in field else openai.NotFoundError
    with pytest.raises(fault) as caught:
        gpt.responses.create(model="claude-plain", input="hi", **field)
    assert caught.value.param == next(iter(field))


# A rollout from one dialect to the other


# Chats at a provider that has the Responses API alone


def told(chunks):
    return "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)


def test_chats_at_the_responses_api(gpt, claude, google, mock, relay):
    question = [{"role": "user", "content": "How are the tides?"}]
    raw = gpt.chat.completions.with_raw_response.create(model="answers-plain", messages=question, max_tokens=64)
    whole = raw.parse()
    said = whole.choices[0].message.content
    assert said and whole.choices[0].finish_reason == "stop" and whole.usage.completion_tokens > 0
    assert mock.log()[-1]["path"] == "/v1/responses"
    cost = whole.usage.prompt_tokens * 1e-6 + whole.usage.completion_tokens * 2e-6
    assert float(raw.headers["x-sluice-cost-usd"]) == pytest.approx(cost, abs=1e-9)
    stream = gpt.chat.completions.create(
        model="answers-plain", messages=question, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert told(chunks) == said and chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    answer = claude.messages.create(model="answers-plain", max_tokens=64, system="Be kind.", messages=question)
    assert answer.content[0].text.startswith("You asked: How are") and answer.stop_reason == "end_turn"
    with claude.messages.stream(model="answers-plain", max_tokens=64, messages=question) as stream:
        assert stream.get_final_message().content[0].text == said
    assert google.models.generate_content(model="answers-plain", contents="How are the tides?").text == said
    parts = google.models.generate_content_stream(model="answers-plain", contents="How are the tides?")
    assert "".join(each.text or "" for each in parts) == said
    assert gpt.responses.create(model="answers-plain", input="How are the tides?").output_text == said
    eventually(lambda: relay.attempts() and relay.attempts()[-1]["endpoint"] == "responses", why="it is on record")


def test_tools_at_the_responses_api(gpt, claude):
    tools = [{"type": "function", "function": {"name": "get_weather", "description": "w", "parameters": TOOL}}]
    asked = {"model": "answers-plain", "messages": QUESTION, "tools": tools, "tool_choice": "required"}
    first = gpt.chat.completions.create(**asked).choices[0]
    (call,) = first.message.tool_calls
    assert first.finish_reason == "tool_calls" and "city" in json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    again = [*QUESTION, first.message, result]
    assert gpt.chat.completions.create(model="answers-plain", messages=again, tools=tools).choices[0].message.content
    arguments = ""
    for chunk in gpt.chat.completions.create(**asked, stream=True):
        for delta in chunk.choices[0].delta.tool_calls or []:
            arguments += delta.function.arguments or ""
    assert "city" in json.loads(arguments)
    use = claude.messages.create(
        model="answers-plain",
        max_tokens=64,
        messages=QUESTION,
        tools=[{"name": "get_weather", "input_schema": TOOL}],
        tool_choice={"type": "any"},
    )
    assert use.stop_reason == "tool_use" and use.content[-1].input["city"]


def test_errors_and_cut_streams_of_the_responses_api(gpt, claude):
    for model, error in [
        ("answers-mock-error-429", openai.RateLimitError), ("answers-mock-error-503", openai.InternalServerError)
    ]:  # fmt: skip
        with pytest.raises(error):
            gpt.chat.completions.create(model=model, messages=QUESTION)
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.chat.completions.create(model="answers-plain", messages=QUESTION, stop="END")
    assert caught.value.param == "stop"
    for model in ["answers-mock-cut-3", "answers-mock-error-in-stream-2"]:
        with pytest.raises(openai.APIError):
            for chunk in gpt.chat.completions.create(model=model, messages=QUESTION, stream=True):
                assert chunk.choices[0].finish_reason is None
        seen = []
        with pytest.raises(anthropic.APIError), claude.messages.stream(
            model=model, max_tokens=64, messages=QUESTION
        ) as stream:
            for event in stream:
                seen.append(event.type)
        assert "message_stop" not in seen


# Counts of tokens


@pytest.mark.parametrize("provider", ["claude", "main", "google", "answers"])
def test_counts_of_tokens(gpt, claude, google, provider):
    model, text = f"{provider}-plain", "How are the tides in the bay today?"
    asked = {"model": model, "messages": [{"role": "user", "content": text}], "system": "Be brief."}
    more = claude.messages.count_tokens(**asked, tools=[{"name": "f", "input_schema": TOOL}]).input_tokens
    assert more >= claude.messages.count_tokens(**asked).input_tokens > 3
    assert google.models.count_tokens(model=model, contents=text).total_tokens > 3
    assert gpt.responses.input_tokens.count(model=model, input=text, instructions="Be brief.").input_tokens > 3


def test_a_provider_that_counts_nothing_beforehand(gpt, claude, google):
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.count_tokens(model="chats-plain", messages=QUESTION)
    assert "does not count tokens" in str(caught.value)
    with pytest.raises(google_errors.ClientError) as caught:
        google.models.count_tokens(model="chats-plain", contents="a")
    assert caught.value.code == 400


# Embeddings


def test_vectors_of_another_dialect(gpt, google):
    whole = gpt.embeddings.create(model="google-plain", input=["one", "two"], dimensions=8, encoding_format="float")
    plain = gpt.embeddings.create(model="google-plain", input=["one", "two"], dimensions=8)
    assert [len(each.embedding) for each in whole.data] == [8, 8] and [each.index for each in whole.data] == [0, 1]
    for one, other in zip(whole.data, plain.data):
        assert one.embedding == pytest.approx(other.embedding, rel=1e-6)
    own = google.models.embed_content(model="google-plain", contents=["one", "two"], config={"output_dimensionality": 8})
    assert own.embeddings[0].values == pytest.approx(whole.data[0].embedding, rel=1e-6)
    there = google.models.embed_content(model="main-plain", contents=["one", "two"], config={"output_dimensionality": 8})
    assert [len(each.values) for each in there.embeddings] == [8, 8]
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.embeddings.create(model="google-plain", input=[[1, 2, 3]])
    assert caught.value.param == "input[0]"
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.embeddings.create(model="claude-plain", input="a")
    assert "embeddings" in str(caught.value)


def whole(answer):
    text = json.dumps(answer).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text), "keep"


def streamed(*events, end=b""):
    text = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events) + end
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(text)
    return head + text, "keep"


def test_probabilities_of_tokens(tmp_path):
    """The official libraries read them from the other provider's answers, whole and with each piece of a stream."""
    upstream = Upstream()
    config = standard_config(upstream.url)
    config["providers"]["google"] = {
        "dialect": "gemini", "base_url": f"http://127.0.0.1:{upstream.port}", "api_key": PROVIDER_KEY
    }  # fmt: skip
    config["routes"] = {
        name: {"versions": [version(f"{name}-1", f"{name}-model", provider=provider, config=NO_RETRY)]}
        for name, provider in [("g", "google"), ("g-stream", "google"), ("o", "main"), ("o-stream", "main")]
    }
    config["prices"] = []

    def candidate(text, chance, **more):
        chosen = {"token": text, "tokenId": 5, "logProbability": chance}
        return {
            "candidates": [
                {
                    "content": {"parts": [{"text": text}], "role": "model"}, "index": 0,
                    "logprobsResult": {
                        "chosenCandidates": [chosen], "topCandidates": [{"candidates": [chosen, {"token": "x", "logProbability": -4.5}]}]
                    },
                    **more,
                }
            ],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4},
            "responseId": "r1", "modelVersion": "g-model",
        }  # fmt: skip

    def choice(text, chance, member, finish):
        one = {"token": text, "logprob": chance, "bytes": list(text.encode())}
        content = [{**one, "top_logprobs": [one, {"token": "x", "logprob": -4.5, "bytes": [120]}]}]
        logprobs = {"content": content, "refusal": None}
        return {
            "id": "c1", "object": "chat.completion", "created": 1, "model": "o-model",
            "choices": [{"index": 0, member: {"role": "assistant", "content": text}, "logprobs": logprobs, "finish_reason": finish}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4} if finish else None,
        }  # fmt: skip

    upstream.scripts = {
        "g-model": whole(candidate("Hé", -0.25, finishReason="STOP")),
        "g-stream-model": streamed(candidate("Hé", -0.25), candidate("lo", -0.5, finishReason="STOP")),
        "o-model": whole(choice("Hé", -0.25, "message", "stop")),
        "o-stream-model": streamed(
            choice("Hé", -0.25, "delta", None), choice("lo", -0.5, "delta", "stop"), end=b"data: [DONE]\n\n"
        ),
    }
    relay = Relay(tmp_path, config).start()
    try:
        gpt = openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0)
        asked = {"messages": QUESTION, "logprobs": True, "top_logprobs": 2}
        tokens = gpt.chat.completions.create(model="g", **asked).choices[0].logprobs.content
        assert [(one.token, one.logprob, bytes(one.bytes).decode()) for one in tokens] == [("Hé", -0.25, "Hé")]
        assert [(one.token, one.logprob) for one in tokens[0].top_logprobs] == [("Hé", -0.25), ("x", -4.5)]
        assert upstream.bodies[-1]["generationConfig"] == {"responseLogprobs": True, "logprobs": 2}
        told = []
        for chunk in gpt.chat.completions.create(model="g-stream", stream=True, **asked):
            for each in chunk.choices:
                if each.logprobs:
                    told += [(each.delta.content, one.token, one.logprob) for one in each.logprobs.content]
        assert told == [("Hé", "Hé", -0.25), ("lo", "lo", -0.5)]

        google = genai.Client(
            api_key=APP_KEY, http_options={"base_url": relay.origin, "retry_options": {"attempts": 1}}
        )
        asked = {"contents": "Hi", "config": {"response_logprobs": True, "logprobs": 2}}
        answer = google.models.generate_content(model="o", **asked).candidates[0].logprobs_result
        assert [(one.token, one.log_probability) for one in answer.chosen_candidates] == [("Hé", -0.25)]
        assert [one.token for one in answer.top_candidates[0].candidates] == ["Hé", "x"]
        assert upstream.bodies[-1]["logprobs"] is True and upstream.bodies[-1]["top_logprobs"] == 2
        told = [
            (piece.text, one.token, one.log_probability)
            for piece in google.models.generate_content_stream(model="o-stream", **asked)
            if piece.candidates[0].logprobs_result
            for one in piece.candidates[0].logprobs_result.chosen_candidates
        ]
        assert told == [("Hé", "Hé", -0.25), ("lo", "lo", -0.5)]
    finally:
        assert relay.stop() == 0, relay.daemon.tail()
        upstream.stop()


def test_a_rollout_crosses_dialects(relay):
    (relay.folder / "brief.yaml").write_text(BRIEF)
    with Callers(relay, "cross") as callers:
        time.sleep(2)
        plan = str(relay.folder / "brief.yaml")
        relay.cli("rollout", "start", "to-claude", "--plan", plan, "--name", "r-cross")
        eventually(
            lambda: relay.admin("GET", "/rollouts/r-cross")["phase"] == "completed", 60, why="the rollout promotes"
        )
        answers = list(callers.answers)
    assert {status for _, status, _ in answers} == {200}
    assert {"from-gpt", "to-claude"} <= {name for _, _, name in answers}
