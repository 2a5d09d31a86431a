# SPDX-License-Identifier: Apache-2.0
"""The ledger against the log of the simulated provider, in four dialects, under faults and `kill -9`.

The short form runs always; `SLUICE_LEDGER_LONG=1` takes every fault and 200 kills.
"""

import os
import random
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from datetime import datetime, timezone

import pytest
import requests

from harness.money import logged_tokens, nano_usd, tokens
from harness.processes import BINARY, eventually
from harness.relay import ADMIN_TOKEN, APP_KEY, FAULTS, NO_RETRY, PRICES, PROVIDER_KEY, TIMEOUTS, Relay, version

LONG = os.environ.get("SLUICE_LEDGER_LONG") == "1"
KILLS = 200 if LONG else 2
SCRIPTS = FAULTS if LONG else ["mock-error-503", "mock-cut-3", "mock-no-usage", "mock-split-7"]
DIALECTS = ["chat", "responses", "messages", "gemini"]
PROVIDERS = {"chat": "openai", "responses": "openai", "messages": "anthropic", "gemini": "gemini"}
HEADERS = {
    "authorization": f"Bearer {APP_KEY}", "x-api-key": APP_KEY, "x-goog-api-key": APP_KEY,
    "anthropic-version": "2023-06-01",
}  # fmt: skip
FAR = "2100-01-01"


def started(folder, mock):
    """One relay with a route of every script in every dialect, each to a model of its own name."""
    routes, prices = {}, []
    for dialect in DIALECTS:
        for script in ["cheap", *SCRIPTS]:
            config = {} if script == "cheap" else {**NO_RETRY, **TIMEOUTS}
            name = f"{dialect}-{script}"
            routes[name] = {"versions": [version(name, script, config=config, provider=dialect)]}
            rates = {rate: float(value) for rate, value in PRICES["cheap"].items()}
            prices.append({"provider": dialect, "model": script, **rates})
    providers = {
        dialect: {
            "dialect": PROVIDERS[dialect],
            "base_url": mock.url if PROVIDERS[dialect] == "openai" else mock.origin,
            "api_key": PROVIDER_KEY,
        }
        for dialect in DIALECTS
    }
    keys = [{"name": "app", "key": APP_KEY}]
    return Relay(folder, {"providers": providers, "routes": routes, "prices": prices, "keys": keys}).start()


def ask(session, relay, dialect, route, text, stream, timeout=(2, 12)):
    """One request; the relay's id where the answer ended as it should."""
    message = [{"role": "user", "content": text}]
    paths = {
        "chat": ("/v1/chat/completions", {"model": route, "messages": message, "stream": stream}),
        "responses": ("/v1/responses", {"model": route, "input": text, "stream": stream}),
        "messages": ("/v1/messages", {"model": route, "messages": message, "max_tokens": 300, "stream": stream}),
        "gemini": (
            f"/v1beta/models/{route}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"),
            {"contents": [{"role": "user", "parts": [{"text": text}]}]},
        ),
    }
    path, body = paths[dialect]
    ends = {"chat": "[DONE]", "responses": "response.completed", "messages": "message_stop", "gemini": "finishReason"}
    try:
        with session.post(relay.origin + path, json=body, headers=HEADERS, stream=True, timeout=timeout) as answer:
            content = b"".join(answer.iter_content(None)).decode(errors="replace")
            if answer.status_code != 200 or (stream and ends[dialect] not in content):
                return None
            return answer.headers["x-request-id"]
    except (requests.exceptions.RequestException, OSError):
        return None


def dialect_of(path: str) -> str:
    """Of an entry of the provider's log."""
    if "/responses" in path:
        return "responses"
    if "/messages" in path:
        return "messages"
    return "gemini" if "enerateContent" in path else "chat"


def compare(relay, log):
    """Every known row is an entry of the provider's log to the nano-dollar, and no entry stands for two of them."""
    entries = {}
    for entry in log:
        if entry["prompt_tokens"] is not None:
            key = (dialect_of(entry["path"]), entry["model"])
            entries.setdefault(key, Counter())[(*logged_tokens(entry), nano_usd("cheap", entry))] += 1
    known = {}
    for row in relay.ledger():
        if row["cost_state"] == "known":
            key = (row["provider"], row["model"])
            known.setdefault(key, Counter())[(*tokens(row), row["cost_nano_usd"])] += 1
    for key, rows in known.items():
        assert not rows - entries.get(key, Counter()), f"{key}: rows that the provider did not bill"
    return known, entries


def verified(relay):
    """`ledger verify` finds nothing, and its sum is that of the export."""
    result = relay.cli("ledger", "verify", "--until", FAR, "--json", check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    export = sum(row.get("cost_nano_usd", 0) for row in relay.ledger())
    for grouping in ("", "key", "team", "route", "version", "provider", "model", "day", "day,key,model"):
        groups = relay.admin("GET", f"/usage?group_by={grouping}")["groups"]
        assert sum(group["cost_nano_usd"] for group in groups) == export, grouping


def test_every_dialect_and_fault(tmp_path, mock):
    relay = started(tmp_path, mock)
    try:
        before = mock.last_sequence()
        session = requests.Session()
        profile = {"cached_share": 0.4, "reasoning_tokens": 7, "output_tokens": "5-60"}
        with mock.setting(models={"cheap": profile}):
            served = [
                ask(session, relay, dialect, f"{dialect}-{script}", f"{script} {turn} " + "x" * turn, turn % 2 == 0)
                for dialect in DIALECTS
                for script in ["cheap", *SCRIPTS]
                for turn in range(6 if script == "cheap" else 2)
            ]
        relay.settled([request for request in served if request])
        eventually(lambda: not relay.attempts("open_attempt"), within=20, why="no attempt stays open")
        log = mock.log(before)
        known, entries = compare(relay, log)
        for dialect in DIALECTS:
            assert known[(dialect, "cheap")] == entries[(dialect, "cheap")]
            assert sum(known[(dialect, "cheap")].values()) == 6
        assert len(relay.attempts()) == len(log), "one row for each request that the provider saw"
        verified(relay)
    finally:
        relay.stop()


def test_kills(tmp_path, mock):
    chance = random.Random(20_261_130)
    relay = started(tmp_path, mock)
    before = mock.last_sequence()
    stop = threading.Event()
    finished: list[str] = []

    def call(number):
        session, turn = requests.Session(), 0
        while not stop.is_set():
            turn += 1
            dialect = DIALECTS[(number + turn) % len(DIALECTS)]
            request = ask(session, relay, dialect, f"{dialect}-cheap", f"{number} {turn}", turn % 2 == 0, (1, 5))
            if request:
                finished.append(request)
            else:
                time.sleep(0.02)

    callers = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(6)]
    profile = {"latency": "p50=8ms,p99=40ms", "interval": "1ms", "cached_share": 0.4, "reasoning_tokens": 3}
    try:
        with mock.setting(models={"cheap": profile}):
            for caller in callers:
                caller.start()
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.15, 0.7))
                relay.daemon.kill()
                relay.start()
            time.sleep(0.3)
            stop.set()
            for caller in callers:
                caller.join(15)
        assert len(finished) > 5 * KILLS
        rows = relay.settled(finished, within=60)
        assert all(row["cost_state"] == "known" for request in finished for row in rows[request])
        eventually(lambda: not relay.attempts("open_attempt"), within=30, why="no attempt stays open")
        compare(relay, mock.log(before))
        verified(relay)
        # Playing the journal again, as every start does, changes nothing.
        sum_before = relay.admin("GET", "/usage")["total"]["cost_nano_usd"]
        relay.stop()
        relay.start()
        assert relay.admin("GET", "/usage")["total"]["cost_nano_usd"] == sum_before
    finally:
        stop.set()
        relay.stop()


def test_a_correction_is_an_entry(tmp_path, mock):
    relay = started(tmp_path, mock)
    try:
        request = ask(requests.Session(), relay, "chat", "chat-cheap", "Hello", False)
        (row,) = relay.settled([request])[request]
        done = relay.cli("ledger", "correct", request, "--cost", "0.0125", "--reason", "invoice of November")
        assert "0.0125" in done.stdout
        (after,) = relay.settled([request])[request]
        assert after["cost_nano_usd"] == 12_500_000
        assert after["correction_nano_usd"] == 12_500_000 - row["cost_nano_usd"]
        (stored,) = relay.attempts()
        assert stored["cost"] == row["cost_nano_usd"], "the entry itself stays"
        total = relay.admin("GET", "/usage")["total"]
        assert (total["cost_nano_usd"], total["corrected_attempts"]) == (12_500_000, 1)
        verified(relay)
        assert "ledger.correct" in relay.cli("audit", "list", "--json").stdout
        refused = relay.cli("ledger", "correct", f"{request}/7", "--cost", "1", "--reason", "x", check=False)
        assert refused.returncode == 1
    finally:
        relay.stop()


def test_what_a_report_cannot_do_it_says(tmp_path, mock):
    relay = started(tmp_path, mock)
    try:
        request = ask(requests.Session(), relay, "chat", "chat-cheap", "Hello", False)
        relay.settled([request])
        # An amount is taken as it stands, or not at all.
        for arguments in (
            ["ledger", "correct", request, "--cost", "0.1234567891", "--reason", "x"],
            ["currency", "set", "CNY", "7.1234567891", "--from", "2026-11-01"],
            ["currency", "set", "CNY", "1e-3", "--from", "2026-11-01"],
        ):
            refused = relay.cli(*arguments, check=False)
            assert (refused.returncode, "nine decimals" in refused.stderr) == (1, True), refused.stderr
        # A file that is none is a wrong command line, in words.
        (tmp_path / "torn.json").write_text('{"a":')
        for file in ("absent.json", "torn.json"):
            for verb in ("import", "diff"):
                refused = relay.cli("price", verb, tmp_path / file, check=False)
                assert refused.returncode == 2 and refused.stderr.startswith("error: "), refused.stderr
                assert file in refused.stderr and "CommandFailure" not in refused.stderr
        # The month before is compared in dollars where its days have no rate.
        month = datetime.now(timezone.utc).strftime("%Y-%m")
        relay.cli("currency", "set", "CNY", "7.1", "--from", f"{month}-01")
        with sqlite3.connect(tmp_path / "data" / "sluice.db", timeout=10) as store:
            columns = [row[1] for row in store.execute("PRAGMA table_info(ledger)")]
            days = datetime.now(timezone.utc).day
            changed = {
                "row": "row + 1000000", "request": "randomblob(16)", "day": f"day - {days}",
                "started_at": f"started_at - {days} * 86400000000000",
            }
            values = ", ".join(changed.get(column, column) for column in columns)
            store.execute(f"INSERT INTO ledger ({', '.join(columns)}) SELECT {values} FROM ledger LIMIT 1")
        told = relay.cli("usage", "--month", month, "--currency", "CNY").stdout
        assert "CNY" in told and "Before (" in told, told
        # What cannot be written was not reported.
        if os.path.exists("/dev/full"):
            for arguments in (["usage"], ["usage", "--csv"], ["usage", "--focus"], ["price", "list"]):
                with open("/dev/full", "w") as full:
                    environment = {
                        **os.environ, "SLUICE_ADMIN_URL": relay.admin_url, "SLUICE_ADMIN_TOKEN": ADMIN_TOKEN,
                    }
                    done = subprocess.run([BINARY, *arguments], stdout=full, stderr=subprocess.PIPE, env=environment)
                assert done.returncode == 3 and b"cannot be written" in done.stderr, arguments
    finally:
        relay.stop()
