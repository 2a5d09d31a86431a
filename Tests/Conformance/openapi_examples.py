#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the admin API for thousands of things that its OpenAPI document allows, and for as many that it does not.

    Tests/Conformance/openapi_examples.py [--examples N] [BINARY]

A relay of its own runs meanwhile, with traffic and rollouts that are open all the time: one that ends is begun anew.
schemathesis makes the requests and compares each answer with the document: status, headers, form, and whether what is
allowed is taken and what is not is refused. It is installed in .venv-openapi when it is missing. Exit code 1 where
something does not hold.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = "schemathesis==4.32.5"
ROUTES = ("opened", "begun", "waiting")
# Statuses that say "understood, and not now or not of this": what no schema can tell beforehand.
TAKEN = ["2xx", "3xx", 401, 403, 404, 409, 429, 503]
# Calls with rules between members, or about names that exist: 422 may answer what the schema allows.
RULED = [
    "POST /v1/admin/versions/register", "POST /v1/admin/rollouts", "POST /v1/admin/rollouts/plan",
    "POST /v1/admin/rollouts/{rollout_id}/extend", "POST /v1/admin/prices/import", "PUT /v1/admin/models",
    "GET /v1/admin/usage", "GET /v1/admin/usage/export", "POST /v1/admin/versions/{version_id}/rollback",
]  # fmt: skip
# An endless stream of events.
ENDLESS = "/v1/admin/rollouts/{rollout_id}/events"


def tool() -> Path:
    """Where schemathesis is; installed on first use."""
    home = ROOT / ".venv-openapi"
    program = home / "bin/schemathesis"
    if not program.exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin/pip", "install", "--quiet", PINNED], check=True)
    return program


# Most ids in paths are such as exist: what schemathesis would make up finds nothing.
HOOKS = """
import json, os, zlib
import schemathesis

@schemathesis.hook
def map_path_parameters(context, path_parameters):
    known = json.load(open(os.environ["SLUICE_KNOWN_IDS"]))
    for name, ids in known.items():
        given = (path_parameters or {}).get(name)
        draw = zlib.crc32(repr(given).encode())
        if isinstance(given, str) and ids and draw % 4:
            path_parameters[name] = ids[draw // 4 % len(ids)]
    return path_parameters
"""


def configuration() -> str:
    def listed(values):
        return "[" + ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values) + "]"

    lines = ["[checks]", f"positive_data_acceptance.expected-statuses = {listed(TAKEN)}"]
    for name in RULED:
        lines += [
            "[[operations]]",
            f'include-name = "{name}"',
            f"checks.positive_data_acceptance.expected-statuses = {listed([*TAKEN, 422])}",
        ]
    return "\n".join(lines) + "\n"


class Scene:
    """A provider, a relay, some traffic, and rollouts that are open."""

    def __init__(self, folder: Path):
        self.ids = folder / "ids.json"
        from harness.mock import PROVIDER_KEY, Mock
        from harness.relay import Relay, standard_config, version

        for name in ("mock", "relay"):
            (folder / name).mkdir()
        self.mock = Mock(folder / "mock", "--require-key", PROVIDER_KEY).start()
        config = standard_config(self.mock.url)
        for route in ROUTES:
            config["routes"][route] = {
                "versions": [
                    version(f"{route}-a", "gpt-4.1"),
                    version(f"{route}-b", "gpt-4.1", state="staging", weight=0.0),
                ]
            }
        self.relay = Relay(folder / "relay", config).start()
        self.over = threading.Event()
        self.began = 0
        self.tend()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def tend(self):
        """Begins rollouts where none is open."""
        page = self.relay.admin("GET", "/rollouts?open=true&limit=1000")
        held = {item["route"] for item in page["items"]}
        versions = [item["version_id"] for item in self.relay.admin("GET", "/versions") if item["route"] in ROUTES]
        draft = self.ids.with_suffix(".new")
        draft.write_text(
            json.dumps({"rollout_id": [item["rollout_id"] for item in page["items"]], "version_id": versions})
        )
        draft.rename(self.ids)
        for route in ROUTES:
            if route in held:
                continue
            # Whatever was done to its versions meanwhile, one serves and the other is new.
            self.relay.admin("POST", f"/versions/{route}-a/transition", {"target_state": "production"}, expect=None)
            canary = f"{route}-n{self.began}" if self.began >= len(ROUTES) else f"{route}-b"
            if canary != f"{route}-b":
                body = {"version_id": canary, "api_version": "gpt-4.1", "route": route, "provider": "main", "config": {}}
                self.relay.admin("POST", "/versions/register", body, expect=None)
            body = {"version_id": canary, "plan": "careful", "start": route != "waiting", "force": True}
            self.relay.admin("POST", "/rollouts", body, expect=None)
            self.began += 1

    def run(self):
        import requests

        from harness.relay import APP_KEY

        count = 0
        while not self.over.wait(0.2):
            count += 1
            try:
                self.tend()
                for route in ROUTES:
                    body = {"model": route, "user": f"u{count % 50}", "messages": [{"role": "user", "content": "Hi"}]}
                    headers = {"authorization": f"Bearer {APP_KEY}"}
                    requests.post(f"{self.relay.url}/chat/completions", json=body, headers=headers, timeout=10)
            except (requests.RequestException, AssertionError):
                continue

    def stop(self) -> str:
        """What is wrong at the end; empty where all is well."""
        self.over.set()
        self.thread.join()
        alive = self.relay.daemon.process.poll() is None
        opened = self.relay.admin("GET", "/rollouts?open=true&limit=1000")["items"] if alive else []
        verified = self.relay.cli("audit", "verify", check=False).returncode if alive else 1
        code = self.relay.stop()
        self.mock.stop()
        if not alive or code != 0 or verified != 0:
            return f"the relay: alive {alive}, exit code {code}, audit {verified}\n{self.relay.daemon.tail()}"
        print(f"{self.began} rollouts were begun, {len(opened)} were open at the end; the audit chain holds")
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=str(ROOT / ".build/debug/sluice"))
    parser.add_argument("--examples", type=int, default=60, help="of each call, beside those that the schema's edges give")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["SLUICE_BINARY"] = str(Path(options.binary).resolve())
    sys.path.insert(0, str(Path(__file__).parent))
    program = tool()
    with tempfile.TemporaryDirectory(prefix="sluice-openapi-") as name:
        folder = Path(name)
        scene = Scene(folder)
        try:
            from harness.relay import ADMIN_TOKEN

            scene.tend()
            assert len(scene.relay.admin("GET", "/rollouts?open=true")["items"]) == len(ROUTES)
            (folder / "schemathesis.toml").write_text(configuration())
            (folder / "known_ids.py").write_text(HOOKS)
            code = subprocess.run(
                [program, "--config-file", folder / "schemathesis.toml", "run",
                 f"{scene.relay.admin_url}/v1/admin/openapi.json", "--header", f"Authorization: Bearer {ADMIN_TOKEN}",
                 "--exclude-path", ENDLESS, "--exclude-tag", "litellm", "--exclude-tag", "scim", "--phases", "examples,coverage,fuzzing", "--max-examples",
                 str(options.examples), "--seed", str(options.seed), "--request-timeout", "60", "--continue-on-failure",
                 "--no-shrink", "--suppress-health-check", "all", "--warnings", "off"],
                cwd=folder,
                env={**os.environ, "SCHEMATHESIS_HOOKS": "known_ids", "PYTHONPATH": str(folder),
                     "SLUICE_KNOWN_IDS": str(scene.ids)},
            ).returncode  # fmt: skip
        finally:
            wrong = scene.stop()
        if wrong:
            print(wrong)
        sys.exit(1 if wrong or code else 0)


if __name__ == "__main__":
    main()
