# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/faults.md and docs/threat-model.md name tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def rows(document: str, head: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / document).read_text().split("\n## ")[0].splitlines()
        if line.startswith("| ") and not line.startswith(head)
    ]


ROWS = rows("docs/faults.md", "| fault ") + rows("docs/threat-model.md", "| asset ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}"[:80])
def test_each_fault_names_a_test_that_exists(row):
    assert len(row) == 4
    shown = row[3]
    cases = re.findall(r"`(test_\w+\.py)::(test_\w+)`", shown)
    for file, name in cases:
        assert f"def {name}(" in (ROOT / "Tests/Conformance" / file).read_text(), f"{file} has no {name}"
    sentences = re.findall(r"(\w+\.swift): (.+?)(?=$|, \w+\.swift:)", shown)
    for file, sentence in sentences:
        found = [path.read_text() for path in (ROOT / "Tests").rglob(file)]
        assert any(f'"{sentence}"' in text for text in found), f"{file} has no test “{sentence}”"
    assert cases or sentences, "no test is named"


def test_the_table_is_there():
    assert len(rows("docs/faults.md", "| fault ")) > 40 and len(rows("docs/threat-model.md", "| asset ")) > 10
