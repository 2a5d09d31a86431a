# SPDX-License-Identifier: Apache-2.0
"""The first start in an empty folder, and what it prints tried as it stands: the curl, the Python, the commands."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from harness.processes import BINARY, Daemon, eventually, listens


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    if listens(4000) or listens(4001):
        pytest.skip("the standard ports 4000 and 4001 are taken on this machine")
    folder = tmp_path_factory.mktemp("first")
    daemon = Daemon(["serve"], folder / "out.txt", folder)
    try:
        daemon.start(lambda: listens(4000) and listens(4001) and "answer.usage" in daemon.text())
    except AssertionError:
        if "ddress already in use" in daemon.text():
            pytest.skip("somebody else took the standard ports 4000 and 4001 in this moment")
        raise
    yield daemon
    assert daemon.stop() == 0, daemon.tail()


def run(command, folder: Path, **environment):
    """A printed command, with the binary under test in place of `sluice`."""
    (folder / "bin").mkdir(exist_ok=True)
    link = folder / "bin" / "sluice"
    if not link.exists():
        link.symlink_to(BINARY)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PATH": path, **environment},
    )


def printed(started, start: str) -> str:
    return next(line for line in started.text().splitlines() if line.startswith(start))


def test_the_printed_curl_works(started):
    result = run(printed(started, "curl "), started.cwd)
    assert '"object":"chat.completion"' in result.stdout, result.stdout + result.stderr
    assert "You asked: Hello" in result.stdout


def test_the_printed_python_works(started):
    lines = started.text().splitlines()
    first = lines.index("from openai import OpenAI")
    program = "\n".join(lines[first : lines.index("print(answer.usage)") + 1])
    result = run([sys.executable, "-c", program], started.cwd)
    assert result.returncode == 0, result.stderr
    assert "You asked: Hello" in result.stdout and "total_tokens" in result.stdout


def test_the_printed_commands_work(started):
    for start in ("sluice version list", "sluice rollout start", "sluice rollout show"):
        result = run(printed(started, start), started.cwd)
        assert result.returncode == 0, result.stdout + result.stderr


def test_what_is_secret_is_for_its_owner_alone(started):
    for name in ("sluice.yaml", "sluice-data", "sluice-data/admin-token", "sluice-data/sluice.db"):
        mode = stat.S_IMODE((started.cwd / name).stat().st_mode)
        assert mode & 0o077 == 0, f"{name} has mode {mode:o}"


def test_the_written_file_is_a_good_one(started):
    assert run("sluice config check sluice.yaml", started.cwd).returncode == 0


def test_a_second_start_prints_no_secret_and_knows_the_key(started):
    key = re.search(r"sl_\w{8}_\w{43}_\w{6}", started.text()).group()
    assert started.stop() == 0
    started.output.write_text("")
    started.start(lambda: listens(4000) and listens(4001))
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}

    def status():
        answer = requests.post(
            "http://127.0.0.1:4000/v1/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {key}"},
            timeout=10,
        )
        return answer.status_code == 200

    eventually(status, within=5)
    assert key not in started.text() and "sla_" not in started.text()
