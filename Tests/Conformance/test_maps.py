# SPDX-License-Identifier: Apache-2.0
"""The maps of the house are true: CONTRIBUTING's arrows, each room's README, the numbers of the decisions."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANIFEST = (ROOT / "Package.swift").read_text()


def arrows_of_the_manifest():
    """Target to the targets of the house it may import; tests are left out."""
    found = {}
    for name, listed in re.findall(r'room\(\s*"(\w+)"(?:,\s*\[(.*?)\])?\s*\)', MANIFEST, re.S):
        found[name] = set(re.findall(r'"(\w+)"', listed))
    for name, listed in re.findall(r'executableTarget\(\s*name: "([\w-]+)",\s*dependencies: \[(.*?)\]', MANIFEST, re.S):
        found[name] = set(re.findall(r'"(\w+)"', listed))
    return found


def arrows_of_the_drawing():
    block = re.search(r"```\n(roof .*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.S).group(1)
    found = {}
    for line in block.splitlines():
        for part in line.split(";"):
            if "→" not in part:
                continue
            left, right = part.split("→")
            names = [name.strip(" ,·") for name in re.split(r"[,·]", re.sub(r"^\w+\s{2,}", "", left.strip()))]
            for name in names:
                found[name.split()[-1]] = set(re.findall(r"\bSluice\w+", right))
    return found


ROOMS = arrows_of_the_manifest()


def test_the_drawing_shows_the_arrows_of_the_manifest():
    drawn = arrows_of_the_drawing()
    # The roof may know every room, the parts that are measured alone and the tests' kit stand beside the house.
    real = {name: rooms for name, rooms in ROOMS.items() if name not in {"SluiceNode", "sluice-parts", "SluiceTestKit"}}
    drawn.pop("SluiceNode", None)
    assert drawn == real


def test_the_roof_knows_every_room():
    rooms = {name for name in ROOMS if name.startswith("Sluice")} - {"SluiceNode", "SluiceTestKit"}
    assert ROOMS["SluiceNode"] == rooms


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_readme_of_a_room_names_its_folders_and_files(room):
    folder = ROOT / "Sources" / room
    text = (folder / "README.md").read_text()
    assert len(text.splitlines()) <= 40
    named = re.findall(r"`([A-Z]\w*(?:/[\w+.*]*)+|[A-Z]\w+\.swift)`", text)
    named += re.findall(r"^\| `(\w+)` \|", text, re.M)
    for name in named:
        assert (folder / name).exists() or (ROOT / name).exists() or any(folder.glob(f"{name}*")), f"there is no {name}"
    folders = {path.name for path in folder.iterdir() if path.is_dir()}
    missing = {name for name in folders if not any(word.split("/")[0] == name for word in named)}
    assert not missing, f"the README of {room} says nothing of {sorted(missing)}"


# Arrows between a room's folders that lie on a circle. A number may only go down; a room that is not named has none.
CIRCLES = {
    "SluiceAdmin": 8,
    "SluiceControl": 30,
    "SluiceCore": 9,
    "SluiceJournal": 7,
    "SluiceJudge": 7,
    "SluiceMock": 11,
    "SluiceNode": 20,
    "SluiceStoreSQLite": 2,
    "SluiceWire": 10,
    "sluice": 4,
}
KIND = r"(?:(?:package|public|internal|final|indirect) |@\w+(?:\([^)]*\))? )*(?:struct|enum|class|protocol|typealias|actor)"


def folder_arrows(room):
    """Pairs of folders of a room: one that names a type, and one that declares it. Files beside the folders are one more."""
    root = ROOT / "Sources" / room
    texts = {}
    for path in root.rglob("*.swift"):
        text = re.sub(r'"""(.*?)"""', '""', path.read_text(), flags=re.S)
        text = re.sub(r"//.*", "", re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text))
        parts = path.relative_to(root).parts
        texts[path] = (parts[0] if len(parts) > 1 else ".", text)
    declared = {}
    for folder, text in texts.values():
        for name in re.findall(rf"^{KIND} (\w+)", text, re.M):
            declared[name] = folder
        for outer, body in re.findall(r"^extension (\w+)[^{\n]*\{\n(.*?)^\}", text, re.M | re.S):
            for name in re.findall(rf"^    {KIND} (\w+)", body, re.M):
                declared[f"{outer}.{name}"] = folder
    arrows = set()
    # The type that bears the room's name is also the space for the names of its settings.
    space = re.compile(rf"extension {room.removeprefix('Sluice')} ")
    for folder, text in texts.values():
        for name, inner in re.findall(r"(?<![\w.])([A-Z]\w*)(\.[A-Z]\w*)?", space.sub("", text)):
            found = declared.get(name + inner, declared.get(name, folder))
            if found != folder:
                arrows.add((folder, found))
    return arrows


def on_a_circle(arrows):
    reached = {start: {end for other, end in arrows if other == start} for start, _ in arrows}
    for middle in reached:
        for ends in reached.values():
            if middle in ends:
                ends |= reached[middle]
    return sorted((start, end) for start, end in arrows if start in reached.get(end, ()))


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_folders_of_a_room_do_not_name_each_other_in_circles(room):
    found = on_a_circle(folder_arrows(room))
    assert len(found) <= CIRCLES.get(room, 0), f"arrows between folders on a circle: {found}"
    assert len(found) == CIRCLES.get(room, 0), f"there are fewer circles now: write {len(found)} for {room}"


def test_decisions_are_numbered_without_gaps():
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        assert path.read_text().startswith(f"# {path.name[:4]} "), f"{path.name} has another number in its title"


def test_others_can_depend_on_the_judge():
    # SwiftPM refuses products of a package by URL that has them.
    assert "unsafeFlags" not in MANIFEST
