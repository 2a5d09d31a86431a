# SPDX-License-Identifier: Apache-2.0
"""The rules and the dashboard of docs/monitoring ask for what a relay tells, by names and labels that it has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from harness.processes import eventually
from harness.relay import APP_KEY

MONITORING = Path(__file__).parents[2] / "docs/monitoring"
METRICS = MONITORING.parent / "metrics.md"
# What Prometheus adds, and what only some relays tell: those with a rollout, a budget, a limit of memory, alerts.
ADDED = {"up", "job", "instance", "le"}
SUFFIXES = re.compile(r"_(bucket|sum|count)$")


def expressions():
    """All that is asked of Prometheus, by where it stands."""
    # Its form is one that needs no library: an expression is a line, or the lines that are indented further.
    lines = (MONITORING / "alerts.yml").read_text().splitlines()
    for number, line in enumerate(lines):
        if found := re.match(r"( +)expr: (.*)", line):
            more = []
            for following in lines[number + 1 :]:
                if not following.startswith(found[1] + "  "):
                    break
                more.append(following.strip())
            yield f"alerts.yml:{number + 1}", " ".join([found[2].removeprefix("|"), *more])
    board = json.loads((MONITORING / "grafana.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"grafana.json: {panel['title']}", target["expr"]
    for annotation in board["annotations"]["list"]:
        yield "grafana.json: annotation", annotation["expr"]


def scrape(relay) -> str:
    return requests.get(f"{relay.admin_url}/metrics", timeout=10).text


@pytest.fixture(scope="module")
def told(relay):
    """Families of a relay, and the labels of those that have samples."""
    headers = {"authorization": f"Bearer {APP_KEY}"}
    for stream in (False, True):
        body = {"model": "chat", "messages": [{"role": "user", "content": "Hello"}], "stream": stream}
        assert requests.post(f"{relay.url}/chat/completions", json=body, headers=headers, timeout=15).ok
    eventually(lambda: "sluice_time_to_first_token_seconds_count{" in scrape(relay), why="the stream is counted")
    text = scrape(relay)
    families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    labels = {}
    for name, pairs in re.findall(r"^(sluice_\w+)\{([^}]*)\}", text, re.M):
        labels.setdefault(SUFFIXES.sub("", name), set()).update(re.findall(r"(\w+)=\"", pairs))
    return families, labels


def test_every_name_is_one_that_the_relay_tells(told):
    families, _ = told
    # Some are told only where there is something to tell: a rollout, a budget, a limit of memory.
    families = {*families, *re.findall(r"`(sluice_\w+)`", METRICS.read_text())}
    found = 0
    for where, expression in expressions():
        for name in re.findall(r"sluice_\w+", expression):
            assert SUFFIXES.sub("", name) in families or name in families, f"{where}: {name}"
            found += 1
    assert found > 30


def test_every_label_is_one_of_its_metric(told):
    _, labels = told
    found = 0
    for where, expression in expressions():
        for name, matchers in re.findall(r"(sluice_\w+)\{([^}]*)\}", expression):
            known = labels.get(SUFFIXES.sub("", name))
            for label in re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers):
                if known is not None:
                    assert label in known | ADDED, f"{where}: {name} has no label {label}"
                    found += 1
    assert found > 5


def test_the_rules_are_rules():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here; Debian's package prometheus has it")
    result = subprocess.run([promtool, "check", "rules", MONITORING / "alerts.yml"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_is_told_is_well_formed(relay):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here; Debian's package prometheus has it")
    result = subprocess.run([promtool, "check", "metrics"], input=scrape(relay), capture_output=True, text=True)
    # Three says that names could be better by its taste, which has none of ours for durations of ten decades.
    assert result.returncode in (0, 3), result.stdout + result.stderr
