# SPDX-License-Identifier: Apache-2.0
"""What providers keep: it is asked for where it was made, after rollbacks and `kill -9`, and by nobody else."""

import json

import openai
import pytest
import requests

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, version

OTHER_KEY = "conformance-other-Qn4dTz81Lw"
ROUTE = {
    "versions": [
        version("east-1", "gpt-4.1", provider="east", weight=0.5),
        version("west-1", "gpt-4.1", provider="west", state="canary", weight=0.5),
    ],
    "fallbacks": ["east-1", "west-1"],
}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory):
    """Two providers; neither knows what the other keeps."""
    # Ids follow from the seed: no two accounts may make the same.
    mocks = {
        name: Mock(tmp_path_factory.mktemp(name), "--require-key", PROVIDER_KEY, "--seed", seed).start()
        for name, seed in (("east", "11"), ("west", "12"))
    }
    yield mocks
    for mock in mocks.values():
        mock.stop()


@pytest.fixture
def relay(relays, accounts):
    return relays(
        providers={
            name: {"dialect": "openai", "base_url": mock.url, "api_key": PROVIDER_KEY}
            for name, mock in accounts.items()
        },
        routes={"chat": ROUTE},
        prices=[{"provider": name, "model": "gpt-4.1", "input": 2.0, "output": 8.0} for name in accounts],
        keys=[{"name": "app", "key": APP_KEY}, {"name": "other", "key": OTHER_KEY}],
    )


def client(relay, key=APP_KEY):
    return openai.OpenAI(base_url=relay.url, api_key=key, max_retries=0, timeout=15)


def ask(client, unit=None, **more):
    """A response, and the version that made it."""
    raw = client.responses.with_raw_response.create(
        **{"model": "chat", "input": "Hello", **more}, extra_headers={"x-sluice-unit": unit} if unit else None
    )
    return raw.parse(), raw.headers["x-sluice-version"], raw.headers["x-sluice-unit-source"]


def test_a_conversation_stays_where_it_began(relay):
    with client(relay) as app:
        made = [ask(app, unit=f"u{number}") for number in range(16)]
        assert {served for _, served, _ in made} == {"east-1", "west-1"}
        for response, served, source in made:
            assert source == "header:x-sluice-unit"
            # Another unit, which the split might send elsewhere.
            for turn in range(3):
                response, version, source = ask(app, unit=f"other{turn}", previous_response_id=response.id)
                assert (version, source) == (served, "pinned")


@pytest.mark.parametrize("stream", [False, True])
def test_sealed_reasoning_goes_back_to_the_account_that_sealed_it(relay, stream):
    """As agents hand it back that have nothing kept: the provider refuses what another account has sealed."""
    sealed = {"store": False, "include": ["reasoning.encrypted_content"]}
    question = {"role": "user", "content": "Hello"}

    def turn(app, unit, input):
        raw = app.responses.with_raw_response.create(
            model="chat", input=input, stream=stream, extra_headers={"x-sluice-unit": unit}, **sealed
        )
        answer = raw.parse()
        return (list(answer)[-1].response if stream else answer), raw.headers

    with client(relay) as app:
        made = []
        for number in range(16):
            response, headers = turn(app, f"s{number}", [question])
            made.append((response, headers["x-sluice-version"]))
        assert {served for _, served in made} == {"east-1", "west-1"}
        relay.daemon.kill()
        relay.start()
        decided = set()
        for number, (response, served) in enumerate(made):
            history = [question, *(item.to_dict() for item in response.output), question]
            _, headers = turn(app, f"another{number}", history)
            assert headers["x-sluice-version"] == served
            decided.add(headers["x-sluice-unit-source"])
        # Where the split says the same, it decides.
        assert decided == {"pinned", "header:x-sluice-unit"}
        with client(relay, OTHER_KEY) as other, pytest.raises(openai.BadRequestError) as refused:
            for number in range(32):
                turn(other, f"o{number}", [question, *(item.to_dict() for item in made[0][0].output)])
        assert refused.value.code == "invalid_encrypted_content"


def test_a_stream_is_gone_on_with_and_told_once_more(relay, accounts):
    with client(relay) as app:
        raw = app.responses.with_streaming_response.create(
            model="chat", input="Hello", stream=True, extra_headers={"x-sluice-unit": "s1"}
        )
        with raw as answer:
            events = list(answer.parse())
            served = answer.headers["x-sluice-version"]
        done = events[-1].response
        assert ask(app, previous_response_id=done.id)[1] == served
        again = list(app.responses.retrieve(done.id, stream=True))
        assert [event.to_dict() for event in again] == [event.to_dict() for event in events]
        rest = list(app.responses.retrieve(done.id, stream=True, starting_after=5))
        assert [event.sequence_number for event in rest] == list(range(6, len(events)))
        assert app.responses.retrieve(done.id).output_text == done.output_text


def test_it_survives_a_rollback_and_a_kill(relay):
    with client(relay) as app:
        made = {}
        for number in range(16):
            response, served, _ = ask(app, unit=f"k{number}")
            made[response.id] = served
        assert "west-1" in made.values()
        conversation = app.conversations.create(metadata={"a": "b"}, extra_headers={"x-sluice-unit": "k0"})
        # Whether the store has it or only the journal is chance.
        relay.daemon.kill()
        relay.start()
        relay.admin("POST", "/versions/west-1/rollback", {"reason": "test"})
        assert {ask(app, unit=f"n{number}", store=False)[1] for number in range(12)} == {"east-1"}
        for identifier, served in made.items():
            assert ask(app, previous_response_id=identifier)[1:] == (served, "pinned")
            assert app.responses.retrieve(identifier).id == identifier
        assert ask(app, conversation=conversation.id)[2] == "pinned"
        assert app.conversations.retrieve(conversation.id).metadata == {"a": "b"}


def test_it_is_its_makers_alone(relay, accounts):
    with client(relay) as app, client(relay, OTHER_KEY) as other:
        response, _, _ = ask(app)
        conversation = app.conversations.create()
        before = {name: mock.last_sequence() for name, mock in accounts.items()}
        for call in (
            lambda: ask(other, previous_response_id=response.id),
            lambda: ask(other, conversation=conversation.id),
            lambda: other.responses.retrieve(response.id),
            lambda: other.responses.delete(response.id),
            lambda: other.responses.cancel(response.id),
            lambda: other.responses.input_items.list(response.id),
            lambda: other.conversations.retrieve(conversation.id),
            lambda: other.conversations.items.list(conversation.id),
        ):
            with pytest.raises(openai.NotFoundError):
                call()
        assert {name: mock.last_sequence() for name, mock in accounts.items()} == before, "no provider was asked"
        assert app.responses.retrieve(response.id).id == response.id


def test_every_path_with_the_official_library(relay):
    with client(relay) as app:
        response, _, _ = ask(app, input=[{"role": "user", "content": "Hello"}])
        assert [item.role for item in app.responses.input_items.list(response.id)] == ["user"]
        assert app.responses.cancel(response.id).id == response.id
        app.responses.delete(response.id)
        with pytest.raises(openai.NotFoundError, match=f"Response with id '{response.id}' not found"):
            app.responses.retrieve(response.id)
        conversation = app.conversations.create(items=[{"type": "message", "role": "user", "content": "one"}])
        app.conversations.items.create(
            conversation.id, items=[{"type": "message", "role": "user", "content": "two"}]
        )
        assert len(app.conversations.items.list(conversation.id).data) == 2
        assert app.conversations.update(conversation.id, metadata={"x": "y"}).metadata == {"x": "y"}
        assert app.conversations.delete(conversation.id).deleted


def test_what_is_made_in_the_background_is_paid_for_once(relay):
    with client(relay) as app:
        raw = app.responses.with_raw_response.create(model="chat", input="Hello", background=True)
        queued, first = raw.parse(), raw.headers["x-request-id"]
        assert queued.status == "queued" and queued.usage is None
        asked = []
        for _ in range(3):
            raw = app.responses.with_raw_response.retrieve(queued.id)
            asked.append(raw.headers["x-request-id"])
            assert raw.parse().status == "completed"
        usage = raw.parse().usage
        rows = relay.settled([first, *asked])
        paid = [rows[identifier][0] for identifier in asked]
        assert rows[first][0]["cost_state"] == "unknown"
        assert [row["endpoint"] for row in paid] == ["stored"] * 3
        assert (paid[0]["input_tokens"], paid[0]["output_tokens"]) == (usage.input_tokens, usage.output_tokens)
        assert [row["output_tokens"] for row in paid[1:]] == [0, 0]
        assert float(paid[0]["cost_usd"]) > 0 and [float(row["cost_usd"]) for row in paid[1:]] == [0, 0]


def test_bytes_and_refusals_over_a_raw_socket(relay, accounts):
    body = json.dumps({"model": "chat", "input": "Hello"}).encode()
    made = exchange(relay.port, request("/v1/responses", body, key=APP_KEY))
    identifier = made.json()["id"]
    again = exchange(relay.port, request(f"/v1/responses/{identifier}", method="GET", key=APP_KEY))
    assert again.status == 200 and again.body == made.body
    unknown = exchange(relay.port, request("/v1/responses/resp_none", method="GET", key=APP_KEY))
    assert unknown.status == 404 and unknown.json()["error"]["message"] == "Response with id 'resp_none' not found."
    named = json.dumps({"model": "chat", "input": "Hello", "previous_response_id": "resp_none"}).encode()
    unknown = exchange(relay.port, request("/v1/responses", named, key=APP_KEY))
    assert unknown.status == 404 and unknown.code == "previous_response_not_found"
    wrong = exchange(relay.port, request(f"/v1/responses/{identifier}", b"{}", method="PUT", key=APP_KEY))
    assert wrong.status == 405 and wrong.header("allow") == "GET, DELETE"
    for path in ("/v1/responses/..%2f..%2fmodels", "/v1/responses/a%20b", "/v1/responses/a/b/c"):
        assert exchange(relay.port, request(path, method="GET", key=APP_KEY)).status == 404


def test_a_changed_credential_is_a_conflict_that_says_so(relay):
    with client(relay) as app:
        response, served, _ = ask(app)
        relay.config["providers"] = {
            name: {**provider, "headers": {"x-api-token": "new"}} for name, provider in relay.config["providers"].items()
        }
        relay.write_config()
        relay.daemon.process.send_signal(1)
        eventually(lambda: "configuration reloaded" in relay.daemon.text(), why="the new file is in force")
        with pytest.raises(openai.ConflictError, match=f"Version `{served}`"):
            ask(app, previous_response_id=response.id)


def test_pinned_requests_are_no_measure_of_their_version(relay):
    with client(relay) as app:
        response, served, _ = ask(app)
        for _ in range(5):
            ask(app, previous_response_id=response.id)
    judged = lambda: relay.admin("GET", f"/versions/{served}/metrics")  # noqa: E731
    eventually(lambda: relay.metric("sluice_ingester_pending_records") == 0, why="all is counted")
    eventually(lambda: len(relay.ledger()) == 6, why="the ledger has all")
    assert judged()["total_requests"] == 1
