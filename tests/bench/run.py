#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures wardftpd together with vsftpd, Pure-FTPd and ProFTPD: server CPU, rates, memory, system calls.

usage: tests/bench/run.py [--quick] [--only TEXT] [--servers A,B] [--rounds N] [--scaling] [--ports N]
       [--out DIR]

The servers run side by side, each in a cgroup of its own, and are loaded in turn, round after round
(A B C A B C), so that whatever else the machine does meets them all.  Prints a Markdown table; the
table and all figures as JSON go to DIR (default: build/bench).  Runs as root, on loopback, files on /dev/shm.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import probes  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
from load import Failed, Load  # noqa: E402
from rows import ROWS  # noqa: E402


QUICK_BULK = 64 << 20  # bytes


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="two short rounds, of slow rows one, less than five minutes; bulk by files of 64 MiB")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="rows whose name has TEXT; memory and calls are rows as well")
    parser.add_argument("--servers", default=",".join(servers.NAMES), help="default: all four")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--scaling", action="store_true",
                        help="the growth from 1 to 3,000 sessions, 10 to 100,000 entries")
    parser.add_argument("--ports", type=int, default=0, metavar="N",
                        help="so many passive ports, at most 400, for each server; default: theirs, 400 of two")
    parser.add_argument("--out", default=os.path.join(servers.BUILD, "bench"), metavar="DIR")
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(row, server, quick):
    """One run.  What is reported per GiB is measured with a smaller file where it is to be quick."""
    seconds = max(0.75, row.seconds / (2 if row.slow and row.unit == "op" else 4)) if quick else row.seconds
    bulk = QUICK_BULK if quick else 1 << 30
    options = (*row.options, "--large", str(bulk)) if row.unit == "GiB" else row.options
    load = Load(server, row.mix, user=row.user, sessions=row.sessions, directory=row.directory, seconds=seconds,
                warmup=min(0.5, seconds / 4), options=options)
    try:
        result = load.run()
        if row.unit == "GiB":
            result["cpu"] *= (1 << 30) / bulk
            result["rate"] *= bulk / (1 << 30)
        return result
    finally:
        probes.wait_until_left(server)


def serves(row, server):
    if row.only_ward:
        return server.name == "wardftpd"
    return server.name not in row.without


def run_row(row, running, rounds, quick):
    found = {}
    for turn in range(rounds):
        for server in running:
            if not serves(row, server):
                continue
            try:
                found.setdefault(server.name, []).append(measure(row, server, quick))
            except Failed as failure:
                say(f"  {row.name}: {failure}")
        say(f"{row.name}: round {turn + 1} of {rounds}")
    return {name: report.median_of(one) for name, one in found.items()}


def run_rows(options, running, results):
    for row in ROWS:
        rounds = options.rounds or ((1 if row.slow else 2) if options.quick else 5)
        if options.only in row.name and (row.quick or not options.quick):
            results["rows"][row.name] = run_row(row, running, rounds, options.quick)


def run_probes(options, running, results):
    for server in running:
        for key, tls in (("plain", False), ("tls", True)):
            if options.only in "memory":
                results["memory"].setdefault(key, {})[server.name] = probes.memory_of_a_session(server, tls)
        if options.only in "calls":
            results["calls"][server.name] = probes.calls_of_an_operation(server)


SCALED_SESSIONS = (1, 10, 100, 1000, 3000)


def run_scaling(running, results):
    """CPU for one operation over the number of sessions and of entries; memory and ramp likewise."""
    scaling = results["scaling"]
    for server in running:
        for count in SCALED_SESSIONS:
            for mix in ("noop", "retr-small"):
                one = Load(server, mix, sessions=count, seconds=3, warmup=0.5).run()
                scaling.setdefault(mix, {}).setdefault(server.name, []).append((count, one["cpu"] * 1e6))
                probes.wait_until_left(server)
            one = Load(server, "idle", sessions=count, seconds=0.2, warmup=0).run()
            scaling.setdefault("log-in", {}).setdefault(server.name, []).append((count, one["cpu"] * 1e6))
            probes.wait_until_left(server, 30)
            if count >= 10:
                scaling.setdefault("memory", {}).setdefault(server.name, []).append(
                    (count, probes.memory_of_a_session(server, False, count)))
            say(f"scaling: {server.name}: {count} sessions")
        for entries in servers.LISTED:
            one = Load(server, "list", directory=f"list-{entries}", options=("--entries", str(entries)),
                       seconds=4).run()
            scaling.setdefault("list", {}).setdefault(server.name, []).append((entries, one["cpu"] * 1e6 / entries))


PLOTS = {
    "noop": ("NOOP: server CPU for one", "sessions", "us", True),
    "retr-small": ("EPSV and RETR of 1 KiB: server CPU for one", "sessions", "us", True),
    "log-in": ("Log-in: server CPU for one, in a ramp to n sessions", "sessions", "us", True),
    "memory": ("Private memory of an idle session", "sessions", "KiB", False),
    "list": ("LIST: server CPU for one entry", "entries", "us", True),
}


def write_out(options, results):
    with open(os.path.join(options.out, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
    table = report.markdown(results)
    with open(os.path.join(options.out, "table.md"), "w") as file:
        file.write(table)
    for key, (title, across, up, log_y) in PLOTS.items():
        lines = results["scaling"].get(key)
        if lines:
            report.plot(os.path.join(options.out, f"scaling-{key}.svg"), title, across, up, lines, log_y)
    print(table)
    for name, by_name in results["calls"].items():
        print(f"{name}: " + ", ".join(f"{call} {count:.1f}" for call, count in by_name.items() if count >= 0.05))


def versions():
    done = subprocess.run([os.path.join(servers.BUILD, "wardftpd"), "-V"], capture_output=True, text=True)
    return done.stdout.splitlines()


def start_servers(names, directory, stack):
    running = []
    for name in names:
        server = servers.Server(name, directory, os.path.join(directory, "shared"))
        stack.callback(server.stop)
        running.append(server)
        server.start()
        say(f"{name} listens on {server.port}" + ("" if server.group.exact else "; no cgroup: CPU by /proc"))
    return running


def main():
    options = arguments()
    if os.geteuid() != 0:
        sys.exit("bench: root is needed, for chroot and the accounts of the processes")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    names = options.servers.split(",")
    if options.ports:
        os.environ["BENCH_PORTS"] = str(options.ports)
    os.makedirs(options.out, exist_ok=True)  # what fails here would fail after all the measuring
    if set(names) - {"wardftpd"}:
        servers.unpack_peers()
    results = {"machine": report.machine(), "wardftpd": versions(), "quick": options.quick, "rows": {}, "memory": {},
               "calls": {}, "scaling": {}}
    with contextlib.ExitStack() as stack:
        directory = servers.make_directory(QUICK_BULK if options.quick else 1 << 30)
        stack.callback(servers.remove_directory, directory)
        running = start_servers(names, directory, stack)
        if options.scaling:
            run_scaling(running, results)
        else:
            run_probes(options, running, results)  # first: no session of a load is still on its way out
            run_rows(options, running, results)
        write_out(options, results)


if __name__ == "__main__":
    main()
