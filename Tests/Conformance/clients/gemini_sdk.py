# SPDX-License-Identifier: Apache-2.0
"""One scenario of the official `google-genai` library against a relay: `gemini_sdk.py SCENARIO`.

Runs with today's generation and with an old one, so it uses what both have. The relay's routes bear the names of the
simulated provider's models.
"""

import asyncio
import os
import sys

from google import genai
from google.genai import errors, types

URL, KEY, DIRECT, DIRECT_KEY = (os.environ[name] for name in ("RELAY", "RELAY_KEY", "DIRECT", "DIRECT_KEY"))
QUESTION = "How are the tides — today? 🌊"


KEPT = []


def client(url=URL, key=KEY, **options):
    made = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, **options))
    # One that nobody holds closes its connections at once.
    KEPT.append(made)
    return made


def raises(call, status):
    try:
        call()
    except errors.APIError as error:
        assert error.code == status, error
        return error
    raise AssertionError("no error")


def scenario_whole():
    relayed, same = (
        each.models.generate_content(model="talker", contents=QUESTION) for each in (client(), client(DIRECT, DIRECT_KEY))
    )
    assert relayed.text == same.text and relayed.text.startswith("You asked: How are the tides")
    assert relayed.usage_metadata.total_token_count == same.usage_metadata.total_token_count
    config = types.GenerateContentConfig(max_output_tokens=2, system_instruction="Be kind.")
    cut = client().models.generate_content(model="talker", contents=QUESTION, config=config)
    assert cut.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def scenario_versions():
    for version in ("v1", "v1beta"):
        assert client(api_version=version).models.generate_content(model="talker", contents=QUESTION).text
    assert client(url=f"{URL}/genai").models.generate_content(model="models/talker", contents=QUESTION).text


def scenario_stream():
    whole = client().models.generate_content(model="talker", contents=QUESTION)
    chunks = list(client().models.generate_content_stream(model="talker", contents=QUESTION))
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert chunks[-1].usage_metadata == whole.usage_metadata


def scenario_silence():
    """Nothing that keeps a silent stream awake is taken for an answer."""
    chunks = list(client().models.generate_content_stream(model="slow", contents=QUESTION))
    assert "".join(chunk.text or "" for chunk in chunks).startswith("You asked")


def scenario_tools():
    function = types.FunctionDeclaration(
        name="look_up",
        parameters=types.Schema(type="OBJECT", properties={"place": types.Schema(type="STRING")}, required=["place"]),
    )
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[function])])
    answer = client().models.generate_content(model="talker", contents="look_up the sea", config=config)
    assert answer.function_calls[0].name == "look_up"


def scenario_others():
    assert client().models.count_tokens(model="talker", contents=QUESTION).total_tokens > 0
    vectors = client().models.embed_content(model="talker", contents=["one", "two"]).embeddings
    assert len(vectors) == 2 and vectors[0].values != vectors[1].values
    assert any(model.name == "models/talker" for model in client().models.list())
    assert client().models.get(model="talker").name == "models/talker"


def scenario_async():
    async def ask():
        each = client().aio.models
        whole = await each.generate_content(model="talker", contents=QUESTION)
        stream = await each.generate_content_stream(model="talker", contents=QUESTION)
        return whole.text, "".join([chunk.text or "" async for chunk in stream])

    whole, pieces = asyncio.run(ask())
    assert whole == pieces


def scenario_errors():
    def asked(model, **options):
        return lambda: client(**options).models.generate_content(model=model, contents="x")

    assert raises(asked("nobody"), 404).status == "NOT_FOUND"
    assert raises(asked("talker", key="wrong"), 401).status == "UNAUTHENTICATED"
    for status in (400, 429, 503):
        raises(asked(f"mock-error-{status}"), status)


def scenario_broken_streams():
    for model in ("mock-cut-3", "mock-stall-2", "mock-error-in-stream-2", "mock-no-done"):
        seen = []
        try:
            for chunk in client().models.generate_content_stream(model=model, contents=QUESTION):
                seen.append(chunk)
        except Exception:
            pass
        else:
            raise AssertionError(f"{model} ended quietly")
        assert all(not chunk.candidates[0].finish_reason for chunk in seen if chunk.candidates), model


if __name__ == "__main__":
    globals()[f"scenario_{sys.argv[1]}"]()
    print(genai.__version__)
