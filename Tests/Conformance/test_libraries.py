# SPDX-License-Identifier: Apache-2.0
"""LangChain and LiteLLM as clients, at providers of every dialect; and what `sluice client-setup` prints, as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.mock import PROVIDER_KEY
from harness.processes import BINARY, eventually
from harness.relay import APP_KEY, NO_RETRY, Relay, standard_config, version

CLIENTS = Path(__file__).parent / "clients"
VENV = Path(os.environ.get("VENV_CLIENTS", Path(__file__).parents[2] / ".venv-clients")) / "bin" / "python"
LIBRARIES = ["langchain_openai", "langchain_anthropic", "langchain_google", "litellm"]


@pytest.fixture(scope="module")
def relay(tmp_path_factory, mock):
    config = standard_config(mock.url)
    config["providers"]["claude"] = {"dialect": "anthropic", "base_url": mock.origin, "api_key": PROVIDER_KEY}
    config["providers"]["google"] = {"dialect": "gemini", "base_url": mock.origin, "api_key": PROVIDER_KEY}
    config["routes"] = {
        name: {"versions": [version(f"{name}-1", model, provider=provider, config=NO_RETRY)]}
        for name, model, provider in [
            ("gpt", "plain", "main"), ("claude-route", "plain", "claude"), ("gemini-route", "plain", "google"),
            ("mock-error-400", "mock-error-400", "main"), ("mock-error-429", "mock-error-429", "main"),
        ]
    }  # fmt: skip
    relay = Relay(tmp_path_factory.mktemp("libraries"), config).start()
    yield relay
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    assert relay.stop() == 0, relay.daemon.tail()


def run(python, *arguments, code=None, **environment):
    return subprocess.run(
        [str(word) for word in (python, *arguments)],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        input=code,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_at_every_provider(relay, library):
    if not VENV.exists():
        pytest.skip(f"no environment with LangChain and LiteLLM at {VENV.parent.parent}; run.sh makes it")
    done = run(
        VENV, CLIENTS / "library_chats.py", library, "gpt", "claude-route", "gemini-route",
        RELAY=relay.origin, RELAY_KEY=APP_KEY, LITELLM_LOCAL_MODEL_COST_MAP="True", LANGSMITH_TRACING="false",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def setup(relay, client, *more):
    done = run(BINARY, "client-setup", "--route", "gpt", "--url", relay.origin, "--client", client, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("client", ["openai", "anthropic", "google", "langchain"])
def test_the_printed_script_runs(relay, client):
    python = sys.executable
    if client == "langchain":
        if not VENV.exists():
            pytest.skip(f"no environment with LangChain at {VENV.parent.parent}; run.sh makes it")
        python = VENV
    script = setup(relay, client)
    assert APP_KEY not in script
    done = run(python, "-", code=script, SLUICE_KEY=APP_KEY)
    assert done.returncode == 0 and "You asked: Say hello." in done.stdout, done.stdout + done.stderr
    done = run(python, "-", code=setup(relay, client, "--key", APP_KEY))
    assert done.returncode == 0 and "You asked: Say hello." in done.stdout, done.stdout + done.stderr


def test_the_printed_curl_runs(relay):
    for more, environment in [((), {"SLUICE_KEY": APP_KEY}), (("--key", APP_KEY), {})]:
        done = run("/bin/sh", "-c", setup(relay, "curl", *more), **environment)
        assert done.returncode == 0 and "You asked: Say hello." in done.stdout, done.stdout + done.stderr


def test_all_of_them_without_a_key(relay):
    done = run(BINARY, "client-setup", "--route", "o'r\"", "--url", relay.origin + "/v1/")
    assert done.returncode == 0 and "sl_" not in done.stdout
    assert relay.origin + "/v1/v1" not in done.stdout and relay.origin + "/v1/chat/completions" in done.stdout
    assert "claude --model 'o'\\''r\"'" in done.stdout and 'model = "o\'r\\""' in done.stdout
    assert run(BINARY, "client-setup", "--route", "gpt", "--url", "127.0.0.1").returncode == 2
    assert run(BINARY, "client-setup", "--route", "gpt", "--key", "a b").returncode == 2
