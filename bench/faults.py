#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load runs for docs/faults.md: what the relay does at its limits, with figures.

    bench/faults.py drain   --streams 500      live streams at SIGTERM arrive whole
    bench/faults.py streams --streams 9500     open streams on one process, none lost, memory of each
    bench/faults.py outage  --seconds 60       a full outage: how many requests reach the provider
    bench/faults.py overload --seconds 5       goodput at three times the knee (needs cc)

Everything on 127.0.0.1, ports of its own, `--binary` is the sluice under test and also the simulated provider.
"""

import argparse
import json
import os
import re
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

KEY = "load-caller-8Hd72nQkX0"
DONE = b"data: [DONE]"
END = b"0\r\n\r\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """A simulated provider and a relay before it, in a folder of their own."""

    def __init__(
        self, binary, mock=(), config=None, limits=None, descriptors=20_000, provider=None, prefix=(), settings=None
    ):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-load-"))
        self.mock_port, self.port, self.admin = free_port(), free_port(), free_port()
        version = {"version_id": "v1", "provider": "main", "api_version": "m", "state": "production", "weight": 1.0,
                   "config": config or {}}  # fmt: skip
        settings = {
            "listen": f"127.0.0.1:{self.port}",
            "admin": {"listen": f"127.0.0.1:{self.admin}", "token": "load-admin-Zk83hQpLw2"},
            "data_dir": str(self.folder / "data"),
            "providers": {"main": {"dialect": "openai", "base_url": f"http://127.0.0.1:{self.mock_port}/v1"}},
            "routes": {"m": {"versions": [version]}},
            "keys": [{"name": "load", "key": KEY}],
            "limits": {"in_flight_per_key": 1_000_000, "connections_per_address": 1_000_000, **(limits or {})},
            **(settings or {}),
        }
        (self.folder / "sluice.yaml").write_text(json.dumps(settings, indent=1))
        lower = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        self.log = open(self.folder / "out", "wb")
        spawn = lambda *words: subprocess.Popen(
            [*map(str, words)], cwd=self.folder, stdout=self.log, stderr=self.log, preexec_fn=lower,
            env=environment,
        )  # fmt: skip
        simulated = [binary, "mock", "--listen", f"127.0.0.1:{self.mock_port}", *mock]
        self.mock = spawn(*(provider(self.mock_port) if provider else simulated))
        self.relay = spawn(*prefix, binary, "serve", "--config", self.folder / "sluice.yaml")
        deadline = time.monotonic() + 60
        while not self.ready():
            if time.monotonic() > deadline or self.relay.poll() is not None:
                self.stop()
                sys.exit(f"faults: the relay does not start:\n{(self.folder / 'out').read_text()[-2000:]}")
            time.sleep(0.1)

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/readyz", timeout=2).status == 200
        except OSError:
            return False

    def resident(self):
        status = Path(f"/proc/{self.relay.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def processor_time(self):
        """Seconds of a processor, user and system."""
        fields = Path(f"/proc/{self.relay.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.relay.pid}/fd"))

    def control(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        call = urllib.request.Request(f"http://127.0.0.1:{self.mock_port}{path}", data=data, method=method)
        return urllib.request.urlopen(call, timeout=60).read()

    def served(self, after=0):
        return len(self.control("GET", f"/mock/log?after={after}").splitlines())

    def stop(self):
        for process in (self.relay, self.mock):
            if process.poll() is None:
                process.terminate()
        for process in (self.relay, self.mock):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def request(stream):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}], "stream": stream}).encode()
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: load\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


class Streams:
    """Many streams on one thread: counts events, keeps only the last bytes."""

    def __init__(self, port, count, pace):
        self.port, self.count, self.pace = port, count, pace
        self.selector = selectors.DefaultSelector()
        self.open = 0
        self.begun = 0
        self.whole = 0
        self.refused = 0
        self.broken = []
        self.reasons = {}
        self.events = 0

    def start_one(self, number):
        connection = socket.socket()
        # Several addresses of loopback: more than one has ports for.
        connection.bind((f"127.0.0.{2 + number % 20}", 0))
        connection.connect(("127.0.0.1", self.port))
        connection.setblocking(False)
        connection.send(request(True))
        self.selector.register(connection, selectors.EVENT_READ, [b"", 0])
        self.open += 1

    def turn(self, timeout=0.05):
        for key, _ in self.selector.select(timeout):
            connection, state = key.fileobj, key.data
            try:
                data = connection.recv(65_536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data and state[1] == 0:
                state[1] = 1
                if data.startswith(b"HTTP/1.1 200"):
                    self.begun += 1
                else:
                    state[1] = 2
                    self.refused += 1
                    code = re.search(rb'"code":"(\w+)"', data)
                    reason = code[1].decode() if code else data[:40].decode(errors="replace")
                    self.reasons[reason] = self.reasons.get(reason, 0) + 1
            self.events += data.count(b"data: ")
            state[0] = (state[0] + data)[-64:]
            ended = state[0].endswith(END)
            if ended and DONE in state[0]:
                self.whole += 1
            elif not data or ended:
                if state[1] == 1:
                    self.broken.append(state[0])
            else:
                continue
            self.selector.unregister(connection)
            connection.close()
            self.open -= 1

    def start(self):
        for number in range(self.count):
            self.start_one(number)
            if number % 20 == 19:
                self.turn(0)
            # No faster than callers come: a burst of thousands of new connections is another test.
            while number - self.begun - self.refused > 200:
                self.turn()
        return self

    def until(self, condition, within):
        deadline = time.monotonic() + within
        while not condition() and time.monotonic() < deadline:
            self.turn()
        return condition()


def drain(options):
    stage = Stage(options.binary, ["--ttft", "10ms", "--interval", "300ms", "--output-tokens", "40"])
    try:
        streams = Streams(stage.port, options.streams, 0).start()
        streams.until(lambda: streams.begun == options.streams, 60)
        live = streams.open
        stage.relay.send_signal(signal.SIGTERM)
        told = time.monotonic()
        streams.until(lambda: streams.open == 0, 120)
        code = stage.relay.wait(60)
        print(f"drain: {live} live streams at SIGTERM, {streams.whole} arrived whole, {len(streams.broken)} broken, "
              f"{streams.refused} refused; exit code {code} after {time.monotonic() - told:.1f} s")  # fmt: skip
        return streams.whole == options.streams and code == 0
    finally:
        stage.stop()


def streams(options):
    # As many as are open at once must all have begun before the first one ends.
    tokens = options.tokens
    stage = Stage(
        options.binary,
        ["--ttft", "10ms", "--interval", f"{options.interval}s", "--output-tokens", str(tokens), "--threads", "1"],
        config={"timeouts": {"total": "20m", "stall": "3m"}},
    )
    try:
        time.sleep(1)
        before = stage.resident()
        began = time.monotonic()
        load = Streams(stage.port, options.streams, 0).start()
        load.until(lambda: load.begun + load.refused >= options.streams, 180)
        ready = time.monotonic() - began
        most, descriptors = stage.resident(), stage.descriptors()
        at_once = load.open
        load.until(lambda: load.open == 0, options.interval * tokens + 300)
        most = max(most, stage.resident())
        print(f"streams: {at_once} open at once ({ready:.0f} s to open), {load.whole} whole, {len(load.broken)} broken, "
              f"{load.refused} refused {load.reasons or ''}; {descriptors} descriptors; {before} KiB before, {most} KiB at most: "
              f"{(most - before) / max(1, at_once):.1f} KiB for each")  # fmt: skip
        return load.whole == options.streams
    finally:
        stage.stop()


def callers(stage, count, until, tally, rate=None):
    """Callers with whole answers on kept connections, each as fast as it is answered; or at a rate in all."""
    data = request(False)

    def call(index):
        connection = None
        turn = 0
        began = time.monotonic()
        while time.monotonic() < until:
            if rate:
                due = began + (turn + index / count) * count / rate
                time.sleep(max(0, due - time.monotonic()))
            turn += 1
            started = time.monotonic()
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", stage.port), timeout=30)
                connection.sendall(data)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    piece = connection.recv(65_536)
                    if not piece:
                        raise OSError
                    answer += piece
                head, _, rest = answer.partition(b"\r\n\r\n")
                length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
                while len(rest) < length:
                    rest += connection.recv(65_536)
                tally.append((int(head.split(b" ")[1]), time.monotonic() - started))
                if b"connection: close" in head.lower():
                    connection.close()
                    connection = None
            except (OSError, TypeError):
                tally.append((0, time.monotonic() - started))
                connection = None

    threads = [threading.Thread(target=call, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def outage(options):
    """Before, during and after: every request of the outage is answered 503 by the provider."""
    stage = Stage(options.binary, ["--latency", "2ms"])
    try:
        tally = []
        callers(stage, 8, time.monotonic() + 3, tally)
        # The budget is a tenth of the traffic of ten seconds: that of before may not pay for the outage.
        time.sleep(10)
        served = stage.served()
        stage.control("PUT", "/mock/faults", {"faults": [{"fault": "status-503"}]})
        during = []
        callers(stage, 8, time.monotonic() + options.seconds, during, rate=options.rate)
        reached = stage.served() - served
        stage.control("PUT", "/mock/faults", {"faults": []})
        ended = time.monotonic()
        after = []
        while not (after and after[-1][0] == 200) and time.monotonic() < ended + 120:
            callers(stage, 1, time.monotonic() + 0.05, after)
        asked = len(during)
        print(f"outage: {options.seconds} s, {asked} requests asked, {reached} reached the provider: "
              f"{reached / asked:.3f}; {sum(1 for status, _ in after if status != 200)} failed after its end, "
              f"healed {time.monotonic() - ended:.1f} s after it")  # fmt: skip
        return reached <= 1.10 * asked
    finally:
        stage.stop()


def tools(folder):
    """The load generator and the provider of `bench.py`: these must not be what is overloaded."""
    sources = Path(__file__).resolve().parent / "tools"
    for tool in ("load", "mock"):
        subprocess.run(["cc", "-O2", "-o", folder / tool, sources / f"{tool}.c"], check=True, stderr=subprocess.DEVNULL)
    return folder / "load", folder / "mock"


def overload(options):
    """The knee is where more callers give no more answers (5 %); then three times as many.

    Callers that are refused ask again at once, as the worst of them do. The relay has one event loop and, where there are
    two, a core of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="sluice-load-tools-"))
    load, mock = tools(folder)
    (folder / "body").write_bytes(request(False).partition(b"\r\n\r\n")[2])
    pin = lambda core: ["taskset", "-c", core] if shutil.which("taskset") and len(os.sched_getaffinity(0)) > 1 else []
    stage = Stage(
        options.binary,
        provider=lambda port: [*pin("0"), mock, port, 32, 0, 0, 20_000],
        prefix=pin("1"),
        settings={"loops": 1},
    )

    def run(callers):
        words = [*pin("0"), load, "unary", stage.port, callers, 0, options.seconds, folder / "body", KEY, 1]
        before = stage.processor_time()
        result = json.loads(subprocess.run([*map(str, words)], capture_output=True, check=True, text=True).stdout)
        spent = (stage.processor_time() - before) / max(1, result["streams_done"])
        good = (result["done"] - result["non200"]) / options.seconds
        print(f"  {callers:5} callers: {good:7.0f} answers/s, {result['non200']} refused, {result['errors']} errors, "
              f"p99 {result['lat_us']['p99'] / 1e3:.0f} ms, {spent * 1e6:.1f} us of the relay's time each",
              flush=True)  # fmt: skip
        return good

    try:
        goodput = {count: run(count) for count in (16, 32, 64, 128, 256, 512, 1_024)}
        best = max(goodput.values())
        knee = next(count for count, good in goodput.items() if good >= 0.95 * best)
        over = run(3 * knee)
        again = run(knee)
        print(f"overload: the best is {best:.0f}/s, the knee at {knee} callers; with {3 * knee} callers {over:.0f}/s, {over / best:.2f} of it; "
              f"at the knee again {again:.0f}/s")  # fmt: skip
        return over >= 0.9 * max(best, again)
    finally:
        stage.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", choices=["drain", "streams", "outage", "overload"])
    parser.add_argument("--binary", default=".build/release/sluice")
    parser.add_argument("--streams", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--rate", type=int, default=200, help="requests a second of the outage")
    parser.add_argument("--interval", type=float, default=10, help="seconds between two events of a stream")
    parser.add_argument("--tokens", type=int, default=12, help="events of a stream")
    options = parser.parse_args()
    options.binary = str(Path(options.binary).resolve())
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    options.streams = options.streams or {"drain": 500, "streams": 9_500}.get(options.run)
    options.seconds = options.seconds or {"outage": 60, "overload": 5}.get(options.run)
    runs = {"drain": drain, "streams": streams, "outage": outage, "overload": overload}
    sys.exit(0 if runs[options.run](options) else 1)


main()
