# SPDX-License-Identifier: Apache-2.0
"""The admin API as clients written for its fixed shapes use it: `requests`, plain JSON, no wrapper of ours."""

import hashlib
import json

import pytest
import requests

from harness.relay import ADMIN_TOKEN, APP_KEY, version

HEADERS = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


def python_hash(config) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def released(tmp_path_factory, mock):
    """A relay of its own with one route, for changes of its versions."""
    from harness.relay import Relay, standard_config

    config = standard_config(mock.url)
    config["routes"] = {
        "chat": {"aliases": ["gpt-4.1"], "versions": [version("v1", "gpt-4.1", config={"temperature": 0.7})]},
        "other": {"versions": [version("o1", "cheap")]},
    }
    relay = Relay(tmp_path_factory.mktemp("released"), config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture
def call(released):
    def call(method, path, body=None):
        return requests.request(
            method, f"{released.admin_url}/v1/admin{path}", json=body, headers=HEADERS, timeout=15
        )

    return call


def chats(released, count, **headers):
    for number in range(count):
        answer = requests.post(
            f"{released.url}/chat/completions",
            json={"model": "gpt-4.1", "messages": [{"role": "user", "content": f"Message {number}"}]},
            headers={"Authorization": f"Bearer {APP_KEY}", "x-sluice-unit": f"user-{number}", **headers},
            timeout=15,
        )
        answer.raise_for_status()
        yield answer


def test_a_release_by_hand(released, call):
    config = {"temperature": 0.2, "top_p": 1e-05, "note": "Zürich 🌊"}
    body = {"version_id": "v2", "api_version": "gpt-4.1", "config": config, "config_hash": python_hash(config)}
    registered = call("POST", "/versions/register", body)
    assert registered.status_code == 201, registered.text
    made = registered.json()
    assert made["version_id"] == "v2" and made["route"] == "chat" and made["state"] == "staging"
    assert made["config_hash"] == python_hash(config)
    assert call("POST", "/versions/register", body).status_code == 200, "the same again changes nothing"
    other = call("POST", "/versions/register", {**body, "config": {"temperature": 0.3}, "config_hash": None})
    assert other.status_code in (409, 422)

    listed = call("GET", "/versions").json()
    assert isinstance(listed, list)
    assert {"v1", "v2", "o1"} <= {entry["version_id"] for entry in listed}
    assert all(value is not None for entry in listed for value in entry.values()), "what is not known is absent"

    early = call("PATCH", "/versions/v2/weight", {"weight": 0.1})
    assert early.status_code == 409
    assert early.json()["error"] == "invalid_state" and "canary" in early.json()["message"] + early.text

    moved = call("POST", "/versions/v2/transition", {"target_state": "canary", "reason": "first steps"})
    assert moved.status_code == 200 and moved.json()["state"] == "canary", moved.text

    for step in (0.05, 0.25, 0.5):
        changed = call("PATCH", "/versions/v2/weight", {"weight": step})
        assert changed.status_code == 200 and changed.json()["weight"] == step
        list(chats(released, 10))
        metrics = call("GET", "/versions/v2/metrics").json()
        for name in ("error_rate", "p99_latency_ms", "cost_per_1k_tokens", "total_requests"):
            assert isinstance(metrics[name], (int, float)), name

    thresholds = call("PATCH", "/versions/v2/thresholds", {"error_rate": 0.02, "p99_latency_ms": 800})
    assert thresholds.status_code == 200, thresholds.text
    detail = call("GET", "/versions/v2").json()
    assert detail["config"] == config
    assert detail["thresholds"]["error_rate"] == 0.02

    shares = call("GET", "/versions/distribution").json()
    assert shares["v2"] == {**shares["v2"], "weight": 0.5, "route": "chat", "state": "canary"}
    assert shares["v1"]["effective_weight"] + shares["v2"]["effective_weight"] == pytest.approx(1)

    back = call("POST", "/versions/v2/rollback", {"reason": "it was slower"})
    assert back.status_code == 200, back.text
    assert call("GET", "/versions/v2").json()["state"] == "rollback"
    assert call("GET", "/versions/distribution").json()["v1"]["effective_weight"] == 1
    assert {answer.headers["x-sluice-version"] for answer in chats(released, 20)} == {"v1"}

    illegal = call("POST", "/versions/v2/transition", {"target_state": "production", "reason": "?"})
    assert illegal.status_code == 409
    assert "staging" in illegal.text, "the legal moves are listed"


def test_twenty_chats_through_a_split(released, call):
    call("POST", "/versions/register", {"version_id": "v3", "api_version": "gpt-4.1", "config": {"temperature": 0.9}})
    assert call("POST", "/versions/v3/transition", {"target_state": "canary", "reason": "split"}).status_code == 200
    assert call("PATCH", "/versions/v3/weight", {"weight": 0.5}).status_code == 200
    served = [answer.headers["x-sluice-version"] for answer in chats(released, 20)]
    assert set(served) == {"v1", "v3"}
    call("POST", "/versions/v3/rollback", {"reason": "done"})


def test_a_stream_read_line_by_line(released):
    text = ""
    with requests.post(
        f"{released.url}/chat/completions",
        json={"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "stream": True},
        headers={"Authorization": f"Bearer {APP_KEY}"},
        stream=True,
        timeout=15,
    ) as answer:
        for line in answer.iter_lines():
            if not line:
                continue
            if line == b"data: [DONE]":
                break
            text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
        else:
            raise AssertionError("no [DONE]")
    assert text.startswith("You asked: Hi")


CONFIGS = [
    {},
    {"temperature": 0.0},
    {"temperature": -0.0, "top_p": 1.0, "seed": 12345678901234567890},
    {"stop": ["\n", "\u2028", "é", "😀", "\x7f", '"\\/'], "nested": {"b": [], "a": {}, "é": None, "e": True}},
    {"logit_bias": {"50256": -100, "1": 1e16, "2": 1e-7, "3": 0.1, "4": 1.5e300, "5": 123456.789}},
    {"\u00e9": 1, "e\u0301": 2, "f": 3, "\U0001f600": 4, "\uffff": 5},
]


@pytest.mark.parametrize("number", range(len(CONFIGS)))
def test_a_configs_hash_is_pythons(call, number):
    config = CONFIGS[number]
    body = {"version_id": f"hashed-{number}", "api_version": "gpt-4.1", "config": config}
    made = call("POST", "/versions/register", body)
    assert made.status_code == 201, made.text
    assert made.json()["config_hash"] == python_hash(config)
    assert call("GET", f"/versions/hashed-{number}").json()["config"] == config


def test_a_wrong_hash_is_refused_and_both_are_shown(call):
    body = {"version_id": "h", "api_version": "gpt-4.1", "config": {"a": 1}, "config_hash": "0" * 16}
    refused = call("POST", "/versions/register", body)
    assert refused.status_code == 422
    assert "0" * 16 in refused.text and python_hash({"a": 1}) in refused.text


def test_an_api_version_no_route_has_is_refused_with_the_list(call):
    refused = call("POST", "/versions/register", {"version_id": "lost", "api_version": "unheard-of", "config": {}})
    assert refused.status_code == 422
    assert "chat" in refused.text and "other" in refused.text


@pytest.mark.parametrize("token", [None, "", "wrong", APP_KEY])
def test_the_admin_plane_needs_its_token(released, token):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    answer = requests.get(f"{released.admin_url}/v1/admin/versions", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_api_key" and answer.json()["message"]


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("GET", "/versions/nobody", None, 404),
        ("PATCH", "/versions/v1/weight", {"weight": 1.5}, 422),
        ("PATCH", "/versions/v1/weight", {"weight": "heavy"}, 422),
        ("PATCH", "/versions/v1/weight", {}, 422),
        ("POST", "/versions/v1/transition", {"target_state": "moon", "reason": "x"}, 422),
        ("POST", "/versions/register", {"version_id": "x y"}, 422),
        ("POST", "/versions/register", ["list"], 422),
        ("DELETE", "/versions", None, 405),
        ("GET", "/nowhere", None, 404),
    ],
)
def test_what_is_wrong_is_a_flat_error(call, method, path, body, status):
    answer = call(method, path, body)
    assert answer.status_code in {status, 400} if status == 422 else {status}, answer.text
    assert isinstance(answer.json()["error"], str) and answer.json()["message"]


def test_a_body_of_two_mebibytes_is_too_large(released):
    answer = requests.post(
        f"{released.admin_url}/v1/admin/versions/register",
        data=b'{"x":"' + b"x" * (2 << 20) + b'"}',
        headers={**HEADERS, "content-type": "application/json"},
        timeout=15,
    )
    assert answer.status_code == 413


def test_there_is_an_openapi_document(call):
    document = call("GET", "/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert "/v1/admin/versions/register" in document["paths"] or "/versions/register" in document["paths"]


def test_a_canary_that_fails_is_told_by_its_metrics(released, call, mock):
    call("POST", "/versions/register", {"version_id": "bad", "route": "other", "api_version": "mock-error-500",
                                        "config": {"retry_policy": {"max_retries": 0}}})  # fmt: skip
    assert call("POST", "/versions/bad/transition", {"target_state": "canary", "reason": "t"}).status_code == 200
    assert call("PATCH", "/versions/bad/weight", {"weight": 1.0}).status_code == 200
    for _ in range(5):
        answer = requests.post(
            f"{released.url}/chat/completions",
            json={"model": "other", "messages": [{"role": "user", "content": "Hi"}]},
            headers={"Authorization": f"Bearer {APP_KEY}"},
            timeout=15,
        )
        assert answer.status_code == 500
    from harness.processes import eventually

    eventually(lambda: call("GET", "/versions/bad/metrics").json()["total_requests"] == 5)
    metrics = call("GET", "/versions/bad/metrics").json()
    assert metrics["error_rate"] == 1.0
    assert call("GET", "/versions/bad").json()["health_score"] == 0.0
    call("POST", "/versions/bad/rollback", {"reason": "done"})
