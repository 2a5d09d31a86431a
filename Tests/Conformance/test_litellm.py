# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's own client of its proxy works against the admin port."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness.processes import eventually
from harness.relay import ADMIN_TOKEN

PYTHON = Path(os.environ.get("VENV_CLIENTS", "")) / "bin/python"
SCRIPT = Path(__file__).parent / "clients/litellm_admin.py"


@pytest.mark.skipif(not PYTHON.exists(), reason="no environment with LiteLLM")
def test_its_client_makes_lists_and_ends_keys_teams_and_users(relay):
    done = subprocess.run(
        [PYTHON, SCRIPT, relay.admin_url, ADMIN_TOKEN, relay.url], capture_output=True, text=True, timeout=120,
        env={**os.environ, "HOME": str(relay.folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3_000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert {"plain", "gpt-4o"} <= set(seen["models"]) and "plain" in seen["model_info"]
    assert seen["model"] == "plain" and seen["no_model"] == "NotFoundError"
    made = seen["generated"]
    assert made["key"].startswith("sl_") and made["key_alias"] == "by-litellm" and made["expires"]
    assert made["models"] == ["plain"] and made["team_id"] == "lite" and made["user_id"] == "lia@example.com"
    assert seen["chat"] == 200
    assert seen["info"]["info"]["token"] == made["token"] and made["key"] not in json.dumps(seen["info"])
    assert seen["info_by_token"] == "by-litellm"
    assert [key["key_alias"] for key in seen["listed"]["keys"]] == ["by-litellm"]
    assert len(seen["page"]["keys"]) == 1 and seen["page"]["total_count"] >= 2
    assert seen["updated"]["models"] == ["plain", "cheap"] and seen["updated"]["key_alias"] == "renamed"
    assert seen["regenerated"] and seen["blocked"] is True
    assert seen["team"]["team_id"] == "lite" and seen["team"]["team_alias"] == "Lite"
    assert seen["members"] == ["lia@example.com", "bo"]
    assert "lite" in seen["teams"] and seen["teams_page"] == 1 and seen["available"] == []
    assert seen["user"]["user_id"] == "kim@example.com" and seen["user"]["key"].startswith("sl_")
    assert [key["user_id"] for key in seen["user_info"]["keys"]] == ["kim@example.com"]
    assert "kim@example.com" in seen["users"] and seen["no_user"] == "NotFoundError"
    assert seen["refused"] == [400, "guardrails"] and seen["unauthorized"] == "UnauthorizedError"
    assert seen["ready"]["status"] in ("ready", "degraded")
    assert seen["deleted"]["deleted_keys"] and isinstance(seen["spend_report"], list)
    assert set(seen["spend_teams"]) == {"daily_spend", "teams", "total_spend_per_team"}
    assert seen["activity"]["metadata"]["has_more"] is False


def test_what_it_says_of_money_is_what_usage_says(relay, http):
    body = {"model": "cheap", "messages": [{"role": "user", "content": "Hi"}]}
    made = relay.http.post(f"{relay.admin_url}/key/generate", json={"key_alias": "spender"}, timeout=10).json()
    answer = http.post(
        f"{relay.url}/chat/completions", json=body, headers={"authorization": f"Bearer {made['key']}"}, timeout=10
    )
    assert answer.status_code == 200

    def logs():
        return relay.http.get(f"{relay.admin_url}/spend/logs?api_key={made['token']}", timeout=10).json()

    eventually(lambda: len(logs()) == 1, within=10, why="the ledger has it")
    row = logs()[0]
    usage = relay.admin("GET", f"/usage?key={made['token']}&group_by=key")["groups"][0]
    assert row["spend"] == pytest.approx(usage["cost_usd"]) and usage["cost_usd"] > 0
    assert row["prompt_tokens"] == usage["input_tokens"] and row["completion_tokens"] == usage["output_tokens"]
    assert row["model_group"] == "cheap" and row["status"] == "success"
    info = relay.http.get(f"{relay.admin_url}/key/info?key={made['key']}", timeout=10).json()["info"]
    assert info["spend"] == pytest.approx(usage["cost_usd"]) and info["last_active"]
    top = relay.http.get(f"{relay.admin_url}/global/spend/keys?limit=1000", timeout=10).json()
    assert {item["api_key"]: item["total_spend"] for item in top}[made["token"]] == pytest.approx(usage["cost_usd"])


def test_what_a_key_a_team_and_a_user_may_spend_are_budgets_and_limits(relay):
    def call(path, **body):
        return relay.http.post(f"{relay.admin_url}{path}", json=body, timeout=10)

    made = call("/key/generate", key_alias="bounded", max_budget=1.25, budget_duration="1d", rpm_limit=2, tpm_limit=9000).json()
    assert (made["max_budget"], made["budget_duration"], made["rpm_limit"], made["tpm_limit"]) == (1.25, "1d", 2, 9000)
    assert made["budget_reset_at"].endswith("Z")
    budgets = {item["entity"]: item for item in relay.admin("GET", "/budgets?limit=1000")["items"]}
    own = budgets[f"key:{made['token']}"]
    assert (own["window"], own["limit_usd"], own["mode"]) == ("daily", "1.25", "hard")
    headers = {"authorization": f"Bearer {made['key']}"}
    body = {"model": "plain", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]}
    asked = [relay.http.post(f"{relay.url}/chat/completions", json=body, headers=headers, timeout=10) for _ in range(3)]
    assert asked[2].status_code == 429 and "requests_per_minute" in asked[2].text
    changed = call("/key/update", key=made["token"], max_budget="2.5", rpm_limit=50).json()
    assert (changed["max_budget"], changed["budget_duration"], changed["rpm_limit"]) == (2.5, "1d", 50)
    info = relay.http.get(f"{relay.admin_url}/key/info?key={made['token']}", timeout=10).json()["info"]
    assert (info["max_budget"], info["rpm_limit"], info["tpm_limit"]) == (2.5, 50, 9000)
    team = call("/team/new", team_id="bounded-team", max_budget=3, soft_budget=1, budget_duration="1mo", tpm_limit=70).json()
    assert (team["max_budget"], team["soft_budget"], team["budget_duration"], team["tpm_limit"]) == (3.0, 1.0, "1mo", 70)
    user = call("/user/new", user_id="bounded@example.com", max_budget=0.5, rpm_limit=5).json()
    assert (user["max_budget"], user["budget_duration"], user["rpm_limit"]) == (0.5, None, 5)
    for wrong in ({"max_budget": -1}, {"max_budget": float("1e30")}, {"budget_duration": "15m"}, {"rpm_limit": 0}):
        assert call("/key/generate", key_alias="wrong", **wrong).status_code == 400, wrong
