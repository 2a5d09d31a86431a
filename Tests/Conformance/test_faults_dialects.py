# SPDX-License-Identifier: Apache-2.0
"""The provider's faults of docs/faults.md, row by row, in the dialects beside chat: Anthropic's, Gemini's, the Responses API, Converse.

The provider is a raw socket that sends each dialect's bytes, whole, streamed and broken. Converse has no callers of its own:
chat completions ask for it.
"""

import json
import time

import pytest

from harness.bedrock import BEARER, REGION, exception, frame
from harness.processes import eventually, free_port
from harness.rawhttp import exchange, request
from harness.relay import APP_KEY, PROVIDER_KEY, Relay, version
from harness.upstream import Upstream
from test_faults import FAST, LIMITS, paid, rows

WORDS = [f"w{number} " for number in range(40)]
TEXT = "".join(WORDS)
PAID = 12 * 1_000 + 40 * 2_000
EVENTS = "text/event-stream"
BAD_CHUNK = b"zz\r\n{}\r\n"


def event(data, name=None):
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(data).encode() + b"\n\n"


class Anthropic:
    provider = {"dialect": "anthropic", "api_key": PROVIDER_KEY}
    path = "/v1/messages"
    ends = [b"message_stop", b"message_delta"]
    type = EVENTS
    whole = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 12, "output_tokens": 40},
    }  # fmt: skip
    empty = {**whole, "content": [], "stop_reason": None, "usage": {"input_tokens": 12, "output_tokens": 0}}
    start = {**empty, "usage": {"input_tokens": 12, "output_tokens": 1}}

    def asked(self, route, stream):
        return {"model": route, "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}

    def one(self, kind, **more):
        return event({"type": kind, **more}, kind)

    def opening(self):
        block = self.one("content_block_start", index=0, content_block={"type": "text", "text": ""})
        return [self.one("message_start", message=self.start), block]

    def content(self):
        return [
            self.one("content_block_delta", index=0, delta={"type": "text_delta", "text": word}) for word in WORDS
        ]

    def closing(self, usage=True):
        told = {"usage": {"output_tokens": 40}} if usage else {}
        return [
            self.one("content_block_stop", index=0),
            self.one("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, **told),
            self.one("message_stop"),
        ]

    def failure(self):
        return self.one("error", error={"type": "overloaded_error", "message": "Overloaded"})

    def refusal(self, status):
        kinds = {400: "invalid_request_error", 429: "rate_limit_error", 529: "overloaded_error"}
        error = {"type": kinds.get(status, "api_error"), "message": f"It is {status}."}
        return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode(), ""

    def no_usage(self, body):
        return {name: value for name, value in body.items() if name != "usage"}


class Gemini(Anthropic):
    provider = {"dialect": "gemini", "api_key": PROVIDER_KEY}
    ends = [b'"finishReason"']
    whole = {
        "candidates": [{"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 40, "totalTokenCount": 52},
        "responseId": "r1",
    }  # fmt: skip
    empty = {"candidates": [], "responseId": "r1"}

    def asked(self, route, stream):
        self.path = f"/v1beta/models/{route}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")
        return {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}

    def piece(self, number, usage=True, **more):
        counts = {"promptTokenCount": 12, "candidatesTokenCount": number + 1, "totalTokenCount": number + 13}
        one = {"content": {"parts": [{"text": WORDS[number]}], "role": "model"}, "index": 0, **more}
        return event({"candidates": [one], **({"usageMetadata": counts} if usage else {}), "responseId": "r1"})

    def opening(self):
        return []

    def content(self, usage=True):
        return [self.piece(number, usage) for number in range(39)]

    def closing(self, usage=True):
        return [self.piece(39, usage, finishReason="STOP")]

    def failure(self):
        return event({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}})

    def refusal(self, status):
        kinds = {400: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED"}
        error = {"code": status, "message": f"It is {status}.", "status": kinds.get(status, "UNAVAILABLE")}
        return json.dumps({"error": error}).encode(), ""

    def no_usage(self, body):
        return {name: value for name, value in body.items() if name != "usageMetadata"}


class Responses(Anthropic):
    provider = {"dialect": "openai", "api_key": PROVIDER_KEY}
    path = "/v1/responses"
    ends = [b"response.completed", b"response.incomplete"]
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    item = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
    usage = {
        "input_tokens": 12, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 40,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 52,
    }  # fmt: skip
    whole = {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [item],
        "usage": usage,
    }  # fmt: skip
    empty = {**whole, "output": [], "usage": None}

    def asked(self, route, stream):
        return {"model": route, "input": "Hello", "stream": stream, "store": False}

    def opening(self):
        item = {**self.item, "status": "in_progress", "content": []}
        return [
            self.one("response.created", response={**self.empty, "status": "in_progress"}),
            self.one("response.output_item.added", output_index=0, item=item),
            self.one("response.content_part.added", item_id="msg_1", output_index=0, content_index=0, part={**self.part, "text": ""}),
        ]  # fmt: skip

    def content(self):
        return [
            self.one("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=word)
            for word in WORDS
        ]

    def closing(self, usage=True):
        response = self.whole if usage else {**self.whole, "usage": None}
        return [
            self.one("response.output_item.done", output_index=0, item=self.item),
            self.one("response.completed", response=response),
        ]

    def failure(self):
        return self.one("error", code="server_is_overloaded", message="Overloaded", param=None)

    def refusal(self, status):
        error = {"message": f"It is {status}.", "type": "server_error", "param": None, "code": None}
        return json.dumps({"error": error}).encode(), ""


class Converse(Anthropic):
    provider = {"dialect": "bedrock", "region": REGION, "api_key": BEARER}
    path = "/v1/chat/completions"
    ends = [b"[DONE]", b'"finish_reason":"']
    type = "application/vnd.amazon.eventstream"
    usage = {"inputTokens": 12, "outputTokens": 40, "totalTokens": 52}
    whole = {
        "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}}, "stopReason": "end_turn",
        "usage": usage, "metrics": {"latencyMs": 5},
    }  # fmt: skip
    empty = {}

    def asked(self, route, stream):
        return {"model": route, "messages": [{"role": "user", "content": "Hello"}], "stream": stream}

    def one(self, kind, **more):
        headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
        return frame(headers, json.dumps({**more, "p": "abcd"}).encode())

    def opening(self):
        return [self.one("messageStart", role="assistant")]

    def content(self):
        return [self.one("contentBlockDelta", contentBlockIndex=0, delta={"text": word}) for word in WORDS]

    def closing(self, usage=True):
        metadata = [self.one("metadata", usage=self.usage, metrics={"latencyMs": 5})] if usage else []
        return [self.one("contentBlockStop", contentBlockIndex=0), self.one("messageStop", stopReason="end_turn"), *metadata]

    def failure(self):
        return exception("serviceUnavailableException", "Overloaded")

    def refusal(self, status):
        kinds = {
            401: "UnrecognizedClientException", 403: "AccessDeniedException", 404: "ResourceNotFoundException",
            429: "ThrottlingException", 500: "InternalServerException", 503: "ServiceUnavailableException",
        }  # fmt: skip
        kind = kinds.get(status, "ValidationException" if status < 500 else "ModelErrorException")
        return json.dumps({"message": f"It is {status}."}).encode(), f"x-amzn-errortype: {kind}:http://x/\r\n"


DIALECTS = {"anthropic": Anthropic, "gemini": Gemini, "responses": Responses, "converse": Converse}


# --- what the provider sends


def answer_of(status, type, body, more=""):
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {type}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def chunked(type, pieces):
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {type}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    return head, [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]


def script(dialect, fault, stream):
    """The bytes of an answer with what is wrong with it, and how the connection ends."""
    whole = json.dumps(dialect.whole).encode()
    if stream:
        pieces = [*dialect.opening(), *dialect.content(), *dialect.closing()]
        head, pieces = chunked(dialect.type, pieces)
        good = head + b"".join(pieces) + b"0\r\n\r\n"
    else:
        good = answer_of(200, "application/json", whole)
        head = good[: good.index(b"\r\n\r\n") + 4]
    middle = len(head) + (len(good) - len(head)) // 2
    kind, _, number = fault.rpartition("-")
    if kind == "status":
        body, fields = dialect.refusal(int(number))
        return answer_of(int(number), "application/json", body, fields), "keep"
    if kind == "retry":
        waits = {"ms": "retry-after-ms: 150", "past": "retry-after: Wed, 21 Oct 2015 07:28:00 GMT", "huge": "retry-after: 86400"}
        body, fields = dialect.refusal(429)
        return answer_of(429, "application/json", body, f"{fields}{waits[number]}\r\n"), "keep"
    if stream and fault.startswith("error-"):
        before = [*dialect.opening(), *dialect.content()[: int(number)]]
        head, pieces = chunked(dialect.type, [*before, dialect.failure()])
        return head + b"".join(pieces) + b"0\r\n\r\n", "keep"
    match fault:
        case "none": return good, "keep"
        case "cut": return b"", "close"
        case "reset": return b"", "reset"
        case "cut-head": return head[: len(head) // 2], "close"
        case "reset-head": return head[: len(head) // 2], "reset"
        case "hang": return b"", "silent"
        case "hang-head": return head[: len(head) // 2], "silent"
        case "garbage": return b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "close"
        case "both-lengths": return head[:-2] + (b"content-length: 9" if stream else b"transfer-encoding: chunked") + b"\r\n\r\n", "close"
        case "two-lengths": return answer_of(200, "application/json", whole, "content-length: 7\r\n"), "close"
        case "huge-head": return b"HTTP/1.1 200 OK\r\nx-padding: " + b"y" * 2_000_000, "close"
        case "short": return answer_of(200, "application/json", whole + b" " * 99)[:-99], "close"
        case "cut-mid": return good[:middle], "close"
        case "reset-mid": return good[:middle], "reset"
        case "hang-mid": return good[:middle], "silent"
        case "bad-chunk":
            begun = [*dialect.opening(), *dialect.content()[:9]] if stream else [whole[:50]]
            head, pieces = chunked(dialect.type if stream else "application/json", begun)
            # A stream has begun by then.
            return head + b"".join(pieces) + (b"" if stream else BAD_CHUNK), "close"
        case "no-end":
            head, pieces = chunked(dialect.type, [*dialect.opening(), *dialect.content()])
            return head + b"".join(pieces) + b"0\r\n\r\n", "keep"
        case "no-usage" if stream:
            content = dialect.content(usage=False) if isinstance(dialect, Gemini) else dialect.content()
            opening = [piece.replace(b', "usage": {"input_tokens": 12, "output_tokens": 1}', b"") for piece in dialect.opening()]
            head, pieces = chunked(dialect.type, [*opening, *content, *dialect.closing(usage=False)])
            return head + b"".join(pieces) + b"0\r\n\r\n", "keep"
        case "no-usage": return answer_of(200, "application/json", json.dumps(dialect.no_usage(dialect.whole)).encode()), "keep"
        case "nothing": return answer_of(200, dialect.type if stream else "application/json", b""), "keep"
        case "empty":
            head, pieces = chunked(dialect.type, dialect.opening()[:1])
            return (head + b"".join(pieces) + b"0\r\n\r\n" if stream else answer_of(200, "application/json", json.dumps(dialect.empty).encode())), "keep"
    raise AssertionError(fault)  # fmt: skip


HEAD = ["cut", "reset", "cut-head", "reset-head"]
SILENT = ["hang", "hang-head"]
WRONG = ["garbage", "both-lengths", "two-lengths", "huge-head"]
HALF = ["short", "cut-mid", "reset-mid", "hang-mid", "bad-chunk"]
BROKEN = ["cut-mid", "reset-mid", "hang-mid", "bad-chunk", "no-end"]
ERRORS = [400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 504, 529]
FAULTS = [
    "none", *HEAD, *SILENT, *WRONG, *HALF, "no-end", "no-usage", "nothing", "empty", "error-0", "error-5",
    "retry-ms", "retry-past", "retry-huge", *(f"status-{status}" for status in ERRORS),
]  # fmt: skip


class Place:
    """A relay before a raw provider of one dialect."""

    def __init__(self, name, folder):
        self.name = name
        self.dialect = DIALECTS[name]()
        self.upstream = Upstream()
        only_streams = {"no-end", "error-0", "error-5"}
        only_whole = {"short", "two-lengths"}
        models = [
            (f"{fault}.{kind}", fault, kind == "s")
            for fault in FAULTS
            for kind in "ws"
            if not (kind == "w" and fault in only_streams) and not (kind == "s" and fault in only_whole)
        ]
        self.upstream.scripts = {model: script(self.dialect, fault, stream) for model, fault, stream in models}
        self.upstream.after["bad-chunk.s"] = (0.05, BAD_CHUNK)
        origin = f"http://127.0.0.1:{self.upstream.port}"
        base = f"{origin}/v1" if name == "responses" else origin
        nobody = f"http://127.0.0.1:{free_port()}" + ("/v1" if name == "responses" else "")
        names = [model for model, _, _ in models] + ["cuts"]
        setting = {"retry_policy": FAST, "timeouts": LIMITS}
        once = {"retry_policy": {"max_retries": 0}, "timeouts": LIMITS}
        config = {
            "providers": {
                "main": {**self.dialect.provider, "base_url": base},
                "nobody": {**self.dialect.provider, "base_url": nobody},
            },
            "routes": {
                model: {"versions": [version(f"{model}-1", model, config=once if model == "cuts" else setting)]}
                for model in names
            }
            | {"refused": {"versions": [version("refused-1", "m", provider="nobody", config=setting)]}},
            "prices": [{"provider": "main", "model": model, "input": 1.0, "output": 2.0} for model in names],
            "keys": [{"name": "app", "key": APP_KEY}],
        }
        self.relay = Relay(folder, config).start()

    def ask(self, fault, stream=False):
        return self.send(f"{fault}.{'s' if stream else 'w'}", stream)

    def send(self, route, stream):
        body = json.dumps(self.dialect.asked(route, stream)).encode()
        headers = {"anthropic-version": "2023-06-01"} if self.name == "anthropic" else None
        answer = exchange(self.relay.port, request(self.dialect.path, body, key=APP_KEY, headers=headers), timeout=15)
        assert answer is not None, f"{route}: closed without an answer"
        return answer

    def tried(self, fault, stream=False):
        """The answer, and how many requests came to the provider."""
        before = self.upstream.served
        answer = self.ask(fault, stream)
        return answer, self.upstream.served - before

    def is_refusal(self, answer, *statuses):
        assert answer.status in statuses, answer.body
        error = answer.json()["error"]
        assert error["message"], answer.body
        if self.name == "anthropic":
            assert answer.json()["type"] == "error" and error["type"]
        elif self.name == "gemini":
            assert error["code"] == answer.status and error["status"]
        else:
            assert error["type"] and "code" in error

    def never_looks_whole(self, answer):
        assert answer.status == 200 and not answer.complete, answer.body[-300:]
        assert not [end for end in self.dialect.ends if end in answer.body], answer.body[-300:]
        last = answer.body.rstrip(b"\r\n").rsplit(b"\n\n", 1)[-1]
        error = json.loads(last.rsplit(b"data: ", 1)[1])
        assert "error" in error or error.get("type") == "error", last


@pytest.fixture(scope="module", params=DIALECTS)
def place(request, tmp_path_factory):
    place = Place(request.param, tmp_path_factory.mktemp(request.param))
    yield place
    eventually(lambda: place.relay.metric("sluice_requests_in_flight") == 0, why="no request is in flight")
    eventually(lambda: not place.relay.attempts("open_attempt"), why="no attempt stays open")
    assert place.relay.stop() == 0, place.relay.daemon.tail()
    place.upstream.stop()


@pytest.fixture(autouse=True)
def next_request_is_fine(place):
    yield
    answer = place.ask("none")
    assert answer.status == 200 and answer.complete


both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def test_what_is_whole_is_an_answer_and_paid(place):
    for stream in (False, True):
        answer = place.ask("none", stream)
        assert answer.status == 200 and answer.complete and b"w39 " in answer.body
        assert not stream or [end for end in place.dialect.ends if end in answer.body]
        assert paid(place.relay, answer) == PAID


def test_a_refused_connection(place):
    place.is_refusal(place.send("refused", False), 502)


@both
@pytest.mark.parametrize("fault", HEAD)
def test_a_connection_lost_before_the_head_is_tried_again(place, fault, stream):
    answer = place.ask(fault, stream)
    place.is_refusal(answer, 502)
    assert 2 <= int(answer.header("x-sluice-attempts")) <= 3
    for row in rows(place.relay, answer):
        assert row["error_class"] and row["cost_state"] == "unknown" and not row.get("cost_nano_usd")


@both
@pytest.mark.parametrize("fault", SILENT)
def test_silence_before_the_head_ends_at_the_limit(place, fault, stream):
    started = time.monotonic()
    answer = place.ask(fault, stream)
    place.is_refusal(answer, 504)
    assert time.monotonic() - started < 3 * 0.4 + 1.5 and paid(place.relay, answer) == 0


@both
@pytest.mark.parametrize("fault", WRONG)
def test_a_head_that_breaks_the_rules_is_a_bad_gateway(place, fault, stream):
    if stream and fault == "two-lengths":
        stream = False
    answer = place.ask(fault, stream)
    place.is_refusal(answer, 502)
    assert paid(place.relay, answer) == 0


@pytest.mark.parametrize("fault", HALF)
def test_a_whole_answer_that_is_not_whole_is_never_passed_off_as_one(place, fault):
    answer = place.ask(fault)
    place.is_refusal(answer, 502, 504)
    assert paid(place.relay, answer) == 0


@pytest.mark.parametrize("fault", BROKEN)
def test_a_stream_that_breaks_off_is_told_in_band(place, fault):
    answer = place.ask(fault, stream=True)
    place.never_looks_whole(answer)
    (row,) = rows(place.relay, answer)
    assert row["error_class"] and row["cost_nano_usd"], "what was seen is billed"
    # Each piece, and what the provider counted before the first.
    assert 0 < row["output_tokens"] <= 41


def test_forty_events_cut_at_every_byte_never_end_cleanly(place):
    """Every seventh byte from the head's end to the last event, FIN and RST by turns."""
    good, _ = script(place.dialect, "none", True)
    start = good.index(b"\r\n\r\n") + 4
    # The last bytes that say nothing more: the mark of the end of the body, and of Converse the usage behind it.
    last = len(good) - len(b"0\r\n\r\n") - len(chunked("", place.dialect.closing()[-1:])[1][0]) + 1
    begun = 0
    for cut in range(start, last, 7):
        place.upstream.scripts["cuts"] = (good[:cut], "reset" if cut % 2 else "close")
        answer = place.send("cuts", True)
        if answer.status == 502:
            continue
        begun += 1
        place.never_looks_whole(answer)
    assert begun > 0.8 * (last - start) / 7, "most cuts came after the first content"


@both
def test_an_answer_without_usage_is_never_free(place, stream):
    answer = place.ask("no-usage", stream)
    assert answer.status == 200 and answer.complete
    (row,) = rows(place.relay, answer)
    assert row["cost_state"] in ("unknown", "estimated") and row.get("cost_nano_usd") != 0, row


def test_an_error_in_the_place_of_content_is_a_failure(place):
    answer = place.ask("error-0", stream=True)
    attempts = rows(place.relay, answer)
    assert all(row["error_class"] for row in attempts)
    if answer.status == 200:
        place.never_looks_whole(answer)
    else:
        place.is_refusal(answer, 429, 500, 502, 503, 529)
    assert len(attempts) > 1, "another attempt was made first"


def test_an_error_after_content_passes_and_the_stream_does_not_end_cleanly(place):
    answer = place.ask("error-5", stream=True)
    place.never_looks_whole(answer)
    assert b"w4 " in answer.body and b"Overloaded" in answer.body
    (row,) = rows(place.relay, answer)
    assert row["error_class"] and 0 < row["output_tokens"] < 40


@both
@pytest.mark.parametrize("fault", ["nothing", "empty"])
def test_an_empty_answer_is_a_failure(place, fault, stream):
    answer = place.ask(fault, stream)
    assert answer.status == 502 or stream and not answer.complete, answer.body
    for row in rows(place.relay, answer):
        assert row["error_class"] in ("empty", "truncated", "malformed") and (row.get("output_tokens") or 0) <= 1, row


@pytest.mark.parametrize("fault, least", [("retry-ms", 0.15), ("retry-past", 0)])
def test_advice_to_wait_is_followed(place, fault, least):
    started = time.monotonic()
    answer, tries = place.tried(fault)
    place.is_refusal(answer, 429)
    assert 1 <= tries <= 3 and time.monotonic() - started >= least * (tries - 1)
    assert answer.header("x-should-retry") is None


def test_a_wait_of_more_than_a_minute_is_passed_on_at_once(place):
    answer, tries = place.tried("retry-huge")
    place.is_refusal(answer, 429)
    assert tries == 1 and answer.header("x-should-retry") == "false" and answer.header("retry-after") == "86400"


@both
@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_server_error_is_tried_again_within_bounds(place, status, stream):
    answer, tries = place.tried(f"status-{status}", stream)
    place.is_refusal(answer, status)
    assert 1 <= tries <= 3 and f"It is {status}.".encode() in answer.body and paid(place.relay, answer) == 0


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_the_callers_own_mistake_is_not_tried_again_and_comes_in_the_providers_words(place, status):
    answer, tries = place.tried(f"status-{status}")
    assert tries == 1
    if place.name == "converse":
        place.is_refusal(answer, status)
        assert answer.json()["error"]["message"] == f"It is {status}."
    else:
        assert answer.status == status and answer.body == place.dialect.refusal(status)[0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_not_tried_again(place, status):
    answer, tries = place.tried(f"status-{status}")
    place.is_refusal(answer, status, 502)
    assert tries == 1
