# SPDX-License-Identifier: Apache-2.0
"""A provider whose answers take as long, and fail as often, as a test says: by model and by user."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


class Behaving:
    """`models[name]` is a function from the request's user to seconds and a status."""

    def __init__(self):
        self.models = {}
        self.served = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                model, user = body["model"], body.get("user")
                with outer.lock:
                    outer.served[model] = outer.served.get(model, 0) + 1
                seconds, status = outer.models[model](user)
                time.sleep(seconds)
                message = {"role": "assistant", "content": "hello there"}
                answer = {
                    "id": "x",
                    "object": "chat.completion",
                    "created": 1,
                    "model": model,
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": USAGE,
                }
                if status != 200:
                    answer = {"error": {"message": "no", "type": "error", "code": str(status)}}
                data = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
