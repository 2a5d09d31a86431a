# SPDX-License-Identifier: Apache-2.0
"""One simulated provider and one relay for all tests that need no others; each is a process of its own."""

from dataclasses import dataclass

import openai
import pytest
import requests

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually
from harness.relay import APP_KEY, Relay, standard_config


@pytest.fixture(scope="session")
def mock(tmp_path_factory):
    mock = Mock(tmp_path_factory.mktemp("mock"), "--require-key", PROVIDER_KEY).start()
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """A simulated provider of a module's own, whose settings disturb nobody else."""
    mock = Mock(tmp_path_factory.mktemp("provider"), "--require-key", PROVIDER_KEY).start()
    yield mock
    mock.stop()


@pytest.fixture(scope="session")
def relay(tmp_path_factory, mock):
    relay = Relay(tmp_path_factory.mktemp("relay"), standard_config(mock.url)).start()
    yield relay
    # After all that was done to it: nothing hangs on, nothing was lost on the way to the ledger.
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    eventually(lambda: relay.metric("sluice_ingester_pending_records") == 0, why="the ledger has everything")
    assert relay.metric("sluice_journal_damaged_places_total") == 0
    eventually(lambda: not relay.attempts("open_attempt"), why="no attempt stays open")
    assert relay.cli("audit", "verify").returncode == 0
    assert relay.stop() == 0, relay.daemon.tail()


@pytest.fixture
def relays(tmp_path_factory, mock):
    """Starts relays with a configuration of one's own, and stops them after the test."""
    started = []

    def start(**changes) -> Relay:
        config = {**standard_config(mock.url), **changes}
        relay = Relay(tmp_path_factory.mktemp("relay"), config)
        started.append(relay)
        return relay.start()

    yield start
    for relay in started:
        relay.stop()


@dataclass
class Target:
    """Where a caller's SDK points: at the simulated provider itself, or at the relay before it."""

    name: str
    url: str
    key: str

    def client(self, **options) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url, api_key=self.key, **{"max_retries": 0, "timeout": 15, **options})

    def async_client(self, **options) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=self.url, api_key=self.key, **{"max_retries": 0, "timeout": 15, **options})


@pytest.fixture(params=["direct", "relayed"])
def target(request, mock) -> Target:
    """Both: what the SDK sees through the relay is what it sees without it."""
    if request.param == "direct":
        return Target("direct", mock.url, PROVIDER_KEY)
    relay = request.getfixturevalue("relay")
    return Target("relayed", relay.url, APP_KEY)


@pytest.fixture
def client(target):
    with target.client() as client:
        yield client


@pytest.fixture
def relayed(relay) -> Target:
    return Target("relayed", relay.url, APP_KEY)


@pytest.fixture
def http():
    """Plain HTTP with the caller's key."""
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {APP_KEY}"
        yield session
