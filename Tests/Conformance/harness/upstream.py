# SPDX-License-Identifier: Apache-2.0
"""A provider made of raw sockets: answers any bytes, breaks off anywhere."""

import json
import re
import socket
import struct
import threading
import time


class Upstream:
    """Answers each request with what `scripts` has for its model: bytes, and how the connection ends after them.

    In the place of a script may stand a function that makes it from the request's body. An ending is `keep`, `close` (FIN), `reset` (RST) or `silent` (nothing more comes).
    """

    def __init__(self):
        self.scripts: dict[str, tuple[bytes, str]] = {}
        # What comes later, by model: seconds and bytes.
        self.after: dict[str, tuple[float, bytes]] = {}
        self.served = 0
        self.bodies: list[dict] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with connection:
            while True:
                try:
                    while b"\r\n\r\n" not in buffer:
                        data = connection.recv(65_536)
                        if not data:
                            return
                        buffer += data
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    lines = [line.lower() for line in head.split(b"\r\n")]
                    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
                    while len(buffer) < length:
                        buffer += connection.recv(65_536)
                    body, buffer = buffer[:length], buffer[length:]
                    # Google's and Bedrock's paths name the model.
                    named = re.match(rb"\S+ \S*/models?/([^:/ ]+)[:/]", head)
                    model = named[1].decode() if named else json.loads(body)["model"]
                    script = self.scripts[model]
                    answer, ending = script(json.loads(body)) if callable(script) else script
                    self.served += 1
                    self.bodies.append(json.loads(body))
                    connection.sendall(answer)
                    if later := self.after.get(model):
                        time.sleep(later[0])
                        connection.sendall(later[1])
                    if ending == "silent":
                        connection.recv(1)
                        return
                    if ending == "reset":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    if ending != "keep":
                        return
                except OSError:
                    return
