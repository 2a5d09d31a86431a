# SPDX-License-Identifier: Apache-2.0
"""The sticky split through HTTP: shares, stickiness, and weights that change while it runs."""

import pytest
import requests

from harness.relay import APP_KEY, Relay, standard_config, version

UNITS = [f"person-{number}" for number in range(600)]


@pytest.fixture
def assign(relay, http):
    def assign(units=UNITS, **body) -> dict[str, str]:
        found = {}
        for unit in units:
            answer = http.post(
                f"{relay.url}/chat/completions",
                json={"model": "split", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, **body},
                headers={"x-sluice-unit": unit},
                timeout=15,
            )
            assert answer.status_code == 200, answer.text
            expected = {"split-a": "split-a", "split-b": "split-b"}[answer.headers["x-sluice-version"]]
            assert answer.json()["model"] == expected
            found[unit] = answer.headers["x-sluice-version"]
        return found

    return assign


def weight(relay, value):
    return relay.admin("PATCH", "/versions/split-b/weight", {"weight": value})


def on_b(assigned) -> set[str]:
    return {unit for unit, version in assigned.items() if version == "split-b"}


def test_shares_stay_put_and_only_grow(relay, assign):
    assert weight(relay, 0.2)["weight"] == 0.2
    first = on_b(assign())
    # Five standard deviations of a binomial share of 20 % of 600.
    assert 71 <= len(first) <= 169
    assert on_b(assign(UNITS[:100])) == first & set(UNITS[:100]), "a unit stays where it is"

    weight(relay, 0.5)
    half = on_b(assign())
    assert first <= half, "raising a weight moves nobody back"
    assert 239 <= len(half) <= 361

    weight(relay, 0.2)
    assert on_b(assign()) == first, "lowering it brings the same units back"

    weight(relay, 0.0)
    assert on_b(assign(UNITS[:150])) == set()
    weight(relay, 1.0)
    assert on_b(assign(UNITS[:150])) == set(UNITS[:150])
    weight(relay, 0.2)


def test_the_distribution_tells_the_shares(relay):
    weight(relay, 0.25)
    shares = relay.admin("GET", "/versions/distribution")
    assert shares["split-b"]["weight"] == 0.25
    assert shares["split-b"]["route"] == "split"
    assert shares["split-b"]["effective_weight"] == pytest.approx(0.25)
    assert shares["split-a"]["effective_weight"] == pytest.approx(0.75)
    weight(relay, 0.2)


@pytest.mark.parametrize(
    "source, fields",
    [
        ("user", {"user": "someone"}),
        ("prompt_cache_key", {"prompt_cache_key": "prefix"}),
        ("conversation", {}),
    ],
)
def test_other_units_stay_put_too(relay, http, source, fields):
    weight(relay, 0.5)
    seen = set()
    for _ in range(5):
        answer = http.post(
            f"{relay.url}/chat/completions",
            json={"model": "split", "messages": [{"role": "user", "content": "The same first words"}], **fields},
            timeout=15,
        )
        assert answer.headers["x-sluice-unit-source"] == source
        seen.add((answer.headers["x-sluice-version"], answer.headers["x-sluice-bucket"]))
    assert len(seen) == 1
    weight(relay, 0.2)


def test_conversations_spread_over_the_versions(relay, http):
    """One system prompt for all, and the first words of a conversation still tell them apart."""
    weight(relay, 0.5)
    versions = []
    for number in range(60):
        messages = [{"role": "system", "content": "x" * 500}, {"role": "user", "content": f"Conversation {number}"}]
        for turn in range(2):
            answer = http.post(
                f"{relay.url}/chat/completions", json={"model": "split", "messages": messages}, timeout=15
            )
            messages += [
                {"role": "assistant", "content": answer.json()["choices"][0]["message"]["content"]},
                {"role": "user", "content": f"And then, {turn}?"},
            ]
            versions.append(answer.headers["x-sluice-version"])
    assert versions[::2] == versions[1::2], "a conversation stays on its version"
    assert 10 <= versions[::2].count("split-b") <= 50
    weight(relay, 0.2)


def test_a_change_holds_over_a_restart(relays):
    relay = relays()
    from harness.relay import APP_KEY
    import requests

    def buckets():
        found = {}
        for number in range(30):
            answer = requests.post(
                f"{relay.url}/chat/completions",
                json={"model": "split", "messages": [{"role": "user", "content": "Hi"}]},
                headers={"authorization": f"Bearer {APP_KEY}", "x-sluice-unit": f"u{number}"},
                timeout=15,
            )
            found[number] = (answer.headers["x-sluice-bucket"], answer.headers["x-sluice-version"])
        return found

    relay.admin("PATCH", "/versions/split-b/weight", {"weight": 0.6})
    before = buckets()
    assert relay.stop() == 0
    relay.start()
    assert relay.admin("GET", "/versions/split-b")["weight"] == 0.6
    assert buckets() == before


@pytest.mark.parametrize("splits", [False, True])
def test_embeddings_are_split_only_where_the_route_says_so(tmp_path, mock, splits):
    """Vectors of two models cannot be compared; a chat of the same route is split as ever."""
    config = standard_config(mock.url)
    config["routes"] = {
        "both": {
            "split_embeddings": splits,
            "versions": [version("old", "old-model"), version("new", "new-model", state="canary", weight=0.5)],
        }
    }
    relay = Relay(tmp_path, config).start()
    found = {"embeddings": set(), "chat/completions": set()}
    for unit in UNITS[:30]:
        for path, body in [
            ("embeddings", {"input": "tide"}),
            ("chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}),
        ]:
            answer = requests.post(
                f"{relay.url}/{path}", json={"model": "both", **body}, timeout=15,
                headers={"x-sluice-unit": unit, "authorization": f"Bearer {APP_KEY}"},
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            found[path].add(answer.headers["x-sluice-version"])
    assert relay.stop() == 0, relay.daemon.tail()
    assert found["chat/completions"] == {"old", "new"}
    assert found["embeddings"] == ({"old", "new"} if splits else {"old"})
