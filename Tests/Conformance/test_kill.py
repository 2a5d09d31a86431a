# SPDX-License-Identifier: Apache-2.0
"""`kill -9` under load, at random moments: no finished answer is lost, none is counted twice."""

import random
import threading
import time

import requests

from harness.money import logged_tokens, nano_usd, tokens
from harness.processes import eventually
from harness.relay import APP_KEY

KILLS = 24
CALLERS = 8
SEED = 20_261_121


class Caller(threading.Thread):
    """Asks without a pause, whole and streamed by turns, and notes the answers that ended as they should."""

    def __init__(self, relay, number, stop):
        super().__init__(daemon=True)
        self.relay, self.number, self.stop = relay, number, stop
        self.finished: list[tuple[str, str]] = []
        self.broken = 0

    def run(self):
        session = requests.Session()
        session.headers["authorization"] = f"Bearer {APP_KEY}"
        turn = 0
        while not self.stop.is_set():
            turn += 1
            try:
                served = self.ask(session, turn)
            except (requests.exceptions.RequestException, OSError):
                served = None
            if served:
                self.finished.append(served)
            else:
                self.broken += 1
                time.sleep(0.02)

    def ask(self, session, turn):
        stream = turn % 2 == 0
        body = {
            "model": "cheap",
            "messages": [{"role": "user", "content": f"Caller {self.number}, turn {turn}"}],
            "stream": stream,
        }
        with session.post(f"{self.relay.url}/chat/completions", json=body, stream=True, timeout=(1, 5)) as answer:
            text = b"".join(answer.iter_content(None)).decode()
            if answer.status_code != 200 or (stream and not text.endswith("data: [DONE]\n\n")):
                return None
            mark = '"id":"'
            start = text.index(mark) + len(mark)
            return answer.headers["x-request-id"], text[start : text.index('"', start)]


def test_no_finished_answer_is_lost(relays, mock):
    chance = random.Random(SEED)
    relay = relays()
    before = mock.last_sequence()
    profile = {"latency": "p50=8ms,p99=40ms", "interval": "1ms", "cached_share": 0.4, "reasoning_tokens": 11}
    stop = threading.Event()
    callers = [Caller(relay, number, stop) for number in range(CALLERS)]
    with mock.setting(models={"cheap": profile}):
        for caller in callers:
            caller.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.15, 0.7))
            relay.daemon.kill()
            if chance.random() < 0.3:
                # Again, in the middle of the recovery.
                relay.daemon.start(lambda: True)
                time.sleep(chance.uniform(0, 0.4))
                relay.daemon.kill()
            relay.start()
        time.sleep(0.3)
        stop.set()
        for caller in callers:
            caller.join(10)
    finished = [served for caller in callers for served in caller.finished]
    broken = sum(caller.broken for caller in callers)
    assert len(finished) >= 20 * KILLS, "there was load"
    assert broken >= KILLS // 2, "the kills hit requests in flight"
    assert len({request_id for request_id, _ in finished}) == len(finished)

    log = {entry["id"]: entry for entry in mock.log(before)}
    rows = relay.settled([request_id for request_id, _ in finished], within=30)
    for request_id, answer_id in finished:
        (row,) = rows[request_id]
        assert tokens(row) == logged_tokens(log[answer_id])
        assert row["cost_nano_usd"] == nano_usd("cheap", log[answer_id])
        assert (row["ending"], row["attempt"]) == ("complete", 1)

    eventually(lambda: not relay.attempts("open_attempt"), within=15, why="no attempt stays open")
    settled = relay.attempts()
    assert len({(row["request"], row["attempt"]) for row in settled}) == len(settled)
    interrupted = [row for row in settled if row["ending"] == "interrupted"]
    assert interrupted, "what was in flight is settled as interrupted"
    assert all(row["cost"] is None for row in interrupted), "what is not known is not zero"
    assert len(settled) >= len(log), "every request that reached the provider is in the ledger"
    usage = relay.admin("GET", "/usage")
    assert usage["total"]["cost_nano_usd"] == sum(row["cost"] or 0 for row in settled)
    assert relay.cli("audit", "verify").returncode == 0
