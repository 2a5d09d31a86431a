# SPDX-License-Identifier: Apache-2.0
"""People who sign in by an issuer of identities, and machines that show its tokens, on a live node."""

import hashlib
import hmac
import json
import os
import stat
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

import openai
import pytest
import requests

from harness.issuer import Issuer, RSAKey, b64, part
from harness.processes import BINARY, eventually
from harness.relay import ADMIN_TOKEN, APP_KEY, Relay, standard_config

OWNER = {"authorization": f"Bearer {ADMIN_TOKEN}"}
SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def issuer():
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory, mock, issuer):
    relay = Relay(tmp_path_factory.mktemp("sign-in"), standard_config(mock.url))
    relay.config["auth"] = {
        "oidc": {
            "issuer": issuer.url, "client_id": issuer.client, "client_secret": issuer.secret,
            "public_url": relay.admin_url, "allowed_domains": ["example.com"],
            "roles": [{"claim": "groups", "value": "ops", "role": "operator"}],
        },
        "jwt": [{
            "issuer": issuer.url, "audience": "relay", "user_claim": "email",
            "callers": [{"name": "ci", "team": "search", "claims": {"repo": "acme/app"}, "routes": ["plain"]}],
        }],
    }  # fmt: skip
    relay.write_config()
    yield relay.start()
    assert relay.cli("audit", "verify").returncode == 0
    assert relay.stop() == 0, relay.daemon.tail()
    log = relay.daemon.tail(100_000)
    assert issuer.secret not in log and "sls_" not in log and "eyJ" not in log


class Browser(requests.Session):
    """Follows no redirect by itself."""

    def __init__(self, node):
        super().__init__()
        self.node = node

    def get(self, url, **more):
        return super().get(url, allow_redirects=False, timeout=10, **more)

    def leave(self, path="/x"):
        answer = self.get(f"{self.node.admin_url}/v1/admin/oidc/login", params={"return_to": path})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def consent(self, url):
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code == 302
        return answer.headers["location"]

    def sign_in(self):
        back = self.get(self.consent(self.leave()))
        assert back.status_code == 302, back.text
        assert back.headers["location"] == f"{self.node.admin_url}/x"
        return self

    def me(self):
        return self.get(f"{self.node.admin_url}/v1/admin/session")


def test_a_browser_signs_in_works_and_signs_out(node):
    browser = Browser(node).sign_in()
    me = browser.me().json()
    assert (me["person"], me["role"], me["kind"]) == ("ada@example.com", "operator", "session")
    assert browser.get(f"{node.admin_url}/v1/admin/versions").status_code == 200
    change = f"{node.admin_url}/v1/admin/versions/v1/thresholds"
    assert browser.patch(change, json={"error_rate": 0.2}, timeout=10).status_code == 403
    assert browser.patch(change, json={"error_rate": 0.2}, headers={"origin": "https://evil.example"}).status_code == 403
    assert browser.patch(change, json={"error_rate": 0.2}, headers=SAME).status_code == 200
    assert browser.patch(change, json={"error_rate": 0.3}, headers={"x-sluice-csrf": me["csrf_token"]}).status_code == 200
    cookie = browser.cookies["sluice_session"]
    assert requests.get(node.admin_url + "/v1/admin/session", headers={"authorization": f"Bearer {cookie}"}).status_code == 401
    assert browser.post(f"{node.admin_url}/v1/admin/session/end", headers=SAME, timeout=10).status_code == 200
    assert "sluice_session" not in browser.cookies
    browser.cookies.set("sluice_session", cookie)
    assert browser.me().status_code == 401
    audit = requests.get(f"{node.admin_url}/v1/admin/audit?limit=1000", headers=OWNER, timeout=10).text
    assert "session.create" in audit and cookie not in audit


def test_a_code_of_somebody_else_is_worth_nothing(node, issuer):
    victim, attacker = Browser(node), Browser(node)
    # The attacker's own code, given to the victim's browser (log-in by another, and session fixation).
    bait = attacker.consent(attacker.leave())
    assert victim.get(bait).status_code == 400
    victim.leave()
    assert victim.get(bait).status_code == 400
    assert "sluice_session" not in victim.cookies
    # A stolen code in the attacker's own sign-in: the verifier is not the one it was made for.
    stolen = parse_qs(urlsplit(victim.consent(victim.leave())).query)["code"][0]
    own = parse_qs(urlsplit(attacker.leave()).query)["state"][0]
    back = f"{node.admin_url}/v1/admin/oidc/callback"
    answer = attacker.get(back, params={"code": stolen, "state": own, "iss": issuer.url})
    assert answer.status_code == 400 and issuer.refused[-1] == "verifier"
    # Replayed: neither the state nor the code counts twice.
    url = victim.consent(victim.leave())
    jar = victim.cookies.copy()
    assert victim.get(url).status_code == 302
    again = Browser(node)
    again.cookies.update(jar)
    assert again.get(url).status_code == 400
    # Of another issuer, and without saying whose.
    for iss in ("https://evil.example", None):
        url = victim.consent(victim.leave())
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        query["iss"] = iss
        answer = victim.get(back, params={name: value for name, value in query.items() if value})
        assert answer.status_code == 400 and "(iss)" in answer.json()["message"]
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "/\r\nset-cookie: a=b"):
        answer = victim.get(f"{node.admin_url}/v1/admin/oidc/login", params={"return_to": path})
        assert answer.status_code == 400 and "location" not in answer.headers


def test_a_token_that_is_not_right_signs_nobody_in(node, issuer):
    now = int(time.time())
    twists = [
        {"nonce": "other"}, {"nonce": None}, {"aud": "other"}, {"aud": ["sluice", "other"]}, {"azp": "other"},
        {"iss": "https://evil.example"}, {"exp": now - 61}, {"iat": now + 100}, {"nbf": now + 100}, {"exp": None},
        {"email_verified": False}, {"email": "ada@evil.example"}, {"sub": None}, {"groups": []},
    ]  # fmt: skip
    try:
        for twist in twists:
            issuer.twist = lambda claims, twist=twist: {
                name: value for name, value in {**claims, **twist}.items() if value is not None
            }
            browser = Browser(node)
            answer = browser.get(browser.consent(browser.leave()))
            assert answer.status_code in (400, 403), twist
            assert "sluice_session" not in browser.cookies
    finally:
        issuer.twist = lambda claims: claims


def test_keys_change_and_the_issuer_goes_away(node, issuer, tmp_path):
    browser = Browser(node).sign_in()
    url = node.admin_url
    requests.post(f"{url}/v1/admin/users", headers=OWNER, json={"user": "ada@example.com"}, timeout=10)
    assert browser.me().status_code == 200
    scim = f"{url}/scim/v2/Users/ada@example.com"
    off = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
    }
    assert requests.patch(scim, headers=OWNER, json=off, timeout=10).status_code == 200
    assert browser.me().status_code == 401
    other = Browser(node)
    answer = other.get(other.consent(other.leave()))
    assert answer.status_code == 403 and "blocked" in answer.json()["message"]
    off["Operations"][0]["value"] = "True"
    assert requests.patch(scim, headers=OWNER, json=off, timeout=10).status_code == 200
    assert browser.me().status_code == 200
    assert requests.delete(f"{url}/v1/admin/users/ada@example.com", headers=OWNER, timeout=10).status_code == 200
    assert browser.me().status_code == 401


def test_the_command_line_signs_in_by_a_device(node, issuer, tmp_path):
    kept = tmp_path / "settings/logins.json"
    env = {"SLUICE_LOGIN_FILE": str(kept), "SLUICE_ADMIN_TOKEN": "", "SLUICE_ADMIN_URL": node.admin_url}
    nobody = node.cli("whoami", check=False, env=env)
    assert nobody.returncode == 2 and "sluice login" in nobody.stderr
    issuer.devices.clear()
    running = subprocess.Popen(
        [BINARY, "login"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}
    )
    eventually(lambda: issuer.devices, within=10, why="the node asks the issuer")
    for code in issuer.devices:
        issuer.devices[code] = True
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    assert "WDJB-MJHT" in err and "Signed in as ada@example.com, operator" in out
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(kept.parent).st_mode) == 0o700
    token = json.loads(kept.read_text())[node.admin_url]["token"]
    assert token not in out + err and issuer.secret not in kept.read_text()
    assert json.loads(node.cli("whoami", "--json", env=env).stdout)["kind"] == "login"
    assert node.cli("version", "list", env=env).returncode == 0
    # Another server is not shown this one's token.
    elsewhere = node.cli("whoami", "--admin-url", "http://127.0.0.1:1", check=False, env=env)
    assert elsewhere.returncode == 2
    assert node.cli("logout", env=env).returncode == 0
    assert json.loads(kept.read_text()) == {}
    shown = {"authorization": f"Bearer {token}"}
    assert requests.get(f"{node.admin_url}/v1/admin/session", headers=shown, timeout=10).status_code == 401


def ask(node, token, model="plain"):
    client = openai.OpenAI(base_url=node.url, api_key=token, max_retries=0)
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi"}])


def test_a_machine_calls_with_its_token(node, issuer):
    good = issuer.token(aud="relay", repo="acme/app", sub="job-1")

    def served():
        try:
            return ask(node, good).choices
        except openai.AuthenticationError:
            return None

    eventually(served, within=15, why="the issuer's keys are read beside the traffic")
    assert ask(node, APP_KEY).choices
    anthropic = requests.post(
        node.url.removesuffix("/v1") + "/v1/messages", headers={"x-api-key": good, "anthropic-version": "2023-06-01"},
        json={"model": "plain", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}, timeout=10,
    )  # fmt: skip
    assert anthropic.status_code == 200
    with pytest.raises(openai.PermissionDeniedError, match="may use `plain`"):
        ask(node, good, "gpt-4o")
    with pytest.raises(openai.PermissionDeniedError, match="fit no caller"):
        ask(node, issuer.token(aud="relay", repo="acme/other"))
    eventually(
        lambda: any(
            row.get("key_name") == "ci" and row.get("team") == "search"
            for row in json.loads(node.cli("usage", "--group-by", "key", "--json").stdout)["groups"]
        ),
        within=10, why="usage is the caller's",
    )  # fmt: skip
    assert any(key["name"] == "ci" for key in json.loads(node.cli("key", "list", "--json").stdout))
    node.cli("team", "create", "search")
    node.cli("team", "block", "search")
    with pytest.raises(openai.PermissionDeniedError, match="blocked"):
        ask(node, good)
    node.cli("team", "unblock", "search")
    node.cli("user", "create", "ada@example.com")
    node.cli("user", "block", "ada@example.com")
    with pytest.raises(openai.PermissionDeniedError, match="blocked"):
        ask(node, good)
    node.cli("user", "delete", "ada@example.com")
    assert ask(node, good).choices


def test_a_machines_token_that_is_not_right_opens_nothing(node, issuer):
    now = int(time.time())
    fits = {"aud": "relay", "repo": "acme/app"}
    claims = issuer.claims(**fits)
    stranger = RSAKey("k1", 12)
    body = part(claims)
    public = json.dumps(issuer.keys[0].jwk()).encode()
    signed = part({"alg": "HS256", "kid": "k1"}) + "." + body
    deep = b64(("[" * 5_000 + "]" * 5_000).encode())
    tokens = [
        part({"alg": "none"}) + f".{body}.", part({"alg": "none", "kid": "k1"}) + f".{body}.AAAA",
        f"{signed}.{b64(hmac.new(public, signed.encode(), hashlib.sha256).digest())}",
        stranger.token(claims), stranger.token(claims, jku="https://evil.example/k", x5u="https://evil.example/c"),
        stranger.token(claims, jwk=stranger.jwk()), issuer.keys[0].token(claims, kid="other"),
        issuer.keys[0].token(claims, crit=["x"]), issuer.keys[0].token(claims, typ="logout+jwt"),
        issuer.token(aud="sluice", repo="acme/app"), issuer.token(**fits, iss="https://evil.example"),
        issuer.token(**fits, exp=now - 61), issuer.token(**fits, nbf=now + 100), issuer.token(**fits, iat=now + 100),
        part({"alg": "RS256", "kid": "k1"}) + f".{deep}.AAAA", issuer.token(**fits, pad="x" * 13_000),
        "ey" + "." * 2, "eyJ.eyJ.eyJ", issuer.token(**fits)[:-4], issuer.token(**fits) + ".x",
    ]  # fmt: skip
    for token in tokens:
        answer = requests.post(
            node.url + "/chat/completions", headers={"authorization": f"Bearer {token}"},
            json={"model": "plain", "messages": []}, timeout=10,
        )  # fmt: skip
        assert answer.status_code in (401, 431), token[:60]
        if answer.status_code == 401:
            assert answer.json()["error"]["code"] == "invalid_api_key"
            assert len(token) < 80 or token[40:] not in answer.text
