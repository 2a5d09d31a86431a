# SPDX-License-Identifier: Apache-2.0
"""Coding agents through a relay: a prompt with a tool call, every byte as the agent sent it.

Needs the environment .venv-agents, which `make test-agents` makes; without it the tests are skipped.
"""

import os
import subprocess
from pathlib import Path

import pytest

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.recorder import Recorder
from harness.relay import APP_KEY, Relay, version

AGENTS = Path(os.environ.get("VENV_AGENTS", Path(__file__).parents[2] / ".venv-agents"))


@pytest.fixture
def claude():
    found = list(AGENTS.glob("lib/python*/site-packages/claude_agent_sdk/_bundled/claude"))
    if not found:
        pytest.skip(f"no Claude Code in {AGENTS}; make test-agents installs claude-agent-sdk, which bundles it")
    return found[0]


@pytest.fixture
def stage(tmp_path):
    """A provider that keeps the last body, a relay, and what passes between the agent and the relay."""
    provider = Mock(tmp_path, "--require-key", PROVIDER_KEY).start()
    provider.set(capture=True)
    config = {
        "providers": {"main": {"dialect": "anthropic", "base_url": provider.origin, "api_key": PROVIDER_KEY}},
        "routes": {"claude-route": {"versions": [version("agent-1", "claude-route")]}},
        "prices": [{"provider": "main", "model": "claude-route", "input": 3.0, "output": 15.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path, config).start()
    recorder = Recorder(relay.port)
    yield provider, relay, recorder
    recorder.stop()
    assert relay.stop() == 0, relay.daemon.tail()
    provider.stop()


def run_claude(claude, recorder, folder):
    """Claude Code reads a file, once, in a home of its own."""
    home = folder / "home"
    home.mkdir()
    return subprocess.run(
        [claude, "-p", "Read the file notes.txt.", "--model", "claude-route", "--tools", "Read"],
        env={
            "HOME": str(home),
            "CLAUDE_CONFIG_DIR": str(home / ".config"),
            "PATH": "/usr/bin:/bin",
            "ANTHROPIC_BASE_URL": recorder.origin,
            "ANTHROPIC_AUTH_TOKEN": APP_KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        },
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_claude_code_with_a_tool_call(claude, stage, tmp_path):
    provider, relay, recorder = stage
    done = run_claude(claude, recorder, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("You asked:"), done.stdout
    asked = [each for each in recorder.exchanges if each.method == "POST"]
    assert len(asked) >= 2 and all(each.status == 200 for each in asked), [(each.path, each.status) for each in asked]
    assert b'"type":"tool_use"' in asked[0].answer and b'"tool_result"' in asked[-1].body
    assert all(b"event: message_stop" in each.answer for each in asked)
    # What the provider got last is what the agent sent last.
    assert provider.last_body() == asked[-1].body

    def settled():
        rows = [row for row in relay.traffic() if row["endpoint"] == "anthropic/chat"]
        return rows if len(rows) == len(asked) else None

    rows = eventually(settled, why="the traffic log has every request")
    assert {row["unit_source"] for row in rows} == {"session"}


@pytest.mark.parametrize("dialect", ["openai", "gemini"])
def test_claude_code_at_a_provider_of_another_dialect(claude, tmp_path, dialect):
    """What it says and gets is translated, with a tool call."""
    provider = Mock(tmp_path, "--require-key", PROVIDER_KEY).start()
    main = {
        "dialect": dialect, "base_url": provider.url if dialect == "openai" else provider.origin, "api_key": PROVIDER_KEY
    }  # fmt: skip
    config = {
        "providers": {"main": main},
        "routes": {"claude-route": {"versions": [version("agent-1", "talker")]}},
        "prices": [{"provider": "main", "model": "talker", "input": 3.0, "output": 15.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path, config).start()
    recorder = Recorder(relay.port)
    done = run_claude(claude, recorder, tmp_path)
    recorder.stop()
    assert relay.stop() == 0, relay.daemon.tail()
    provider.stop()
    asked = [each for each in recorder.exchanges if each.method == "POST"]
    assert done.returncode == 0, (done.stdout, done.stderr, [(each.status, each.answer[:400]) for each in asked])
    assert done.stdout.startswith("You asked:"), done.stdout
    assert len(asked) >= 2 and all(each.status == 200 for each in asked), [(each.path, each.answer) for each in asked]
    assert b'"type":"tool_use"' in asked[0].answer and b'"tool_result"' in asked[-1].body
    assert all(b"event: message_stop" in each.answer for each in asked)


@pytest.fixture
def codex():
    found = list(AGENTS.glob("lib/python*/site-packages/codex_cli_bin/bin/codex"))
    if not found:
        pytest.skip(f"no Codex in {AGENTS}; make test-agents installs openai-codex-cli-bin, which holds it")
    return found[0]


@pytest.fixture
def codex_stage(tmp_path):
    provider = Mock(tmp_path, "--require-key", PROVIDER_KEY).start()
    provider.set(capture=True)
    config = {
        "providers": {"main": {"dialect": "openai", "base_url": provider.url, "api_key": PROVIDER_KEY}},
        "routes": {"codex-route": {"unit": ["session"], "versions": [version("agent-1", "codex-route")]}},
        "prices": [{"provider": "main", "model": "codex-route", "input": 3.0, "output": 15.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path, config).start()
    recorder = Recorder(relay.port)
    yield provider, relay, recorder
    recorder.stop()
    assert relay.stop() == 0, relay.daemon.tail()
    provider.stop()


@pytest.mark.parametrize("sockets", [False, True])
def test_codex(codex, codex_stage, tmp_path, sockets):
    """With a tool call; where it tries a WebSocket first, the refusal makes it fall back at once."""
    provider, relay, recorder = codex_stage
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        'model = "codex-route"\nmodel_provider = "relay"\n[model_providers.relay]\nname = "relay"\n'
        f'base_url = "{recorder.origin}/v1"\nenv_key = "RELAY_KEY"\nwire_api = "responses"\n'
        f"supports_websockets = {str(sockets).lower()}\n"
    )
    done = subprocess.run(
        [codex, "exec", "--skip-git-repo-check", "--sandbox", "read-only", "Say hello."],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home), "RELAY_KEY": APP_KEY},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    asked = [each for each in recorder.exchanges if each.method == "POST" and each.path == "/v1/responses"]
    assert asked and all(each.status == 200 for each in asked)
    assert b"You asked" in asked[-1].answer and b"function_call_output" in asked[-1].body
    assert provider.last_body() == asked[-1].body, "the provider gets what the agent sent"
    if sockets:
        refused = [each for each in recorder.exchanges if each.method == "GET" and each.path == "/v1/responses"]
        assert [each.status for each in refused] == [426]
    # The ledger follows the journal.
    eventually(lambda: len(relay.attempts("ledger")) == len(asked), why="each request is in the ledger")


@pytest.mark.parametrize("dialect", ["anthropic", "gemini", "openai"])
def test_codex_at_a_provider_of_another_dialect(codex, tmp_path, dialect):
    """What it says and gets is translated, with a tool call; to chat completions, too."""
    provider = Mock(tmp_path, "--require-key", PROVIDER_KEY).start()
    main = {"dialect": dialect, "base_url": provider.origin, "api_key": PROVIDER_KEY}
    if dialect == "openai":
        main |= {"base_url": provider.url, "serves_responses": False}
    config = {
        "providers": {"main": main},
        "routes": {"codex-route": {"unit": ["session"], "versions": [version("agent-1", "talker")]}},
        "prices": [{"provider": "main", "model": "talker", "input": 3.0, "output": 15.0}],
        "keys": [{"name": "app", "key": APP_KEY}],
    }
    relay = Relay(tmp_path, config).start()
    recorder = Recorder(relay.port)
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        'model = "codex-route"\nmodel_provider = "relay"\n[model_providers.relay]\nname = "relay"\n'
        f'base_url = "{recorder.origin}/v1"\nenv_key = "RELAY_KEY"\nwire_api = "responses"\n'
    )
    done = subprocess.run(
        [codex, "exec", "--skip-git-repo-check", "--sandbox", "read-only", "Say hello."],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home), "RELAY_KEY": APP_KEY},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    recorder.stop()
    entries = relay.attempts("ledger")
    assert relay.stop() == 0, relay.daemon.tail()
    provider.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    asked = [each for each in recorder.exchanges if each.method == "POST" and each.path == "/v1/responses"]
    assert len(asked) >= 2 and all(each.status == 200 for each in asked), [each.answer for each in asked]
    assert b'"type":"function_call"' in asked[0].answer and b"function_call_output" in asked[-1].body
    assert all(b"event: response.completed" in each.answer and b"[DONE]" not in each.answer for each in asked)
    assert len(entries) == len(asked)
