# SPDX-License-Identifier: Apache-2.0
"""One scenario of the official `openai` library at the Responses API: `responses_sdk.py SCENARIO`.

Runs with today's generation and with an old one, so it uses what both have. The relay's routes bear the names of the
simulated provider's models.
"""

import asyncio
import os
import sys

import openai

URL, KEY, DIRECT, DIRECT_KEY = (os.environ[name] for name in ("RELAY", "RELAY_KEY", "DIRECT", "DIRECT_KEY"))
QUESTION = "How are the tides — today? 🌊"
TOOL = {
    "type": "function",
    "name": "look_up",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}


def client(**options):
    return openai.OpenAI(base_url=f"{URL}/v1", **{"api_key": KEY, "max_retries": 0, "timeout": 15, **options})


def direct():
    return openai.OpenAI(base_url=f"{DIRECT}/v1", api_key=DIRECT_KEY, max_retries=0, timeout=15)


def raises(kind, call, status=None):
    try:
        call()
    except kind as error:
        assert status is None or error.status_code == status, error
        return error
    raise AssertionError(f"no {kind}")


def streamed(model, **more):
    return list(client().responses.create(model=model, input=QUESTION, stream=True, **more))


def scenario_whole():
    relayed, same = (each.responses.create(model="talker", input=QUESTION) for each in (client(), direct()))
    assert relayed.output_text == same.output_text and relayed.output_text.startswith("You asked: How are the tides")
    assert relayed.status == "completed" and relayed.usage == same.usage
    cut = client().responses.create(model="talker", input=QUESTION, max_output_tokens=2)
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens"


def scenario_stream():
    events = streamed("talker")
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert events[-1].response.output_text == text and events[-1].response.usage.output_tokens > 0
    with client().responses.stream(model="talker", input=QUESTION) as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == text


def scenario_tools():
    answer = client().responses.create(model="talker", input="look_up the sea", tools=[TOOL])
    call = answer.output[0]
    assert call.type == "function_call" and call.name == "look_up"
    events = list(client().responses.create(model="talker", input="look_up the sea", tools=[TOOL], stream=True))
    pieces = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    assert pieces == call.arguments
    told = [
        {"role": "user", "content": "look_up the sea"},
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
        {"type": "function_call_output", "call_id": call.call_id, "output": "wet"},
    ]
    assert client().responses.create(model="talker", input=told, tools=[TOOL]).output_text


def scenario_async():
    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0) as each:
            whole = await each.responses.create(model="talker", input=QUESTION)
            stream = await each.responses.create(model="talker", input=QUESTION, stream=True)
            pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            return whole.output_text, "".join(pieces)

    whole, pieces = asyncio.run(ask())
    assert whole == pieces


def scenario_errors():
    raises(openai.NotFoundError, lambda: client().responses.create(model="nobody", input="x"), 404)
    raises(openai.AuthenticationError, lambda: client(api_key="wrong").responses.create(model="talker", input="x"), 401)
    raises(openai.BadRequestError, lambda: client().responses.create(model="mock-error-400", input="x"), 400)
    raises(openai.RateLimitError, lambda: client().responses.create(model="mock-error-429", input="x"), 429)
    raises(openai.InternalServerError, lambda: client().responses.create(model="mock-error-503", input="x"), 503)


def scenario_broken_streams():
    for model in ("mock-cut-3", "mock-stall-2", "mock-error-in-stream-2", "mock-no-done"):
        seen = []
        try:
            for event in client().responses.create(model=model, input=QUESTION, stream=True):
                seen.append(event.type)
        except (openai.APIError, *transport_errors()):
            pass
        else:
            assert seen[-1] == "error", f"{model} ended quietly: {seen[-3:]}"
        assert "response.completed" not in seen, model
    assert streamed("mock-odd")[-1].type == "response.completed"
    assert streamed("mock-split-1")[-1].type == "response.completed"


def transport_errors():
    kinds = []
    for name in ("httpx", "httpx2"):
        try:
            kinds.append(__import__(name).TransportError)
        except ImportError:
            pass
    return kinds


if __name__ == "__main__":
    globals()[f"scenario_{sys.argv[1]}"]()
    print(openai.__version__)
