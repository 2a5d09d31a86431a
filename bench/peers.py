# SPDX-License-Identifier: Apache-2.0
"""The proxies that are compared: how each is started, pinned to core 1, and on which port it listens."""
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "sk-bench-key-0123456789abcdef"
UPSTREAM = 9100


class Peer:
    """One proxy process under test."""

    def __init__(self, name, port, command, slow=False, env=None, prepare=None):
        self.name, self.port, self.command = name, port, command
        self.slow, self.env, self.prepare = slow, env or {}, prepare
        self.process = None

    def start(self, run):
        folder = os.path.join(run, self.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        if self.prepare:
            self.prepare(folder)
        log = open(os.path.join(folder, "log.txt"), "w")
        self.process = subprocess.Popen(
            ["taskset", "-c", "1", *self.command(folder)],
            cwd=folder, stdout=log, stderr=log, env={**os.environ, **self.env})
        wait_for_port(self.port, 90 if self.slow else 30, self.process)
        time.sleep(2 if self.slow else 0.5)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    @property
    def pid(self):
        return self.process.pid


def wait_for_port(port, seconds, process):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the process for port {port} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


def sluice(name, binary, port, versions=1, keys=1):
    """Sluice with everything on; optionally with many versions and many keys."""

    def prepare(folder):
        with open(os.path.join(HERE, "peers", "sluice.yaml")) as source:
            text = source.read()
        text = text.replace("127.0.0.1:8004", f"127.0.0.1:{port}").replace("127.0.0.1:8009", f"127.0.0.1:{port + 100}")
        if versions > 1:
            extra = "".join(
                f"  extra{index}:\n    versions:\n      - {{version_id: extra{index}, provider: a, "
                f"api_version: gpt-4.1-2025-04-14, state: production, weight: 1.0, config: {{}}}}\n"
                for index in range(versions))
            text = text.replace("prices:\n", extra + "prices:\n", 1)
        with open(os.path.join(folder, "sluice.yaml"), "w") as target:
            target.write(text)
        os.chmod(os.path.join(folder, "sluice.yaml"), 0o600)
        if keys > 1:
            add_keys(folder, keys)

    def add_keys(folder, count):
        """Straight into the store, which a first start has made: to issue so many would take minutes."""
        with open(os.path.join(folder, "first.txt"), "w") as log:
            first = subprocess.Popen([binary, "serve", "--config", "sluice.yaml"], cwd=folder, stdout=log, stderr=log)
        try:
            wait_for_port(port, 30, first)
        finally:
            first.terminate()
            first.wait()
        now = time.time_ns()
        store = sqlite3.connect(os.path.join(folder, "sluice-bench.db"))
        with store:
            store.executemany(
                "INSERT INTO caller_key (key_id, name, hash, created_at, owner) VALUES (?, ?, ?, ?, 'api')",
                ((f"extra-{index}", f"extra {index}", os.urandom(32), now) for index in range(count)))
        store.close()

    return Peer(name, port, lambda folder: [binary, "serve", "--config", "sluice.yaml"],
                slow=False, prepare=prepare)


def nginx_prepare(folder):
    shutil.copy(os.path.join(HERE, "peers", "nginx.conf"), folder)


def all_peers(binary, venv):
    """Every peer that this machine has; the ones it lacks are named, not passed over in silence."""
    config = lambda name: os.path.join(HERE, "peers", name)
    peers = [sluice("sluice", binary, 8004)]
    missing = []

    def add(program, peer):
        if shutil.which(program) or os.path.exists(program):
            peers.append(peer)
        else:
            missing.append(peer.name)

    add("nginx", Peer("nginx", 8001, lambda folder: ["nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr"],
                      prepare=nginx_prepare))
    add("haproxy", Peer("haproxy", 8002, lambda folder: ["haproxy", "-f", config("haproxy.cfg")]))
    envoy = os.path.join(venv, "bin", "envoy")
    for index, (name, file, port) in enumerate([("envoy", "envoy.yaml", 8003), ("envoy-lua", "envoy-lua.yaml", 8005)]):
        command = [envoy, "-c", config(file), "--concurrency", "1", "--base-id", str(41 + index), "-l", "warn"]
        add(envoy, Peer(name, port, lambda folder, command=command: command))
    litellm = os.path.join(venv, "bin", "litellm")
    add(litellm, Peer("litellm", 8007, lambda folder: [
        litellm, "--config", config("litellm.yaml"), "--port", "8007", "--host", "127.0.0.1", "--num_workers", "1",
    ], slow=True, env={"LITELLM_LOCAL_MODEL_COST_MAP": "True"}))
    return peers, missing


def start_upstream(run, chunks, delay_us):
    """The mock provider on core 0: `chunks` SSE events, `delay_us` apart; whole answers at once."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", os.path.join(run, "mock"), str(UPSTREAM), str(chunks), str(delay_us)])
    wait_for_port(UPSTREAM, 5, process)
    return process


def write_bodies(run):
    """Request bodies of 1 KiB, 8 KiB and 1 MiB, whole and streamed."""
    sentence = "Summarise the following report for the board in five bullet points, keep the numbers exact. "
    for label, size in (("1k", 1024), ("8k", 8192), ("1m", 1 << 20)):
        for stream in (False, True):
            body = {
                "model": "gpt-4.1",
                "messages": [
                    {"role": "system", "content": "You are a helpful assistant. Answer briefly and cite your sources."},
                    {"role": "user", "content": ""},
                ],
                "temperature": 0.7, "max_tokens": 128, "user": "user-8271", "stream": stream,
            }
            if stream:
                body["stream_options"] = {"include_usage": True}
            room = size - len(json.dumps(body, separators=(",", ":")))
            body["messages"][1]["content"] = (sentence * (size // len(sentence) + 1))[:room]
            with open(os.path.join(run, f"body{label}{'s' if stream else ''}.json"), "w") as target:
                target.write(json.dumps(body, separators=(",", ":")))
