# SPDX-License-Identifier: Apache-2.0
"""Bodies are forwarded byte for byte, in both directions, but for what a version changes."""

import json

import pytest

from harness.rawhttp import Wire, exchange, request
from harness.relay import APP_KEY

CHAT = "/v1/chat/completions"

# Everything a serialiser would tidy up: order, spaces, number spelling, escapes, repeated names further down.
ODD = (
    b'{ "x_first" :1e400,"messages":[{"content":"caf\\u00e9 \\ud83d\\ude00 \\/ \xf0\x9f\x8c\x8a","role":"user",'
    b'"zz":0.10,"aa":-0.0}],\r\n\t"big":123456789012345678901234567890, "spelled":1E+2,"model":"plain",'
    b'"x_unknown":{"again":1,"again":2,"model":"inner","stream":"inner","":[ ]},"seed":7 }'
)


# Without its end, so that members can be added.
SCRIPTED = b'{"model":"scripted","messages":[{"role":"user","content":"Hi"}]'


@pytest.fixture(autouse=True)
def captured(mock):
    with mock.setting(capture=True):
        yield


def send(relay, body, **options):
    answer = exchange(relay.port, request(CHAT, body, key=APP_KEY, **options), timeout=30)
    assert answer is not None
    return answer


def test_an_odd_body_arrives_as_it_was_sent(relay, mock):
    assert send(relay, ODD).status == 200
    assert mock.last_body() == ODD


def test_only_the_models_bytes_change_for_an_alias(relay, mock):
    body = ODD.replace(b'"plain"', b'"gpt-4o"')
    assert send(relay, body).status == 200
    assert mock.last_body() == ODD.replace(b'"plain"', b'"gpt-4.1"')


def test_a_model_spelled_with_escapes_is_understood(relay, mock):
    assert send(relay, ODD.replace(b'"plain"', b'"pl\\u0061in"')).status == 200
    assert json.loads(mock.last_body())["model"] == "plain"


def test_a_stream_that_asks_for_usage_arrives_as_it_was_sent(relay, mock):
    body = ODD.replace(b'"seed":7', b'"stream": true ,"stream_options":{ "include_usage":true , "x":1.0}')
    assert send(relay, body).status == 200
    assert mock.last_body() == body


@pytest.mark.parametrize(
    "options", [b"", b',"stream_options":null', b',"stream_options":{}', b',"stream_options":{"include_usage":false}']
)
def test_usage_is_asked_for_upstream_and_hidden_from_the_caller(relay, mock, options):
    body = ODD.replace(b'"seed":7', b'"stream":true' + options)
    answer = send(relay, body)
    assert answer.status == 200
    sent = mock.last_body()
    assert json.loads(sent)["stream_options"]["include_usage"] is True
    # Everything but the option is untouched.
    for part in (b'"x_first" :1e400', b"123456789012345678901234567890", b'"spelled":1E+2', b"\r\n\t", b'"again":1,"again":2'):
        assert part in sent
    events = [line[6:] for line in answer.body.split(b"\n") if line.startswith(b"data: {")]
    assert all(json.loads(event)["choices"] for event in events)
    assert answer.body.rstrip().endswith(b"data: [DONE]")


def test_defaults_and_overrides_touch_nothing_else(relay, mock):
    body = ODD.replace(b'"plain"', b'"warm"')
    assert send(relay, body).status == 200
    sent = mock.last_body()
    value = json.loads(sent)
    assert value["temperature"] == 0.7 and value["top_p"] == 0.5
    assert b'"x_first" :1e400' in sent and b"123456789012345678901234567890" in sent

    body = ODD.replace(b'"plain"', b'"warm"').replace(b'"seed":7', b'"temperature":0.10,"top_p":0.9')
    assert send(relay, body).status == 200
    assert b'"temperature":0.10' in mock.last_body(), "a default gives way to the caller"
    assert json.loads(mock.last_body())["top_p"] == 0.5, "an override does not"


def test_a_system_prompt_is_put_before_the_callers_messages(relay, mock):
    assert send(relay, ODD.replace(b'"plain"', b'"prompted"')).status == 200
    messages = json.loads(mock.last_body())["messages"]
    assert messages[0] == {"role": "system", "content": "Be brief."}
    assert b'{"content":"caf\\u00e9 \\ud83d\\ude00 \\/ \xf0\x9f\x8c\x8a","role":"user","zz":0.10,"aa":-0.0}' in mock.last_body()


def test_eight_mebibytes_arrive(relay, mock):
    text = ("0123456789abcde🌊" * (8 * 2**20 // 19)).encode()
    body = b'{"model":"plain","messages":[{"role":"user","content":"' + text + b'"}]}'
    assert len(body) > 8 * 2**20 - 100
    assert send(relay, body).status == 200
    assert mock.last_body() == body


def test_a_chunked_body_arrives(relay, mock):
    chunks = [ODD[at : at + 7] for at in range(0, len(ODD), 7)]
    data = request(CHAT, key=APP_KEY, headers={"content-length": None, "transfer-encoding": "chunked"})
    data += b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    answer = exchange(relay.port, data)
    assert answer.status == 200
    assert mock.last_body() == ODD


def test_a_request_may_come_byte_by_byte(relay, mock):
    with Wire(relay.port) as wire:
        for byte in request(CHAT, ODD, key=APP_KEY):
            wire.send(bytes([byte]))
        assert wire.answer().status == 200
    assert mock.last_body() == ODD


def test_two_requests_in_one_packet_are_both_answered(relay):
    one = request(CHAT, ODD, key=APP_KEY)
    two = request("/v1/models", method="GET", key=APP_KEY)
    with Wire(relay.port) as wire:
        wire.send(one + two)
        first, second = wire.answer(), wire.answer()
    assert first.json()["object"] == "chat.completion"
    assert second.json()["object"] == "list"


WHOLE = (
    b'\r\n { "x" : {"huge":1e400, "big":123456789012345678901234567890, "s":0.10, "e":1E+2, "esc":"\\u00e9\\/",'
    b' "again":1, "again":2} ,\t"id":"x","object":"chat.completion","model":"dated-2026","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"caf\xc3\xa9 \xf0\x9f\x98\x80"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
)


@pytest.mark.parametrize("size", [1, 5, 64, 10_000])
def test_a_whole_answer_comes_as_it_was_sent(relay, mock, size):
    writes = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]
    with mock.script("scripted", writes, pause="0"):
        answer = send(relay, SCRIPTED + b"}")
    assert answer.status == 200 and answer.complete
    assert answer.body == WHOLE


def test_a_providers_error_body_comes_as_it_was_sent(relay, mock):
    body = b'{ "error" : {"message":"no \\u00e9","type":"x","param":null,"code":null,"extra":1e400}}'
    with mock.script("scripted", [body], status=422):
        answer = send(relay, SCRIPTED + b"}")
    assert (answer.status, answer.body) == (422, body)


def events(*texts, end=b"\n\n", before=b"data: "):
    def chunk(delta, finish="null"):
        return (
            b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","x":1e400,"choices":[{"index":0,'
            b'"delta":{"content":"' + delta + b'"},"finish_reason":' + finish.encode() + b"}]}"
        )

    lines = [before + chunk(text) + end for text in texts]
    return b"".join(lines) + before + chunk(b"", '"stop"') + end + before + b"[DONE]" + end


USAGE = b'"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}'
STREAMS = {
    "newlines": events(b"one ", "tw\u00f6 😀".encode()),
    "carriage returns and newlines": events(b"one ", "😀".encode(), end=b"\r\n\r\n"),
    "carriage returns": events(b"one ", "😀".encode(), end=b"\r\r"),
    "no space after the colon": events(b"one", before=b"data:"),
    "comments, ids and names": b": PROCESSING\n\nid: 7\nevent: message\nretry: 10\n" + events(b"one"),
    "a byte order mark": b"\xef\xbb\xbf" + events(b"one"),
    "a long line": events(b"x" * 300_000),
    "azure's first chunk": b'data: {"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{}]}\n\n'
    + events(b"one"),
    "padding": events(b"one").replace(b'"x":1e400', b'"obfuscation":"Xy12 "'),
    "usage in the last choice's chunk": events(b"one").replace(
        b'"finish_reason":"stop"}]}', b'"finish_reason":"stop"}],' + USAGE + b"}"
    ),
    "garbage in between": events(b"one").replace(b"\n\ndata: [DONE]", b"\n\ndata: {oops\n\nxyz\n\ndata: [DONE]"),
}


@pytest.mark.parametrize("size", [1, 3, 100_000])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_comes_as_it_was_sent(relay, mock, name, size):
    stream = STREAMS[name]
    if size < len(stream) // 5_000:
        size = len(stream) // 1_000
    writes = [stream[at : at + size] for at in range(0, len(stream), size)]
    with mock.script("scripted", writes, content_type="text/event-stream", pause="0"):
        answer = send(relay, SCRIPTED + b',"stream":true,"stream_options":{"include_usage":true}}')
    assert answer.status == 200 and answer.complete
    assert answer.body == stream


def test_pauses_inside_a_character_lose_nothing(relay, mock):
    stream = events("🌊👩‍🚀".encode())
    start = stream.index("🌊".encode())
    writes = [stream[: start + 1], stream[start + 1 : start + 2], stream[start + 2 : start + 9], stream[start + 9 :]]
    with mock.script("scripted", writes, content_type="text/event-stream", pause="30ms"):
        answer = send(relay, SCRIPTED + b',"stream":true}')
    assert answer.complete
    assert "🌊👩‍🚀".encode() in answer.body


DECIDED = [
    (b'{"model":"plain","model":"plain","messages":[]}', b"model"),
    (b'{"model":"plain","mod\\u0065l":"plain","messages":[]}', b"model"),
    (b'{"mod\\u0065l":"plain","\\u006dodel":"cheap","messages":[]}', b"model"),
    (b'{"model":"plain","messages":[],"stream":false,"str\\u0065am":true}', b"stream"),
    (b'{"model":"plain","messages":[],"messages":[]}', b"messages"),
    (b'{"model":"plain","messages":[],"stream":true,"stream_options":{},"stream_options":{}}', b"stream_options"),
]


@pytest.mark.parametrize("body, name", DECIDED)
def test_a_field_the_relay_decides_on_may_not_repeat(relay, mock, body, name):
    before = mock.last_sequence()
    answer = send(relay, body)
    assert answer.status == 400
    assert answer.code == "duplicate_field"
    assert name.decode() in answer.json()["error"]["message"]
    assert mock.log(before) == [], "nothing reached the provider"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"model"', b'{"model":"plain",}', b'{"model":"plain"}}', b"{'model':'plain'}",
        b'{"model":"plain","messages":[\xff]}', b'{"model":"plain" "messages":[]}', b'{"model":"plain","x":01}',
        b'{"model":"plain","x":"\n"}', b'{"model":"plain","x":"\\x"}', b'{"model":"plain","x":tru}', b"\x00",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(relay, mock, body):
    before = mock.last_sequence()
    answer = send(relay, body)
    assert answer.status == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"]
    assert mock.log(before) == []


@pytest.mark.parametrize("body", [b"{}", b'{"messages":[]}', b'{"model":null}', b'{"model":7}', b'{"model":""}'])
def test_a_request_without_a_model_is_refused(relay, body):
    answer = send(relay, body)
    assert answer.status in (400, 404)
    assert "model" in answer.json()["error"]["message"]
