# SPDX-License-Identifier: Apache-2.0
"""What happens around an answer: callers who leave, a relay that is told to end or to read its file again, a store
that is locked."""

import json
import signal
import sqlite3
import threading
import time

import openai
import pytest
import requests

from harness.processes import eventually
from harness.rawhttp import Wire, request
from harness.relay import APP_KEY, version

HEADERS = {"authorization": f"Bearer {APP_KEY}"}


def chat(relay, model, **fields):
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}], **fields}
    return requests.post(f"{relay.url}/chat/completions", json=body, headers=HEADERS, timeout=20)


@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_who_leaves_ends_the_providers_work_within_a_second(relay, mock, stream):
    before = mock.last_sequence()
    slow = {"latency": "8s", "ttft": "1ms", "interval": "50ms", "output_tokens": 400}
    body = json.dumps({"model": "plain", "messages": [{"role": "user", "content": "Hello"}], "stream": stream})
    with mock.setting(models={"plain": slow}):
        with Wire(relay.port) as wire:
            wire.send(request("/v1/chat/completions", body.encode(), key=APP_KEY))
            if stream:
                while b"Hello" not in wire.buffer:
                    assert wire._more()
            else:
                time.sleep(0.3)
        (entry,) = eventually(lambda: mock.log(before), within=1.5, why="the provider's connection is closed")
    assert entry["ending"] == "caller_gone"

    def row():
        return next((row for row in relay.attempts() if row["ending"] == "caller_gone" and row["model"] == "plain"
                     and bool(row["is_stream"]) == stream), None)  # fmt: skip

    assert eventually(row, why="the ledger knows who left")["error_class"] == "caller_gone"


def test_a_stream_in_flight_ends_well_when_the_relay_is_told_to_stop(relays, mock):
    relay = relays()
    with mock.setting(models={"cheap": {"interval": "30ms", "output_tokens": 60}}):
        answer = requests.post(
            f"{relay.url}/chat/completions",
            json={"model": "cheap", "messages": [{"role": "user", "content": "Hello"}], "stream": True},
            headers=HEADERS,
            stream=True,
            timeout=20,
        )
        pieces = answer.iter_content(None)
        text = next(pieces)
        relay.daemon.process.send_signal(signal.SIGTERM)
        text += b"".join(pieces)
    assert text.endswith(b"data: [DONE]\n\n")
    assert relay.stop() == 0
    (row,) = [row for row in relay.attempts() if row["request"] == answer.headers["x-request-id"]]
    assert row["ending"] == "complete" and row["cost_kind"] == "known"


@pytest.mark.parametrize("signals", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT)])
def test_a_second_signal_cuts_what_is_in_flight(relays, mock, signals):
    """The first waits for the stream, the second does not: the caller learns it, the ledger too, and the code is 0."""
    relay = relays()
    with mock.setting(models={"cheap": {"interval": "100ms", "output_tokens": 600}}):
        body = {"model": "cheap", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
        with Wire(relay.port) as wire:
            wire.send(request("/v1/chat/completions", json.dumps(body).encode(), key=APP_KEY))
            while b'"content":"' not in wire.buffer:
                assert wire._more()
            relay.daemon.process.send_signal(signals[0])
            eventually(lambda: "draining" in relay.daemon.text(), why="the first signal is heard")
            heard = len(wire.buffer)
            while len(wire.buffer) == heard:
                assert wire._more(), "the stream goes on after the first signal"
            asked = time.monotonic()
            relay.daemon.process.send_signal(signals[1])
            while wire._more():
                pass
            assert relay.daemon.process.wait(10) == 0, relay.daemon.tail()
            assert time.monotonic() - asked < 5
    assert b"[DONE]" not in wire.buffer and not wire.buffer.endswith(b"0\r\n\r\n"), wire.buffer[-300:]
    assert "told to stop again" in relay.daemon.text()
    (row,) = relay.attempts()
    assert (row["ending"], row["error_class"]) == ("cut", "relay_stopped"), "the attempt is settled"
    assert b'"code":"draining"' in wire.buffer, "the caller is told"
    assert not relay.attempts("open_attempt")


def test_at_the_drain_limit_callers_are_told_so(relays, mock):
    """A stream gets an error event, a whole answer a 503, and the ledger does not blame the caller."""
    relay = relays(drain={"timeout": "500ms"})
    slow = {"cheap": {"interval": "100ms", "output_tokens": 600}, "plain": {"latency": "60s"}}
    message = [{"role": "user", "content": "Hello"}]
    with mock.setting(models=slow), Wire(relay.port) as stream, Wire(relay.port) as whole:
        body = {"model": "cheap", "messages": message, "stream": True}
        stream.send(request("/v1/chat/completions", json.dumps(body).encode(), key=APP_KEY))
        whole.send(request("/v1/chat/completions", json.dumps({"model": "plain", "messages": message}).encode(),
                           key=APP_KEY))  # fmt: skip
        while b'"content":"' not in stream.buffer:
            assert stream._more()
        eventually(lambda: len(relay.attempts("open_attempt")) == 2 or None, why="both are under way")
        relay.daemon.process.send_signal(signal.SIGTERM)
        for wire in (stream, whole):
            while wire._more():
                pass
        assert relay.daemon.process.wait(10) == 0, relay.daemon.tail()
    assert b'"code":"draining"' in stream.buffer and b"[DONE]" not in stream.buffer
    assert not stream.buffer.endswith(b"0\r\n\r\n"), "no clean end"
    assert whole.buffer.startswith(b"HTTP/1.1 503 ") and b'"code":"draining"' in whole.buffer
    assert {row["error_class"] for row in relay.attempts()} == {"relay_stopped"}
    assert not relay.attempts("open_attempt")


def test_the_file_is_read_again_whole_or_not_at_all(relays):
    relay = relays()
    relay.config["routes"]["fresh"] = {"versions": [version("fresh-1", "fresh")]}
    relay.write_config()
    assert chat(relay, "fresh").status_code == 404
    relay.daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: chat(relay, "fresh").status_code == 200, why="the new route is served")

    good = relay.config_file.read_text()
    relay.config_file.write_text(good.replace('"fresh-1"', '"fresh-2"').replace('"listen"', '"lisen"', 1))
    relay.daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "lisen" in relay.daemon.text(), why="the fault is named")
    assert chat(relay, "fresh").headers["x-sluice-version"] == "fresh-1", "the last good file stays in force"
    assert relay.cli("config", "check", relay.config_file, check=False).returncode != 0


def test_a_locked_store_stops_neither_traffic_nor_metering(relays, mock):
    relay = relays()
    before = mock.last_sequence()
    lock = sqlite3.connect(relay.folder / "data" / "sluice.db", isolation_level=None, timeout=10)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        started = time.monotonic()
        served = []
        while time.monotonic() - started < 6:
            asked = time.monotonic()
            answer = chat(relay, "cheap", stream=bool(len(served) % 2))
            assert answer.status_code == 200
            assert time.monotonic() - asked < 1, "nobody waits for the store"
            served.append(answer.headers["x-request-id"])
            time.sleep(0.02)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    rows = relay.settled(served, within=20)
    assert all(len(attempts) == 1 for attempts in rows.values())
    assert len(mock.log(before)) == len(served)


def test_the_callers_own_limit_of_time(relay):
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=10) as client:
        started = time.monotonic()
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(
                model="mock-slow-3s",
                messages=[{"role": "user", "content": "Hi"}],
                extra_headers={"x-sluice-timeout-ms": "400"},
            )
        assert caught.value.status_code == 504
        assert 0.3 < time.monotonic() - started < 2
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(
                model="plain",
                messages=[{"role": "user", "content": "Hi"}],
                extra_headers={"x-sluice-timeout-ms": "soon"},
            )


def test_a_stream_without_done_that_finished_is_complete(relay, mock):
    answer = chat(relay, "mock-no-done", stream=True)
    assert '"finish_reason":"stop"' in answer.text
    (row,) = relay.settled([answer.headers["x-request-id"]])[answer.headers["x-request-id"]]
    assert row["ending"] == "complete" and row["output_tokens"] > 0


@pytest.mark.parametrize("model", ["mock-malformed", "mock-empty"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_is_none_counts_as_a_failure(relay, model, stream):
    answer = chat(relay, model, stream=stream)
    (row,) = relay.settled([answer.headers["x-request-id"]])[answer.headers["x-request-id"]]
    assert row["error_class"] in ("malformed", "empty")
    assert row["cost_state"] == "unknown"


def test_many_callers_and_changing_weights_lose_no_request(relays, mock):
    """Weights move twenty times a second under load: every request is answered, every version's row is right."""
    relay = relays()
    served: list[tuple[str, str]] = []
    failed: list[str] = []
    stop = threading.Event()

    def call(number):
        turn = 0
        while not stop.is_set():
            turn += 1
            body = {"model": "split", "messages": [{"role": "user", "content": f"{number} {turn}"}]}
            answer = requests.post(f"{relay.url}/chat/completions", json=body, headers=HEADERS, timeout=20)
            if answer.status_code != 200:
                failed.append(answer.text)
            else:
                served.append((answer.headers["x-request-id"], answer.headers["x-sluice-version"]))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for step in range(60):
        relay.admin("PATCH", "/versions/split-b/weight", {"weight": (step % 11) / 10})
        time.sleep(0.03)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    rows = relay.settled([request_id for request_id, _ in served], within=20)
    for request_id, served_by in served:
        (row,) = rows[request_id]
        assert row["version"] == served_by == row["model"]
    assert {version for _, version in served} == {"split-a", "split-b"}
    assert relay.cli("audit", "verify").returncode == 0
