# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's own client of its proxy, against a node: `litellm_admin.py ADMIN_URL TOKEN DATA_URL`; prints what it saw as JSON."""

import json
import sys

import requests
from litellm.proxy.client import Client
from litellm.proxy.client.exceptions import NotFoundError, UnauthorizedError
from litellm.proxy.client.health import HealthManagementClient
from litellm.proxy.client.users import UsersManagementClient

admin_url, token, data_url = sys.argv[1:]
client = Client(base_url=admin_url, api_key=token)
users = UsersManagementClient(base_url=admin_url, api_key=token)
seen = {}

seen["models"] = [model["id"] for model in client.models.list()]
seen["model_info"] = [model["model_name"] for model in client.models.info()]
seen["model"] = client.models.get(model_id="plain-1")["litellm_params"]["model"]
try:
    client.models.get(model_name="nobody")
except NotFoundError as error:
    seen["no_model"] = type(error).__name__

made = client.keys.generate(
    models=["plain"], duration="2h", key_alias="by-litellm", team_id="lite", user_id="lia@example.com"
)
seen["generated"] = made
seen["chat"] = requests.post(
    f"{data_url}/chat/completions", headers={"authorization": f"Bearer {made['key']}"}, timeout=10,
    json={"model": "plain", "messages": [{"role": "user", "content": "Hi"}]},
).status_code  # fmt: skip
seen["info"] = client.keys.info(made["key"])
seen["info_by_token"] = client.keys.info(made["token"])["info"]["key_alias"]
seen["listed"] = client.keys.list(team_id="lite", return_full_object=True)
seen["page"] = client.keys.list(page=1, size=1)
seen["updated"] = client.keys.update(made["key"], models=["plain", "cheap"], key_alias="renamed")
again = client.http.request("POST", "/key/regenerate", json={"key": made["token"]})
seen["regenerated"] = again["key"] != made["key"]
client.http.request("POST", "/key/block", json={"key": again["key"]})
seen["blocked"] = client.keys.info(again["key"])["info"]["blocked"]
client.http.request("POST", "/key/unblock", json={"key": again["key"]})

team = client.http.request(
    "POST", "/team/new",
    json={"team_alias": "Lite", "team_id": "lite", "models": ["plain"], "members_with_roles": [
        {"role": "user", "user_id": "lia@example.com"}]},
)  # fmt: skip
seen["team"] = team
client.http.request("POST", "/team/member_add", json={"team_id": "lite", "member": {"role": "user", "user_id": "bo"}})
seen["members"] = [m["user_id"] for m in client.http.request("GET", "/team/info?team_id=lite")["team_info"]["members_with_roles"]]
client.http.request("POST", "/team/member_delete", json={"team_id": "lite", "user_id": "bo"})
seen["teams"] = [team["team_id"] for team in client.teams.list()]
seen["teams_page"] = client.teams.list_v2(team_id="lite")["total"]
seen["available"] = client.teams.get_available()

user = users.create_user({"user_email": "kim@example.com", "user_role": "internal_user", "models": ["plain"]})
seen["user"] = user
seen["user_info"] = users.get_user(user["user_id"])
seen["users"] = [item["user_id"] for item in users.list_users()]
try:
    users.get_user("nobody-at-all")
except Exception as error:
    seen["no_user"] = type(error).__name__
seen["deleted_user"] = users.delete_user([user["user_id"]])

refused = requests.post(
    f"{admin_url}/key/generate", headers={"authorization": f"Bearer {token}"}, timeout=10,
    json={"guardrails": ["x"], "aliases": {}, "config": None},
)  # fmt: skip
seen["refused"] = [refused.status_code, refused.json()["details"]["field"]]
try:
    Client(base_url=admin_url, api_key="sk-nobody").keys.list()
except UnauthorizedError as error:
    seen["unauthorized"] = type(error).__name__
seen["ready"] = HealthManagementClient(base_url=admin_url, api_key=token).get_readiness()

for path in ("report", "keys", "models", "teams", "provider"):
    seen[f"spend_{path}"] = client.http.request("GET", f"/global/spend/{path}?start_date=2026-01-01&end_date=2100-01-01")
seen["logs"] = client.http.request("GET", f"/spend/logs?api_key={again['token']}")
seen["activity"] = client.http.request("GET", "/user/daily/activity?start_date=2026-01-01&end_date=2100-01-01")
seen["deleted"] = client.keys.delete(keys=[again["key"]])
client.http.request("POST", "/team/delete", json={"team_ids": ["lite"]})
print(json.dumps(seen))
