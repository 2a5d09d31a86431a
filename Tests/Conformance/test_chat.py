# SPDX-License-Identifier: Apache-2.0
"""Chat completions through the official SDK: whole, streamed, sync and async."""

import asyncio

import pytest

QUESTION = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "How are the tides — today? 🌊"}]


def test_a_whole_answer(client):
    answer = client.chat.completions.create(model="gpt-4.1", messages=QUESTION)
    assert answer.id.startswith("chatcmpl-")
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content.startswith("You asked: How are the tides — today? 🌊")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens > 0


def test_the_async_client_gets_the_same_words(target):
    async def ask():
        async with target.async_client() as client:
            whole = await client.chat.completions.create(model="gpt-4.1", messages=QUESTION)
            stream = await client.chat.completions.create(model="gpt-4.1", messages=QUESTION, stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return whole.choices[0].message.content, "".join(pieces)

    with target.client() as client:
        expected = client.chat.completions.create(model="gpt-4.1", messages=QUESTION).choices[0].message.content
    assert asyncio.run(ask()) == (expected, expected)


def test_many_async_requests_at_once(target):
    async def ask():
        async with target.async_client() as client:
            return await asyncio.gather(
                *(
                    client.chat.completions.create(model="plain", messages=[{"role": "user", "content": f"n{number}"}])
                    for number in range(40)
                )
            )

    contents = [answer.choices[0].message.content for answer in asyncio.run(ask())]
    assert all(f"n{number}" in content for number, content in enumerate(contents))


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": False}}])
def test_a_stream_without_usage_has_no_chunk_without_choices(client, options):
    whole = client.chat.completions.create(model="gpt-4.1", messages=QUESTION)
    chunks = list(client.chat.completions.create(model="gpt-4.1", messages=QUESTION, stream=True, **options))
    assert all(len(chunk.choices) == 1 for chunk in chunks)
    assert all(chunk.usage is None for chunk in chunks)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"


def test_a_stream_with_usage_ends_with_it(client):
    whole = client.chat.completions.create(model="gpt-4.1", messages=QUESTION)
    chunks = list(
        client.chat.completions.create(
            model="gpt-4.1", messages=QUESTION, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_the_streaming_helper_builds_the_whole_answer(client):
    with client.chat.completions.stream(model="gpt-4.1", messages=QUESTION) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    whole = client.chat.completions.create(model="gpt-4.1", messages=QUESTION)
    assert final.choices[0].message.content == whole.choices[0].message.content


def test_several_choices(client):
    answer = client.chat.completions.create(model="gpt-4.1", messages=QUESTION, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) == 3
    streamed = ["", "", ""]
    for chunk in client.chat.completions.create(model="gpt-4.1", messages=QUESTION, n=3, stream=True):
        streamed[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert streamed == [choice.message.content for choice in answer.choices]


def test_stop_and_token_limits(client):
    limited = client.chat.completions.create(model="gpt-4.1", messages=QUESTION, max_completion_tokens=5)
    assert (limited.choices[0].finish_reason, limited.usage.completion_tokens) == ("length", 5)
    stopped = client.chat.completions.create(model="gpt-4.1", messages=QUESTION, stop=["are the"])
    assert stopped.choices[0].message.content == "You asked: How "


def test_images_pass(client):
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 2_000}},
    ]
    answer = client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": parts}])
    assert "What is this?" in answer.choices[0].message.content


def test_a_stream_left_early_does_no_harm(client):
    for _ in range(5):
        with client.chat.completions.create(model="plain", messages=QUESTION, stream=True) as stream:
            next(iter(stream))
    assert client.chat.completions.create(model="plain", messages=QUESTION).choices


@pytest.mark.parametrize("model", ["mock-split-1", "mock-split-7", "mock-odd"])
def test_odd_framing_reads_the_same(client, model):
    whole = client.chat.completions.create(model=model, messages=QUESTION).choices[0].message.content
    chunks = client.chat.completions.create(model=model, messages=QUESTION, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert "🌊" in whole


def test_legacy_completions(client):
    whole = client.completions.create(model="plain", prompt="Once upon", max_tokens=12)
    assert whole.choices[0].text.startswith("You asked: Once upon")
    assert whole.usage.completion_tokens == 12
    chunks = list(client.completions.create(model="plain", prompt="Once upon", max_tokens=12, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == whole.choices[0].text
    assert all(chunk.choices for chunk in chunks)
