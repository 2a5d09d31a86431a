# SPDX-License-Identifier: Apache-2.0
"""Credentials that are sealed in the store, on a live node: set, rotated under traffic, unopened without the master key."""

import json
import os
import subprocess

import pytest
import requests

from harness.mock import PROVIDER_KEY
from harness.relay import ADMIN_TOKEN, APP_KEY, BINARY, Relay, standard_config

BODY = {"model": "plain", "messages": [{"role": "user", "content": "Hi"}]}


def status(relay, model="plain") -> int:
    answer = requests.post(
        f"{relay.url}/chat/completions", json={**BODY, "model": model},
        headers={"authorization": f"Bearer {APP_KEY}"}, timeout=10,
    )  # fmt: skip
    return answer.status_code


def put(relay, value, provider="main", check=True):
    result = subprocess.run(
        [BINARY, "provider", "credential", "set", provider], input=value, capture_output=True, text=True, timeout=30,
        env={**os.environ, "SLUICE_ADMIN_URL": relay.admin_url, "SLUICE_ADMIN_TOKEN": ADMIN_TOKEN},
    )  # fmt: skip
    assert not check or result.returncode == 0, result.stderr
    return result


@pytest.fixture
def sealed(tmp_path_factory, mock):
    config = standard_config(mock.url)
    config["providers"]["main"].pop("api_key")
    config["providers"]["main"]["credential"] = "stored"
    config["master_key"] = "k1:" + "0f" * 32
    relay = Relay(tmp_path_factory.mktemp("sealed"), config).start()
    yield relay
    relay.stop()


def test_a_credential_is_set_rotated_and_never_shown(sealed):
    assert status(sealed) == 503
    assert status(sealed, "discount") == 200, "providers of the file are served meanwhile"
    shown = json.loads(sealed.cli("status", "--json").stdout)
    assert shown["state"] == "degraded" and any("main" in problem for problem in shown["problems"])
    put(sealed, PROVIDER_KEY + "\n")
    assert status(sealed) == 200
    assert json.loads(sealed.cli("status", "--json").stdout)["state"] == "ready"
    put(sealed, "sk-wrong-key-of-the-provider")
    assert status(sealed) in (401, 502), "the new one is shown at once"
    assert "version 3" in put(sealed, PROVIDER_KEY).stdout
    listed = {item["provider"]: item for item in json.loads(sealed.cli("provider", "list", "--json").stdout)}
    assert listed["main"]["has_credential"] and listed["main"]["credential_version"] == 3
    for arguments in (("provider", "list", "--json"), ("audit", "list", "--json")):
        assert PROVIDER_KEY not in sealed.cli(*arguments).stdout
    assert put(sealed, "x", "discounted", check=False).returncode == 1
    assert PROVIDER_KEY.encode() not in b"".join(path.read_bytes() for path in sealed.folder.rglob("sluice.db*"))
    assert PROVIDER_KEY not in sealed.daemon.tail()
