#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns result lines into a table of medians with ratios, and into a plot."""
import json
import statistics
import sys
from collections import defaultdict

STEAL_LIMIT = 0.3  # seconds of a measurement that the hypervisor may have taken
FOREIGN_LIMIT = 0.15  # share of a measurement's time that other processes may have used


def read(path):
    with open(path) as source:
        return [json.loads(line) for line in source if line.strip()]


def kept(rows):
    """Rounds that were not disturbed, or all of them where fewer than two were not."""
    quiet = [row for row in rows if row["steal"] < STEAL_LIMIT and row["foreign"] < FOREIGN_LIMIT * row["wall"]]
    return quiet if len(quiet) >= 2 else rows


def medians(path):
    """phase -> peer -> figures."""
    groups = defaultdict(lambda: defaultdict(list))
    for row in read(path):
        if row["phase"] != "memory":
            groups[row["phase"]][row["peer"]].append(row)
    result = {}
    for phase, peers in groups.items():
        result[phase] = {}
        for peer, rows in peers.items():
            good = kept(rows)
            latency = [row.get("lat_us") or row.get("chunk_us") for row in good]
            first = [row["ttfb_us"]["p50"] for row in good if "ttfb_us" in row]
            result[phase][peer] = {
                "n": len(good), "of": len(rows),
                "cpu": statistics.median(row["cpu_us"] for row in good),
                "best": min(row["cpu_us"] for row in good),
                "rps": statistics.median(row["rps"] for row in good),
                "p50": statistics.median(item["p50"] for item in latency),
                "p99": statistics.median(item["p99"] for item in latency),
                "ttfb": statistics.median(first) if first else None,
                "errors": sum(row["errors"] + row["non200"] for row in rows),
            }
    return result


def ratio(value, base):
    return f"{value / base:6.2f}" if base else "     -"


def text(path):
    lines = []
    for phase, peers in medians(path).items():
        nginx = peers.get("nginx", {}).get("cpu")
        envoy = peers.get("envoy", {}).get("cpu")
        direct = peers.get("direct", {"p50": 0, "p99": 0})
        unit = "chunk" if phase.startswith("sse") else "request"
        lines += ["", f"{phase}: CPU us per {unit} (median, best), ratio to nginx and envoy, rate, added p50/p99 us"]
        for peer, figures in sorted(peers.items(), key=lambda item: item[1]["cpu"]):
            ttfb = f"  ttfb p50 {figures['ttfb'] / 1000:.2f} ms" if figures["ttfb"] else ""
            lines.append(
                f"  {peer:22s} {figures['cpu']:9.1f} {figures['best']:9.1f}  {ratio(figures['cpu'], nginx)} "
                f"{ratio(figures['cpu'], envoy)}  {figures['rps']:8.0f}/s  +{figures['p50'] - direct['p50']:.0f} / "
                f"+{figures['p99'] - direct['p99']:.0f}{ttfb}  rounds {figures['n']}/{figures['of']}"
                f"  errors {figures['errors']}")
    memory = [row for row in read(path) if row["phase"] == "memory"]
    if memory:
        lines += ["", "memory: MiB idle, at 1 000 and 9 500 open streams, KiB per stream, errors"]
        for row in memory:
            for streams in (1000, 9500):
                if f"kb_{streams}" in row:
                    each = (row[f"kb_{streams}"] - row["idle_kb"]) / streams
                    lines.append(
                        f"  {row['peer']:12s} idle {row['idle_kb'] / 1024:6.1f}  at {streams}: "
                        f"{row[f'kb_{streams}'] / 1024:7.1f}  per stream {each:6.1f}  errors {row[f'errors_{streams}']}")
    return "\n".join(lines)


def svg(path):
    """Bars of CPU per request or chunk, one group a phase, on a logarithmic scale."""
    import math

    groups = [(phase, sorted(((peer, figures["cpu"]) for peer, figures in peers.items() if peer != "direct"),
                             key=lambda item: item[1])) for phase, peers in medians(path).items()]
    rows = sum(len(bars) + 2 for _, bars in groups)
    height, left, width = rows * 20 + 30, 170, 560
    top = max((value for _, bars in groups for _, value in bars), default=1)
    scale = width / max(math.log10(max(top, 10) / 1), 1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="18" font-weight="bold">CPU microseconds (log scale, median of the rounds)</text>']
    y = 40
    for phase, bars in groups:
        out.append(f'<text x="10" y="{y}" font-weight="bold">{phase}</text>')
        y += 20
        for peer, value in bars:
            length = max(2, math.log10(max(value, 1.01)) * scale)
            colour = "#2a6f97" if peer.startswith("sluice") else "#adb5bd"
            out.append(f'<text x="10" y="{y}">{peer}</text><rect x="{left}" y="{y - 11}" width="{length:.1f}" '
                       f'height="14" fill="{colour}"/><text x="{left + length + 5:.1f}" y="{y}">{value:.1f}</text>')
            y += 20
        y += 20
    out.append("</svg>")
    return "\n".join(out)


if __name__ == "__main__":
    print(text(sys.argv[1]))
