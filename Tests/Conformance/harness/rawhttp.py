# SPDX-License-Identifier: Apache-2.0
"""HTTP by hand: bytes out, bytes in, nothing tidied up on the way."""

import json
import socket
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    # Whether the body ended as its framing announced.
    complete: bool
    # Whether the server closed the connection after it.
    closed: bool = False
    raw: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["error"]["code"]


class Wire:
    """One connection."""

    def __init__(self, port: int, timeout: float = 10.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data: bytes):
        """Sends all, or as much as the server takes before it closes."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def _more(self) -> bool:
        if self.ended:
            return False
        try:
            data = self.socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            self.ended = True
            return False
        self.buffer += data
        return True

    def _until(self, mark: bytes) -> bytes | None:
        while mark not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def _exactly(self, count: int) -> tuple[bytes, bool]:
        while len(self.buffer) < count and self._more():
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data, len(data) == count

    def answer(self) -> Answer | None:
        """The next answer, or nothing where the server closed without one."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        answer = Answer(int(start.split(" ")[1]), headers, b"", False)
        if 100 <= answer.status < 200:
            return self.answer()
        length = answer.header("content-length")
        if (answer.header("transfer-encoding") or "").lower() == "chunked":
            answer.body, answer.complete = self._chunks()
        elif length is not None:
            answer.body, answer.complete = self._exactly(int(length))
        else:
            while self._more():
                pass
            answer.body, self.buffer, answer.complete = self.buffer, b"", True
        return answer

    def _chunks(self) -> tuple[bytes, bool]:
        body = b""
        while True:
            line = self._until(b"\r\n")
            if line is None:
                return body, False
            size = int(line.split(b";")[0], 16)
            data, whole = self._exactly(size)
            body += data
            if not whole:
                return body, False
            if self._until(b"\r\n") is None:
                return body, False
            if size == 0:
                return body, True

    def is_closed(self, within: float = 5.0) -> bool:
        """Whether the server closes the connection, without another byte, in time."""
        self.socket.settimeout(within)
        try:
            return not self._more()
        except TimeoutError:
            return False


def request(
    path: str, body: bytes = b"", method: str = "POST", key: str | None = None, headers: dict | None = None
) -> bytes:
    """A well-formed request; a header given as None is left out."""
    fields = {
        "host": "relay.test",
        "content-type": "application/json",
        "content-length": str(len(body)) if body or method == "POST" else None,
        "authorization": f"Bearer {key}" if key else None,
        **(headers or {}),
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def exchange(port: int, data: bytes, timeout: float = 10.0) -> Answer | None:
    """One request on a connection of its own."""
    with Wire(port, timeout) as wire:
        return wire.send(data).answer()
