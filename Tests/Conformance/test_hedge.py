# SPDX-License-Identifier: Apache-2.0
"""Requests that are late to begin, and the second attempts at them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.relay import APP_KEY, version

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def pair(tmp_path):
    """A provider that takes two seconds to begin, and one that begins at once."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "fast").mkdir()
    slow = Mock(tmp_path / "slow", "--latency", "2s").start()
    fast = Mock(tmp_path / "fast").start()
    yield slow, fast
    slow.stop()
    fast.stop()


@pytest.mark.parametrize("stream", [False, True])
def test_a_late_answer_is_overtaken_by_the_next_target(relays, pair, stream):
    """Forty callers at once, all of them late: two are a twentieth, and only they are answered by the next target."""
    slow, fast = pair
    hedged = {"targets": ["slow", "fast"], "hedge": {"after": "300ms"}, "retry_policy": {"max_retries": 0}}
    provider = {"dialect": "openai", "api_key": PROVIDER_KEY}
    relay = relays(
        providers={"slow": {**provider, "base_url": slow.url}, "fast": {**provider, "base_url": fast.url}},
        routes={"chat": {"versions": [version("v1", "m", config=hedged, provider="slow")]}},
        prices=[{"provider": name, "model": "m", "input": 1.0, "output": 2.0} for name in ("slow", "fast")],
        keys=[{"name": "app", "key": APP_KEY}],
    )
    body = json.dumps({"model": "chat", "messages": HELLO, "stream": stream})
    headers = {"authorization": f"Bearer {APP_KEY}", "content-type": "application/json"}

    def call(_):
        answer = requests.post(f"{relay.url}/chat/completions", data=body, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.text.endswith("data: [DONE]\n\n") if stream else answer.json()["choices"]
        return answer

    with ThreadPoolExecutor(40) as callers:
        answers = list(callers.map(call, range(40)))

    rows = relay.settled([answer.headers["x-request-id"] for answer in answers])
    hedges = [answer for answer in answers if len(rows[answer.headers["x-request-id"]]) == 2]
    assert 1 <= len(hedges) <= 2, "a twentieth of forty"
    assert len(fast.log()) == len(hedges)
    for answer in answers:
        attempts = rows[answer.headers["x-request-id"]]
        if answer not in hedges:
            assert answer.headers["x-sluice-provider"] == "slow" and attempts[0]["cost_state"] == "known"
            continue
        assert answer.headers["x-sluice-provider"] == "fast" and answer.headers["x-sluice-attempts"] == "2"
        lost, won = sorted(attempts, key=lambda row: row["attempt"])
        assert (lost["purpose"], lost["provider"], lost["error_class"]) == ("primary", "slow", "superseded")
        assert lost["cost_state"] == "unknown", "what was cancelled may be billed"
        assert (won["purpose"], won["provider"], won["cost_state"]) == ("hedge", "fast", "known")
        assert won.get("error_class") is None
    gone = [entry for entry in slow.log() if entry["ending"] == "caller_gone"]
    assert len(gone) == len(hedges), "the loser is cancelled at the provider"
    (metrics,) = [
        line for line in requests.get(f"{relay.admin_url}/metrics", timeout=10).text.splitlines()
        if line.startswith("sluice_attempts_total") and 'purpose="hedge"' in line
    ]  # fmt: skip
    assert float(metrics.split()[-1]) == len(hedges)
    metrics = relay.admin("GET", "/versions/v1/metrics")
    assert metrics["total_requests"] == 40 and metrics["error_rate"] == 0
    eventually(lambda: not relay.attempts("open_attempt"), why="no attempt stays open")
