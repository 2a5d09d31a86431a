# SPDX-License-Identifier: Apache-2.0
# `make help` lists what there is.
SHELL := /bin/bash
CONFIG ?= sluice.yaml

.DEFAULT_GOAL := help
.PHONY: help run demo build test test-swift test-conformance test-agents lint format bench bench-parts bench-faults fuzz openapi-examples clean packages

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, and start `sluice serve` (CONFIG=sluice.yaml)
	@scripts/packages build
	@scripts/build release
	@exec .build/release/sluice serve --config "$(CONFIG)"

demo: ## gray releases to look at, in a terminal, under two minutes
	@scripts/packages build
	@scripts/build release
	@exec .build/release/sluice demo

build: ## the release binary, .build/release/sluice
	@scripts/packages build
	@scripts/build release

test: ## everything: Swift tests, then the SDK conformance tests in .venv
	@scripts/test

test-swift: ## the Swift tests alone
	@scripts/test swift

test-conformance: ## the SDK conformance tests alone, against the debug binary
	@scripts/test conformance

test-agents: ## coding agents through the relay (packages from PyPI, some 330 MB), against the debug binary
	@test -d .venv-agents || python3 -m venv .venv-agents
	@.venv-agents/bin/pip install --quiet --disable-pip-version-check -r Tests/Conformance/requirements-agents.txt \
		|| echo "the agents cannot be had here: their tests are skipped"
	@Tests/Conformance/run.sh .build/debug/sluice Tests/Conformance/test_agents.py -rs

lint: ## what the formatter says about the sources
	@scripts/lint

format: ## let the formatter fix the sources
	@swift format -i -r Package.swift Sources Tests

bench: build ## measure beside nginx, HAProxy, Envoy and LiteLLM (some minutes; keep the machine quiet)
	@bench/install-peers.sh
	@python3 bench/bench.py --binary .build/release/sluice --phases saturated,fixed500,sse100,body1m,memory,scale

bench-parts: ## instructions of each part alone, under valgrind (also on a busy machine)
	@scripts/packages build bench
	@scripts/bench-parts
	@scripts/build release sluice
	@scripts/bench-requests

bench-faults: build ## drain, 9 500 streams, an outage and overload (some minutes; keep the machine quiet)
	@for run in drain streams outage overload; do python3 bench/faults.py $$run --binary .build/release/sluice || exit 1; done

fuzz: ## a million inputs for each parser of bytes from outside, with libFuzzer (Linux; FUZZ_RUNS=N)
	@scripts/packages build
	@nice -n 10 scripts/fuzz --runs $(or $(FUZZ_RUNS),1000000)

openapi-examples: ## thousands of calls that the admin API's document allows or forbids, by schemathesis (some minutes)
	@.venv/bin/python Tests/Conformance/openapi_examples.py .build/debug/sluice

packages: ## install the system packages that are missing
	@scripts/packages build test

clean: ## remove what was built (configuration and data stay)
	@rm -rf .build .venv .venv-old .venv-clients .venv-agents .venv-openapi
