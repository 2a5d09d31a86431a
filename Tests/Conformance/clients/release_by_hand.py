#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A release tool that knows the admin API's fixed shapes and nothing else of Sluice.

It registers a version, lists, moves it to canary, raises its weight in increments and reads the metrics after each,
sets thresholds, rolls back, and reads the distribution.

Environment: SLUICE_ADMIN_URL, SLUICE_ADMIN_TOKEN; VERSION_ID, API_VERSION and ROUTE where others are wanted.
"""

import hashlib
import json
import os
import sys
import uuid

import requests

ADMIN = os.environ["SLUICE_ADMIN_URL"].rstrip("/") + "/v1/admin"
VERSION = os.environ.get("VERSION_ID", f"hand-{uuid.uuid4().hex[:8]}")
API_VERSION = os.environ.get("API_VERSION", "gpt-4.1")
INCREMENTS = (0.01, 0.05, 0.10, 0.25, 0.50)

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['SLUICE_ADMIN_TOKEN']}"


def call(method, path, body=None):
    answer = session.request(method, ADMIN + path, json=body, timeout=15)
    if not answer.ok:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def config_hash(config):
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]


def register():
    config = {"temperature": 0.2, "max_tokens": 256, "metadata": {"owner": "release tool", "é": [1.0, 1e-05, None]}}
    body = {
        "version_id": VERSION,
        "api_version": API_VERSION,
        "weight": 0.0,
        "state": "staging",
        "config": config,
        "config_hash": config_hash(config),
    }
    if "ROUTE" in os.environ:
        body["route"] = os.environ["ROUTE"]
    made = call("POST", "/versions/register", body)
    assert made["config_hash"] == body["config_hash"], made
    assert made["state"] == "staging", made


def read_list():
    versions = call("GET", "/versions")
    assert isinstance(versions, list), "the list is a bare array"
    mine = [version for version in versions if version["version_id"] == VERSION]
    assert len(mine) == 1, versions
    for name in ("health_score", "error_count", "request_count", "weight"):
        assert isinstance(mine[0][name], (int, float)), name
    return mine[0]


def read_metrics():
    metrics = call("GET", f"/versions/{VERSION}/metrics")
    for name in ("error_rate", "p99_latency_ms", "cost_per_1k_tokens", "total_requests"):
        assert isinstance(metrics[name], (int, float)) and not isinstance(metrics[name], bool), (name, metrics)
    return metrics


def main():
    register()
    read_list()
    moved = call("POST", f"/versions/{VERSION}/transition", {"target_state": "canary", "reason": "begin"})
    assert moved["state"] == "canary", moved

    for weight in INCREMENTS:
        changed = call("PATCH", f"/versions/{VERSION}/weight", {"weight": weight})
        assert changed["weight"] == weight, changed
        metrics = read_metrics()
        print(
            f"{weight:5.0%}  requests {metrics['total_requests']:6d}  errors {metrics['error_rate']:6.2%}"
            f"  p99 {metrics['p99_latency_ms']:8.1f} ms  per 1k tokens ${metrics['cost_per_1k_tokens']:.6f}"
        )

    limits = {"error_rate": 0.05, "p99_latency_ms": 500, "cost_spike_ratio": 2.0}
    call("PATCH", f"/versions/{VERSION}/thresholds", limits)
    back = call("POST", f"/versions/{VERSION}/rollback", {"reason": "the exercise is over"})
    assert back["version_id"] == VERSION, back

    distribution = call("GET", "/versions/distribution")
    assert distribution[VERSION]["weight"] == 0, distribution
    assert distribution[VERSION]["state"] == "rollback", distribution
    print(json.dumps(distribution, indent=2))


if __name__ == "__main__":
    main()
