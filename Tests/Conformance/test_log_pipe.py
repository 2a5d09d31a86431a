# SPDX-License-Identifier: Apache-2.0
"""A log that nobody reads, or can write: traffic, reloads and the end of the process do not wait for it."""

import fcntl
import os
import signal
import subprocess
import time

import pytest
import requests

from harness.processes import BINARY, eventually
from harness.relay import ADMIN_TOKEN, APP_KEY, Relay, standard_config

F_SETPIPE_SZ = 1031


class Piped:
    """A relay whose standard output and error both lead where the test says."""

    def __init__(self, folder, mock, sink, level="debug", **changes):
        self.relay = Relay(folder, {**standard_config(mock.url), "log": {"level": level}, **changes})
        self.process = subprocess.Popen(
            [BINARY, "serve", "--config", str(self.relay.config_file)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=folder,
        )
        self.http = requests.Session()
        eventually(self.relay.is_ready, within=30, why="the relay is ready")

    def ask(self) -> int:
        body = {"model": "plain", "messages": [{"role": "user", "content": "Hi"}]}
        headers = {"authorization": f"Bearer {APP_KEY}"}
        answer = self.http.post(f"{self.relay.url}/chat/completions", json=body, headers=headers, timeout=10)
        return answer.status_code

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def piped(tmp_path_factory, mock):
    started = []

    def start(sink, **options) -> Piped:
        started.append(Piped(tmp_path_factory.mktemp("piped"), mock, sink, **options))
        return started[-1]

    yield start
    for node in started:
        node.kill()


def small_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    return reader, writer


def test_a_log_that_nobody_reads_stops_nothing(piped):
    reader, writer = small_pipe()
    node = piped(writer)
    os.close(writer)
    assert [node.ask() for _ in range(200)] == [200] * 200
    for _ in range(20):
        node.process.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    assert requests.get(f"{node.relay.admin_url}/readyz", timeout=5).status_code == 200
    assert node.end() == 0
    os.close(reader)


def test_dropped_lines_are_counted_and_told_once_somebody_reads(piped):
    reader, writer = small_pipe()
    node = piped(writer)
    os.close(writer)

    def dropped():
        lines = requests.get(f"{node.relay.admin_url}/metrics", timeout=10).text.splitlines()
        name = 'sluice_log_lines_dropped_total{log="log"'
        return next(float(line.split()[-1]) for line in lines if line.startswith(name))

    # A megabyte of lines waits before one is dropped.
    deadline = time.monotonic() + 60
    while dropped() == 0 and time.monotonic() < deadline:
        for _ in range(200):
            assert node.ask() == 200
    assert dropped() > 0
    os.set_blocking(reader, False)
    text = b""

    def is_told():
        nonlocal text
        try:
            while piece := os.read(reader, 65536):
                text += piece
        except BlockingIOError:
            pass
        return b"log lines were dropped" in text

    eventually(is_told, within=20, why="the log says that lines are missing")
    assert node.end() == 0
    os.close(reader)


def test_a_log_whose_reader_has_gone_ends_nothing(piped):
    reader, writer = os.pipe()
    node = piped(writer)
    os.close(writer)
    os.close(reader)
    assert [node.ask() for _ in range(100)] == [200] * 100
    assert node.process.poll() is None
    assert node.end() == 0


def test_a_log_on_a_full_disk_ends_nothing(piped):
    with open("/dev/full", "w") as full:
        node = piped(full)
    assert [node.ask() for _ in range(100)] == [200] * 100
    assert node.end() == 0


def test_a_traffic_log_that_nobody_reads_keeps_neither_callers_nor_ledger_waiting(piped, tmp_path):
    path = tmp_path / "traffic.pipe"
    os.mkfifo(path)
    node = piped(subprocess.DEVNULL, level="info", traffic_log={"path": str(path)})
    assert [node.ask() for _ in range(100)] == [200] * 100

    def total():
        answer = requests.get(
            f"{node.relay.admin_url}/v1/admin/usage/export",
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=10,
        )
        return len(answer.text.splitlines()) >= 100

    eventually(total, within=15, why="the ledger has all of them")
    started = time.monotonic()
    assert node.end() == 0
    assert time.monotonic() - started < 12
