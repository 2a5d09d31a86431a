# SPDX-License-Identifier: Apache-2.0
"""Pictures, sound and judgements of texts: the official library sees through the relay what it sees without it."""

import io

import openai
import pytest

from harness.mock import PROVIDER_KEY
from harness.relay import APP_KEY, Relay, version

SOUND = b"RIFF\x00\x01\r\n--x\xff" * 500


@pytest.fixture(scope="module")
def relay(tmp_path_factory, mock):
    models = ["painter", "speaker", "listener", "censor", "ranker"]
    relay = Relay(
        tmp_path_factory.mktemp("media"),
        {
            "providers": {"main": {"dialect": "openai", "base_url": mock.url, "api_key": PROVIDER_KEY}},
            "routes": {name: {"versions": [version(f"{name}-1", name)]} for name in models},
            "prices": [
                {"provider": "main", "model": "painter", "input": 5.0, "output": 40.0},
                {"provider": "main", "model": "speaker", "input": 0.0, "output": 0.0, "per_request": 0.015},
                {"provider": "main", "model": "listener", "input": 6.0, "output": 10.0},
                {"provider": "main", "model": "censor", "input": 0.0, "output": 0.0},
            ],
            "keys": [{"name": "app", "key": APP_KEY}],
        },
    ).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture(params=["direct", "relayed"])
def client(request, mock, relay):
    url, key = (mock.url, PROVIDER_KEY) if request.param == "direct" else (relay.url, APP_KEY)
    with openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=15) as client:
        yield client


def file():
    return ("a.wav", io.BytesIO(SOUND), "audio/wav")


def test_pictures(client):
    made = client.images.generate(model="painter", prompt="a grey point", n=2)
    assert len(made.data) == 2 and made.usage.output_tokens == 128
    assert client.images.edit(model="painter", image=("a.png", SOUND), prompt="greyer").data[0].b64_json
    events = list(client.images.generate(model="painter", prompt="a", stream=True))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]


def test_speech(client):
    sound = client.audio.speech.create(model="speaker", voice="alloy", input="Hello" * 300).read()
    assert sound.startswith(b"RIFF") and len(sound) == 12 + 100 * 1500


def test_transcriptions(client):
    said = client.audio.transcriptions.create(model="listener", file=file())
    assert said.text == f"a sound of {len(SOUND)} bytes" and said.usage.output_tokens == 6
    text = client.audio.transcriptions.create(model="listener", file=file(), response_format="text")
    assert text == f"a sound of {len(SOUND)} bytes\n"
    events = list(client.audio.transcriptions.create(model="listener", file=file(), stream=True))
    assert events[-1].type == "transcript.text.done" and events[-1].text == said.text
    assert client.audio.translations.create(model="listener", file=file()).text == said.text


def test_moderations(client):
    checked = client.moderations.create(model="censor", input=["kind", "violent"])
    assert [result.flagged for result in checked.results] == [False, True]


def test_rerank(client):
    ranked = client.post(
        "/rerank", body={"model": "ranker", "query": "red fox", "documents": ["a dog", "the red fox", "red"]}, cast_to=object
    )
    assert [result["index"] for result in ranked["results"]] == [1, 2, 0]


def test_errors(client):
    with pytest.raises(openai.BadRequestError):
        client.images.generate(model="painter", prompt="a", n=99)


def test_what_it_costs(relay):
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=15) as client:
        calls = {
            "images": client.images.with_raw_response.generate(model="painter", prompt="12345678"),
            "speech": client.audio.speech.with_raw_response.create(model="speaker", voice="alloy", input="x"),
            "transcriptions": client.audio.transcriptions.with_raw_response.create(model="listener", file=file()),
            "moderations": client.moderations.with_raw_response.create(model="censor", input="x"),
        }
    rows = relay.settled([call.headers["x-request-id"] for call in calls.values()])
    found = {rows[call.headers["x-request-id"]][0]["endpoint"]: rows[call.headers["x-request-id"]][0] for call in calls.values()}
    assert set(found) == set(calls)
    assert float(found["images"]["cost_usd"]) == pytest.approx((2 * 5.0 + 64 * 40.0) / 1e6)
    assert float(found["speech"]["cost_usd"]) == 0.015
    assert float(found["transcriptions"]["cost_usd"]) == pytest.approx((len(SOUND) // 4 * 6.0 + 6 * 10.0) / 1e6, rel=0.1)
    assert float(found["moderations"]["cost_usd"]) == 0 and found["moderations"]["cost_state"] == "known"
