# SPDX-License-Identifier: Apache-2.0
"""The admin port over raw sockets: what the data port refuses is refused there too, and nobody takes the node down."""

import resource
import socket
import time

import pytest
import requests

from harness.processes import eventually
from harness.rawhttp import Wire
from harness.relay import ADMIN_TOKEN, APP_KEY, Relay, standard_config

LINE = b"GET /v1/admin/versions HTTP/1.1\r\n"
HOST = b"host: relay.test\r\n"
TOKEN = f"authorization: Bearer {ADMIN_TOKEN}\r\n".encode()


@pytest.fixture(scope="module")
def node(tmp_path_factory, mock):
    relay = Relay(
        tmp_path_factory.mktemp("gate"), {**standard_config(mock.url), "limits": {"header_timeout": "2s"}}
    ).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


MALFORMED = {
    "no host": LINE + TOKEN,
    "two hosts": LINE + HOST + b"host: other\r\n" + TOKEN,
    "a host with a path": LINE + b"host: relay.test/x\r\n" + TOKEN,
    "an empty host": LINE + b"host:\r\n" + TOKEN,
    "an empty transfer-encoding": LINE + HOST + b"transfer-encoding:\r\n" + TOKEN,
    "both lengths": LINE + HOST + b"content-length: 0\r\ntransfer-encoding: chunked\r\n" + TOKEN,
    "two lengths": LINE + HOST + b"content-length: 0\r\ncontent-length: 0\r\n" + TOKEN,
    "a folded line": LINE + HOST + b"x-a: 1\r\n 2\r\n" + TOKEN,
    "space before a colon": LINE + HOST + b"x-a : 1\r\n" + TOKEN,
    "a line without CR": LINE + HOST + b"x-a: 1\n" + TOKEN,
    "an asterisk": b"GET * HTTP/1.1\r\n" + HOST + TOKEN,
    "another host in the target": b"GET http://other/v1/admin/versions HTTP/1.1\r\n" + HOST + TOKEN,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_heads_are_refused(node, name):
    with Wire(node.admin_port, 10) as wire:
        answer = wire.send(MALFORMED[name] + b"\r\n").answer()
        assert answer is not None and answer.status == 400, answer
        assert answer.json()["error"] == "invalid_request" and answer.json()["message"]
        assert wire.is_closed()


def test_connect_is_no_method_here(node):
    with Wire(node.admin_port, 10) as wire:
        answer = wire.send(b"CONNECT relay.test:443 HTTP/1.1\r\nhost: relay.test:443\r\n\r\n").answer()
        assert answer is not None and answer.status == 405, answer


def test_requests_that_follow_each_other_on_one_connection_are_answered(node):
    with Wire(node.admin_port, 10) as wire:
        for _ in range(3):
            answer = wire.send(LINE + HOST + TOKEN + b"\r\n").answer()
            assert answer is not None and answer.status == 200


def test_half_a_head_ends_after_its_time(node):
    started = time.monotonic()
    with Wire(node.admin_port, 10) as wire:
        answer = wire.send(LINE + HOST).answer()
        assert answer is not None and answer.status == 408, answer
        assert time.monotonic() - started < 6


def test_a_refused_body_cannot_be_dribbled(node):
    started = time.monotonic()
    with Wire(node.admin_port, 10) as wire:
        head = b"POST /v1/admin/versions/register HTTP/1.1\r\n" + HOST + b"content-length: 1000\r\n\r\n"
        answer = wire.send(head).answer()
        assert answer is not None and answer.status == 401
        with pytest.raises(OSError):
            while time.monotonic() - started < 20:
                wire.socket.sendall(b"x")
                time.sleep(0.1)
    assert time.monotonic() - started < 10


def test_a_crowd_on_the_admin_port_stops_neither_traffic_nor_ledger(node):
    """As many connections as one address gets, and many more, all with half a head."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    crowd = []
    try:
        for _ in range(3_000):
            try:
                wire = socket.create_connection(("127.0.0.1", node.admin_port), timeout=2)
                wire.sendall(LINE)
                crowd.append(wire)
            except OSError:
                break
        body = {"model": "plain", "messages": [{"role": "user", "content": "Hi"}]}
        headers = {"authorization": f"Bearer {APP_KEY}"}
        answers = [
            requests.post(f"{node.url}/chat/completions", json=body, headers=headers, timeout=10) for _ in range(20)
        ]
        assert [answer.status_code for answer in answers] == [200] * 20
    finally:
        for wire in crowd:
            wire.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    node.settled([answer.headers["x-request-id"] for answer in answers])
    eventually(lambda: node.is_ready(), why="the admin port answers again")
