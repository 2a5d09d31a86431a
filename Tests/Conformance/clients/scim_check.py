# SPDX-License-Identifier: Apache-2.0
"""scim2-tester against a node: `scim_check.py ADMIN_URL TOKEN`; prints what did not hold, as JSON."""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

admin_url, token = sys.argv[1:]
http = Client(base_url=f"{admin_url}/scim/v2", headers={"authorization": f"Bearer {token}"}, timeout=20)
results = check_server(SyncSCIMClient(http))
wrong = [[result.title, result.reason] for result in results if result.status in (Status.ERROR, Status.CRITICAL)]
print(json.dumps({"checks": len(results), "wrong": wrong}))
