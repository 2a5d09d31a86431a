# SPDX-License-Identifier: Apache-2.0
"""Clients that exist already must work unchanged but for the URL: the scripts of `clients/`, as processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from harness.relay import ADMIN_TOKEN, APP_KEY, Relay, standard_config, version

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def gray(tmp_path_factory, mock):
    """One route, half of it on a canary."""
    config = standard_config(mock.url)
    config["routes"] = {
        "chat": {
            "aliases": ["gpt-4.1"],
            "versions": [version("v1", "gpt-4.1"), version("v2", "gpt-4.1", state="canary", weight=0.5)],
        }
    }
    relay = Relay(tmp_path_factory.mktemp("gray"), config).start()
    yield relay
    assert relay.stop() == 0, relay.daemon.tail()


def run(gray, script, **more):
    environment = {
        **os.environ,
        "SLUICE_URL": gray.url,
        "SLUICE_API_KEY": APP_KEY,
        "SLUICE_ADMIN_URL": gray.admin_url,
        "SLUICE_ADMIN_TOKEN": ADMIN_TOKEN,
        **more,
    }
    done = subprocess.run(
        [sys.executable, CLIENTS / script], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_twenty_chats_through_a_split(gray):
    assert run(gray, "split_chats.py", EXPECT_VERSIONS="2").count(":") == 2


def test_a_stream_read_line_by_line(gray):
    assert run(gray, "stream_lines.py").strip()


def test_a_release_by_hand(gray):
    """The other canary has half of the route: the increments must fit beside it."""
    output = run(gray, "release_by_hand.py", VERSION_ID="by-hand")
    assert "50%" in output
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    shares = requests.get(f"{gray.admin_url}/v1/admin/versions/distribution", headers=headers, timeout=10).json()
    assert shares["by-hand"]["effective_weight"] == 0
