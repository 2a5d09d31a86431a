#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the conformance tests against a binary: `Tests/Conformance/run.sh BINARY [pytest arguments]`.
# Uses the virtual environment in .venv of the repository, and makes it where it is missing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
binary="${1:?usage: run.sh BINARY [pytest arguments]}"
shift
binary="$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")"

venv="${VENV:-$root/.venv}"
stamp="$venv/.requirements"
if ! cmp -s "$here/requirements.txt" "$stamp"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$stamp"
fi
cd "$root"
paths=("$here")   # all of them, unless the arguments name files
for argument in "$@"; do if [ -e "${argument%%::*}" ]; then paths=(); fi; done
SLUICE_BINARY="$binary" exec "$venv/bin/python" -m pytest ${paths[@]+"${paths[@]}"} "$@"
