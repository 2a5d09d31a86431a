# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock as a provider: signatures that AWS's own code takes, binary streams, callers of two dialects."""

import json

import anthropic
import openai
import pytest

from harness.bedrock import ACCESS_KEY, BEARER, REGION, SECRET_KEY, TOKEN, Bedrock
from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.relay import APP_KEY, NO_RETRY, Relay, version

QUESTION = [{"role": "user", "content": "How are the tides — today? 🌊"}]
TOOL = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
MODELS = ["talker", "mock-cut-3", "mock-error-400", "mock-error-429", "mock-error-503", "exception", "checksum", "early", "cut"]


@pytest.fixture(scope="module")
def bedrock(tmp_path_factory):
    mock = Mock(tmp_path_factory.mktemp("bedrock-mock"), "--require-key", PROVIDER_KEY).start()
    # So that the first pieces have left before the fault comes.
    mock.set(interval="20ms")
    bedrock = Bedrock(mock.origin, PROVIDER_KEY)
    bedrock.faults = {name: (name, 8) for name in ("exception", "checksum", "cut")}
    bedrock.faults["early"] = ("checksum", 0)
    yield bedrock
    bedrock.stop()
    mock.stop()


@pytest.fixture(scope="module")
def relay(tmp_path_factory, bedrock):
    account = {"dialect": "bedrock", "region": REGION, "base_url": bedrock.origin}
    signed = {**account, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, "session_token": TOKEN}
    config = {
        "providers": {
            "signed": signed,
            "bearer": {**account, "api_key": BEARER},
            "wrong": {**signed, "secret_access_key": SECRET_KEY[::-1]},
        },
        "routes": {
            **{
                model: {
                    "versions": [version(f"{model}-1", f"eu.anthropic.{model}", provider="signed", config=NO_RETRY)]
                }
                for model in MODELS
            },
            "arn": {
                "versions": [
                    version("arn-1", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.talker", provider="signed")
                ]
            },
            "bearer": {"versions": [version("bearer-1", "anthropic.talker", provider="bearer")]},
            **{
                f"nova-{model}": {
                    "versions": [version(f"nova-{model}-1", f"eu.amazon.{model}", provider="signed", config=NO_RETRY)]
                }
                for model in MODELS
            },
            "nova-set": {
                "versions": [
                    version(
                        "nova-set-1",
                        "amazon.talker",
                        provider="signed",
                        config={
                            "system_prompt": "Be brief.",
                            "max_tokens": 9,
                            "temperature": 0.5,
                            "top_k": 20,
                            **NO_RETRY,
                        },
                    )
                ]
            },
            "wrong": {"versions": [version("wrong-1", "anthropic.talker", provider="wrong", config=NO_RETRY)]},
        },
        "prices": [
            {"provider": "signed", "model": model, "input": 1.0, "output": 2.0}
            for model in ("eu.anthropic.talker", "eu.amazon.talker")
        ],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path_factory.mktemp("bedrock"), config).start()
    yield relay
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture(scope="module")
def claude(relay):
    return anthropic.Anthropic(base_url=relay.origin, api_key=APP_KEY, max_retries=0)


@pytest.fixture(scope="module")
def gpt(relay):
    return openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0)


def ask(claude, model="talker", **more):
    return claude.messages.create(model=model, max_tokens=64, messages=QUESTION, **more)


def read(claude, model, seen):
    with claude.messages.stream(model=model, max_tokens=64, messages=QUESTION) as stream:
        for event in stream:
            seen.append(event.type)
        return stream.get_final_message()


def test_whole_and_streamed_answers_are_the_same(claude, relay):
    raw = claude.messages.with_raw_response.create(model="talker", max_tokens=64, messages=QUESTION)
    seen = []
    streamed = read(claude, "talker", seen)
    assert streamed.content[0].text == raw.parse().content[0].text
    assert seen[0] == "message_start" and seen[-1] == "message_stop"
    assert streamed.usage.output_tokens == raw.parse().usage.output_tokens
    assert float(raw.headers["x-sluice-cost-usd"]) > 0


@pytest.mark.parametrize("model", ["arn", "bearer"])
def test_other_credentials_and_names(claude, bedrock, model):
    assert ask(claude, model).content[0].text == ask(claude).content[0].text
    path, fields, _ = bedrock.requests[-2]
    if model == "arn":
        assert path == "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.anthropic.talker/invoke"
    else:
        assert fields["authorization"] == f"Bearer {BEARER}" and "x-amz-date" not in fields


def test_the_body_is_the_callers_but_for_what_bedrock_has_otherwise(claude, bedrock):
    named = {"max_tokens": 64, "messages": QUESTION, "metadata": {"user_id": "u"}}
    raw = {**named, "extra_body": {"top_k": 5}}
    body = {**named, "top_k": 5}
    claude.messages.create(model="talker", extra_headers={"anthropic-beta": "one-2025-01-01, two-2026-01-01"}, **raw)
    path, fields, sent = bedrock.requests[-1]
    betas = ["one-2025-01-01", "two-2026-01-01"]
    assert json.loads(sent) == {"anthropic_version": "bedrock-2023-05-31", "anthropic_beta": betas, **body}
    assert path == "/model/eu.anthropic.talker/invoke"
    assert not {"anthropic-beta", "anthropic-version", "x-api-key"} & set(fields)
    assert not bedrock.refusals or bedrock.refusals[-1] != "the signature does not match"
    list(claude.messages.create(model="talker", stream=True, **raw))
    path, fields, sent = bedrock.requests[-1]
    assert path.endswith("/invoke-with-response-stream") and "stream" not in json.loads(sent)


def test_openais_library_reaches_it_too(gpt):
    whole = gpt.chat.completions.create(model="talker", messages=QUESTION)
    chunks = list(gpt.chat.completions.create(model="talker", messages=QUESTION, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": TOOL}}]
    answer = gpt.chat.completions.create(model="talker", messages=QUESTION, tools=tools, tool_choice="required")
    assert answer.choices[0].message.tool_calls[0].function.name == "look_up"


@pytest.mark.parametrize(
    "model, kind, type",
    [
        ("mock-error-400", anthropic.BadRequestError, "invalid_request_error"),
        ("mock-error-429", anthropic.RateLimitError, "rate_limit_error"),
        ("mock-error-503", anthropic.InternalServerError, "overloaded_error"),
    ],
)
def test_refusals_are_in_the_callers_form(claude, gpt, model, kind, type):
    with pytest.raises(kind) as caught:
        ask(claude, model)
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["type"] == type
    assert caught.value.body["error"]["message"]
    with pytest.raises(openai.APIStatusError) as caught:
        gpt.chat.completions.create(model=model, messages=QUESTION)
    assert caught.value.status_code == int(model[-3:]) and caught.value.body["message"]


def test_a_wrong_secret_is_the_relays_fault_and_is_not_told(claude, bedrock, relay):
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(claude, "wrong")
    assert caught.value.status_code == 502 and SECRET_KEY[::-1] not in str(caught.value.body)
    assert bedrock.refusals[-1] == "the signature does not match"
    shown = relay.admin("GET", "/providers")["items"]
    assert {each["dialect"] for each in shown} == {"bedrock"} and all(each["has_credential"] for each in shown)
    everything = json.dumps(shown) + relay.daemon.tail()
    assert SECRET_KEY not in everything and SECRET_KEY[::-1] not in everything and TOKEN not in everything


@pytest.mark.parametrize("model", ["exception", "checksum", "cut", "mock-cut-3"])
def test_a_stream_that_breaks_off_ends_with_an_error_and_never_as_if_whole(claude, gpt, model):
    seen = []
    with pytest.raises(anthropic.APIError) as caught:
        read(claude, model, seen)
    assert "message_stop" not in seen and "content_block_delta" in seen
    if model == "exception":
        assert "Too many tokens" in str(caught.value)
    with pytest.raises(openai.APIError):
        for chunk in gpt.chat.completions.create(model=model, messages=QUESTION, stream=True):
            assert chunk.choices[0].finish_reason is None


def test_frames_that_cannot_be_read_before_any_content_are_a_502(claude, relay):
    with pytest.raises(anthropic.APIStatusError) as caught:
        claude.messages.create(model="early", max_tokens=64, messages=QUESTION, stream=True)
    assert caught.value.status_code == 502
    classes = {"exception": "quota", "checksum": "malformed", "early": "malformed"}

    def found():
        rows = {row["version"]: row["error_class"] for row in relay.attempts()}
        return all(rows.get(f"{name}-1") == wanted for name, wanted in classes.items()) and rows

    assert eventually(found, why=f"the ledger has {classes}")


# Models of other makers, by Converse.


@pytest.fixture(scope="module")
def genai(relay):
    from google import genai

    return genai.Client(api_key=APP_KEY, http_options={"base_url": relay.origin})


def test_callers_of_every_library_reach_other_makers_models(claude, gpt, genai, bedrock):
    whole = gpt.chat.completions.with_raw_response.create(model="nova-talker", messages=QUESTION)
    said = whole.parse().choices[0].message.content
    assert said and whole.parse().model == "eu.amazon.talker" and float(whole.headers["x-sluice-cost-usd"]) > 0
    assert bedrock.requests[-1][0] == "/model/eu.amazon.talker/converse"
    stream = gpt.chat.completions.create(
        model="nova-talker", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert bedrock.requests[-1][0] == "/model/eu.amazon.talker/converse-stream"
    assert "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == said
    assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].usage == whole.parse().usage
    assert ask(claude, "nova-talker", system="Be kind.").content[0].text.startswith("You asked: How are")
    seen = []
    assert read(claude, "nova-talker", seen).content[0].text == said and seen[-1] == "message_stop"
    answer = gpt.responses.create(model="nova-talker", input=QUESTION[0]["content"])
    assert answer.output_text == said and answer.status == "completed"
    assert genai.models.generate_content(model="nova-talker", contents=QUESTION[0]["content"]).text == said
    parts = genai.models.generate_content_stream(model="nova-talker", contents=QUESTION[0]["content"])
    assert "".join(each.text or "" for each in parts) == said
    assert not bedrock.refusals or "arameter" not in bedrock.refusals[-1], "AWS's own description takes every request"


def test_tools_pictures_and_settings_go_to_converse(claude, gpt, bedrock):
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": TOOL}}]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "Where?"}, picture]}]
    more = {"temperature": 0.3, "stop": ["END"], "max_completion_tokens": 50, "tool_choice": "required"}
    answer = gpt.chat.completions.create(model="nova-talker", messages=asked, tools=tools, **more)
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "look_up" and "place" in json.loads(call.function.arguments)
    assert answer.choices[0].finish_reason == "tool_calls"
    sent = json.loads(bedrock.requests[-1][2])
    assert sent["inferenceConfig"] == {"maxTokens": 50, "temperature": 0.3, "stopSequences": ["END"]}
    assert sent["toolConfig"]["toolChoice"] == {"any": {}}
    assert sent["messages"][0]["content"][1]["image"] == {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}
    asked += [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "Kiel"}]
    chunks = gpt.chat.completions.create(model="nova-talker", messages=asked, tools=tools, stream=True)
    assert list(chunks)[-1].choices[0].finish_reason == "stop"
    result = json.loads(bedrock.requests[-1][2])["messages"][2]["content"][0]["toolResult"]
    assert result == {"toolUseId": call.id, "content": [{"text": "Kiel"}]}
    raw = gpt.chat.completions.with_raw_response.create(model="nova-set", messages=QUESTION, seed=4, max_tokens=50)
    assert raw.headers["warning"] == '299 sluice "not sent to the provider: seed"'
    sent = json.loads(bedrock.requests[-1][2])
    assert sent["system"] == [{"text": "Be brief."}] and sent["additionalModelRequestFields"] == {"top_k": 20}
    assert sent["inferenceConfig"] == {"temperature": 0.5, "maxTokens": 50}
    with pytest.raises(openai.BadRequestError) as caught:
        url = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
        gpt.chat.completions.create(model="nova-talker", messages=[{"role": "user", "content": [url]}])
    assert caught.value.param == "messages[0].content[0].image_url.url"


@pytest.mark.parametrize("status", [400, 429, 503])
def test_refusals_of_converse_are_in_the_callers_form(claude, gpt, status):
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(claude, f"nova-mock-error-{status}")
    assert caught.value.status_code == status and caught.value.body["error"]["message"]
    with pytest.raises(openai.APIStatusError) as caught:
        gpt.chat.completions.create(model=f"nova-mock-error-{status}", messages=QUESTION)
    assert caught.value.status_code == status and caught.value.body["message"]


@pytest.mark.parametrize("model", ["exception", "checksum", "cut", "mock-cut-3"])
def test_a_stream_of_converse_that_breaks_off_never_ends_as_if_whole(claude, gpt, model):
    seen = []
    with pytest.raises(anthropic.APIError) as caught:
        read(claude, f"nova-{model}", seen)
    assert "message_stop" not in seen and "content_block_delta" in seen
    if model == "exception":
        assert "Too many tokens" in str(caught.value)
    with pytest.raises(openai.APIError):
        for chunk in gpt.chat.completions.create(model=f"nova-{model}", messages=QUESTION, stream=True):
            assert chunk.choices[0].finish_reason is None


def test_tokens_are_counted_for_all_models(claude, gpt, genai, bedrock):
    for model in ["talker", "nova-talker"]:
        assert claude.messages.count_tokens(model=model, messages=QUESTION, system="Be brief.").input_tokens > 3
        assert bedrock.requests[-1][0].endswith("/count-tokens")
        assert genai.models.count_tokens(model=model, contents="How are the tides?").total_tokens > 3
        assert gpt.responses.input_tokens.count(model=model, input="How are the tides?").input_tokens > 3
