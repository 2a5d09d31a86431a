# SPDX-License-Identifier: Apache-2.0
"""What stands between an agent and the relay and keeps what passes: the bytes of each request and of its answer."""

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "transfer-encoding", "keep-alive"}


@dataclass
class Exchange:
    method: str
    path: str
    headers: dict
    body: bytes
    status: int = 0
    answer: bytes = b""


class Recorder:
    def __init__(self, port: int):
        self.exchanges: list[Exchange] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                exchange = Exchange(self.command, self.path, dict(self.headers.items()), body)
                recorder.exchanges.append(exchange)
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                upstream.request(self.command, self.path, body or None, headers)
                answer = upstream.getresponse()
                exchange.status = answer.status
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                if answer.getheader("content-length") is None:
                    self.send_header("connection", "close")
                    self.close_connection = True
                self.end_headers()
                try:
                    while piece := answer.read1(65536):
                        exchange.answer += piece
                        self.wfile.write(piece)
                except OSError:
                    self.close_connection = True
                upstream.close()

            do_GET = do_POST = do_HEAD = forward

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
