#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real rollouts of healthy canaries while both arms' providers have blips of their own: how many are rolled back.

    bench/blips.py --binary .build/release/sluice --routes 40 --rate 8 --minutes 11

One relay, so many routes at once, two simulated providers: production's and the canaries'. Each arm of each route fails wholly
for 5 s twice, and a third of them once more for 20 s, at random times and each for itself: what two days bring at once a day, in
ten minutes. Neither arm is worse, so every rollback is a false one. Default metrics, share 5 %, errors of 1 % between.
Everything on 127.0.0.1, ports of its own; ends by itself.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

KEY = "load-caller-8Hd72nQkX0"
TOKEN = "load-admin-Zk83hQpLw2"
SHORT, LONG = 5, 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Refused(Exception):
    """An answer that is none."""

    def __init__(self, method, url, status, text):
        super().__init__(f"{method} {url}: {status} {text!r}")
        self.status = status


def call(method, url, body=None, token=None):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"null")
    except urllib.error.HTTPError as refusal:
        raise Refused(method, url, refusal.code, refusal.read()[:500]) from None


class Stage:
    """Two simulated providers and a relay before them, in a folder of their own."""

    def __init__(self, binary, routes):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-blips-"))
        self.mocks = {"old": free_port(), "new": free_port()}
        self.port, self.admin = free_port(), free_port()
        self.log = open(self.folder / "out", "wb")
        settings = {
            "listen": f"127.0.0.1:{self.port}",
            "admin": {"listen": f"127.0.0.1:{self.admin}", "token": TOKEN},
            "data_dir": str(self.folder / "data"),
            "providers": {
                name: {"dialect": "openai", "base_url": f"http://127.0.0.1:{port}/v1"}
                for name, port in self.mocks.items()
            },
            "routes": {f"r{n}": {"versions": [version(n, "old"), version(n, "new")]} for n in range(routes)},
            "keys": [{"name": "load", "key": KEY}],
            "limits": {"in_flight_per_key": 100_000, "connections_per_address": 100_000},
        }
        (self.folder / "sluice.yaml").write_text(json.dumps(settings, indent=1))
        self.processes = [
            self.spawn(binary, "mock", "--listen", f"127.0.0.1:{port}", "--latency", "p50=20ms,p99=80ms",
                       "--error-rate", "0.01", "--output-tokens", "5")
            for port in self.mocks.values()
        ]  # fmt: skip
        self.processes.append(self.spawn(binary, "serve", "--config", self.folder / "sluice.yaml"))
        deadline = time.monotonic() + 120
        while not self.ready():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self.processes):
                self.stop()
                sys.exit(f"blips: the relay does not start:\n{(self.folder / 'out').read_text()[-2000:]}")
            time.sleep(0.2)

    def spawn(self, *words):
        return subprocess.Popen([*map(str, words)], cwd=self.folder, stdout=self.log, stderr=self.log)

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/readyz", timeout=2).status == 200
        except OSError:
            return False

    def ask(self, method, path, body=None):
        return call(method, f"http://127.0.0.1:{self.admin}/v1/admin{path}", body, TOKEN)

    def begin(self, wish):
        """A route's first few requests may break the ceiling by chance; with more of them they do not."""
        for _ in range(30):
            try:
                return call("POST", f"http://127.0.0.1:{self.admin}/v1/admin/rollouts", wish, TOKEN)
            except Refused as refusal:
                if refusal.status != 409:
                    raise
                time.sleep(2)
        sys.exit("blips: the route's ceiling stays broken")

    def fail(self, arm, route, rate):
        model = {f"{arm}-{route}": {"error_rate": rate}}
        call("PUT", f"http://127.0.0.1:{self.mocks[arm]}/mock/settings", {"models": model})

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self.log.close()


def version(route, arm):
    is_old = arm == "old"
    return {
        "version_id": f"r{route}-{arm}", "provider": arm, "api_version": f"{arm}-{route}",
        "state": "production" if is_old else "staging", "weight": 1.0 if is_old else 0.0,
        "config": {"retry_policy": {"max_retries": 0}},
    }  # fmt: skip


class Caller(threading.Thread):
    """Requests to one route at random times, each a unit of its own."""

    def __init__(self, port, route, rate, until, seed):
        super().__init__(daemon=True)
        self.port, self.route, self.rate, self.until = port, route, rate, until
        self.chance = random.Random(seed)
        self.sent = self.failed = 0

    def run(self):
        connection = None
        due = time.monotonic()
        while time.monotonic() < self.until:
            due = max(due + self.chance.expovariate(self.rate), time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
            text = f"{self.chance.getrandbits(64):x}"
            body = json.dumps({"model": f"r{self.route}", "messages": [{"role": "user", "content": text}]})
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
                connection.request("POST", "/v1/chat/completions", body, headers)
                answer = connection.getresponse()
                answer.read()
                self.failed += answer.status >= 500
            except (OSError, http.client.HTTPException):
                connection = None
                self.failed += 1
            self.sent += 1


def blips(chance, routes, seconds):
    """(when, arm, route, rate), in the order of time."""
    moments = []
    for route in range(routes):
        for arm in ("old", "new"):
            lengths = [SHORT, SHORT] + ([LONG] if chance.random() < 1 / 3 else [])
            for length in lengths:
                start = chance.uniform(5, seconds - length - 5)
                moments += [(start, arm, route, 1.0), (start + length, arm, route, 0.01)]
    return sorted(moments)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=Path(".build/release/sluice"))
    parser.add_argument("--routes", type=int, default=40)
    parser.add_argument("--rate", type=float, default=8, help="requests a second of each route")
    parser.add_argument("--minutes", type=float, default=11)
    parser.add_argument("--share", default="5%", help="the canaries' weight")
    parser.add_argument("--burst", help="a plan's burst instead of the default: off, or JSON")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    chance = random.Random(options.seed)
    stage = Stage(options.binary, options.routes)
    try:
        seconds = options.minutes * 60
        until = time.monotonic() + seconds + 15
        callers = [Caller(stage.port, n, options.rate, until, chance.random()) for n in range(options.routes)]
        for caller in callers:
            caller.start()
        time.sleep(10)
        plan = {"steps": [{"weight": options.share, "for": "48h"}, {"weight": 1}]}
        if options.burst:
            plan["burst"] = "off" if options.burst == "off" else json.loads(options.burst)
        for route in range(options.routes):
            wish = {"version_id": f"r{route}-new", "plan": plan, "name": f"r{route}"}
            stage.begin(wish)
        began = time.monotonic()
        for moment, arm, route, rate in blips(chance, options.routes, seconds - (began - until + seconds + 15)):
            time.sleep(max(0, began + moment - time.monotonic()))
            stage.fail(arm, route, rate)
        for caller in callers:
            caller.join(60)
        views = [stage.ask("GET", f"/rollouts/r{route}") for route in range(options.routes)]
        states = {}
        for view in views:
            states[view["state"]] = states.get(view["state"], 0) + 1
        sent, failed = sum(caller.sent for caller in callers), sum(caller.failed for caller in callers)
        print(f"{sent} requests, {failed} failed, {options.routes} rollouts of {options.minutes:g} min")
        print(f"rolled back: {sum(not view['open'] for view in views)} of {options.routes}")
        print("states: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
        for view in views:
            if not view["open"]:
                print(json.dumps({"route": view["route"], "state": view["state"], "sentence": view.get("sentence")}))
    finally:
        stage.stop()
        shutil.rmtree(stage.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
