#!/usr/bin/env python3
"""Offers the gateway more than it can carry, and prints what it still answers well.

The gateway gets a part of one core, through a control group of its own, so that the load can offer ten times its
capacity on a small machine. Needs root, Linux, gcc, and nothing else that is busy. Everything stays on the loopback.
"""
import argparse
import contextlib
import pathlib
import tempfile
import time

import run

PERIOD_US = 10_000
LEVELS = (0.5, 1, 2, 5, 10, 0.5)


@contextlib.contextmanager
def part_of_a_core(pid, share):
    """The process in a control group with this share of one core, version 1 or 2."""
    first = pathlib.Path("/sys/fs/cgroup/cpu")
    group = (first if first.exists() else pathlib.Path("/sys/fs/cgroup")) / "gateway-overload"
    group.mkdir()
    try:
        quota = int(PERIOD_US * share)
        if first.exists():
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        with contextlib.suppress(OSError):  # it has ended
            (group.parent / "cgroup.procs").write_text(str(pid))
        group.rmdir()


def line(level, offered, j):
    seconds = j["window_s"]
    print(f"| {level} | {offered:,.0f} | {j['window_ok'] / seconds:,.0f} | {j['window_errors'] / seconds:,.0f} | "
          f"{j['latency_us']['p50'] / 1000:,.1f} | {j['dwa_received']} of {j['dwr_sent']} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.2, help="of one core, for the gateway (0.2)")
    parser.add_argument("--connections", type=int, default=10, help="of Logic Apps (10)")
    parser.add_argument("--seconds", type=float, default=10, help="measured time of each level (10)")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overload-") as folder:
        site = run.Site(pathlib.Path(folder))
        try:
            site.dras()
            gateway = site.gateway()
            time.sleep(2)
            ask = lambda *how: site.ask(run.GATEWAY_PORT, gateway.pid, a.seconds, "--conns", a.connections, "--dwr-ms", "1000", *how)
            ask("--window", "100")  # all code compiled
            with part_of_a_core(gateway.pid, a.share):
                peak = ask("--window", "100")
                print("| offered : peak | offered/s | answered well/s | refused/s | p50 ms | DWAs |\n|---|---|---|---|---|---|")
                line("peak", peak["throughput_per_s"], peak)
                for level in LEVELS:
                    offered = level * peak["throughput_per_s"]
                    line(level, offered, ask("--rate", int(offered)))
            print(f"peak memory {run.peak_mib(gateway):.0f} MiB")
        finally:
            site.end()


main()
