# SPDX-License-Identifier: Apache-2.0
"""Makes what SluiceQualityTests compares itself with: `oracles.py DIRECTORY [--pairs N] [--seed N]`.

similarity.jsonl  pairs of texts with what Python's difflib says of them
schemas.jsonl     JSON-Schema-Test-Suite, draft2020-12, as the sdist of `jsonschema` on PyPI holds it: one group of tests a line
documents.jsonl   what its schemas refer to: {"uri": …, "document": …}

What is downloaded stays in the directory and is not part of the project. The tests that need a file are skipped without it.
"""

import argparse
import difflib
import io
import json
import random
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path

# What the draft leaves to implementations, and what this one does: `format` is a note, and older drafts are not known.
OPTIONAL = [
    "anchor", "bignum", "dynamicRef", "ecmascript-regex", "float-overflow", "id", "no-schema", "non-bmp-regex",
    "refOfUnknownKeyword", "unknownKeyword",
]


def text_of(chance, alphabet, length):
    return "".join(chance.choice(alphabet) for _ in range(length))


def pair(chance):
    """Two texts that have something in common, of lengths around 200, where difflib begins to leave out what is common."""
    letters = "abcdefghij klmnopqrstuvwxyz,.\n0123456789éß👍e\u0301"
    alphabet = letters[: chance.randint(2, 40)]
    size = chance.choice([0, 1, 5, 30, 100, 198, 199, 200, 201, 202, 250, 400, 600])
    first = text_of(chance, alphabet, chance.randint(0, size))
    kind = chance.randrange(4)
    if kind == 0:
        return first, text_of(chance, alphabet, size)
    second = list(first)
    for _ in range(chance.randint(0, 12)):
        place = chance.randint(0, len(second))
        what = chance.randrange(3)
        if what == 0:
            second[place:place] = text_of(chance, alphabet, chance.randint(1, 20))
        elif what == 1:
            del second[place : place + chance.randint(1, 20)]
        else:
            second[place : place + 1] = text_of(chance, alphabet, 1)
    if kind == 1 and len(second) < 200:
        second += text_of(chance, alphabet, 200 - len(second))
    return first, "".join(second)


def write_similarity(path, pairs, seed):
    chance = random.Random(seed)
    with path.open("w") as out:
        for _ in range(pairs):
            first, second = pair(chance)
            composed = [unicodedata.normalize("NFC", text) for text in (first, second)]
            line = {
                "first": first,
                "second": second,
                "difflib": difflib.SequenceMatcher(None, first, second).ratio(),
                "similarity": difflib.SequenceMatcher(None, *composed, autojunk=False).ratio(),
            }
            out.write(json.dumps(line) + "\n")


def download(directory, requirement, *options):
    known = list(directory.glob(requirement.split("=")[0].replace("-", "[-_]") + "-*"))
    if not known:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "-d", directory, *options, requirement], check=True)
        known = list(directory.glob(requirement.split("=")[0].replace("-", "[-_]") + "-*"))
    return known[0].read_bytes()


def write_schemas(directory):
    suite = tarfile.open(fileobj=io.BytesIO(download(directory, "jsonschema==4.25.1", "--no-binary", ":all:")))
    groups, documents = [], {}
    for member in suite.getmembers():
        path = member.name.split("/", 1)[-1]
        if not path.endswith(".json"):
            continue
        if path.startswith("json/remotes/"):
            uri = "http://localhost:1234/" + path.removeprefix("json/remotes/")
            documents[uri] = suite.extractfile(member).read().decode()
        if not path.startswith("json/tests/draft2020-12/"):
            continue
        name = path.removeprefix("json/tests/draft2020-12/").removesuffix(".json")
        if "/" in name and name.removeprefix("optional/") not in OPTIONAL:
            continue
        # Each group as it is written, since Python would round its numbers.
        groups += [{"file": name, "groups": suite.extractfile(member).read().decode()}]
    specifications = zipfile.ZipFile(io.BytesIO(download(directory, "jsonschema-specifications==2025.9.1")))
    for name in specifications.namelist():
        if "/schemas/draft202012/" in name and not name.endswith("/"):
            text = specifications.read(name).decode()
            documents[json.loads(text)["$id"]] = text
    with (directory / "schemas.jsonl").open("w") as out:
        out.writelines(json.dumps(group) + "\n" for group in groups)
    with (directory / "documents.jsonl").open("w") as out:
        out.writelines(json.dumps({"uri": uri, "document": text}) + "\n" for uri, text in documents.items())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    write_similarity(options.directory / "similarity.jsonl", options.pairs, options.seed)
    write_schemas(options.directory)


if __name__ == "__main__":
    main()
