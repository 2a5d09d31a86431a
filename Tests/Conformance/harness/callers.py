# SPDX-License-Identifier: Apache-2.0
"""Callers who send all the time, each a unit of its own, whatever becomes of their requests."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from .relay import APP_KEY


class Callers:
    """So many requests a second to some routes, until told to stop; keeps what each got."""

    def __init__(
        self,
        relay,
        *routes: str,
        rate: float = 60.0,
        units: int = 3_000,
        seed: int = 1,
        threads: int = 16,
        timeout: float = 10,
        body: dict | None = None,
    ):
        self.url = relay.url + "/chat/completions"
        self.routes = routes or ("chat",)
        self.rate = rate
        self.units = units
        self.threads = threads
        self.timeout = timeout
        self.body = body or {}
        self.random = random.Random(seed)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        # (when it ended, status or None, version)
        self.answers: list[tuple[float, int | None, str | None]] = []

    def run(self):
        # One connection pool for each thread: requests' sessions are not safe to share under load.
        local = threading.local()
        due = time.monotonic()
        with ThreadPoolExecutor(self.threads) as pool:
            while not self.stopped.is_set():
                due += 1 / self.rate
                pool.submit(self.send, local, self.random.choice(self.routes), self.random.randrange(self.units))
                self.stopped.wait(max(0, due - time.monotonic()))

    def send(self, local, route, unit):
        if not hasattr(local, "session"):
            local.session = requests.Session()
        status = version = None
        try:
            answer = local.session.post(
                self.url,
                headers={"authorization": f"Bearer {APP_KEY}", "x-sluice-unit": f"u{unit}"},
                json={
                    "model": route,
                    "messages": [{"role": "user", "content": "hello"}],
                    "max_tokens": 8,
                    "user": f"u{unit}",
                    **self.body,
                },
                timeout=self.timeout,
            )
            status, version = answer.status_code, answer.headers.get("x-sluice-version")
        except requests.RequestException:
            pass
        self.answers.append((time.time(), status, version))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join(20)
