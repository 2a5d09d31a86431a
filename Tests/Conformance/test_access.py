# SPDX-License-Identifier: Apache-2.0
"""Who may do what, on a live node: the table of the documentation against every call, and keys that may not do all."""

import json
import re
from pathlib import Path

import openai
import pytest
import requests

from harness.processes import eventually
from harness.relay import ADMIN_TOKEN, Relay, standard_config

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("viewer", "operator", "key-admin", "owner")
ROW = re.compile(r"^\| `([A-Z]+) (/\S+)` \|(.*)\|(.*)\|(.*)\|(.*)\|(.*)\|$")


@pytest.fixture(scope="module")
def node(tmp_path_factory, mock):
    relay = Relay(tmp_path_factory.mktemp("access"), standard_config(mock.url)).start()
    yield relay
    assert relay.cli("audit", "verify").returncode == 0
    assert relay.stop() == 0, relay.daemon.tail()


def table() -> dict:
    """What docs/admin-api.md says: the columns of each call."""
    rows = {}
    text = (ROOT / "docs/admin-api.md").read_text()
    for line in text[text.index("| call | viewer |") :].splitlines():
        if found := ROW.match(line):
            method, path, *columns = found.groups()
            rows[method, path] = dict(zip((*ROLES, "team"), (column.strip() for column in columns)))
    return rows


def call(node, method, path, token, body=None):
    return requests.request(
        method, node.admin_url + path, headers={"authorization": f"Bearer {token}"} if token else {}, json=body,
        timeout=10, stream=True,
    )  # fmt: skip


def made(node, *args) -> dict:
    return json.loads(node.cli(*args, "--json").stdout)


def test_every_call_is_open_to_the_roles_of_the_table_and_to_no_other(node):
    rows = table()
    document = requests.get(
        f"{node.admin_url}/v1/admin/openapi.json", headers={"authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=10
    ).json()
    served = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security") != []
    }
    assert served == set(rows), "the table of docs/admin-api.md has each call that needs a token"
    node.cli("team", "create", "matrix")
    tokens = {role: made(node, "token", "create", f"p-{role}", "--role", role)["token"] for role in ROLES}
    tokens["team"] = made(node, "token", "create", "p-team", "--role", "key-admin", "--team", "matrix")["token"]
    wrong = []
    for (method, path), columns in rows.items():
        # Nobody has these ids, so that nothing is done where the call is let in.
        address = re.sub(r"\{[a-z_]+\}", "nobody-has-this", path)
        # A body that fits nothing.
        body = {"no_such_member": 1} if method != "GET" else None
        with call(node, method, address, None, body) as answer:
            if answer.status_code != 401:
                wrong.append((method, path, "nobody", answer.status_code))
        for who, token in tokens.items():
            with call(node, method, address, token, body) as answer:
                if (answer.status_code != 403) != bool(columns[who]) or answer.status_code == 401:
                    wrong.append((method, path, who, answer.status_code))
    assert not wrong


def test_who_deploys_does_not_make_keys_and_the_other_way_round(node):
    operator = made(node, "token", "create", "deployer", "--role", "operator")["token"]
    locksmith = made(node, "token", "create", "locksmith", "--role", "key-admin")["token"]
    refused = node.cli("key", "create", "no", check=False, env={"SLUICE_ADMIN_TOKEN": operator})
    assert refused.returncode == 1 and "key-admin" in refused.stderr
    refused = node.cli("version", "weight", "v1", "1", check=False, env={"SLUICE_ADMIN_TOKEN": locksmith})
    assert refused.returncode == 1 and "operator" in refused.stderr
    node.cli("token", "revoke", "deployer")
    refused = node.cli("version", "list", check=False, env={"SLUICE_ADMIN_TOKEN": operator})
    assert refused.returncode == 1 and "not valid" in refused.stderr


def test_a_key_with_scopes_gets_403_that_names_what_it_may(node):
    key = made(node, "key", "create", "scoped", "--route", "pla*", "--operation", "chat", "--expires", "1h")
    client = openai.OpenAI(base_url=node.url, api_key=key["key"], max_retries=0)
    ask = {"messages": [{"role": "user", "content": "Hi"}]}
    assert client.chat.completions.create(model="plain", **ask).choices
    with pytest.raises(openai.PermissionDeniedError, match="may use `plain`"):
        client.chat.completions.create(model="gpt-4o", **ask)
    with pytest.raises(openai.PermissionDeniedError, match="may ask for `chat`"):
        client.embeddings.create(model="plain", input="a")
    assert [model.id for model in client.models.list()] == ["plain"]
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")
    anthropic = requests.post(
        node.url.removesuffix("/v1") + "/v1/messages",
        headers={"x-api-key": key["key"], "anthropic-version": "2023-06-01"},
        json={"model": "gpt-4o", "max_tokens": 5, **ask},
        timeout=10,
    )
    assert anthropic.status_code == 403 and anthropic.json()["error"]["type"] == "permission_error"
    node.cli("key", "update", "scoped", "--all-routes")
    assert client.chat.completions.create(model="gpt-4o", **ask).choices
    eventually(
        lambda: "last_used_at" in made(node, "key", "show", "scoped"), within=10, why="the last use comes with the ledger"
    )


def test_a_blocked_team_or_user_is_refused_at_once(node):
    node.cli("user", "create", "ada@example.com", "--role", "viewer")
    key = made(node, "key", "create", "of-team", "--team", "blockable", "--user", "ada@example.com")
    client = openai.OpenAI(base_url=node.url, api_key=key["key"], max_retries=0)
    ask = {"model": "plain", "messages": [{"role": "user", "content": "Hi"}]}
    assert client.chat.completions.create(**ask).choices
    for kind, name in (("team", "blockable"), ("user", "ada@example.com"), ("key", "of-team")):
        node.cli(kind, "block", name)
        with pytest.raises(openai.PermissionDeniedError, match=f"(?i){kind}.* blocked"):
            client.chat.completions.create(**ask)
        node.cli(kind, "unblock", name)
        assert client.chat.completions.create(**ask).choices
    node.cli("team", "delete", "blockable", "--revoke-keys")
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(**ask)


def test_a_token_of_a_team_sees_its_team_alone(node):
    for team in ("red", "blue"):
        node.cli("team", "create", team)
        node.cli("key", "create", f"key-of-{team}", "--team", team)
    red = {"SLUICE_ADMIN_TOKEN": made(node, "token", "create", "r", "--role", "key-admin", "--team", "red")["token"]}
    listed = json.loads(node.cli("key", "list", "--json", env=red).stdout)
    assert {key["name"] for key in listed} == {"key-of-red"}
    assert node.cli("key", "revoke", "key-of-blue", check=False, env=red).returncode == 1
    assert "not_found" in node.cli("team", "show", "blue", check=False, env=red).stderr
    assert node.cli("usage", "--group-by", "key", env=red).returncode == 0
    assert made(node, "key", "show", "key-of-blue")["state"] == "active"


def test_a_token_of_a_team_reads_its_own_budgets(node):
    for team in ("green", "grey"):
        node.cli("team", "create", team)
        node.cli("key", "create", f"key-of-{team}", "--team", team)
        for entity in (f"team:{team}", f"key:key-of-{team}"):
            node.cli("budget", "create", "--entity", entity, "--window", "daily", "--limit-usd", "5")
    node.cli("budget", "create", "--entity", "route:plain", "--window", "daily", "--limit-usd", "5")
    green = {"SLUICE_ADMIN_TOKEN": made(node, "token", "create", "g", "--role", "viewer", "--team", "green")["token"]}
    listed = json.loads(node.cli("budget", "list", "--json", env=green).stdout)
    assert {budget["entity"] for budget in listed} == {"team:green", "key:key-of-green"}
    own = next(budget["id"] for budget in listed)
    assert json.loads(node.cli("budget", "show", own, "--json", env=green).stdout)["id"] == own
    other = next(
        budget["id"] for budget in json.loads(node.cli("budget", "list", "--json").stdout) if budget["entity"] == "team:grey"
    )
    refused = node.cli("budget", "show", other, check=False, env=green)
    assert refused.returncode == 1 and "not_found" in refused.stderr
    assert node.cli("budget", "reset", own, check=False, env=green).returncode == 1
