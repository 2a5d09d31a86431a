# SPDX-License-Identifier: Apache-2.0
"""The table of docs/faults.md names tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/faults.md").read_text().split("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| fault ")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
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
    assert len(ROWS) > 40
