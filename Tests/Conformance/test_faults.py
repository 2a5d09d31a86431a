# SPDX-License-Identifier: Apache-2.0
"""Each fault of docs/faults.md as a caller meets it: the answer, the ledger, and that the next request is fine.

The provider's faults come by the model's name (`fault-…`, docs/mock.md) or from raw sockets.
"""

import json
import re
import resource
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import openai
import pytest
import requests

from harness.mock import PROVIDER_KEY, Mock
from harness.processes import eventually, free_port
from harness.rawhttp import Wire, exchange, request
from harness.relay import APP_KEY, Relay, version
from harness.upstream import Upstream

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
HELLO = [{"role": "user", "content": "Hello"}]
FAST = {"max_retries": 2, "backoff": "5ms"}
LIMITS = {"connect": "400ms", "first_byte": "400ms", "stall": "400ms", "total": "20s"}
NAMES = [
    "none", "cut", "cut-head", "cut-mid", "reset", "reset-head", "reset-mid", "hang", "hang-head", "hang-0", "hang-mid",
    "slow-100ms", "pause-200ms", "split", "garbage", "garbage-mid", "both-lengths", "two-lengths", "short", "long",
    "bad-chunk", "huge-head", "error-0", "error-5", "empty", "lifecycle", "no-end", "no-usage", "bom", "cr", "crlf",
    "long-line", "retry-ms-150", "retry-azure-150", "retry-s-1", "retry-date-2", "retry-past", "retry-huge", "retry-no",
    "money-gone", *(f"status-{status}" for status in (400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 504, 529)),
]  # fmt: skip


def config(url, names=NAMES, limits=LIMITS, retry=FAST, **more):
    """A route of the same name for each model, and one for models made up on the way (`any`)."""
    routes = {
        name: {"versions": [version(f"{name}-1", name, config={"retry_policy": retry, "timeouts": limits})]}
        for name in (f"fault-{name}" for name in names)
    }
    return {
        "providers": {"main": {"dialect": "openai", "base_url": url, "api_key": PROVIDER_KEY}},
        "routes": routes,
        "prices": [{"provider": "main", "model": name, "input": 1.0, "output": 2.0} for name in routes],
        "keys": [{"name": "app", "key": APP_KEY}],
        **more,
    }


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = Mock(tmp_path_factory.mktemp("faulty")).start()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def relay(tmp_path_factory, provider):
    relay = Relay(tmp_path_factory.mktemp("faults"), config(provider.url)).start()
    yield relay
    eventually(lambda: relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    eventually(lambda: not relay.attempts("open_attempt"), why="no attempt stays open")
    assert relay.stop() == 0, relay.daemon.tail()


def body(model, stream=False, **more):
    fields = {"model": model, "messages": HELLO, "prompt": "Hello", "stream": stream, **more}
    if stream:
        fields["stream_options"] = {"include_usage": True}
    return json.dumps(fields).encode()


def ask(relay, model, stream=False, path=CHAT, headers=None):
    answer = exchange(relay.port, request(path, body(model, stream), key=APP_KEY, headers=headers), timeout=15)
    assert answer is not None, f"{model}: closed without an answer"
    return answer


def rows(relay, answer):
    """The attempts of a request, once each is settled: as many as the answer says there were."""
    identifier = answer.header("x-request-id")
    found = relay.settled([identifier])[identifier]
    attempts = answer.header("x-sluice-attempts")
    if attempts is not None and answer.status != 200:
        assert len(found) == int(attempts), "one entry per attempt"
    return found


def paid(relay, answer):
    return sum(row.get("cost_nano_usd") or 0 for row in rows(relay, answer))


def is_error(answer, *codes):
    assert answer.json()["error"]["code"] in codes, answer.body


def never_looks_whole(answer):
    """A stream that broke off: an error event, no mark, and no clean end of the HTTP message."""
    assert answer.status == 200
    assert b'"error"' in answer.body, answer.body[-300:]
    assert b"[DONE]" not in answer.body
    assert not answer.complete, "the connection breaks without the final chunk"


@pytest.fixture(autouse=True)
def next_request_is_fine(request):
    yield
    if "relay" in request.fixturenames:
        answer = ask(request.getfixturevalue("relay"), "fault-none")
        assert answer.status == 200 and answer.complete


# --- before the head


def test_a_refused_connection(relays):
    relay = relays(**config(f"http://127.0.0.1:{free_port()}/v1", ["none"]))
    started = time.monotonic()
    answer = ask(relay, "fault-none")
    assert answer.status == 502 and 1 <= int(answer.header("x-sluice-attempts")) <= 3
    is_error(answer, "upstream_unreachable")
    assert time.monotonic() - started < 1
    assert paid(relay, answer) == 0


def test_a_connection_that_is_never_taken(relays):
    """SYNs are lost: the queue of a listening socket that accepts nothing is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        time.sleep(0.1)
        relay = relays(**config(f"http://127.0.0.1:{address[1]}/v1", ["none"], retry={"max_retries": 0}))
        started = time.monotonic()
        answer = ask(relay, "fault-none")
        took = time.monotonic() - started
        for filler in fillers:
            filler.close()
    assert answer.status in (502, 504) and took < 1.5, f"{answer.status} after {took:.2f} s"
    is_error(answer, "upstream_timeout", "upstream_unreachable")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["reset", "reset-head", "cut", "cut-head"])
def test_a_connection_lost_before_the_head_is_tried_again(relay, fault, stream):
    answer = ask(relay, f"fault-{fault}", stream)
    assert answer.status == 502 and 2 <= int(answer.header("x-sluice-attempts")) <= 3
    for row in rows(relay, answer):
        assert row["error_class"] and row["cost_state"] == "unknown", "what a lost attempt cost is not known"
        assert not row.get("cost_nano_usd") and not row.get("output_tokens")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["hang", "hang-head"])
def test_silence_before_the_head_ends_at_the_limit(relay, fault, stream):
    started = time.monotonic()
    answer = ask(relay, f"fault-{fault}", stream)
    assert answer.status == 504
    is_error(answer, "upstream_timeout")
    assert time.monotonic() - started < 3 * 0.4 + 1.5
    assert paid(relay, answer) == 0


def test_a_head_that_is_late_but_in_time_is_an_answer(relay):
    answer = ask(relay, "fault-slow-100ms")
    assert answer.status == 200 and paid(relay, answer) == 12 * 1_000 + 40 * 2_000


# --- framing


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["garbage", "both-lengths", "two-lengths", "huge-head"])
def test_a_head_that_breaks_the_rules_is_a_bad_gateway(relay, fault, stream):
    answer = ask(relay, f"fault-{fault}", stream)
    assert answer.status == 502
    is_error(answer, "upstream_malformed", "upstream_reset")
    assert paid(relay, answer) == 0


@pytest.mark.parametrize("fault", ["short", "cut-mid", "reset-mid", "bad-chunk", "hang-mid", "hang-0"])
def test_a_whole_answer_that_is_not_whole_is_never_passed_off_as_one(relay, fault):
    answer = ask(relay, f"fault-{fault}")
    assert answer.status in (502, 504)
    assert paid(relay, answer) == 0


@pytest.mark.parametrize("fault", ["cut-mid", "reset-mid", "bad-chunk", "hang-mid"])
def test_a_stream_that_breaks_off_is_told_in_band(relay, fault):
    answer = ask(relay, f"fault-{fault}", stream=True)
    never_looks_whole(answer)
    (row,) = rows(relay, answer)
    assert row["output_tokens"] and row["cost_nano_usd"], "what was seen is billed"
    assert row["output_tokens"] <= 40


def test_a_stall_ends_at_its_limit_and_names_it(relay):
    started = time.monotonic()
    answer = ask(relay, "fault-hang-mid", stream=True)
    never_looks_whole(answer)
    assert time.monotonic() - started < 2
    assert b"upstream_timeout" in answer.body


def test_a_pause_that_is_no_stall_loses_nothing(relay):
    answer = ask(relay, "fault-pause-200ms", stream=True)
    assert answer.complete and answer.body.endswith(b"data: [DONE]\n\n")


# --- cut at every byte

EVENTS = [b'data: {"choices":[{"delta":{"content":"w%d "}}]}\n\n' % number for number in range(39)]
CLOSING = [b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n', b"data: [DONE]\n\n"]
TEXTS = [b'data: {"choices":[{"text":"w%d "}]}\n\n' % number for number in range(39)]
TEXT_CLOSING = [b'data: {"choices":[{"text":"","finish_reason":"stop"}]}\n\n', b"data: [DONE]\n\n"]
SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def framed(events):
    return SSE_HEAD + b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + b"0\r\n\r\n"


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    upstream = Upstream()
    once = {"max_retries": 0}
    relay = Relay(tmp_path_factory.mktemp("raw"), config(upstream.url, ["none"], retry=once)).start()
    yield upstream, relay
    assert relay.stop() == 0, relay.daemon.tail()
    upstream.stop()


@pytest.mark.parametrize("dialect", ["chat", "completions"])
def test_forty_events_cut_at_every_byte_never_end_cleanly(raw, dialect):
    """Every byte of a chat from the head's end to the mark (each third of a completion), FIN and RST by turns."""
    upstream, relay = raw
    path, events, closing = (
        (CHAT, EVENTS, CLOSING) if dialect == "chat" else (COMPLETIONS, TEXTS, TEXT_CLOSING)
    )
    step = 1 if dialect == "chat" else 3
    whole = framed(events + closing)
    ends = whole.index(b"data: [DONE]") + len(b"data: [DONE]")
    data = request(path, body("fault-none", True), key=APP_KEY)
    begun = 0
    for cut in range(len(SSE_HEAD), ends, step):
        upstream.scripts["fault-none"] = (whole[:cut], "reset" if cut % 4 == 0 else "close")
        answer = exchange(relay.port, data)
        assert answer is not None, f"cut at {cut}"
        if answer.status == 502:
            continue
        begun += 1
        assert answer.status == 200 and not answer.complete, f"cut at {cut}: ended cleanly"
        assert b"[DONE]" not in answer.body and b'"error"' in answer.body, f"cut at {cut}: {answer.body[-200:]}"
    assert begun > 0.9 * (ends - len(SSE_HEAD)) / step, "most cuts came after the first content"
    upstream.scripts["fault-none"] = (whole, "close")
    answer = exchange(relay.port, data)
    assert answer.complete and answer.body.endswith(b"data: [DONE]\n\n")


# --- content


@pytest.mark.parametrize("fault", ["bom", "cr", "crlf", "split", "long-line", "garbage-mid", "none"])
def test_odd_but_valid_framing_passes_unchanged_and_is_counted(relay, provider, fault):
    direct = requests.post(f"{provider.url}/chat/completions", data=body(f"fault-{fault}", True), timeout=10).content
    answer = ask(relay, f"fault-{fault}", stream=True)
    assert answer.complete and answer.body == direct
    (row,) = rows(relay, answer)
    assert (row["input_tokens"], row["output_tokens"]) == (12, 40)


def test_an_answer_without_usage_is_never_free(relay):
    answer = ask(relay, "fault-no-usage", stream=True)
    assert answer.complete
    (row,) = rows(relay, answer)
    assert row["cost_state"] in ("unknown", "estimated") and row.get("cost_nano_usd") != 0, "unknown is not free"


def test_an_error_in_the_place_of_content_is_a_failure(relay):
    answer = ask(relay, "fault-error-0", stream=True)
    attempts = rows(relay, answer)
    assert all(row["error_class"] for row in attempts)
    if answer.status == 200:
        never_looks_whole(answer)
    else:
        assert answer.status in (500, 502, 503) and len(attempts) > 1, "another attempt was made first"


def test_an_error_after_content_passes_and_the_stream_does_not_end_cleanly(relay):
    answer = ask(relay, "fault-error-5", stream=True)
    never_looks_whole(answer)
    assert answer.body.count(b"word") >= 4 and b"overloaded" in answer.body
    (row,) = rows(relay, answer)
    assert row["error_class"] and 0 < row["output_tokens"] < 40


@pytest.mark.parametrize("fault", ["error-5", "cut-mid", "hang-mid", "reset-mid", "no-end"])
def test_the_official_sdk_raises_and_never_ends_its_loop_quietly(relay, fault):
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=15) as client:
        seen = 0
        with pytest.raises((openai.APIError, Exception)) as caught:
            for _ in client.chat.completions.create(model=f"fault-{fault}", messages=HELLO, stream=True):
                seen += 1
    assert seen > 0 and not isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("stream", [False, True])
def test_an_empty_answer_is_a_failure(relay, stream):
    answer = ask(relay, "fault-empty", stream)
    assert answer.status == 502 or (stream and not answer.complete)
    for row in rows(relay, answer):
        assert row["error_class"] in ("empty", "truncated", "malformed") and not row.get("output_tokens")


@pytest.mark.parametrize(
    "body, status, code",
    [
        (b"", 502, "upstream_empty"), (b'{"id":"c","choices":[]}', 502, "upstream_empty"),
        (b"<html>", 502, "upstream_malformed"), (b'{"choices":[{"message":{"content":"hal', 502, "upstream_reset"),
        (b'{"error":{"message":"busy","code":"overloaded"}}', 502, "overloaded"),
        (b'{"error":{"message":"slow down","code":429}}', 429, 429),
    ],
)  # fmt: skip
def test_a_whole_answer_with_nothing_in_it_is_no_success(raw, body, status, code):
    """Status 200 and a length that is right, and still no answer."""
    upstream, relay = raw
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    upstream.scripts["fault-none"] = (head.encode() + body, "keep")
    answer = ask(relay, "fault-none")
    assert answer.status == status and answer.json()["error"]["code"] == code
    (row,) = rows(relay, answer)
    assert row["error_class"] and row["cost_state"] == "unknown" and row["status"] == status
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=15) as client:
        with pytest.raises(openai.APIStatusError):
            client.chat.completions.create(model="fault-none", messages=HELLO)


def test_a_stream_without_its_mark_never_looks_complete(relay):
    never_looks_whole(ask(relay, "fault-no-end", stream=True))


# --- refusals


@pytest.mark.parametrize("fault, least", [("retry-ms-150", 0.15), ("retry-azure-150", 0.15), ("retry-past", 0)])
def test_advice_to_wait_is_followed(relay, provider, fault, least):
    before = provider.last_sequence()
    started = time.monotonic()
    answer = ask(relay, f"fault-{fault}")
    # A caller who is told when to come back may do so.
    assert answer.status == 429 and answer.header("x-should-retry") is None
    tries = len(provider.log(before))
    assert 1 <= tries <= 3
    assert time.monotonic() - started >= least * (tries - 1)
    assert answer.header("retry-after") or answer.header("retry-after-ms") or answer.header("x-ms-retry-after-ms")


def test_advice_in_seconds_and_as_a_date_is_followed(relay, provider):
    for fault, least in [("retry-s-1", 1.0), ("retry-date-2", 0.9)]:
        before = provider.last_sequence()
        started = time.monotonic()
        answer = ask(relay, f"fault-{fault}", headers={"x-sluice-timeout-ms": "4000"})
        assert answer.status == 429
        tries = len(provider.log(before))
        assert time.monotonic() - started >= least * (tries - 1) and tries <= 3


def test_a_wait_of_years_is_passed_on_at_once(relay, provider):
    before = provider.last_sequence()
    started = time.monotonic()
    answer = ask(relay, "fault-retry-huge")
    assert answer.status == 429 and answer.header("retry-after") == "1000000000"
    assert time.monotonic() - started < 1 and len(provider.log(before)) == 1


def test_money_that_is_gone_is_not_asked_for_twice(relay, provider):
    before = provider.last_sequence()
    answer = ask(relay, "fault-money-gone")
    assert len(provider.log(before)) == 1
    assert answer.status in (402, 429, 502) and b"quota" in answer.body


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_server_error_is_tried_again_within_bounds(relay, provider, status):
    before = provider.last_sequence()
    answer = ask(relay, f"fault-status-{status}")
    assert answer.status == status and 1 <= len(provider.log(before)) <= 3
    assert paid(relay, answer) == 0


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_the_callers_own_mistake_is_not_tried_again_and_comes_verbatim(relay, provider, status):
    before = provider.last_sequence()
    answer = ask(relay, f"fault-status-{status}")
    direct = requests.post(f"{provider.url}/chat/completions", data=body(f"fault-status-{status}"), timeout=10)
    assert answer.status == status and answer.body == direct.content
    assert len(provider.log(before)) == 2, "one from the relay, one from this test"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_not_tried_again(relay, provider, status):
    before = provider.last_sequence()
    assert ask(relay, f"fault-status-{status}").status in (status, 502)
    assert len(provider.log(before)) == 1


def test_retries_of_callers_are_not_multiplied(relay, provider):
    """The SDK is told to stop once the relay has tried: 2 attempts of 3 tries each would be 9 requests."""
    before = provider.last_sequence()
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=2, timeout=15) as client:
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(model="fault-status-503", messages=HELLO)
    assert len(provider.log(before)) <= 3


def test_an_outage_under_load_costs_the_provider_a_tenth_more(relays, tmp_path):
    """A tenth of the tries of ten seconds, or three, are what the budget leaves to all event loops together."""
    faulty = Mock(tmp_path).start()
    try:
        relay = relays(**config(faulty.url, ["status-503"]))
        with requests.Session() as session:
            session.headers.update({"authorization": f"Bearer {APP_KEY}", "content-type": "application/json"})
            for _ in range(250):
                data = body("fault-status-503")
                answer = session.post(f"{relay.url}/chat/completions", data=data, timeout=10)
                assert answer.status_code == 503
        reached = len(faulty.log())
        # The three are for requests that come ever more slowly: ten seconds look back on busier ones.
        assert 250 < reached <= 250 * 1.10 + 3, f"{reached} requests reached the provider"
    finally:
        faulty.stop()


def test_a_target_that_slows_down_under_load_gets_fewer_requests_at_a_time(relays, tmp_path):
    """From 60 to 600 ms to the first token: some are told to come back, before anything is sent for them."""
    slow = Mock(tmp_path).start()
    try:
        slow.set(ttft="60ms", interval="1ms")
        own = {"retry_policy": {"max_retries": 0}}
        routes = {
            name: {"versions": [version(f"{name}-1", name, config={**own, "adaptive_concurrency": name == "adapts"})]}
            for name in ("adapts", "as-ever")
        }
        relay = relays(**{**config(slow.url), "routes": routes, "prices": [], "loops": 1})

        def load(name, count, seconds):
            """So many callers of streams at once, each asking again when it was answered."""
            answers, end = [], time.monotonic() + seconds

            def call():
                while time.monotonic() < end:
                    answers.append(ask(relay, name, stream=True))
                    if answers[-1].status != 200:
                        time.sleep(0.2)

            threads = [threading.Thread(target=call) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return answers

        assert {answer.status for answer in load("adapts", 30, 4)} == {200}
        slow.set(ttft="600ms")
        answers = load("adapts", 30, 5)
        metrics = requests.get(f"{relay.admin_url}/metrics", timeout=10).text
        refused = [answer for answer in answers if answer.status != 200]
        assert refused and len(refused) < len(answers)
        for answer in refused:
            assert answer.status == 503 and 1 <= int(answer.header("retry-after")) <= 3
            assert answer.header("x-should-retry") == "true" and answer.header("x-sluice-attempts") is None
            is_error(answer, "overloaded")
        assert "slows down under its load" in relay.daemon.tail()
        assert "# TYPE sluice_concurrency_limit gauge" in metrics
        assert {answer.status for answer in load("as-ever", 30, 2)} == {200}, "only where the version says so"
        slow.set(ttft="60ms")
        deadline = time.monotonic() + 30
        while {answer.status for answer in load("adapts", 30, 1)} != {200}:
            assert time.monotonic() < deadline, "all get in again"
    finally:
        slow.stop()


# --- names and certificates


def test_a_name_that_does_not_resolve(relays):
    relay = relays(**config("https://nobody.invalid/v1", ["none"], retry={"max_retries": 0}))
    answer = ask(relay, "fault-none")
    assert answer.status in (502, 504)
    is_error(answer, "upstream_unreachable", "upstream_timeout")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and certificates for this address: good, expired, for another name, and of nobody."""
    if shutil.which("openssl") is None:
        pytest.skip("missing on this machine: openssl")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA")
    (folder / "here.txt").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    (folder / "index.txt").write_text("")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=here\n[here]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
        "policy=any\n[any]\ncommonName=supplied\n"
    )
    (folder / "there.txt").write_text("subjectAltName=DNS:elsewhere.example")
    for name, names in [("good", "here"), ("expired", "here"), ("elsewhere", "there")]:
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost")
        if name == "expired":
            openssl("ca", "-batch", "-config", "ca.cnf", "-in", "expired.csr", "-out", "expired.pem", "-cert", "ca.pem",
                    "-keyfile", "ca.key", "-extfile", "here.txt", "-notext",
                    "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")  # fmt: skip
        else:
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-out", f"{name}.pem", "-extfile", f"{names}.txt", "-days", "30")  # fmt: skip
    openssl("req", "-x509", *key, "-keyout", "nobody.key", "-out", "nobody.pem", "-days", "30", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")  # fmt: skip
    return folder


class TLSProvider:
    """A listening socket that speaks TLS with one certificate, or takes connections and says nothing."""

    def __init__(self, folder: Path, name: str | None):
        self.context = None
        if name:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}/v1"
        self.handshakes = 0
        self.requests = 0
        self.held = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.handshakes += 1
            if self.context is None:
                self.held.append(connection)
                continue
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    if tls.recv(65_536):
                        self.requests += 1
                        tls.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n")
                        tls.sendall(b'{"choices":[{}]}')
            except OSError:
                pass

    def stop(self):
        self.listener.close()
        for connection in self.held:
            connection.close()


@pytest.mark.parametrize("name", ["good", "expired", "elsewhere", "nobody", None], ids=lambda name: name or "silent")
def test_a_certificate_that_is_not_valid_gets_no_request(relays, certificates, name):
    provider = TLSProvider(certificates, name)
    try:
        settings = config(provider.url, ["none"])
        settings["providers"]["main"]["ca_file"] = str(certificates / "ca.pem")
        relay = relays(**settings)
        answer = ask(relay, "fault-none")
        if name == "good":
            assert answer.status == 200 and provider.requests == 1
            return
        assert answer.status in (502, 504)
        is_error(answer, *(["upstream_tls"] if name else ["upstream_tls", "upstream_timeout"]))
        assert provider.requests == 0, "no byte of a request without a valid certificate"
        if name:
            assert provider.handshakes == 1, "a wrong certificate is not tried again"
    finally:
        provider.stop()


# --- callers


@pytest.mark.parametrize("events", [1, 5, 20])
def test_a_caller_who_leaves_is_billed_for_what_was_seen(relays, mock, events):
    relay = relays()
    before = mock.last_sequence()
    with mock.setting(models={"gpt-4.1": {"interval": "15ms", "output_tokens": "60", "chunks": 60, "latency": "30ms"}}):
        with Wire(relay.port) as wire:
            wire.send(request(CHAT, body("gpt-4.1", True), key=APP_KEY))
            while wire.buffer.count(b"data: ") < events:
                assert wire._more()
        left = time.monotonic()
        eventually(lambda: mock.log(before), within=2, why="the provider's connection is closed")
        assert time.monotonic() - left < 2
        (row,) = eventually(relay.ledger, every=0.2, why="the attempt is in the ledger")
    assert row["ending"] == "caller_gone" and (row.get("output_tokens") or 0) <= 60
    if events >= 5:
        assert row["output_tokens"] >= events - 3


def test_a_caller_who_does_not_read_holds_a_bounded_amount_of_memory(relays, mock):
    """20 callers ask for 8 MiB each and read nothing: the relay keeps far less than the 160 MiB it could."""
    relay = relays()
    resident = lambda: int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{relay.daemon.process.pid}/status").read_text())[1])
    line = b": " + b"x" * 65_534 + b"\n\n"
    event = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
    with mock.script("gpt-4.1", [event] + [line] * 128, content_type="text/event-stream", pause="0ms", ending="hang"):
        ask(relay, "plain")
        before = resident()
        wires = []
        for _ in range(20):
            wire = Wire(relay.port)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            wires.append(wire.send(request(CHAT, body("gpt-4.1", True), key=APP_KEY)))
        eventually(lambda: relay.metric("sluice_requests_in_flight") == 20, why="all are in flight")
        time.sleep(1)
        grown = resident() - before
        for wire in wires:
            wire.close()
    assert grown < 60 * 1_024, f"{grown} KiB more for 20 callers who do not read"


# --- the relay's own limits


def test_few_descriptors_refuse_some_and_serve_on(relays, mock):
    relay = relays()
    # Lowered while it runs: some descriptors are kept of these as well.
    resource.prlimit(relay.daemon.process.pid, resource.RLIMIT_NOFILE, (256, 256))
    wires = []
    for _ in range(400):
        try:
            wires.append(Wire(relay.port, timeout=2))
        except OSError:
            break
    assert relay.daemon.is_alive
    started = Path(f"/proc/{relay.daemon.process.pid}/stat").read_text().split()
    time.sleep(1)
    ended = Path(f"/proc/{relay.daemon.process.pid}/stat").read_text().split()
    ticks = (int(ended[13]) + int(ended[14])) - (int(started[13]) + int(started[14]))
    assert ticks < 60, f"{ticks} of 100 ticks of CPU: it spins"
    for wire in wires:
        wire.close()
    try:
        eventually(lambda: ask(relay, "plain").status == 200, why="it recovers by itself")
    except OSError as error:
        raise AssertionError(f"{error}; exit code {relay.daemon.process.poll()}:\n{relay.daemon.tail()}") from error
