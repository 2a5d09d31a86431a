# SPDX-License-Identifier: Apache-2.0
"""Embeddings and models through the official SDK."""

import math

import openai
import pytest

from harness.relay import APP_KEY

MODEL = "text-embedding-3-small"


def test_the_sdk_reads_base64_and_floats_alike(client):
    packed = client.embeddings.create(model=MODEL, input="tide")
    plain = client.embeddings.create(model=MODEL, input="tide", encoding_format="float")
    assert len(packed.data[0].embedding) == 1_536
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-7)
    assert math.isclose(sum(value * value for value in plain.data[0].embedding), 1, abs_tol=1e-3)
    assert packed.usage.prompt_tokens == packed.usage.total_tokens > 0


def test_several_inputs_and_dimensions(client):
    answer = client.embeddings.create(model=MODEL, input=["a", "b", "a"], dimensions=8)
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert all(len(item.embedding) == 8 for item in answer.data)
    assert answer.data[0].embedding == answer.data[2].embedding != answer.data[1].embedding


def test_tokens_as_input(client):
    assert len(client.embeddings.create(model=MODEL, input=[[1, 2, 3], [4]]).data) == 2


def test_models_are_listed_and_retrieved(client):
    listed = [model.id for model in client.models.list()]
    assert listed
    assert client.models.retrieve(listed[0]).id == listed[0]


def test_the_relay_lists_routes_and_aliases(relayed):
    with relayed.client() as client:
        listed = {model.id for model in client.models.list()}
        assert {"chat", "gpt-4.1", "gpt-4o", "embed"} <= listed
        assert client.models.retrieve("gpt-4o").id == "gpt-4o"


def test_an_unknown_model_names_the_nearest(relayed):
    with relayed.client() as client:
        with pytest.raises(openai.NotFoundError) as retrieved:
            client.models.retrieve("gpt-4.2")
        with pytest.raises(openai.NotFoundError) as asked:
            client.chat.completions.create(model="gpt-4.2", messages=[{"role": "user", "content": "Hi"}])
    for error in (retrieved.value, asked.value):
        assert error.code == "model_not_found"
        assert "gpt-4.1" in error.message


def test_models_need_a_key(relay):
    with openai.OpenAI(base_url=relay.url, api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0) as client:
        assert list(client.models.list())
