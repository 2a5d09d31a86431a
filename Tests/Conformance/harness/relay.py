# SPDX-License-Identifier: Apache-2.0
"""`sluice serve` as a process of its own, with a configuration made for the test."""

import json
import os
import sqlite3
import subprocess
import uuid
from pathlib import Path

import requests

from .mock import PROVIDER_KEY
from .processes import BINARY, Daemon, eventually, free_port

ADMIN_TOKEN = "conformance-admin-Zk83hQpLw2"
APP_KEY = "conformance-caller-8Hd72nQkX0"

# US dollars per million tokens, as the configuration writes them.
PRICES = {
    "gpt-4.1": {"input": "2.0", "cached_input": "0.5", "output": "8.0"},
    "cheap": {"input": "0.15", "cached_input": "0.075", "output": "0.6", "reasoning": "0.9"},
    "odd-price": {"input": "0.000123", "cached_input": "0.000001", "output": "0.777777"},
    "text-embedding-3-small": {"input": "0.02", "output": "0"},
}

# Models of the simulated provider that the tests reach through a route of the same name.
FAULTS = [
    *(f"mock-error-{status}" for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503)),
    "mock-reset", "mock-close", "mock-hang", "mock-slow-3s", "mock-cut-3", "mock-cut-0", "mock-stall-2",
    "mock-error-in-stream-2", "mock-error-in-stream-0", "mock-no-done", "mock-no-usage", "mock-malformed",
    "mock-empty", "mock-odd", "mock-split-1", "mock-split-7",
]  # fmt: skip

NO_RETRY = {"retry_policy": {"max_retries": 0}}
TIMEOUTS = {"timeouts": {"first_byte": "5s", "stall": "1s", "total": "20s"}}


def version(identifier, model, state="production", weight=1.0, config=None, provider="main"):
    return {
        "version_id": identifier,
        "provider": provider,
        "api_version": model,
        "state": state,
        "weight": weight,
        "config": config or {},
    }


def standard_config(mock_url: str) -> dict:
    """Routes for every test that needs no release of its own."""
    routes = {
        "chat": {"aliases": ["gpt-4.1", "gpt-4o"], "versions": [version("v1", "gpt-4.1")]},
        "plain": {"versions": [version("plain-1", "plain")]},
        "cheap": {"versions": [version("cheap-1", "cheap")]},
        "odd-price": {"versions": [version("odd-price-1", "odd-price")]},
        "discount": {"versions": [version("discount-1", "gpt-4.1", provider="discounted")]},
        "unpriced": {"versions": [version("unpriced-1", "unpriced")]},
        "scripted": {"versions": [version("scripted-1", "scripted", config=NO_RETRY)]},
        "embed": {
            "aliases": ["text-embedding-3-small"],
            "versions": [version("embed-1", "text-embedding-3-small")],
        },
        "retried": {
            "versions": [
                version("retried-1", "mock-flaky-2", config={"retry_policy": {"max_retries": 2, "backoff": "10ms"}})
            ]
        },
        "given-up": {
            "versions": [
                version("given-up-1", "mock-error-503", config={"retry_policy": {"max_retries": 2, "backoff": "10ms"}})
            ]
        },
        "warm": {
            "versions": [version("warm-1", "warm", config={"temperature": 0.7, "override": {"top_p": 0.5}})]
        },
        "prompted": {
            "versions": [
                version("prompted-1", "prompted", config={"system_prompt": {"mode": "prepend", "text": "Be brief."}})
            ]
        },
        "split": {
            "versions": [
                version("split-a", "split-a"),
                version("split-b", "split-b", state="canary", weight=0.2),
            ]
        },
    }
    for model in FAULTS:
        routes[model] = {"versions": [version(f"{model}-1", model, config={**NO_RETRY, **TIMEOUTS})]}
    provider = {"dialect": "openai", "base_url": mock_url, "api_key": PROVIDER_KEY}
    prices = [
        {"provider": "main", "model": model, **{name: float(rate) for name, rate in rates.items()}}
        for model, rates in PRICES.items()
    ]
    prices.append({**prices[0], "provider": "discounted"})
    return {
        "providers": {"main": provider, "discounted": {**provider, "price_factor": 0.85}},
        "routes": routes,
        "prices": prices,
        "keys": [{"name": "app", "key": APP_KEY}],
    }


class Relay:
    def __init__(self, folder: Path, config: dict):
        self.folder = folder
        self.port = free_port()
        self.admin_port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/v1"
        self.admin_url = f"http://127.0.0.1:{self.admin_port}"
        self.traffic_log = folder / "traffic.jsonl"
        self.config_file = folder / "sluice.yaml"
        self.config = {
            "listen": f"127.0.0.1:{self.port}",
            "admin": {"listen": f"127.0.0.1:{self.admin_port}", "token": ADMIN_TOKEN},
            "data_dir": str(folder / "data"),
            "store": f"sqlite:{folder / 'data' / 'sluice.db'}",
            "traffic_log": {"path": str(self.traffic_log)},
            **config,
        }
        self.write_config()
        self.daemon = Daemon(["serve", "--config", self.config_file], folder / "relay.out", folder)
        self.http = requests.Session()
        self.http.headers["authorization"] = f"Bearer {ADMIN_TOKEN}"

    def write_config(self):
        """JSON is YAML: floats are spelled so that no exponent is needed."""
        self.config_file.write_text(json.dumps(_plain(self.config), indent=1))

    def start(self, within: float = 30.0):
        self.daemon.start(self.is_ready, within=within)
        return self

    def is_ready(self) -> bool:
        """Both planes answer."""
        try:
            ready = requests.get(f"{self.admin_url}/readyz", timeout=2).status_code == 200
            return ready and requests.get(f"{self.url}/models", timeout=2).status_code in (200, 401)
        except requests.RequestException:
            return False

    def stop(self) -> int:
        return self.daemon.stop()

    def admin(self, method: str, path: str, body=None, expect: int | None = 200):
        answer = self.http.request(method, f"{self.admin_url}/v1/admin{path}", json=body, timeout=15)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def cli(self, *arguments, check: bool = True, env: dict | None = None) -> subprocess.CompletedProcess:
        result = subprocess.run(
            [BINARY, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            env={
                **os.environ, "SLUICE_ADMIN_URL": self.admin_url, "SLUICE_ADMIN_TOKEN": ADMIN_TOKEN, **(env or {}),
            },
        )
        assert not check or result.returncode == 0, f"{arguments}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result

    def ledger(self) -> list[dict]:
        """Every attempt in the ledger, as `sluice usage export` gives it."""
        return [json.loads(line) for line in self.cli("usage", "export", "--format", "jsonl").stdout.splitlines()]

    def settled(self, request_ids, within: float = 15.0) -> dict[str, list[dict]]:
        """The attempts of each of these requests by request id, once each is in the ledger."""
        wanted = set(request_ids)
        found: dict[str, list[dict]] = {}

        def rows():
            found.clear()
            for row in self.ledger():
                if row["request_id"] in wanted:
                    found.setdefault(row["request_id"], []).append(row)
            return found if wanted <= set(found) else None

        try:
            return eventually(rows, within=within, every=0.2) if wanted else {}
        except AssertionError:
            missing = sorted(wanted - set(found))
            raise AssertionError(f"{len(missing)} of {len(wanted)} requests are not in the ledger: {missing}") from None

    def attempts(self, table: str = "ledger") -> list[dict]:
        """The attempts as they stand in the store itself, the request's id as text."""
        connection = sqlite3.connect(f"file:{self.folder / 'data' / 'sluice.db'}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY started_at, attempt")]
        finally:
            connection.close()
        return [{**row, "request": str(uuid.UUID(bytes=row["request"]))} for row in rows]

    def metric(self, name: str) -> float | None:
        """A metric without labels, as Prometheus would read it."""
        for line in requests.get(f"{self.admin_url}/metrics", timeout=10).text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def traffic(self) -> list[dict]:
        return [json.loads(line) for line in self.traffic_log.read_text().splitlines()]


def _plain(value):
    """The value with floats that `json.dumps` would write with an exponent as plain decimals."""
    if isinstance(value, dict):
        return {key: _plain(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, float) and "e" in repr(value):
        return f"{value:.12f}".rstrip("0")
    return value
