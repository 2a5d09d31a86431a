# SPDX-License-Identifier: Apache-2.0
"""Alerts as their receivers get them: a local server in the place of Slack, PagerDuty, Alertmanager and a webhook."""

import hashlib
import hmac
import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from harness.processes import eventually, free_port
from harness.relay import APP_KEY, Relay, standard_config, version

SECRET = "hook-Zk83hQpLw2-secret"
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"


class Receiver:
    """Takes POSTs, answers what it is told to (202 without), remembers everything."""

    def __init__(self):
        self.requests = []
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.requests.append((self.path, dict(self.headers.items()), body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (202, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, path):
        return [json.loads(body) for at, _, body in self.requests if at == path]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def alerting(tmp_path_factory, mock, receiver):
    config = standard_config(mock.url)
    config["routes"] = {
        "chat": {
            "versions": [
                version("v1", "gpt-4.1"),
                version("bad", "mock-error-500", state="staging", weight=0.0),
            ],
        },
        "free": {"versions": [version("free-1", "no-price-for-this")]},
    }
    config["alerts"] = {
        "channels": [
            {"name": "chat", "type": "slack", "url": receiver.url + "/slack"},
            {"name": "pager", "type": "pagerduty", "url": receiver.url + "/pd", "routing_key": ROUTING_KEY},
            {"name": "am", "type": "alertmanager", "url": receiver.url},
            {"name": "hook", "type": "webhook", "url": receiver.url + "/hook", "secret": SECRET, "on": ["all"]},
            {"name": "nobody", "type": "slack", "url": f"http://127.0.0.1:{free_port()}/"},
        ]
    }
    relay = Relay(tmp_path_factory.mktemp("alerts"), config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def test_a_test_says_what_came_of_it(alerting, receiver):
    done = alerting.cli("alert", "test", "hook")
    assert "hook: delivered" in done.stdout
    assert receiver.bodies("/hook")[-1]["kind"] == "alert.test"
    done = alerting.cli("alert", "test", "nobody", check=False)
    assert done.returncode == 1
    assert "NOT delivered: connection refused" in done.stdout
    receiver.answers.append((403, {}))
    assert "status 403: ok" in alerting.cli("alert", "test", "chat", check=False).stdout
    assert "There is no alert channel" in alerting.cli("alert", "test", "nothing", check=False).stderr


def test_a_rollback_reaches_every_channel_in_its_format(alerting, receiver):
    alerting.cli("rollout", "start", "bad", "--plan", "careful", "--name", "r1")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        requests.post(
            alerting.url + "/chat/completions",
            headers={"authorization": f"Bearer {APP_KEY}", "x-sluice-unit": f"u{time.monotonic_ns()}"},
            json={"model": "chat", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8},
            timeout=10,
        )
        if any(body["kind"] in ("rollout.rolled_back", "rollout.braked") for body in receiver.bodies("/hook")):
            break
    alerting.cli("rollout", "abort", "r1", "--reason", "over", check=False)
    eventually(
        lambda: any(body["kind"] in ("rollout.rolled_back", "rollout.aborted") for body in receiver.bodies("/hook")),
        why="the end is told",
    )
    slack = receiver.bodies("/slack")[-1]
    assert "r1" in slack["text"] and slack["blocks"][0]["type"] == "section"
    page = next(body for body in receiver.bodies("/pd") if body["event_action"] == "trigger")
    assert page["routing_key"] == ROUTING_KEY and page["dedup_key"] == "sluice/rollout/r1"
    assert page["payload"]["severity"] in ("warning", "critical") and page["payload"]["summary"]
    alerts = [alert for body in receiver.bodies("/api/v2/alerts") for alert in body]
    alerts = [alert for alert in alerts if alert["labels"]["alertname"] == "SluiceRollout"]
    firing = [alert for alert in alerts if alert["startsAt"] < alert["endsAt"]]
    assert firing and all(alert["labels"]["route"] == "chat" for alert in alerts)
    assert {alert["labels"]["severity"] for alert in firing} <= {"warning", "critical"}


def test_a_webhook_can_be_checked_with_any_library(receiver, alerting):
    alerting.cli("alert", "test", "hook")
    path, headers, body = [entry for entry in receiver.requests if entry[0] == "/hook"][-1]
    parts = dict(part.split("=", 1) for part in headers["x-sluice-signature"].split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], expected)
    assert abs(time.time() - int(parts["t"])) < 60


def test_a_model_without_a_price_is_told_once_and_after_a_failure_again(alerting, receiver):
    receiver.answers.clear()
    for _ in range(3):
        answer = requests.post(
            alerting.url + "/chat/completions",
            headers={"authorization": f"Bearer {APP_KEY}"},
            json={"model": "free", "messages": [{"role": "user", "content": "hello"}]},
            timeout=10,
        )
        assert answer.status_code == 200
    def told():
        return [body for body in receiver.bodies("/hook") if body["kind"] == "price.missing"]
    eventually(lambda: told(), why="the unpriced model is told")
    assert told()[0]["model"] == "no-price-for-this" and len({body["id"] for body in told()}) == 1


def test_a_route_repaired_by_the_file_ends_its_incident(tmp_path_factory, mock, receiver):
    receiver.answers.clear()
    config = standard_config(mock.url)
    config["alerts"] = {
        "channels": [{"name": "pager", "type": "pagerduty", "url": receiver.url + "/file", "routing_key": ROUTING_KEY}]
    }
    config["routes"] = {"chat": {"versions": [version("v1", "gpt-4.1")]}}
    relay = Relay(tmp_path_factory.mktemp("repair"), config).start()
    try:
        relay.cli("version", "rollback", "v1", "--reason", "broken")
        eventually(
            lambda: [body["event_action"] for body in receiver.bodies("/file")] == ["trigger"],
            why="the route without a version is told",
        )
        relay.config["routes"]["chat"]["versions"].append(version("v2", "gpt-4.1", config={"temperature": 0.1}))
        relay.write_config()
        relay.daemon.process.send_signal(signal.SIGHUP)
        eventually(
            lambda: [body["event_action"] for body in receiver.bodies("/file")] == ["trigger", "resolve"],
            why="the incident ends with the reload that repairs the route",
        )
        trigger, resolve = receiver.bodies("/file")
        assert trigger["dedup_key"] == resolve["dedup_key"] == "sluice/route/chat"
    finally:
        assert relay.stop() == 0, relay.daemon.tail()


def test_the_list_says_how_the_channels_do(alerting):
    text = alerting.cli("alert", "list").stdout
    row = next(line for line in text.splitlines() if line.startswith("nobody"))
    assert "connection refused" in row
    for secret in (SECRET, ROUTING_KEY):
        assert secret not in text
    assert alerting.metric('sluice_alerts_waiting{channel="hook"}') == 0
