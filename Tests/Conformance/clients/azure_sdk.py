# SPDX-License-Identifier: Apache-2.0
"""One scenario of the official `openai` library's Azure client: `azure_sdk.py SCENARIO`.

Runs with today's generation and with an old one, so it uses what both have. The relay's routes bear the names of the
simulated provider's models, which the caller takes for deployments.
"""

import asyncio
import os
import sys

import openai

URL, KEY, DIRECT, DIRECT_KEY = (os.environ[name] for name in ("RELAY", "RELAY_KEY", "DIRECT", "DIRECT_KEY"))
QUESTION = [{"role": "user", "content": "How are the tides — today? 🌊"}]
VERSION = "2024-10-21"
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}


def client(kind=openai.AzureOpenAI, **options):
    fields = {"api_key": KEY, "max_retries": 0, "timeout": 15, "api_version": VERSION, "azure_endpoint": URL, **options}
    return kind(**fields)


def direct():
    return client(azure_endpoint=DIRECT, api_key=DIRECT_KEY)


def raises(kind, call, status=None):
    try:
        call()
    except kind as error:
        assert status is None or error.status_code == status, error
        return error
    raise AssertionError(f"no {kind}")


def ask(model="talker", where=None, **more):
    return (where or client()).chat.completions.create(model=model, messages=QUESTION, **more)


def text_of(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def scenario_whole():
    relayed, same = ask(), ask(where=direct())
    assert relayed.choices[0].message.content == same.choices[0].message.content
    assert relayed.usage == same.usage and relayed.choices[0].finish_reason == "stop"


def scenario_stream():
    chunks = list(ask(stream=True))
    # What Azure's filter says of the prompt comes first, and has no choices.
    assert not chunks[0].choices and chunks[0].model_extra["prompt_filter_results"]
    assert all(chunk.choices for chunk in chunks[1:])
    assert text_of(chunks) == ask().choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    counted = list(ask(stream=True, stream_options={"include_usage": True}))
    assert counted[-1].usage == ask().usage


def scenario_tools():
    call = ask(tools=[TOOL], tool_choice="required").choices[0].message.tool_calls[0]
    assert call.function.name == "look_up"
    streamed = ask(tools=[TOOL], tool_choice="required", stream=True)
    pieces = [chunk.choices[0].delta.tool_calls for chunk in streamed if chunk.choices]
    assert "".join(piece[0].function.arguments or "" for piece in pieces if piece) == call.function.arguments


def scenario_async():
    async def run():
        caller = client(openai.AsyncAzureOpenAI)
        whole = await caller.chat.completions.create(model="talker", messages=QUESTION)
        stream = await caller.chat.completions.create(model="talker", messages=QUESTION, stream=True)
        chunks = [chunk async for chunk in stream]
        return whole.choices[0].message.content, text_of(chunks)

    whole, streamed = asyncio.run(run())
    assert whole == streamed


def scenario_deployment():
    """The deployment in the client stands in every path; the model of a call is then only a word in the body."""
    answer = client(azure_deployment="talker").chat.completions.create(model="anything", messages=QUESTION)
    assert answer.choices[0].message.content == ask().choices[0].message.content


def scenario_others():
    vectors = client().embeddings.create(model="talker", input=["a", "b"])
    assert len(vectors.data) == 2
    assert client().completions.create(model="talker", prompt="Once").choices[0].text
    answer = client().responses.create(model="talker", input="How are the tides?")
    assert answer.output_text.startswith("You asked: How are the tides")
    events = list(client().responses.create(model="talker", input="How are the tides?", stream=True))
    assert events[-1].type == "response.completed"
    assert "talker" in [model.id for model in client().models.list()]


def scenario_undated():
    """Azure's version without a date is asked by the plain client."""
    plain = openai.OpenAI(base_url=f"{URL}/openai/v1/", api_key=KEY, max_retries=0, timeout=15)
    assert ask(where=plain).choices[0].message.content == ask().choices[0].message.content


def scenario_token():
    assert ask(where=client(api_key=None, azure_ad_token=KEY)).choices[0].message.content


def scenario_errors():
    raises(openai.AuthenticationError, lambda: ask(where=client(api_key="sk-wrong")), 401)
    raises(openai.NotFoundError, lambda: ask("no-such-deployment"), 404)
    raises(openai.BadRequestError, lambda: ask("mock-error-400"), 400)
    limited = raises(openai.RateLimitError, lambda: ask("mock-error-429"), 429)
    assert limited.response.headers["retry-after-ms"] and limited.code in ("429", "rate_limit_exceeded"), limited.body
    raises(openai.InternalServerError, lambda: ask("mock-error-503"), 503)


def scenario_cut():
    """A stream that breaks off ends with an error and never with a finish."""
    seen = []

    def read():
        for chunk in ask("mock-cut-3", stream=True):
            seen.append(chunk)

    raises(openai.APIError, read)
    assert all(chunk.choices[0].finish_reason is None for chunk in seen if chunk.choices)


if __name__ == "__main__":
    globals()[f"scenario_{sys.argv[1]}"]()
    print(openai.__version__)
