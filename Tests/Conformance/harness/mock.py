# SPDX-License-Identifier: Apache-2.0
"""The simulated provider as a process of its own."""

import base64
import json
from contextlib import contextmanager
from pathlib import Path

import requests

from .processes import Daemon, free_port, listens

PROVIDER_KEY = "provider-key-that-callers-never-see"


class Mock:
    def __init__(self, folder: Path, *arguments):
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/v1"
        self.log_file = folder / "mock.jsonl"
        self.daemon = Daemon(
            ["mock", "--listen", f"127.0.0.1:{self.port}", "--seed", "7", "--log", self.log_file, *arguments],
            folder / "mock.out",
            folder,
        )
        self.http = requests.Session()

    def start(self):
        self.daemon.start(lambda: listens(self.port))
        return self

    def stop(self):
        self.daemon.stop()

    def set(self, **settings) -> dict:
        answer = self.http.put(f"{self.origin}/mock/settings", json=settings, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def setting(self, **settings):
        """The settings inside the block, and what held for these fields before after it."""
        self.set(**settings)
        try:
            yield self
        finally:
            back = {name: None for name in settings if name != "models"}
            if "models" in settings:
                back["models"] = {model: None for model in settings["models"]}
            self.set(**back)

    def script(self, model: str, writes, status=200, content_type="application/json", pause="2ms", ending="clean"):
        """Exact bytes as this model's answer, each element one write."""
        return self.setting(
            models={
                model: {
                    "script": {
                        "status": status,
                        "headers": {"content-type": content_type},
                        "writes_base64": [base64.b64encode(write).decode() for write in writes],
                        "pause": pause,
                        "ending": ending,
                    }
                }
            }
        )

    def log(self, after: int = 0) -> list[dict]:
        answer = self.http.get(f"{self.origin}/mock/log", params={"after": after}, timeout=30)
        return [json.loads(line) for line in answer.content.decode().splitlines()]

    def last_sequence(self) -> int:
        return max((entry["seq"] for entry in self.log()), default=0)

    def last_body(self) -> bytes:
        return self.http.get(f"{self.origin}/mock/last-body", timeout=30).content
