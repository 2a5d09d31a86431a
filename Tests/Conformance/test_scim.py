# SPDX-License-Identifier: Apache-2.0
"""SCIM by a conformance runner of others."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness.relay import ADMIN_TOKEN

PYTHON = Path(os.environ.get("VENV_CLIENTS", "")) / "bin/python"
SCRIPT = Path(__file__).parent / "clients/scim_check.py"


@pytest.mark.skipif(not PYTHON.exists(), reason="no environment with scim2-tester")
def test_the_runner_finds_nothing_wrong(relays):
    relay = relays()
    done = subprocess.run([PYTHON, SCRIPT, relay.admin_url, ADMIN_TOKEN], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3_000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["wrong"] == [] and seen["checks"] > 50
