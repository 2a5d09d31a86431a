# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of a process tree, read from the kernel."""
import os
import time

HERTZ = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all its descendants."""
    found = [pid]
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as children:
                for child in children.read().split():
                    found += tree(int(child))
    except FileNotFoundError:
        pass
    return found


def cpu_clock(pid):
    """CPU seconds of one process with nanosecond resolution, threads that ended included."""
    return time.clock_gettime((~pid << 3) | 2)


def cpu(pid):
    """CPU seconds of the tree."""
    total = 0.0
    for process in tree(pid):
        try:
            total += cpu_clock(process)
        except OSError:
            pass
    return total


def rss_kb(pid):
    """Resident memory of the tree in KiB."""
    total = 0
    for process in tree(pid):
        try:
            with open(f"/proc/{process}/status") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        except FileNotFoundError:
            pass
    return total


def machine():
    """Busy and stolen CPU seconds of the whole machine since boot."""
    with open("/proc/stat") as stat:
        fields = list(map(int, stat.readline().split()[1:9]))
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / HERTZ, fields[7] / HERTZ


def others(own):
    """CPU seconds of every living process outside `own`."""
    seconds = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) not in own:
            try:
                seconds[int(entry)] = cpu_clock(int(entry))
            except OSError:
                pass
    return seconds


def wait_for_quiet(limit=25, busy=0.12):
    """Waits until the machine is nearly idle, for `limit` seconds at most."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before, _ = machine()
        time.sleep(0.4)
        after, _ = machine()
        if (after - before) / 0.4 < busy:
            return
