# SPDX-License-Identifier: Apache-2.0
"""Processes that a test starts, and ends by their pid."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

BINARY = os.environ.get("SLUICE_BINARY", str(Path(__file__).parents[3] / ".build/debug/sluice"))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now.

    Below those that the system gives to outgoing connections: one of these could take it before the test does.
    """
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(10_000, 32_768)))
            except OSError:
                continue
            return probe.getsockname()[1]


def eventually(condition, within: float = 10.0, every: float = 0.02, why: str = ""):
    """The first true value of the condition, asked again until the deadline; then an AssertionError."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within} s: {why or condition}"
        time.sleep(every)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Daemon:
    """One process of the binary under test, its output in a file."""

    def __init__(self, arguments, output: Path, cwd: Path, environment=None):
        self.arguments = [BINARY, *map(str, arguments)]
        self.output = output
        self.cwd = cwd
        self.environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", **(environment or {})}
        self.process = None

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, ready, within: float = 20.0):
        with open(self.output, "ab") as sink:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.cwd, env=self.environment
            )

        def state():
            assert self.is_alive, f"{self.arguments} ended with {self.process.returncode}:\n{self.tail()}"
            return ready()

        try:
            eventually(state, within=within, why=f"{self.arguments} ready")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.tail()}") from None
        return self

    def stop(self, within: float = 15.0) -> int:
        """SIGTERM, and the exit code."""
        if self.is_alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.arguments} did not end within {within} s of SIGTERM:\n{self.tail()}")
        return self.process.returncode if self.process else 0

    def kill(self):
        """SIGKILL: no time for a last word."""
        if self.is_alive:
            self.process.kill()
            self.process.wait()

    def text(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.text().splitlines()[-lines:])
