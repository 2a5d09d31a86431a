# SPDX-License-Identifier: Apache-2.0
"""`sluice validate`: the same prompts to two models or endpoints, and whether the answers are near enough."""

import difflib
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
import requests
from harness.mock import PROVIDER_KEY
from harness.processes import BINARY
from harness.relay import APP_KEY

PROMPTS = [f"Question {number}: name a river & a town <near> it." for number in range(10)]


@pytest.fixture
def validate(relay, mock, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(PROMPTS))

    def run(*arguments, prompts=prompts):
        environment = {**os.environ, "SLUICE_URL": relay.url, "SLUICE_API_KEY": APP_KEY}
        return subprocess.run(
            [BINARY, "validate", "--prompts", prompts, *arguments],
            env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


def text(relay, model, prompt):
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    answer = requests.post(
        relay.url + "/chat/completions", json=body, headers={"authorization": f"Bearer {APP_KEY}"}, timeout=10
    )
    return answer.json()["choices"][0]["message"]["content"]


def test_ten_prompts_to_both_and_a_pass_rate(validate, relay, tmp_path):
    junit, page = tmp_path / "report.xml", tmp_path / "report.html"
    ran = validate("--from", "chat", "--to", "gpt-4o", "--json", "--junit", junit, "--html", page)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert report["pass_rate"] == 1 and report["decided"] is True and report["verdict"] == "passed" and len(report["cases"]) == 10
    for case in report["cases"]:
        assert case["result"] == "pass" and case["content_match"] and case["finish_reason_match"]
        assert case["tokens_match"] and case["model_match"] and case["similarity"] == case["similarity_difflib"] == 1
    suite = ElementTree.parse(junit).getroot()
    assert suite.attrib["tests"] == "10" and suite.attrib["failures"] == "0" and len(suite.findall(".//testcase")) == 10
    assert page.read_text().count("<tr class=") == 10


def test_other_words_fail_with_the_figures_that_a_script_prints(validate, relay, tmp_path):
    junit = tmp_path / "report.xml"
    ran = validate("--from", "chat", "--to", "plain", "--json", "--junit", junit)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert report["decided"] is True and report["verdict"] == "failed"
    for case, prompt in zip(report["cases"], PROMPTS, strict=True):
        pair = [text(relay, model, prompt) for model in ("chat", "plain")]
        assert case["similarity_difflib"] == difflib.SequenceMatcher(None, *pair).ratio()
        assert case["similarity"] == difflib.SequenceMatcher(None, *pair, autojunk=False).ratio()
        assert case["model_match"] is False
    failed = sum(case["result"] == "fail" for case in report["cases"])
    assert failed > 0 and len(ElementTree.parse(junit).findall(".//failure")) == failed
    assert "similarity" in validate("--from", "chat", "--to", "plain").stdout
    assert validate("--from", "chat", "--to", "plain", "--similarity", "0").returncode == 0


def test_bare_endpoints_and_all_forms_of_prompts(validate, mock, tmp_path):
    file = tmp_path / "prompts.jsonl"
    messages = [{"role": "user", "content": "Is it raining?"}]
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
    lines = [
        {"messages": messages, "max_tokens": 5},
        {"custom_id": "batch-1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "x", "messages": messages}},
        {"id": "shape", "messages": messages, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}},
        {"prompt": "And tomorrow?"},
    ]  # fmt: skip
    file.write_text("Plain text\n" + "\n".join(json.dumps(line) for line in lines) + "\n")
    ran = validate(
        "--from", "gpt-4.1", "--from-url", mock.url, "--from-key", PROVIDER_KEY, "--to", "chat", "--json", prompts=file
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    cases = json.loads(ran.stdout)["cases"]
    assert [case["id"] for case in cases] == ["1", "2", "batch-1", "shape", "5"]
    assert cases[3]["json"] == ["json", "json"] and cases[1]["finish_reason"] == ["length", "length"]


def test_a_worse_answer_is_told_by_what_is_worse(validate, mock, tmp_path):
    file = tmp_path / "prompts.jsonl"
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "look"}], "tools": [tool]}))
    for flaw, words in [("bad-arguments", "no JSON"), ("refuse", "refuses"), ("silent", "finish reason")]:
        ran = validate(
            "--from", "chat", "--to", f"mock-{flaw}", "--to-url", mock.url, "--to-key", PROVIDER_KEY, prompts=file
        )
        assert ran.returncode == 1 and words in ran.stdout, ran.stdout + ran.stderr


def test_too_few_are_undecided_and_nobody_is_not_reached(validate, tmp_path):
    few = validate("--from", "chat", "--to", "gpt-4o", "--fail-under", "0.95")
    assert few.returncode == 2 and "Not decided" in few.stdout
    assert validate("--from", "chat", "--to", "gpt-4o", "--fail-under", "0.5").returncode == 0
    ran = validate("--from", "chat", "--to", "chat", "--to-url", "http://127.0.0.1:1/v1", "--json")
    assert ran.returncode == 3, ran.stdout + ran.stderr
    for case in json.loads(ran.stdout)["cases"]:
        assert case["result"] == "error" and case["similarity"] is None and case["content_match"] is None
        assert case["reasons"] == ["the second could not be reached"]
    assert validate("--from", "chat").returncode == 2
    assert validate("--from", "chat", "--to", "chat", prompts=tmp_path / "none.txt").returncode == 2
    wrong = validate("--from", "chat", "--to", "chat", "--to-key", "sk-nobody")
    assert wrong.returncode == 1 and "the second answered 401" in wrong.stdout
