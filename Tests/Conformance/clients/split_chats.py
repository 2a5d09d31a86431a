#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends twenty chats through `requests` and counts which version answered.

Environment: SLUICE_URL (with or without /v1), SLUICE_API_KEY; MODEL, CHATS where others are wanted.
EXPECT_VERSIONS=n makes it fail unless exactly n versions answered.
"""

import collections
import os
import sys

import requests

BASE = os.environ["SLUICE_URL"].rstrip("/")
BASE = BASE if BASE.endswith("/v1") else BASE + "/v1"
HEADERS = {"Authorization": f"Bearer {os.environ['SLUICE_API_KEY']}", "Content-Type": "application/json"}


def main():
    served = collections.Counter()
    for number in range(int(os.environ.get("CHATS", "20"))):
        payload = {
            "model": os.environ.get("MODEL", "gpt-4.1"),
            "messages": [{"role": "user", "content": f"Question {number}: what is {number} times {number}?"}],
            "max_tokens": 50,
        }
        answer = requests.post(f"{BASE}/chat/completions", headers=HEADERS, json=payload, timeout=30)
        if answer.status_code != 200:
            sys.exit(f"chat {number}: {answer.status_code} {answer.text}")
        body = answer.json()
        assert body["choices"][0]["message"]["content"], body
        assert body["usage"]["total_tokens"] > 0, body
        served[answer.headers["x-sluice-version"]] += 1
    for version, count in sorted(served.items()):
        print(f"{version}: {count}")
    expected = os.environ.get("EXPECT_VERSIONS")
    if expected is not None and len(served) != int(expected):
        sys.exit(f"{len(served)} versions answered, not {expected}")


if __name__ == "__main__":
    main()
