#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a stream the plain way: `iter_lines`, `json.loads(line[6:])`, until `[DONE]`.

Environment: SLUICE_URL (with or without /v1), SLUICE_API_KEY; MODEL where another is wanted.
"""

import json
import os
import sys

import requests

BASE = os.environ["SLUICE_URL"].rstrip("/")
BASE = BASE if BASE.endswith("/v1") else BASE + "/v1"


def main():
    answer = requests.post(
        f"{BASE}/chat/completions",
        headers={"Authorization": f"Bearer {os.environ['SLUICE_API_KEY']}"},
        json={
            "model": os.environ.get("MODEL", "gpt-4.1"),
            "messages": [{"role": "user", "content": "Count to five."}],
            "stream": True,
        },
        stream=True,
        timeout=30,
    )
    if answer.status_code != 200:
        sys.exit(f"{answer.status_code} {answer.text}")
    text = ""
    is_done = False
    for line in answer.iter_lines():
        if not line:
            continue
        line = line.decode("utf-8")
        assert line.startswith("data: "), line
        if line == "data: [DONE]":
            is_done = True
            break
        chunk = json.loads(line[6:])
        text += chunk["choices"][0]["delta"].get("content") or ""
    if not is_done:
        sys.exit("the stream ended without [DONE]")
    if not text:
        sys.exit("the stream had no content")
    print(text)


if __name__ == "__main__":
    main()
