# SPDX-License-Identifier: Apache-2.0
"""Bad input over raw sockets: a clear error each, the process alive, the next request fine."""

import os
import random
import socket
import time
from pathlib import Path

import pytest

from harness.rawhttp import Wire, exchange, request
from harness.relay import APP_KEY

CHAT = "/v1/chat/completions"
HELLO = b'{"model":"plain","messages":[{"role":"user","content":"Hi"}]}'


@pytest.fixture(scope="module")
def strict(tmp_path_factory, mock):
    """A relay with the short limits that a test can wait for."""
    from harness.relay import Relay, standard_config

    limits = {"header_timeout": "1s", "body_size": "256KiB", "idle_timeout": "2s"}
    relay = Relay(tmp_path_factory.mktemp("strict"), {**standard_config(mock.url), "limits": limits}).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture(autouse=True)
def still_fine(relay):
    """After whatever a test did: the same process answers the next request."""
    process = relay.daemon.process.pid
    yield
    assert relay.daemon.is_alive and relay.daemon.process.pid == process
    answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY))
    assert answer is not None and answer.status == 200


def refused(relay, data: bytes, *statuses, code: str | None = None, closes: bool = True, timeout: float = 10.0):
    with Wire(relay.port, timeout) as wire:
        answer = wire.send(data).answer()
        assert answer is not None, "closed without a word"
        assert answer.status in statuses, (answer.status, answer.body)
        error = answer.json()["error"]
        assert error["message"] and error["type"]
        if code:
            assert error["code"] == code
        if closes:
            assert wire.is_closed(), "the connection ends with a request that could not be read"
    return answer


def head(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


FINE = (f"POST {CHAT} HTTP/1.1", "host: relay.test", f"authorization: Bearer {APP_KEY}")


def test_a_header_block_that_is_too_large(relay):
    fields = [f"x-{number}: " + "v" * 8_000 for number in range(5)]
    refused(relay, head(*FINE, *fields, "content-length: 0"), 431)


def test_a_field_that_is_too_large(relay):
    refused(relay, head(*FINE, "x-large: " + "v" * 17_000, "content-length: 0"), 431)


def test_too_many_fields(relay):
    refused(relay, head(*FINE, *(f"x-{number}: 1" for number in range(120)), "content-length: 0"), 431)


def test_a_target_that_is_too_long(relay):
    refused(relay, request("/v1/models?" + "q" * 9_000, method="GET", key=APP_KEY), 414, 431)


def test_a_body_that_is_too_large_by_its_length(relay):
    refused(relay, head(*FINE, f"content-length: {33 << 20}"), 413, code="request_too_large")


def test_a_body_that_is_too_large_by_its_chunks(strict):
    data = head(*FINE, "transfer-encoding: chunked") + b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with Wire(strict.port) as wire:
        wire.send(data)
        for _ in range(8):
            wire.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        answer = wire.answer()
    assert answer is None or answer.status == 413
    assert exchange(strict.port, request(CHAT, HELLO, key=APP_KEY)).status == 200


@pytest.mark.parametrize("depth, status", [(60, 200), (70, 400), (100_000, 400)])
def test_json_that_is_too_deep(relay, depth, status):
    deep = b"[" * depth + b"]" * depth
    answer = exchange(relay.port, request(CHAT, HELLO[:-1] + b',"x":' + deep + b"}", key=APP_KEY))
    assert answer.status == status, answer.body[:300]
    if status == 400:
        assert answer.code == "json_too_deep"


@pytest.mark.parametrize("count, status", [(49_000, 200), (50_100, 400)])
def test_json_with_too_many_members(relay, count, status):
    members = b",".join(b'"k%d":1' % number for number in range(count))
    answer = exchange(relay.port, request(CHAT, HELLO[:-1] + b',"x":{' + members + b"}}", key=APP_KEY))
    assert answer.status == status, answer.body[:300]


def test_array_elements_are_not_counted(relay):
    answer = exchange(
        relay.port, request(CHAT, HELLO[:-1] + b',"x":[' + b",".join([b"1"] * 200_000) + b"]}", key=APP_KEY)
    )
    assert answer.status == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
def test_a_compressed_body(relay, encoding):
    answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY, headers={"content-encoding": encoding}))
    assert answer.status == 415
    assert answer.code == "unsupported_content_encoding"


def test_identity_is_no_compression(relay):
    answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY, headers={"content-encoding": "identity"}))
    assert answer.status == 200


def test_a_head_that_never_ends(strict):
    with Wire(strict.port, timeout=6) as wire:
        started = time.monotonic()
        wire.send(b"POST /v1/chat/completions HTTP/1.1\r\nhost: relay.test\r\nx-slow: ")
        while time.monotonic() - started < 4 and not wire.ended:
            wire.send(b"z")
            time.sleep(0.1)
            wire.socket.setblocking(False)
            try:
                wire._more()
            except (BlockingIOError, TimeoutError):
                pass
            finally:
                wire.socket.settimeout(5)
        assert wire.ended or wire.is_closed(1)
        assert time.monotonic() - started < 4
        assert b"408" in wire.buffer.split(b"\r\n")[0]


def test_a_body_that_trickles(relay):
    """Less than 500 bytes a second is borne for ten seconds, not for ever."""
    with Wire(relay.port, timeout=20) as wire:
        started = time.monotonic()
        wire.send(head(*FINE, "content-length: 100000", body=b'{"model":"'))
        wire.socket.settimeout(0.25)
        while time.monotonic() - started < 18 and not wire.ended and not wire.buffer:
            wire.send(b"x")
            try:
                wire._more()
            except TimeoutError:
                pass
        assert 8 < time.monotonic() - started < 16
        wire.socket.settimeout(5)
        answer = wire.answer()
        assert answer is not None and answer.status == 408 and answer.code == "request_timeout"


def test_an_idle_connection_is_closed(strict):
    with Wire(strict.port, timeout=8) as wire:
        assert wire.send(request("/v1/models", method="GET", key=APP_KEY)).answer().status == 200
        assert wire.is_closed(within=8)


MALFORMED = {
    "a length and chunks": head(*FINE, "content-length: 4", "transfer-encoding: chunked", body=b"0\r\n\r\n"),
    "chunks and a length": head(*FINE, "transfer-encoding: chunked", "content-length: 5", body=b"0\r\n\r\n"),
    "two lengths": head(*FINE, "content-length: 2", "content-length: 3", body=b"{}x"),
    "the same length twice": head(*FINE, "content-length: 2", "content-length: 2", body=b"{}"),
    "a list of lengths": head(*FINE, "content-length: 2, 2", body=b"{}"),
    "a signed length": head(*FINE, "content-length: +2", body=b"{}"),
    "a negative length": head(*FINE, "content-length: -2", body=b"{}"),
    "a length in hexadecimal": head(*FINE, "content-length: 0x2", body=b"{}"),
    "a length of 19 digits": head(*FINE, "content-length: 1000000000000000002", body=b"{}"),
    "a length of 30 digits": head(*FINE, "content-length: " + "9" * 30, body=b"{}"),
    "another coding": head(*FINE, "transfer-encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked twice": head(*FINE, "transfer-encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "chunked in two fields": head(*FINE, "transfer-encoding: chunked", "transfer-encoding: chunked", body=b"0\r\n\r\n"),
    "chunked not last": head(*FINE, "transfer-encoding: chunked, identity", body=b"0\r\n\r\n"),
    "a folded field": head(*FINE, "x-a: 1\r\n folded", "content-length: 2", body=b"{}"),
    "a space before the colon": head(*FINE, "content-length : 2", body=b"{}"),
    "a field without a name": head(*FINE, ": 1", "content-length: 2", body=b"{}"),
    "a NUL in a field": head(*FINE, "x-a: 1\x002", "content-length: 2", body=b"{}"),
    "a bare CR in a field": head(*FINE, "x-a: 1\r2", "content-length: 2", body=b"{}"),
    "no host": head(f"POST {CHAT} HTTP/1.1", f"authorization: Bearer {APP_KEY}", "content-length: 2", body=b"{}"),
    "two hosts": head(*FINE, "host: other.test", "content-length: 2", body=b"{}"),
    "a host with a path": head(f"POST {CHAT} HTTP/1.1", "host: a/b", "content-length: 2", body=b"{}"),
    "another host in the target": head(f"POST http://evil.test{CHAT} HTTP/1.1", "host: relay.test", "content-length: 2"),
    "an authority as target": head("CONNECT relay.test:443 HTTP/1.1", "host: relay.test:443"),
    "no target": head("POST  HTTP/1.1", "host: relay.test", "content-length: 0"),
    "no version": head("GET /v1/models", "host: relay.test"),
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"A" * 64 + b"\r\n\r\n",
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a chunk without a size": head(*FINE, "transfer-encoding: chunked", body=b"xyz\r\n\r\n"),
    "a chunk of too many digits": head(*FINE, "transfer-encoding: chunked", body=b"f" * 20 + b"\r\n"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request(relay, mock, name):
    before = mock.last_sequence()
    refused(relay, MALFORMED[name], 400, 405, 413, 417, 501, 505)
    assert mock.log(before) == [], "nothing reached the provider"


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "BREW", "post"])
def test_a_method_that_is_not_allowed(relay, method):
    answer = exchange(relay.port, request(CHAT, HELLO, method=method, key=APP_KEY))
    assert answer is not None
    assert answer.status in (400, 405, 501)


def test_get_on_a_post_endpoint(relay):
    answer = exchange(relay.port, request(CHAT, method="GET", key=APP_KEY))
    assert answer.status == 405
    assert answer.code == "method_not_allowed"


def test_an_unknown_path_names_what_there_is(relay):
    answer = exchange(relay.port, request("/v1/chat/completion", HELLO, key=APP_KEY))
    assert answer.status == 404
    assert answer.code == "unknown_url"


def test_a_request_smuggled_behind_a_refused_one_is_not_answered(relay, mock):
    before = mock.last_sequence()
    smuggled = request(CHAT, HELLO, key=APP_KEY)
    data = head(*FINE, "content-length: 6", "transfer-encoding: chunked", body=b"0\r\n\r\n" + smuggled)
    with Wire(relay.port) as wire:
        assert wire.send(data).answer().status == 400
        assert wire.answer() is None
    assert mock.log(before) == []


def test_a_body_that_never_comes(relay):
    """A caller that leaves in the middle of its body."""
    for _ in range(20):
        with Wire(relay.port) as wire:
            wire.send(head(*FINE, "content-length: 1000000", body=b'{"model":'))


def test_a_thousand_connections_without_a_word(relay):
    connections = []
    try:
        for _ in range(1_000):
            connections.append(socket.create_connection(("127.0.0.1", relay.port), timeout=5))
        answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY))
        assert answer is None or answer.status in (200, 429, 503)
    finally:
        for connection in connections:
            connection.close()


def test_a_slow_reader_holds_nobody_up(relay, mock):
    with mock.setting(models={"plain": {"output_tokens": 20_000}}):
        with Wire(relay.port, timeout=30) as slow:
            slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.send(request(CHAT, HELLO[:-1] + b',"stream":true}', key=APP_KEY))
            slow.socket.recv(100)
            started = time.monotonic()
            assert exchange(relay.port, request(CHAT, HELLO.replace(b"plain", b"cheap"), key=APP_KEY)).status == 200
            assert time.monotonic() - started < 2


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_connection_close_is_honoured(relay, version):
    data = request(CHAT, HELLO, key=APP_KEY, headers={"connection": "close"}).replace(b"HTTP/1.1", version.encode(), 1)
    with Wire(relay.port) as wire:
        answer = wire.send(data).answer()
        assert answer.status == 200 and answer.complete
        assert wire.is_closed()


def test_expect_continue(relay):
    with Wire(relay.port) as wire:
        wire.send(request(CHAT, HELLO, key=APP_KEY, headers={"expect": "100-continue"}))
        assert wire.answer().status == 200


def test_health_and_metrics_answer(relay):
    import requests

    for path in ("/healthz", "/readyz", "/health/liveliness", "/health/readiness"):
        assert requests.get(f"{relay.admin_url}{path}", timeout=10).status_code == 200, path
    metrics = requests.get(f"{relay.admin_url}/metrics", timeout=10)
    assert metrics.status_code == 200
    assert "sluice_" in metrics.text


def test_random_damage_never_kills_the_relay(relay):
    """Seeded: bytes of good requests replaced, removed, doubled; each gets an answer or a closed connection."""
    chance = random.Random(20_261_121)
    good = [
        request(CHAT, HELLO, key=APP_KEY),
        request(CHAT, HELLO[:-1] + b',"stream":true,"stream_options":{"include_usage":true}}', key=APP_KEY),
        request("/v1/models", method="GET", key=APP_KEY),
        head(*FINE, "transfer-encoding: chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HELLO), HELLO)),
    ]
    statuses = set()
    for _ in range(600):
        damaged = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(damaged))
            kind = chance.randrange(3)
            if kind == 0:
                damaged[place] = chance.randrange(256)
            elif kind == 1:
                del damaged[place : place + chance.randint(1, 12)]
            else:
                damaged[place:place] = damaged[place : place + chance.randint(1, 12)]
        with Wire(relay.port, timeout=5) as wire:
            wire.send(bytes(damaged))
            wire.socket.shutdown(socket.SHUT_WR)
            answer = wire.answer()
            statuses.add(answer.status if answer else None)
    assert {200, 400, 404} <= statuses
    assert not statuses & {500, 502, 503, 504}, "damage by the caller is never the relay's or the provider's fault"


def test_a_key_has_so_many_requests_in_flight(relays):
    import threading

    relay = relays(limits={"in_flight_per_key": 2})
    answers = []
    body = HELLO.replace(b"plain", b"mock-slow-3s")
    threads = [
        threading.Thread(target=lambda: answers.append(exchange(relay.port, request(CHAT, body, key=APP_KEY))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200, 200, 429, 429, 429, 429]
    refusal = next(answer for answer in answers if answer.status == 429)
    assert refusal.code == "rate_limit_exceeded" and int(refusal.header("retry-after")) >= 1
    assert exchange(relay.port, request(CHAT, HELLO, key=APP_KEY)).status == 200, "the places were given back"


def test_a_key_has_a_limit_of_its_own(relays):
    import json
    import threading

    relay = relays(limits={"in_flight_per_key": 2})
    made = relay.cli("key", "create", "narrow", "--max-concurrency", "1", "--json")
    narrow = json.loads(made.stdout)
    assert narrow["max_concurrency"] == 1
    body = HELLO.replace(b"plain", b"mock-slow-3s")
    answers = {APP_KEY: [], narrow["key"]: []}
    threads = [
        threading.Thread(target=lambda key=key: answers[key].append(exchange(relay.port, request(CHAT, body, key=key))))
        for key in answers
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers[narrow["key"]]) == [200, 429, 429]
    assert sorted(answer.status for answer in answers[APP_KEY]) == [200, 200, 429], "the other key has the node's limit"
    refusal = next(answer for answer in answers[narrow["key"]] if answer.status == 429)
    assert b"This key has 1 request" in refusal.body and int(refusal.header("retry-after")) >= 1


def provider_connections(relay, port) -> int:
    """Of the relay's own sockets those that are connected to a provider's port."""
    process = relay.daemon.process.pid
    own = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        try:
            own.add(os.readlink(f"/proc/{process}/fd/{name}"))
        except FileNotFoundError:
            pass
    lines = [line.split() for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]]
    return sum(int(line[2].split(":")[1], 16) == port and f"socket:[{line[9]}]" in own for line in lines)


def test_connections_of_a_burst_rest_for_the_next_one(relays, mock):
    """Under load many rest for a moment: to close them then would mean to open as many at once."""
    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("missing on this machine: /proc")
    relay = relays(loops=1, limits={"in_flight_per_key": 1000})
    data = request(CHAT, HELLO.replace(b"plain", b"mock-slow-3s"), key=APP_KEY)
    callers = [Wire(relay.port).send(data) for _ in range(300)]
    try:
        assert {caller.answer().status for caller in callers} == {200}
    finally:
        for caller in callers:
            caller.close()
    assert provider_connections(relay, mock.port) == 300


def test_an_address_has_so_many_connections(relays):
    relay = relays(limits={"connections_per_address": 8})
    kept = []
    try:
        for _ in range(8):
            wire = Wire(relay.port)
            assert wire.send(request("/v1/models", method="GET", key=APP_KEY)).answer().status == 200
            kept.append(wire)
        with Wire(relay.port) as extra:
            answer = extra.send(request("/v1/models", method="GET", key=APP_KEY)).answer()
            assert answer is None or answer.status == 503
        assert kept[0].send(request("/v1/models", method="GET", key=APP_KEY)).answer().status == 200
    finally:
        for wire in kept:
            wire.close()
