# SPDX-License-Identifier: Apache-2.0
"""Bedrock in front of the simulated provider: checks signatures and Converse's requests with AWS's own code, frames streams."""

import base64
import datetime
import json
import re
import socket
import struct
import threading
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import botocore.session
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.validate import ParamValidator

ACCESS_KEY, SECRET_KEY, TOKEN = "AKIACONFORMANCE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token+of=time"
REGION = "eu-west-1"
BEARER = "bedrock-api-key-0123456789"


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of AWS's event stream."""
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def chunk(event: bytes) -> bytes:
    payload = json.dumps({"bytes": base64.b64encode(event).decode(), "p": "abcdefghijkl"}).encode()
    headers = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, payload)


def exception(name: str, message: str) -> bytes:
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


MODEL = botocore.session.get_session().get_service_model("bedrock-runtime")
OPERATIONS = {"converse": "Converse", "converse-stream": "ConverseStream", "count-tokens": "CountTokens"}


def wrong_request(verb: str, model: str, body: dict) -> str | None:
    """What AWS's own description of an operation has against a request."""
    report = ParamValidator().validate({**body, "modelId": model}, MODEL.operation_model(OPERATIONS[verb]).input_shape)
    return report.generate_report() if report.has_errors() else None


def frames(pieces):
    """The messages of an event stream, whole."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) >= 4 and len(held) >= (size := struct.unpack(">I", held[:4])[0]):
            yield held[:size]
            held = held[size:]


class Bedrock:
    """`faults` has what befalls a model: `exception`, `checksum`, `cut`, each with the number of events that come before."""

    def __init__(self, mock_origin: str, mock_key: str):
        self.faults: dict[str, tuple[str, int]] = {}
        # What was asked: path, fields in lower case, body; and what was wrong with a signature.
        self.requests: list[tuple[str, dict, bytes]] = []
        self.refusals: list[str] = []
        bedrock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_POST(self):
                bedrock._answer(self, mock_origin, mock_key)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def wrong(self, handler, body: bytes) -> str | None:
        """Why a request is refused; `None` where it is signed as it has to be."""
        fields = {name.lower(): value for name, value in handler.headers.items()}
        given = fields.get("authorization", "")
        if given == f"Bearer {BEARER}":
            return None
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/bedrock/aws4_request, SignedHeaders=([\w;-]+),"
            r" Signature=([0-9a-f]{64})",
            given,
        )
        if not found:
            return f"no signature: {given}"
        key, day, region, names, signature = found.groups()
        if (key, region) != (ACCESS_KEY, REGION) or not fields["x-amz-date"].startswith(day):
            return f"another account, region or day: {given}"
        if not {"host", "x-amz-date", "x-amz-security-token"} <= set(names.split(";")):
            return f"fields are not signed: {names}"
        then = datetime.datetime.strptime(fields["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if abs((datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()) > 300:
            return "signature expired"
        request = AWSRequest("POST", f"http://{fields['host']}{handler.path}", data=body)
        for name in names.split(";"):
            request.headers[name] = fields[name]
        request.context["timestamp"] = fields["x-amz-date"]
        signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, TOKEN), "bedrock", REGION)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return None if signer.signature(text, request) == signature else "the signature does not match"

    def _answer(self, handler, mock_origin, mock_key):
        body = handler.rfile.read(int(handler.headers["content-length"]))
        self.requests.append((handler.path, {k.lower(): v for k, v in handler.headers.items()}, body))
        if reason := self.wrong(handler, body):
            self.refusals.append(reason)
            return self._refuse(handler, 403, "InvalidSignatureException", reason)
        model, verb = re.fullmatch(r"/model/([^/]+)/([a-z-]+)", handler.path).groups()
        asked = json.loads(body)
        if verb in OPERATIONS:
            if reason := wrong_request(verb, unquote(model), asked):
                self.refusals.append(reason)
                return self._refuse(handler, 400, "ValidationException", reason)
            return self._converse(handler, mock_origin, mock_key, unquote(model).rsplit("amazon.", 1)[-1], body)
        for name in ("model", "stream"):
            if name in asked:
                return self._refuse(handler, 400, "ValidationException", f"{name}: Extra inputs are not permitted")
        if asked.pop("anthropic_version", None) != "bedrock-2023-05-31":
            return self._refuse(handler, 400, "ValidationException", "anthropic_version: Field required")
        asked.pop("anthropic_beta", None)
        name = unquote(model).rsplit("anthropic.", 1)[-1]
        answer = requests.post(
            f"{mock_origin}/v1/messages",
            json={**asked, "model": name, "stream": verb != "invoke"},
            headers={"x-api-key": mock_key, "anthropic-version": "2023-06-01"},
            stream=True,
            timeout=30,
        )
        if answer.status_code != 200:
            kinds = {429: "ThrottlingException", 503: "ServiceUnavailableException", 404: "ResourceNotFoundException"}
            message = answer.json()["error"]["message"]
            kind = kinds.get(answer.status_code, "ValidationException")
            return self._refuse(handler, answer.status_code, kind, message)
        if verb == "invoke":
            return self._whole(handler, 200, answer.content, {"content-type": "application/json"})
        self._stream(handler, name, (chunk(line[6:]) for line in answer.iter_lines() if line.startswith(b"data: ")))

    def _converse(self, handler, mock_origin, mock_key, name, body):
        key = {"x-api-key": mock_key, "content-type": "application/json"}
        answer = requests.post(mock_origin + handler.path, data=body, headers=key, stream=True, timeout=30)
        if answer.headers["content-type"] != "application/vnd.amazon.eventstream":
            fields = {name: answer.headers[name] for name in ("content-type", "x-amzn-errortype") if name in answer.headers}
            return self._whole(handler, answer.status_code, answer.content, fields)
        self._stream(handler, name, frames(answer.iter_content(None)))

    def _stream(self, handler, name, messages):
        handler.send_response(200)
        handler.send_header("content-type", "application/vnd.amazon.eventstream")
        handler.send_header("transfer-encoding", "chunked")
        handler.send_header("x-amzn-requestid", "request-of-bedrock")
        handler.end_headers()
        fault, before = self.faults.get(name, (None, 1 << 30))
        count = 0
        try:
            for message in messages:
                if count == before:
                    if fault == "exception":
                        self._piece(handler, exception("throttlingException", "Too many tokens, please wait."))
                        break
                    if fault == "cut":
                        return self._cut(handler)
                if count == before and fault == "checksum":
                    message = message[:-5] + bytes([message[-5] ^ 1]) + message[-4:]
                self._piece(handler, message)
                count += 1
            handler.wfile.write(b"0\r\n\r\n")
        except (requests.RequestException, OSError):
            self._cut(handler)

    @staticmethod
    def _cut(handler):
        handler.close_connection = True
        with suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _piece(handler, data: bytes):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        handler.wfile.flush()

    def _refuse(self, handler, status, kind, message):
        body = json.dumps({"message": message}).encode()
        self._whole(handler, status, body, {"content-type": "application/json", "x-amzn-errortype": f"{kind}:http://x/"})

    @staticmethod
    def _whole(handler, status, body, fields):
        handler.send_response(status)
        for name, value in {**fields, "content-length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
