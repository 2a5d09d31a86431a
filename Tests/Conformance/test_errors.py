# SPDX-License-Identifier: Apache-2.0
"""Errors as the SDK's exception classes, timeouts and retries."""

import asyncio
import time

import openai
import pytest
import requests

from harness.relay import APP_KEY

HELLO = [{"role": "user", "content": "Hello"}]


def ask(client, model, **options):
    return client.chat.completions.create(model=model, messages=HELLO, **options)


@pytest.mark.parametrize(
    "status, kind",
    [
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (413, openai.APIStatusError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (502, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_providers_error_keeps_its_status_and_body(client, status, kind, stream):
    with pytest.raises(kind) as caught:
        ask(client, f"mock-error-{status}", stream=stream)
    assert caught.value.status_code == status
    assert caught.value.body["message"]
    assert caught.value.request_id


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_of_the_relay_is_not_the_callers_fault(relayed, mock, status):
    before = mock.last_sequence()
    with relayed.client() as client, pytest.raises(openai.APIStatusError) as caught:
        ask(client, f"mock-error-{status}")
    assert caught.value.status_code in (status, 502)
    assert len(mock.log(before)) == 1, "a refused credential is not tried again"


@pytest.mark.parametrize("key", ["wrong", "sl_00000000_" + "0" * 43 + "_000000", "Bearer"])
def test_a_wrong_key_is_an_authentication_error(target, key):
    with target.client() as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            ask(client.with_options(api_key=key), "gpt-4.1")
    assert caught.value.code == "invalid_api_key"
    assert len(key) < 20 or key not in str(caught.value)


def test_a_missing_key_is_401(relay):
    answer = requests.post(f"{relay.url}/chat/completions", json={"model": "gpt-4.1", "messages": HELLO}, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-goog-api-key", "api-key"])
def test_the_key_may_come_in_any_usual_header(relay, header):
    value = f"Bearer {APP_KEY}" if header == "authorization" else APP_KEY
    answer = requests.post(
        f"{relay.url}/chat/completions",
        json={"model": "gpt-4.1", "messages": HELLO},
        headers={header: value},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"messages": HELLO, "temperature": 9}, {"messages": HELLO, "n": 0}]
)
def test_a_bad_request_is_a_bad_request_error(client, body):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body={"model": "gpt-4.1", **body}, cast_to=object)
    assert caught.value.type == "invalid_request_error"


def test_the_callers_own_timeout(target):
    with target.client(timeout=0.3) as client:
        started = time.monotonic()
        with pytest.raises(openai.APITimeoutError):
            ask(client, "mock-slow-3s")
        assert time.monotonic() - started < 2

    async def patient():
        async with target.async_client(timeout=0.3) as client:
            with pytest.raises(openai.APITimeoutError):
                await ask(client, "mock-slow-3s")

    asyncio.run(patient())


def test_a_silent_provider_is_a_gateway_timeout(relays):
    from harness.relay import NO_RETRY, version

    config = {**NO_RETRY, "timeouts": {"first_byte": "500ms", "total": "700ms"}}
    relay = relays(routes={"mock-hang": {"versions": [version("h", "mock-hang", config=config)]}})
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=10) as client:
        started = time.monotonic()
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as caught:
                ask(client, "mock-hang", stream=stream)
            assert caught.value.status_code == 504
        assert time.monotonic() - started < 4


@pytest.mark.parametrize("model", ["mock-reset", "mock-close"])
def test_a_provider_that_breaks_off_is_a_bad_gateway(relayed, model):
    with relayed.client() as client, pytest.raises(openai.InternalServerError) as caught:
        ask(client, model)
    assert caught.value.status_code == 502


def test_a_provider_that_is_not_there_is_a_bad_gateway(relays):
    from harness.mock import PROVIDER_KEY
    from harness.processes import free_port
    from harness.relay import NO_RETRY, version

    nowhere = {
        "dialect": "openai",
        "base_url": f"http://127.0.0.1:{free_port()}/v1",
        "api_key": PROVIDER_KEY,
    }
    relay = relays(
        providers={"main": nowhere},
        routes={"chat": {"versions": [version("v1", "gpt-4.1", config=NO_RETRY)]}},
        prices=[],
    )
    with openai.OpenAI(base_url=relay.url, api_key=APP_KEY, max_retries=0, timeout=10) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            ask(client, "chat")
    assert caught.value.status_code == 502
    assert caught.value.code == "upstream_unreachable"


@pytest.mark.parametrize(
    "model", ["mock-cut-3", "mock-cut-0", "mock-stall-2", "mock-error-in-stream-2", "mock-error-in-stream-0"]
)
def test_a_stream_that_breaks_off_never_looks_complete(relayed, relay, model):
    with relayed.client() as client:
        with pytest.raises((openai.APIError, openai.APIConnectionError)):
            finished = [chunk.choices[0].finish_reason for chunk in ask(client, model, stream=True)]
            assert finished[-1] is None
            raise AssertionError("the stream ended as if it were whole")
    body = b""
    with requests.post(
        f"{relay.url}/chat/completions",
        json={"model": model, "messages": HELLO, "stream": True},
        headers={"authorization": f"Bearer {APP_KEY}"},
        stream=True,
        timeout=15,
    ) as answer:
        try:
            for piece in answer.iter_content(None):
                body += piece
        except requests.exceptions.ChunkedEncodingError:
            pass
    assert b"[DONE]" not in body
    assert b'"error"' in body


def test_the_sdk_retries_what_a_provider_got_wrong(mock):
    mock.http.post(f"{mock.origin}/mock/reset", timeout=10)
    from harness.mock import PROVIDER_KEY

    with openai.OpenAI(base_url=mock.url, api_key=PROVIDER_KEY, max_retries=3, timeout=10) as client:
        assert ask(client, "mock-flaky-1").choices
    assert [entry["status"] for entry in mock.log()] == [503, 200]


def test_the_relay_retries_before_the_first_byte(relayed, mock):
    before = mock.last_sequence()
    with relayed.client() as client:
        raw = client.chat.completions.with_raw_response.create(model="retried", messages=HELLO)
    assert raw.parse().choices
    entries = mock.log(before)
    assert entries[-1]["status"] == 200
    assert int(raw.headers["x-sluice-attempts"]) == len(entries)


def test_retries_do_not_multiply(relayed, mock):
    before = mock.last_sequence()
    with relayed.client(max_retries=3) as client, pytest.raises(openai.InternalServerError) as caught:
        ask(client, "given-up")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert [entry["status"] for entry in mock.log(before)] == [503, 503, 503]


def test_retry_after_reaches_the_caller(relayed, mock):
    with mock.setting(retry_after=7):
        with relayed.client() as client, pytest.raises(openai.RateLimitError) as caught:
            ask(client, "mock-error-429")
    assert caught.value.response.headers["retry-after"] == "7"


def test_no_error_shows_a_secret(relay, http):
    from harness.mock import PROVIDER_KEY
    from harness.relay import ADMIN_TOKEN, FAULTS

    for model in FAULTS:
        if "hang" in model or "slow" in model or "stall" in model:
            continue
        body = {"model": model, "messages": HELLO}
        try:
            answer = http.post(f"{relay.url}/chat/completions", json=body, timeout=15)
        except requests.exceptions.RequestException:
            continue
        for secret in (PROVIDER_KEY, ADMIN_TOKEN, APP_KEY):
            assert secret not in answer.text and secret not in str(answer.headers)
    text = relay.daemon.text()
    for secret in (PROVIDER_KEY, ADMIN_TOKEN, APP_KEY):
        assert secret not in text
