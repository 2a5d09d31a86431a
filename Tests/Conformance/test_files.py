# SPDX-License-Identifier: Apache-2.0
"""Files, uploads and batches with the official libraries: they go where they were made, and nobody else finds them."""

import json

import anthropic
import openai
import pytest

from harness.mock import PROVIDER_KEY, Mock
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, version

OTHER_KEY = "conformance-other-Wm2pLs90Xc"
LINES = "\n".join(
    json.dumps({"custom_id": f"c{n}", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-4.1"}})
    for n in range(3)
)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory):
    """Providers that share nothing; ids follow from their seeds."""
    mocks = {
        name: Mock(tmp_path_factory.mktemp(f"files-{name}"), "--require-key", PROVIDER_KEY, "--seed", seed).start()
        for name, seed in (("main", "21"), ("second", "22"))
    }
    yield mocks
    for mock in mocks.values():
        mock.stop()


@pytest.fixture
def relay(relays, accounts):
    """One account of each dialect keeps files; several routes lead to both."""
    main, second = accounts["main"], accounts["second"]
    return relays(
        providers={
            "openai": {"dialect": "openai", "base_url": main.url, "api_key": PROVIDER_KEY},
            "plain": {"dialect": "openai", "base_url": second.url, "api_key": PROVIDER_KEY, "serves_files": False},
            "anthropic": {"dialect": "anthropic", "base_url": main.url.removesuffix("/v1"), "api_key": PROVIDER_KEY},
        },
        routes={
            "chat": {
                "versions": [
                    version("chat-1", "gpt-4.1", provider="openai", weight=0.5),
                    version("chat-2", "gpt-4.1", provider="plain", state="canary", weight=0.5),
                ]
            },
            "other": {"versions": [version("other-1", "gpt-4.1", provider="plain")]},
            "claude": {"versions": [version("claude-1", "claude-sonnet-4-5", provider="anthropic")]},
        },
        prices=[{"provider": "openai", "model": "gpt-4.1", "input": 2.0, "output": 8.0}],
        keys=[{"name": "app", "key": APP_KEY}, {"name": "other", "key": OTHER_KEY}],
    )


def openai_client(relay, key=APP_KEY):
    return openai.OpenAI(base_url=relay.url, api_key=key, max_retries=0, timeout=15)


def anthropic_client(relay, key=APP_KEY):
    return anthropic.Anthropic(base_url=relay.origin, api_key=key, max_retries=0, timeout=15)


def test_a_file_of_openai(relay):
    with openai_client(relay) as app, openai_client(relay, OTHER_KEY) as other:
        raw = app.files.with_raw_response.create(file=("a.jsonl", LINES.encode()), purpose="user_data")
        file = raw.parse()
        assert raw.headers["x-sluice-version"] == "chat-1" and file.bytes == len(LINES)
        assert app.files.retrieve(file.id).id == file.id
        assert app.files.content(file.id).read() == LINES.encode()
        for call in (other.files.retrieve, other.files.content, other.files.delete):
            with pytest.raises(openai.NotFoundError):
                call(file.id)
        assert [each.id for each in app.files.list()] == [file.id] and other.files.list().data == []
        assert file.id not in other.files.with_raw_response.list().text
        # A request that names it goes where it is, whatever the split says.
        part = {"type": "input_file", "file_id": file.id}
        for unit in range(8):
            raw = app.responses.with_raw_response.create(
                model="chat",
                input=[{"role": "user", "content": [part]}],
                store=False,
                extra_headers={"x-sluice-unit": f"u{unit}"},
            )
            assert (raw.headers["x-sluice-version"], raw.headers["x-sluice-unit-source"]) == ("chat-1", "pinned")
        content = [{"type": "file", "file": {"file_id": file.id}}, {"type": "text", "text": "?"}]
        messages = [{"role": "user", "content": content}]
        raw = app.chat.completions.with_raw_response.create(model="chat", messages=messages)
        assert raw.headers["x-sluice-version"] == "chat-1"
        with pytest.raises(openai.NotFoundError):
            other.chat.completions.create(model="chat", messages=messages)
        # Nobody on that route keeps files: the id is the provider's to know.
        assert app.chat.completions.create(model="other", messages=messages).choices
        relay.daemon.kill()
        relay.start()
        assert app.files.retrieve(file.id).id == file.id
        assert app.files.delete(file.id).deleted
        with pytest.raises(openai.NotFoundError):
            app.files.retrieve(file.id)


def test_an_upload_in_parts(relay):
    with openai_client(relay) as app, openai_client(relay, OTHER_KEY) as other:
        upload = app.uploads.create(bytes=len(LINES), filename="a.jsonl", mime_type="text/jsonl", purpose="batch")
        parts = [app.uploads.parts.create(upload.id, data=data.encode()).id for data in (LINES[:100], LINES[100:])]
        with pytest.raises(openai.NotFoundError):
            other.uploads.complete(upload.id, part_ids=parts)
        file = app.uploads.complete(upload.id, part_ids=parts).file
        assert app.files.content(file.id).read() == LINES.encode()
        with pytest.raises(openai.NotFoundError):
            other.files.content(file.id)
        assert app.uploads.cancel(upload.id).status == "cancelled"


def test_a_batch_of_openai(relay):
    with openai_client(relay) as app, openai_client(relay, OTHER_KEY) as other:
        file = app.files.create(file=("a.jsonl", LINES.encode()), purpose="batch")
        made = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        with pytest.raises(openai.NotFoundError):
            other.batches.create(**made)
        raw = app.batches.with_raw_response.create(**made)
        batch, first = raw.parse(), raw.headers["x-request-id"]
        assert batch.status == "validating"
        relay.daemon.kill()
        relay.start()
        asked = []
        for _ in range(2):
            raw = app.batches.with_raw_response.retrieve(batch.id)
            asked.append(raw.headers["x-request-id"])
        done = raw.parse()
        answers = app.files.content(done.output_file_id).text.splitlines()
        assert [json.loads(line)["custom_id"] for line in answers] == ["c0", "c1", "c2"]
        for call in (other.batches.retrieve, other.batches.cancel):
            with pytest.raises(openai.NotFoundError):
                call(batch.id)
        with pytest.raises(openai.NotFoundError):
            other.files.content(done.output_file_id)
        assert app.batches.cancel(batch.id).status == "cancelling"
        assert [each.id for each in app.batches.list()] == [batch.id] and other.batches.list().data == []
        rows = relay.settled([first, *asked])
        rows = [rows[identifier][0] for identifier in (first, *asked)]
        assert [row["endpoint"] for row in rows] == ["batches"] * 3
        # What it will cost is not known when it is made; the first fetch that tells its tokens has them on record.
        assert [row["cost_state"] for row in rows] == ["unknown", "unpriced", "known"]
        assert [row["output_tokens"] for row in rows[1:]] == [9, 0]


def test_a_file_of_anthropic(relay):
    with anthropic_client(relay) as app, anthropic_client(relay, OTHER_KEY) as other:
        file = app.beta.files.upload(file=("a.txt", b"Hello", "text/plain"))
        assert app.beta.files.retrieve_metadata(file.id).size_bytes == 5
        assert app.beta.files.download(file.id).read() == b"Hello"
        assert [each.id for each in app.beta.files.list()] == [file.id] and other.beta.files.list().data == []
        for call in (other.beta.files.retrieve_metadata, other.beta.files.download, other.beta.files.delete):
            with pytest.raises(anthropic.NotFoundError):
                call(file.id)
        source = {"type": "document", "source": {"type": "file", "file_id": file.id}}
        asked = {"model": "claude", "max_tokens": 20, "messages": [{"role": "user", "content": [source]}]}
        raw = app.beta.messages.with_raw_response.create(**asked, betas=["files-api-2025-04-14"])
        assert raw.headers["x-sluice-unit-source"] == "pinned"
        with pytest.raises(anthropic.NotFoundError):
            other.beta.messages.create(**asked, betas=["files-api-2025-04-14"])
        assert app.beta.files.delete(file.id).id == file.id


def test_a_batch_of_anthropic(relay):
    with anthropic_client(relay) as app, anthropic_client(relay, OTHER_KEY) as other:
        params = {"model": "claude-sonnet-4-5", "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]}
        raw = app.messages.batches.with_raw_response.create(
            requests=[{"custom_id": f"c{n}", "params": params} for n in range(2)]
        )
        batch, first = raw.parse(), raw.headers["x-request-id"]
        assert batch.processing_status == "in_progress"
        assert app.messages.batches.retrieve(batch.id).results_url == f"/v1/messages/batches/{batch.id}/results"
        results = list(app.messages.batches.results(batch.id))
        assert [each.custom_id for each in results] == ["c0", "c1"]
        for call in (other.messages.batches.retrieve, other.messages.batches.cancel, other.messages.batches.delete):
            with pytest.raises(anthropic.NotFoundError):
                call(batch.id)
        assert app.messages.batches.cancel(batch.id).processing_status == "canceling"
        assert [each.id for each in app.messages.batches.list()] == [batch.id]
        assert other.messages.batches.list().data == []
        assert app.messages.batches.delete(batch.id).id == batch.id
        row = relay.settled([first])[first][0]
        assert (row["endpoint"], row["cost_state"]) == ("anthropic/batches", "unknown")
        fetched = [row for row in relay.ledger() if row["endpoint"] == "anthropic/batches" and row.get("output_tokens")]
        assert [(row["input_tokens"], row["output_tokens"]) for row in fetched] == [(20, 6)]


def test_names_that_hide_behind_escapes_are_seen(relay):
    with openai_client(relay) as app:
        file = app.files.create(file=("a.jsonl", b"{}"), purpose="user_data")
    body = json.dumps({"model": "chat", "messages": [{"role": "user", "content": [
        {"type": "file", "file": {"file_id": file.id}}]}]})  # fmt: skip
    for name in ("file_id", "file\\u005fid", "\\u0066ile_id"):
        hidden = body.replace("file_id", name).encode()
        assert exchange(relay.port, request("/v1/chat/completions", hidden, key=APP_KEY)).status == 200
        assert exchange(relay.port, request("/v1/chat/completions", hidden, key=OTHER_KEY)).status == 404


def test_several_accounts_have_to_be_told_apart(relays, accounts):
    relay = relays(
        providers={
            name: {"dialect": "openai", "base_url": mock.url, "api_key": PROVIDER_KEY} for name, mock in accounts.items()
        },
        routes={name: {"versions": [version(f"{name}-1", "gpt-4.1", provider=name)]} for name in accounts},
        prices=[],
        keys=[{"name": "app", "key": APP_KEY}],
    )
    with openai_client(relay) as app:
        with pytest.raises(openai.BadRequestError, match="x-sluice-route"):
            app.files.create(file=("a", b"x"), purpose="user_data")
        files = [
            app.files.create(file=("a", b"x"), purpose="user_data", extra_headers={"x-sluice-route": name}).id
            for name in accounts
        ]
        both = [{"role": "user", "content": [{"type": "input_file", "file_id": id} for id in files]}]
        with pytest.raises(openai.ConflictError, match="two accounts"):
            app.responses.create(model="main", input=both)
        with pytest.raises(openai.ConflictError, match="route `second`"):
            app.responses.create(model="second", input=[{"role": "user", "content": both[0]["content"][:1]}])
