#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Sluice beside nginx, HAProxy, Envoy and LiteLLM in one run, in alternating rounds.

Core 0 carries the mock provider and the load generator, core 1 the proxy under test. All on 127.0.0.1. The figure that
stands noise best is CPU per request of the proxy's whole process tree; compare ratios within one run, never absolute
figures of two runs.
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers as peer_list
from procstat import cpu, machine, others, rss_kb, tree, wait_for_quiet
import report

HERE = os.path.dirname(os.path.abspath(__file__))

# name: (mode, connections, rate, seconds, body, ramp or warm-up); slow peers get smaller loads.
PHASES = {
    "saturated": ("unary", 64, 0, 3, "1k", 0.5),
    "fixed500": ("unary", 32, 500, 4, "1k", 0.5),
    "body1m": ("unary", 8, 0, 3, "1m", 0.5),
    "sse100": ("sse", 100, 0, 4, "1ks", 1),
}
SLOW = {
    "saturated": ("unary", 16, 0, 5, "1k", 0.5),
    "fixed500": ("unary", 16, 50, 5, "1k", 0.5),
    "sse100": ("sse", 3, 0, 5, "1ks", 1),
}


def load_command(run, port, phase):
    mode, connections, rate, seconds, body, warm = phase
    numbers = [connections, rate, seconds] if mode == "unary" else [connections, seconds]
    return ["taskset", "-c", "0", os.path.join(run, "load"), mode, str(port), *map(str, numbers),
            os.path.join(run, f"body{body}.json"), peer_list.KEY, str(warm)]


PATIENCE = 25.0  # seconds a measurement waits for a quiet machine


def measure(run, name, port, pid, phase, upstream):
    """One measurement: the load's own figures, and the proxy's CPU while it ran."""
    wait_for_quiet(PATIENCE)
    own = set(tree(upstream.pid) + (tree(pid) if pid else []) + [os.getpid()])
    foreign_before, (_, steal_before) = others(own), machine()
    before, started = (cpu(pid) if pid else 0.0), time.monotonic()
    output = subprocess.run(load_command(run, port, phase), capture_output=True, text=True, check=True).stdout
    wall, used = time.monotonic() - started, (cpu(pid) if pid else 0.0) - before
    foreign_after, (_, steal_after) = others(own), machine()
    result = json.loads(output)
    units = result["streams_done"] if phase[0] == "unary" else result["chunks"]
    result.update(
        peer=name, wall=wall, cpu_us=used * 1e6 / max(units, 1), units=units, core=used / wall,
        steal=steal_after - steal_before, rss_kb=rss_kb(pid) if pid else 0,
        foreign=sum(value - foreign_before.get(key, 0.0) for key, value in foreign_after.items() if key in foreign_before),
    )
    return result


def rounds(run, peers, phases, count, out):
    """Alternating rounds: every peer in every round, all of them running all the time."""
    upstream = peer_list.start_upstream(run, 256, 10_000)
    try:
        for peer in peers:
            peer.start(run)
        for number in range(count):
            for phase in phases:
                for name, port, pid, slow in [("direct", peer_list.UPSTREAM, None, False)] + [
                        (peer.name, peer.port, peer.pid, peer.slow) for peer in peers]:
                    table = SLOW if slow else PHASES
                    if phase not in table:
                        continue
                    try:
                        row = measure(run, name, port, pid, table[phase], upstream)
                    except (subprocess.CalledProcessError, ValueError, OSError) as error:
                        print(f"{number} {phase} {name}: failed: {error}", flush=True)
                        continue
                    row.update(phase=phase, round=number)
                    out.write(json.dumps(row) + "\n")
                    out.flush()
                    latency = row.get("lat_us") or row.get("chunk_us")
                    print(f"{number} {phase:10s} {name:12s} {row['cpu_us']:9.1f} us  {row['rps']:8.0f}/s  "
                          f"p50 {latency['p50']:7.0f}  p99 {latency['p99']:7.0f}  core {row['core']:.2f}  "
                          f"foreign {row['foreign']:.2f}  steal {row['steal']:.2f}  "
                          f"errors {row['errors']}+{row['non200']}", flush=True)
    finally:
        for peer in peers:
            peer.stop()
        upstream.terminate()
        upstream.wait()


def memory(run, peers, out):
    """A fresh process per peer: resident memory idle, with 1 000 and with 9 500 open streams."""
    upstream = peer_list.start_upstream(run, 64, 2_000_000)
    try:
        for peer in peers:
            peer.start(run)
            try:
                time.sleep(2)
                row = {"phase": "memory", "peer": peer.name, "idle_kb": rss_kb(peer.pid)}
                for streams, ramp in ((1000, 2), (9500, 6)):
                    if peer.slow and streams > 1000:
                        continue
                    ramp = 10 if peer.slow else ramp
                    load = subprocess.Popen(load_command(run, peer.port, ("sse", streams, 0, 5, "1ks", ramp)),
                                            stdout=subprocess.PIPE, text=True)
                    time.sleep(ramp + 4)
                    row[f"kb_{streams}"] = rss_kb(peer.pid)
                    result = json.loads(load.communicate()[0])
                    row[f"errors_{streams}"] = result["errors"] + result["non200"]
                    row[f"chunk_{streams}"] = result["chunk_us"]
                    time.sleep(0.5)
                out.write(json.dumps(row) + "\n")
                out.flush()
                print({key: value for key, value in row.items() if not isinstance(value, dict)}, flush=True)
            finally:
                peer.stop()
    finally:
        upstream.terminate()
        upstream.wait()


def scale(run, binary, count, out):
    """CPU per request with one version and one key, 1 000 versions, and 100 000 keys, alternating."""
    peers = [
        peer_list.sluice("sluice", binary, 8004),
        peer_list.sluice("sluice-1000-versions", binary, 8014, versions=1_000),
        peer_list.sluice("sluice-100000-keys", binary, 8024, keys=100_000),
    ]
    rounds(run, peers, ["saturated"], count, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="a release build of sluice")
    parser.add_argument("--venv", default=os.path.join(HERE, "run", "venv"), help="where envoy and litellm are, if anywhere")
    parser.add_argument("--run", default=os.path.join(HERE, "run"), help="folder for tools, logs and results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="", help="only these, by comma; sluice is always there")
    parser.add_argument("--phases", default="saturated,fixed500,sse100,body1m", help="by comma; also: memory, scale")
    parser.add_argument("--patience", type=float, default=25.0, help="seconds to wait for a quiet machine, each time")
    parser.add_argument("--out", default="", help="file for one JSON line per measurement")
    options = parser.parse_args()
    global PATIENCE
    PATIENCE = options.patience
    os.makedirs(options.run, exist_ok=True)
    for tool in ("mock", "load"):
        subprocess.run(["cc", "-O2", "-o", os.path.join(options.run, tool), os.path.join(HERE, "tools", f"{tool}.c")],
                       check=True)
    peer_list.write_bodies(options.run)
    peers, missing = peer_list.all_peers(os.path.abspath(options.binary), options.venv)
    if options.peers:
        wanted = {"sluice", *options.peers.split(",")}
        peers = [peer for peer in peers if peer.name in wanted]
    for name in missing:
        print(f"not measured, because it is not installed: {name}")
    path = options.out or os.path.join(options.run, time.strftime("results-%Y%m%d-%H%M%S.jsonl"))
    phases = options.phases.split(",")
    with open(path, "a") as out:
        timed = [phase for phase in phases if phase in PHASES]
        if timed:
            rounds(options.run, peers, timed, options.rounds, out)
        if "memory" in phases:
            memory(options.run, peers, out)
        if "scale" in phases:
            scale(options.run, os.path.abspath(options.binary), options.rounds, out)
    print(report.text(path))
    picture = path.removesuffix(".jsonl") + ".svg"
    with open(picture, "w") as target:
        target.write(report.svg(path))
    print(f"\nresults: {path}\nplot:    {picture}")


if __name__ == "__main__":
    main()
