#!/usr/bin/env python3
"""Measures the gateway against HAProxy in TCP mode on the same work, in turn, and prints ratios.

Needs Linux, gcc and haproxy (apt-get install gcc haproxy), and nothing else that is busy on the machine. Everything
stays on the loopback. Ratios are gateway / HAProxy, the median over the pairs: tx/s above 1 is faster, CPU and latency
below 1 are better. report.py makes the tables and plots of docs/performance.md of what this writes.
"""
import argparse
import json
import math
import os
import pathlib
import platform
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent.parent
GATEWAY_PORT, HAPROXY_PORT, DRA_PORTS = 23868, 13868, (13869, 13870)
WORK = {  # name: (what it stands for, arguments of the load)
    "W1": ("bursts: 10 connections, 100 outstanding each", ["--conns", "10", "--window", "100"]),
    "W2": ("spread: 100 connections, 10 outstanding each", ["--conns", "100", "--window", "10"]),
    "W3": ("open loop: 20,000 requests a second", ["--conns", "10", "--rate", "20000"]),
    "W4": ("round trip: one request at a time", ["--conns", "1", "--window", "1"]),
    "W5": ("2,000-byte requests, else as W1", ["--conns", "10", "--window", "100", "--size", "2000"]),
    "W6": ("1,000 connections, 20,000 requests a second", ["--conns", "1000", "--rate", "20000"]),
}
FIGURES = {  # label: how to read it from the load's JSON
    "tx/s": lambda j: j["throughput_per_s"],
    "cpu us/tx": lambda j: j["cpu_us_per_transaction"],
    "p50 us": lambda j: j["latency_us"]["p50"],
    "p99 us": lambda j: j["latency_us"]["p99"],
    "p99.9 us": lambda j: j["latency_us"]["p99_9"],
}
CONNECTIONS = (1, 10, 100, 1000, 10000)  # at 10,000 requests a second
IN_FLIGHT = (0, 1000, 10000, 50000, 100000)  # at 10,000 requests a second, by the DRA's delay
CURVE_RATE = 10000
HAPROXY_CONNECTIONS = 9000  # two files for each
WARMUP = 3


class Site:
    """The programs of one run; all end with it."""

    def __init__(self, folder):
        self.folder, self.started = folder, []
        self.log = open(folder / "peers.log", "ab")
        self.load = folder / "load"
        subprocess.run(["gcc", "-O2", "-o", self.load, HERE / "load.c"], check=True)

    def start(self, *command, env=None):
        words = [str(c) for c in command]
        self.started.append(
            subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=os.environ | (env or {})))
        return self.started[-1]

    def dras(self, *arguments):
        process = self.start(self.load, "dra", "--ports", ",".join(map(str, DRA_PORTS)), *arguments)
        wait_port(DRA_PORTS[0])
        return process

    def haproxy(self):
        process = self.start("haproxy", "-db", "-f", HERE / "haproxy.cfg")
        wait_port(HAPROXY_PORT)
        return process

    def gateway(self, *flags, env=None):
        process = self.start(
            HOME / "diameter-gateway", "-listen", f"127.0.0.1:{GATEWAY_PORT}", "-log", "warn", "-max-connections", "20000",
            "-dra1-host", "127.0.0.1", "-dra1-port", DRA_PORTS[0],
            "-dra2-host", "127.0.0.1", "-dra2-port", DRA_PORTS[1], *flags, env=env)
        wait_port(GATEWAY_PORT)
        return process

    def ask(self, port, pid, seconds, *arguments, warmup=WARMUP):
        out = self.folder / "load.json"
        subprocess.run(
            [str(w) for w in (self.load, "app", "--connect", f"127.0.0.1:{port}", "--seconds", seconds, "--warmup", warmup,
                              "--pid", pid, "--json", out, *arguments)],
            stdout=self.log, stderr=self.log, timeout=240)
        return json.loads(out.read_text())

    def end(self, *processes):
        for process in processes or list(reversed(self.started)):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            self.started.remove(process)


def wait_port(port, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"nothing listens on 127.0.0.1:{port} after {seconds} s")


def peak_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


def works(site, names, pairs, seconds):
    """W1 to W6, gateway and HAProxy in turn."""
    site.dras()
    haproxy, gateway = site.haproxy(), site.gateway()
    sides = {"haproxy": (HAPROXY_PORT, haproxy.pid), "gateway": (GATEWAY_PORT, gateway.pid)}
    time.sleep(2)  # for the gateway's connections to the DRAs
    results = {}
    for name in names:
        rows = {side: [] for side in sides}
        for _ in range(pairs):
            for side, (port, pid) in sides.items():
                rows[side].append(site.ask(port, pid, seconds, *WORK[name][1]))
        bad = sum(j["sent"] - j["ok_2001"] for j in rows["gateway"])
        results[name] = {"what": WORK[name][0], "bad": bad, "figures": {}}
        print(f"{name}  {WORK[name][0]}; gateway requests without a good answer: {bad}", flush=True)
        for label, read in FIGURES.items():
            g, h = [read(j) for j in rows["gateway"]], [read(j) for j in rows["haproxy"]]
            ratios = [x / y for x, y in zip(g, h) if y]
            figure = {"gateway": statistics.median(g), "haproxy": statistics.median(h),
                      "ratio": statistics.median(ratios) if ratios else None}
            results[name]["figures"][label] = figure
            print("    {:10s} gateway {gateway:12.2f}   haproxy {haproxy:12.2f}   ratio {ratio:6.2f}".format(label, **figure), flush=True)
    results["peak_mib"] = peak_mib(gateway)
    print(f"gateway peak memory {results['peak_mib']:.0f} MiB", flush=True)
    site.end()
    return results


def connections(site, seconds):
    """CPU per transaction by number of connections, at one rate."""
    site.dras()
    gateway, haproxy = site.gateway(), site.haproxy()
    time.sleep(2)
    points = []
    for count in CONNECTIONS:
        arguments = ["--conns", count, "--rate", CURVE_RATE, "--ramp-ms", 1 if count < 1000 else 0.2]
        point = {"connections": count}
        for side, port, process in (("haproxy", HAPROXY_PORT, haproxy), ("gateway", GATEWAY_PORT, gateway)):
            if side == "gateway" or count <= HAPROXY_CONNECTIONS:
                point[side] = site.ask(port, process.pid, seconds, *arguments)["cpu_us_per_transaction"]
            else:
                point[side] = math.nan
        point["peak_mib"] = peak_mib(gateway)
        points.append(point)
        print("{connections:7d} connections  cpu us/tx gateway {gateway:6.2f}  haproxy {haproxy:6.2f}  peak {peak_mib:.0f} MiB".format(**point), flush=True)
    site.end()
    return points


def in_flight(site, seconds):
    """CPU per transaction by number of requests in flight: the DRA takes its time."""
    points = []
    for count in IN_FLIGHT:
        delay = count * 1_000_000 // CURVE_RATE
        site.dras("--delay-us", delay)
        gateway = site.gateway(env={"DIAMGW_DRA_POOL_MAX_PENDING": "200000"})
        time.sleep(2)
        j = site.ask(GATEWAY_PORT, gateway.pid, seconds, "--conns", 100, "--rate", CURVE_RATE, "--timeout-ms", 60000,
                     warmup=WARMUP + delay / 1e6)  # until as many answers come as requests go
        point = {"in_flight": count, "gateway": j["cpu_us_per_transaction"], "bad": j["sent"] - j["ok_2001"], "peak_mib": peak_mib(gateway)}
        points.append(point)
        print("{in_flight:7d} in flight  cpu us/tx {gateway:6.2f}  peak {peak_mib:.0f} MiB".format(**point), flush=True)
        site.end()
    return points


def starts(site, times):
    """Milliseconds from the start of the command to the first connection accepted."""
    results = {}
    for label, env in (("with AOT cache", {}), ("without", {"DIAMETER_GATEWAY_JVM_FLAGS": "-XX:AOTMode=off"})):
        taken = []
        for _ in range(times):
            begun = time.time()
            process = site.gateway(env=env)
            taken.append((time.time() - begun) * 1000)
            site.end(process)
        results[label] = statistics.median(taken)
        print(f"start to listening {label}: {results[label]:.0f} ms", flush=True)
    return results


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    say = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return {
        "cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(),
        "haproxy": re.sub(r"HAProxy version (\S+).*", r"\1", say("haproxy", "-v").splitlines()[0]),
        "gateway": say(str(HOME / "diameter-gateway"), "-version").replace("\n", "; "), "date": time.strftime("%Y-%m-%d"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="some of " + ",".join([*WORK, "connections", "in-flight", "start"]))
    parser.add_argument("--pairs", type=int, default=3, help="runs of each side (3)")
    parser.add_argument("--seconds", type=float, default=6, help="measured time of each run (6)")
    parser.add_argument("--json", type=pathlib.Path, default=HOME / "bench/target/compare.json", help="where results are added")
    a = parser.parse_args()
    wanted = a.only.split(",") if a.only else [*WORK, "connections", "in-flight", "start"]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    results = json.loads(a.json.read_text()) if a.json.exists() else {}
    results["machine"] = machine()
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        site = Site(pathlib.Path(folder))
        try:
            names = [name for name in WORK if name in wanted]
            if names:
                results.setdefault("works", {}).update(works(site, names, a.pairs, a.seconds))
            if "connections" in wanted:
                results["connections"] = connections(site, a.seconds)
            if "in-flight" in wanted:
                results["in_flight"] = in_flight(site, a.seconds)
            if "start" in wanted:
                results["start"] = starts(site, 5)
        finally:
            site.end()
    a.json.parent.mkdir(parents=True, exist_ok=True)
    a.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
