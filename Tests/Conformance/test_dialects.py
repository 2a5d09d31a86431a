# SPDX-License-Identifier: Apache-2.0
"""OpenAI's Responses API, Gemini's and Azure's paths: the official libraries in two generations, bodies byte for byte."""

import os
import re
import subprocess
import sys
from pathlib import Path

import anthropic
import pytest

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, Relay, version
from test_faults import FAST, LIMITS

CLIENTS = Path(__file__).parent / "clients"
OLD = Path(os.environ.get("VENV_OLD", Path(__file__).parents[2] / ".venv-old")) / "bin" / "python"
SCRIPTS = {"responses": "responses_sdk.py", "gemini": "gemini_sdk.py", "azure": "azure_sdk.py"}
SCENARIOS = [
    (dialect, scenario)
    for dialect, script in SCRIPTS.items()
    for scenario in re.findall(r"^def scenario_(\w+)", (CLIENTS / script).read_text(), re.MULTILINE)
]
MODELS = [
    "talker", "slow", "mock-cut-3", "mock-stall-2", "mock-error-in-stream-2", "mock-no-done", "mock-odd",
    "mock-split-1", *(f"mock-error-{status}" for status in (400, 429, 503)),
]  # fmt: skip


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = Mock(tmp_path_factory.mktemp("dialects"), "--require-key", PROVIDER_KEY).start()
    provider.set(models={"slow": {"ttft": "1500ms"}})
    yield provider
    provider.stop()


def started(tmp_path_factory, name, provider):
    routes = {
        name: {"versions": [version(f"{name}-1", name, config={"retry_policy": FAST, "timeouts": LIMITS})]}
        for name in MODELS
    }
    routes["slow"]["versions"][0]["config"] = {"keepalive_after": "200ms"}
    config = {
        "providers": {"main": {**provider, "api_key": PROVIDER_KEY}},
        "routes": routes,
        "prices": [{"provider": "main", "model": "talker", "input": 1.0, "cached_input": 0.1, "output": 2.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    return Relay(tmp_path_factory.mktemp(name), config).start()


@pytest.fixture(scope="module")
def relays(tmp_path_factory, provider):
    relays = {
        "responses": started(tmp_path_factory, "responses", {"dialect": "openai", "base_url": provider.url}),
        "gemini": started(tmp_path_factory, "gemini", {"dialect": "gemini", "base_url": provider.origin}),
        "azure": started(tmp_path_factory, "azure", {"dialect": "azure", "base_url": provider.origin}),
    }
    yield relays
    for relay in relays.values():
        eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
        eventually(lambda: not relay.attempts("open_attempt"), why="no attempt stays open")
        assert relay.stop() == 0, relay.daemon.tail()


@pytest.mark.parametrize("dialect, scenario", SCENARIOS)
@pytest.mark.parametrize("generation", ["today", "old"])
def test_the_official_library(relays, provider, generation, dialect, scenario):
    python = sys.executable if generation == "today" else OLD
    if generation == "old" and not OLD.exists():
        pytest.skip(f"no environment with old libraries at {OLD.parent.parent}; run.sh makes it")
    done = subprocess.run(
        [python, CLIENTS / SCRIPTS[dialect], scenario],
        env={
            "PATH": os.environ["PATH"],
            "RELAY": relays[dialect].origin,
            "RELAY_KEY": APP_KEY,
            "DIRECT": provider.origin,
            "DIRECT_KEY": PROVIDER_KEY,
        },
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("1.") == (generation == "old")


# Everything a serialiser would tidy up.
ODD = b'"x_first" :1e400,\r\n\t"big":123456789012345678901234567890, "spelled":1E+2,"x":{"again":1,"again":2}}'


@pytest.mark.parametrize(
    "dialect, path, body",
    [
        ("responses", "/v1/responses", b'{"model":"talker","input":"caf\\u00e9 \xf0\x9f\x8c\x8a", ' + ODD),
        ("responses", "/openai/v1/responses", b'{"input":[{"content":"hi","role":"user"}],"model":"talker", ' + ODD),
        ("gemini", "/v1beta/models/talker:generateContent", b'{"contents":[{"parts":[{"text":"caf\\u00e9"}]}], ' + ODD),
        (
            "azure",
            "/openai/deployments/talker/chat/completions?api-version=2024-10-21",
            b'{"model":"talker","messages":[{"content":"caf\\u00e9","role":"user"}], ' + ODD,
        ),
        ("azure", "/v1/chat/completions", b'{"messages":[{"content":"hi","role":"user"}],"model":"talker", ' + ODD),
        (
            "gemini",
            "/genai/v1/models/talker:streamGenerateContent?alt=sse",
            b'{"contents":[{"parts":[{"text":"hi"}]}], ' + ODD,
        ),
    ],
)
def test_a_body_arrives_as_it_was_sent(relays, provider, dialect, path, body):
    with provider.setting(capture=True):
        answer = exchange(relays[dialect].port, request(path, body, key=APP_KEY), timeout=30)
        assert answer.status == 200, answer.body
        assert provider.last_body() == body


def test_azure_is_asked_at_its_paths_with_its_key(tmp_path, provider):
    """The path of a deployment, the version, `api-key`; a body without a model gets it from its path."""
    hello = b'{"messages":[{"role":"user","content":"hi"}]}'
    azure = {"dialect": "azure", "base_url": provider.origin, "deployments": {"talker": "eu-talker"}}
    relay = started_at(tmp_path, azure)
    try:
        with provider.setting(capture=True):
            before = provider.last_sequence()
            for path in ["/openai/deployments/talker/chat/completions?api-version=2023-05-15", "/v1/embeddings"]:
                body = hello if "chat" in path else b'{"model":"talker","input":"hi"}'
                answer = exchange(relay.port, request(path, body, key=APP_KEY), timeout=30)
                assert answer.status == 200, answer.body
            assert [(entry["path"], entry["model"]) for entry in provider.log(after=before)] == [
                ("/openai/deployments/eu-talker/chat/completions", "eu-talker"),
                ("/openai/deployments/eu-talker/embeddings", "eu-talker"),
            ]
            assert provider.last_body() == b'{"model":"eu-talker","input":"hi"}'
        shown = relay.admin("GET", "/providers")["items"][0]
        assert shown["dialect"] == "azure" and shown["has_credential"]
    finally:
        relay.stop()


def test_what_azures_filter_refuses_reaches_the_caller_and_counts_for_no_version(tmp_path, provider):
    refused = (
        b'{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter",'
        b'"status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":'
        b'{"hate":{"filtered":true,"severity":"high"}}}}}'
    )
    relay = started_at(tmp_path, {"dialect": "azure", "base_url": provider.origin})
    try:
        with provider.script("talker", [refused], status=400):
            body = b'{"model":"talker","messages":[{"role":"user","content":"hi"}]}'
            answer = exchange(relay.port, request("/v1/chat/completions", body, key=APP_KEY), timeout=30)
        assert answer.status == 400 and answer.body == refused
        attempts = eventually(lambda: relay.attempts(), why="the attempt is in the ledger")
        assert [attempt["error_class"] for attempt in attempts] == ["content_filter"]
    finally:
        relay.stop()


def started_at(folder, provider):
    config = {
        "providers": {"main": {**provider, "api_key": PROVIDER_KEY}},
        "routes": {"talker": {"versions": [version("talker-1", "talker")]}},
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    return Relay(folder, config).start()


@pytest.mark.parametrize("dialect", ["anthropic", "gemini"])
def test_vertex_is_asked_at_the_paths_of_a_project(tmp_path, provider, dialect):
    """Whole, streamed and counted; the token is a bearer's and stands in a file."""
    token = tmp_path / "token"
    token.write_text(PROVIDER_KEY)
    token.chmod(0o600)
    vertex = {"dialect": dialect, "base_url": provider.origin, "project": "my-project", "location": "europe-west1"}
    config = {
        "providers": {"main": {**vertex, "api_key_file": str(token)}},
        "routes": {"talker": {"versions": [version("talker-1", "talker")]}},
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path, config).start()
    start = "/v1/projects/my-project/locations/europe-west1/publishers"
    before = provider.last_sequence()
    try:
        if dialect == "anthropic":
            claude = anthropic.Anthropic(base_url=relay.origin, api_key=APP_KEY, max_retries=0)
            asked = {"model": "talker", "messages": [{"role": "user", "content": "Hello"}]}
            whole = claude.messages.create(max_tokens=64, **asked)
            with claude.messages.stream(max_tokens=64, **asked) as stream:
                assert stream.get_final_message().content[0].text == whole.content[0].text
            assert claude.messages.count_tokens(**asked).input_tokens > 0
            verbs = ["talker:rawPredict", "talker:streamRawPredict", "count-tokens:rawPredict"]
            paths = [f"{start}/anthropic/models/{verb}" for verb in verbs]
        else:
            body = b'{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}'
            verbs = ["generateContent", "streamGenerateContent", "countTokens"]
            for verb in verbs:
                query = "?alt=sse" if verb.startswith("stream") else ""
                sent = request(f"/v1beta/models/talker:{verb}{query}", body, key=APP_KEY)
                answer = exchange(relay.port, sent, timeout=30)
                assert answer.status == 200, answer.body
            paths = [f"{start}/google/models/talker:{verb}" for verb in verbs]
        assert [entry["path"] for entry in provider.log(after=before)] == paths
    finally:
        relay.stop()
