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

# environment VENV REQUIREMENTS: makes it where it is missing, or was made of others.
environment() {
    if cmp -s "$2" "$1/.requirements"; then return; fi
    rm -rf "$1"
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" && cp "$2" "$1/.requirements"
}

venv="${VENV:-$root/.venv}"
environment "$venv" "$here/requirements.txt"
# Libraries of a former generation, which run as processes of their own; tests of them are skipped without it.
export VENV_OLD="${VENV_OLD:-$root/.venv-old}"
environment "$VENV_OLD" "$here/requirements-old.txt" || echo "no environment with old libraries" >&2
# LangChain and LiteLLM bring official libraries of their own.
export VENV_CLIENTS="${VENV_CLIENTS:-$root/.venv-clients}"
environment "$VENV_CLIENTS" "$here/requirements-clients.txt" || echo "no environment with LangChain and LiteLLM" >&2
cd "$root"
paths=("$here")   # all of them, unless the arguments name files
for argument in "$@"; do if [ -e "${argument%%::*}" ]; then paths=(); fi; done
SLUICE_BINARY="$binary" exec "$venv/bin/python" -m pytest ${paths[@]+"${paths[@]}"} "$@"
