# SPDX-License-Identifier: Apache-2.0
"""Secrets that are the same, files that are gone, keys that end at once, credentials that change: as an operator meets them."""

import json
import os
import signal
import subprocess

import pytest
import requests

from harness.mock import PROVIDER_KEY
from harness.processes import BINARY, eventually
from harness.relay import ADMIN_TOKEN, APP_KEY, Relay, standard_config, version


def serve(relay, *more, within=30):
    """Starts the binary where it shall refuse; what it said."""
    done = subprocess.run(
        [BINARY, "serve", "--config", relay.config_file, *more],
        cwd=relay.folder,
        capture_output=True,
        text=True,
        timeout=within,
    )
    assert done.returncode not in (0, None), done.stdout
    return done.stdout + done.stderr


def made(folder, mock, **more):
    config = standard_config(mock.url)
    config["routes"] = {"chat": {"versions": [version("v1", "gpt-4.1")]}}
    return Relay(folder, {**config, **more})


def ask(relay, key=APP_KEY):
    return requests.post(
        relay.url + "/chat/completions",
        headers={"authorization": f"Bearer {key}"},
        json={"model": "chat", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4},
        timeout=10,
    ).status_code


@pytest.mark.parametrize(
    "twins, named",
    [
        ({"keys": [{"name": "app", "key": APP_KEY}, {"name": "other", "key": APP_KEY}]}, ("keys[1].key", "same key")),
        ({"keys": [{"name": "app", "key": ADMIN_TOKEN}]}, ("admin", "app", "same secret")),
    ],
)
def test_two_with_the_same_secret_refuse_to_start(tmp_path, mock, twins, named):
    relay = made(tmp_path, mock, **twins)
    said = serve(relay)
    assert all(name in said for name in named), said
    assert APP_KEY not in said and ADMIN_TOKEN not in said


@pytest.mark.parametrize("gone", ["sluice.db", "sluice.db.pepper"])
def test_a_store_or_a_pepper_that_is_gone_is_no_fresh_start(tmp_path, mock, gone):
    relay = made(tmp_path, mock).start()
    key = relay.admin("POST", "/keys", {"name": "k"}, expect=201)["key"]
    assert ask(relay, key) == 200
    assert relay.stop() == 0
    for name in os.listdir(tmp_path / "data"):
        if name == gone or (gone == "sluice.db" and name in ("sluice.db-wal", "sluice.db-shm")):
            os.remove(tmp_path / "data" / name)
    said = serve(relay)
    assert gone in said and "--accept-loss" in said, said
    assert not (tmp_path / "data" / gone).exists(), "nothing was made in its place"
    relay.daemon.arguments = [*relay.daemon.arguments, "--accept-loss"]
    relay.start()
    assert ask(relay) == 200
    assert ask(relay, key) == 401, "what the loss took"
    assert relay.stop() == 0


def test_a_journal_with_a_gap_is_told(tmp_path, mock):
    relay = made(tmp_path, mock).start()
    for _ in range(40):
        assert ask(relay) == 200
    eventually(lambda: relay.admin("GET", "/usage")["total"]["requests"] >= 40, why="the ledger has them")
    relay.daemon.kill()
    segments = sorted((tmp_path / "data" / "journal").glob("*.slj"))
    if len(segments) < 2:
        pytest.skip("one event loop has one segment")
    segments[0].rename(tmp_path / segments[0].name)
    said = serve(relay)
    assert segments[0].name in said and "--accept-loss" in said, said
    relay.daemon.arguments = [*relay.daemon.arguments, "--accept-loss"]
    relay.start()
    assert ask(relay) == 200
    assert relay.stop() == 0


def test_a_rotation_without_grace_ends_the_old_key_at_once(relay):
    made = relay.admin("POST", "/keys", {"name": "short"}, expect=201)
    assert ask(relay, made["key"]) == 200
    wrong = relay.http.post(f"{relay.admin_url}/v1/admin/keys/{made['id']}/rotate", json={"grace": 0}, timeout=10)
    assert wrong.status_code == 422 and "grace_seconds" in wrong.text, "no silent 24 hours"
    assert ask(relay, made["key"]) == 200, "a refusal changes nothing"
    new = relay.admin("POST", f"/keys/{made['id']}/rotate", {"grace_seconds": 0}, expect=None)
    eventually(lambda: ask(relay, made["key"]) == 401, within=2, why="the old key is dead at once")
    assert ask(relay, new["key"]) == 200
    newer = json.loads(relay.cli("key", "rotate", new["id"], "--grace", "0s", "--json").stdout)
    eventually(lambda: ask(relay, new["key"]) == 401, within=2, why="and so it is with the command")
    assert ask(relay, newer["key"]) == 200


def test_a_new_credential_in_its_file_is_used_after_sighup(tmp_path, mock):
    secret = tmp_path / "provider.key"
    secret.write_text("not-the-providers-key-0123456789\n")
    config = standard_config(mock.url)
    provider = {k: v for k, v in config["providers"]["main"].items() if k != "api_key"}
    relay = made(tmp_path, mock, providers={"main": {**provider, "api_key_file": str(secret)}})
    relay.config["prices"] = []
    relay.write_config()
    relay.start()
    assert ask(relay) == 502, "the relay's credential is refused"
    secret.write_text(PROVIDER_KEY + "\n")
    relay.daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: ask(relay) == 200, why="the new credential is used")
    secret.unlink()
    relay.daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "provider.key" in relay.daemon.text(), why="it is said that the file is gone")
    assert ask(relay) == 200, "a reload that cannot be read changes nothing"
    assert relay.stop() == 0
