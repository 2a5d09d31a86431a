# SPDX-License-Identifier: Apache-2.0
"""A process that comes near its limit of memory: requests are refused, then connections, and it stays alive."""

import socket
import threading

import requests

from harness.processes import eventually
from harness.rawhttp import Wire, exchange, request
from harness.relay import APP_KEY

CHAT = "/v1/chat/completions"
HELLO = b'{"model":"plain","messages":[{"role":"user","content":"Hi"}]}'
SLOW = HELLO.replace(b"plain", b"mock-slow-3s")


def resident(relay) -> int:
    """Bytes in use, once the start is over and they stay as they are."""
    last = 0

    def settled():
        nonlocal last
        before, last = last, int(relay.metric("sluice_memory_resident_bytes"))
        return abs(last - before) < last / 100 and last

    return eventually(settled, within=20, every=1)


def admin_answers(relay) -> bool:
    try:
        return requests.get(f"{relay.admin_url}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def restart(relay, memory):
    assert relay.stop() == 0, relay.daemon.tail()
    relay.config["limits"] = {"memory": str(memory)}
    relay.write_config()
    relay.daemon.start(lambda: admin_answers(relay), within=30)


def with_use_of(relay, share: float, pressure: int):
    """Starts the relay anew with a limit of which it uses this share at rest."""
    for _ in range(5):
        restart(relay, int(resident(relay) / share))
        try:
            return eventually(lambda: relay.metric("sluice_memory_pressure") == pressure, within=8)
        except AssertionError:
            continue  # It takes a little more or less with each start.
    raise AssertionError(f"no limit gives pressure {pressure}: {resident(relay)} bytes in use")


def test_near_its_limit_of_memory_requests_are_refused_before_they_are_read(relays):
    relay = relays(loops=1, limits={"memory": "4GiB"})
    assert relay.metric("sluice_memory_limit_bytes") == 4 << 30 and relay.metric("sluice_memory_pressure") == 0
    # A start takes more for a moment: back from 95 % it must be below 90 %.
    with_use_of(relay, 0.875, 1)
    eventually(relay.is_ready)
    first = []
    slow = threading.Thread(target=lambda: first.append(exchange(relay.port, request(CHAT, SLOW, key=APP_KEY))))
    slow.start()
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 1)
    with Wire(relay.port) as wire:
        # The body never comes: the answer does not wait for it.
        head = request(CHAT, HELLO, key=APP_KEY).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        answer = wire.send(head).answer()
        assert answer.status == 503 and answer.code == "overloaded"
        assert 1 <= int(answer.header("retry-after")) <= 3 and answer.header("x-should-retry") == "true"
    with Wire(relay.port) as wire:
        assert wire.send(request("/healthz", method="GET")).answer().status == 200, "probes are answered"
    ready = requests.get(f"{relay.admin_url}/readyz", timeout=5)
    assert ready.status_code == 200 and "memory is short" in ready.text
    slow.join()
    assert first[0].status == 200, "what was taken in is served"
    answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY))
    assert answer.status == 200, "one at a time is always served"
    assert "memory is short" in relay.daemon.tail()

    restart(relay, 4 << 30)
    eventually(relay.is_ready)
    assert relay.metric("sluice_memory_pressure") == 0
    assert exchange(relay.port, request(CHAT, HELLO, key=APP_KEY)).status == 200


def test_at_its_limit_of_memory_no_connection_is_accepted(relays):
    relay = relays(loops=1, limits={"memory": "4GiB"})
    with_use_of(relay, 1.2, 2)
    ready = requests.get(f"{relay.admin_url}/readyz", timeout=5)
    assert ready.status_code == 503 and "no connection is accepted" in ready.text
    waiting = []
    try:
        for _ in range(3):
            connection = socket.create_connection(("127.0.0.1", relay.port), timeout=0.5)
            connection.sendall(request("/healthz", method="GET"))
            waiting.append(connection)
        # One that was let in while the listener was told is possible, more are not.
        answered = 0
        for connection in waiting:
            try:
                answered += bool(connection.recv(100))
            except TimeoutError:
                pass
        assert answered <= 1
    finally:
        for connection in waiting:
            connection.close()
    assert relay.stop() == 0, "SIGTERM ends it as ever"


def burst(relay, bodies: list[bytes], base: int, limit: int, chunked: bool) -> tuple[list[int], int]:
    """Announces all bodies first, then sends them together; the statuses, and the most memory that was in use."""
    head = {"content-length": None, "transfer-encoding": "chunked"} if chunked else {}
    wires = [Wire(relay.port, timeout=240) for _ in bodies]
    statuses, most, over = [], base, threading.Event()

    def watch():
        nonlocal most
        while not over.wait(0.01):
            most = max(most, int(open(f"/proc/{relay.daemon.process.pid}/statm").read().split()[1]) * 4096)

    def send(wire, body):
        if chunked:
            for at in range(0, len(body), 1 << 18):
                piece = body[at : at + (1 << 18)]
                wire.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            wire.send(b"0\r\n\r\n")
        else:
            wire.send(body)
        answer = wire.answer()
        statuses.append(answer.status if answer else 0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for wire, body in zip(wires, bodies):
        text = request(CHAT, body, key=APP_KEY, headers=head)
        wire.send(text[: len(text) - len(body)])
    threads = [threading.Thread(target=send, args=pair) for pair in zip(wires, bodies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    watcher.join()
    for wire in wires:
        wire.close()
    return statuses, most


def test_a_burst_of_large_bodies_stays_within_the_limit(relays):
    """Fifty heads that announce 30 MiB come together, then as many bodies in chunks: the guard holds, others are served."""
    relay = relays(loops=1, limits={"memory": "4GiB"})
    limit = int((resident(relay) + (160 << 20)) / 0.85)
    restart(relay, limit)
    eventually(relay.is_ready)
    base = resident(relay)
    begin, end = HELLO.split(b"Hi")
    body = begin + b"x" * (30 << 20) + end
    for chunked in (False, True):
        statuses, most = burst(relay, [body] * 50, base, limit, chunked)
        assert most <= 1.1 * limit, f"{most >> 20} MiB of {limit >> 20}, chunked: {chunked}"
        assert set(statuses) <= {200, 503, 0}, statuses
        assert chunked or 200 in statuses, "one of them is served"
        answer = exchange(relay.port, request(CHAT, HELLO, key=APP_KEY))
        assert answer.status == 200, "small ones are served"
    assert relay.daemon.process.poll() is None and relay.metric("sluice_memory_bodies_bytes") == 0


def test_callers_who_do_not_read_large_answers_stay_within_the_limit(relays, mock):
    """Two hundred callers ask for an answer of some megabytes each and read nothing of it."""
    relay = relays(loops=1, limits={"memory": "4GiB"})
    limit = int((resident(relay) + (100 << 20)) / 0.85)
    restart(relay, limit)
    eventually(relay.is_ready)
    most, over = 0, threading.Event()

    def watch():
        nonlocal most
        while not over.wait(0.01):
            most = max(most, int(open(f"/proc/{relay.daemon.process.pid}/statm").read().split()[1]) * 4096)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with mock.setting(models={"plain": {"output_tokens": 500_000, "latency": "1ms"}}):
        wires = []
        for _ in range(200):
            wire = Wire(relay.port)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wires.append(wire.send(request(CHAT, HELLO, key=APP_KEY)))
        over.wait(8)
    over.set()
    watcher.join()
    for wire in wires:
        wire.close()
    assert most <= 1.1 * limit, f"{most >> 20} MiB of {limit >> 20}"
    assert relay.daemon.process.poll() is None
    eventually(lambda: exchange(relay.port, request(CHAT, HELLO, key=APP_KEY)).status == 200, why="it serves on")
