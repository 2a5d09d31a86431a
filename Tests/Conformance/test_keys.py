# SPDX-License-Identifier: Apache-2.0
"""Keys by the CLI: what is made works at once, what is revoked is refused within five seconds."""

import json
import re
import time

import requests

from harness.processes import eventually

BODY = {"model": "plain", "messages": [{"role": "user", "content": "Hi"}]}


def status(relay, key) -> int:
    return requests.post(
        f"{relay.url}/chat/completions", json=BODY, headers={"authorization": f"Bearer {key}"}, timeout=10
    ).status_code


def create(relay, name) -> dict:
    return json.loads(relay.cli("key", "create", name, "--json").stdout)


def test_a_keys_life(relay):
    made = create(relay, "conformance-one")
    assert re.fullmatch(r"sl_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", made["key"])
    eventually(lambda: status(relay, made["key"]) == 200, within=5, why="a new key works")

    listed = json.loads(relay.cli("key", "list", "--json").stdout)
    listed = listed.get("keys", listed.get("items", listed)) if isinstance(listed, dict) else listed
    assert made["id"] in {key["id"] for key in listed}
    assert made["key"] not in relay.cli("key", "list", "--json").stdout, "a key is shown once"

    relay.cli("key", "revoke", made["id"])
    started = time.monotonic()
    eventually(lambda: status(relay, made["key"]) == 401, within=5, why="a revoked key is refused")
    assert time.monotonic() - started < 5


def test_a_rotation_keeps_the_old_key_alive(relay):
    old = create(relay, "conformance-two")
    eventually(lambda: status(relay, old["key"]) == 200, within=5)
    new = json.loads(relay.cli("key", "rotate", old["id"], "--json").stdout)
    assert new["key"] != old["key"]
    eventually(lambda: status(relay, new["key"]) == 200, within=5)
    assert status(relay, old["key"]) == 200, "the old key has its grace"
    relay.cli("key", "revoke", old["id"])
    eventually(lambda: status(relay, old["key"]) == 401, within=5)
    assert status(relay, new["key"]) == 200


def test_a_key_holds_over_a_restart(relays):
    relay = relays()
    made = create(relay, "survivor")
    gone = create(relay, "gone")
    relay.cli("key", "revoke", gone["id"])
    eventually(lambda: status(relay, made["key"]) == 200, within=5)
    assert relay.stop() == 0
    relay.start()
    assert status(relay, made["key"]) == 200
    assert status(relay, gone["key"]) == 401


def test_a_caller_key_is_nothing_on_the_admin_plane(relay):
    made = create(relay, "conformance-three")
    answer = requests.get(
        f"{relay.admin_url}/v1/admin/versions", headers={"authorization": f"Bearer {made['key']}"}, timeout=10
    )
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_api_key"


def test_the_admin_token_is_nothing_on_the_data_plane(relay):
    from harness.relay import ADMIN_TOKEN

    assert status(relay, ADMIN_TOKEN) == 401


def test_changes_are_audited_and_the_chain_holds(relay):
    create(relay, "conformance-four")
    assert relay.cli("audit", "verify").returncode == 0
    assert "conformance-four" in relay.cli("audit", "list", "--json").stdout
