#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures wardftp together with lftp and curl: CPU of the client, wall time, commands for each file.

usage: tests/bench/clients.py [--quick] [--rounds N] [--only TEXT] [--clients A,B] [--server NAME] [--out DIR]

All of them talk to one server, by default wardftpd; each row is run by each client in turn, round after round, so that
whatever else the machine does meets them all.  CPU is user and system time of the client and its children, from
wait4(2).  Commands are counted in a run of its own, from the client's trace.  Prints a Markdown table; the table and
all figures as JSON go to DIR (default: build/bench).  Runs as root, on loopback, files on /dev/shm.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import accounting  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

CLIENTS = ("wardftp", "lftp", "curl")
WARDFTP = os.path.join(servers.BUILD, "wardftp")
SMALL_FILES, SMALL_BYTES = 2000, 1024
TRACED_BY_CURL = 100  # files; each costs it the same commands
TIMEOUT = 600  # seconds, for one run


class Server(servers.Server):
    """As for the servers' bench, but with other files."""

    def __init__(self, name, directory, bulk):
        self.name, self.directory = name, os.path.join(directory, name)
        self.home = os.path.join(self.directory, "home")
        self.port = servers.free_port()
        self.group = accounting.Group(f"wardftpd-clients-{os.getpid()}-{name}")
        self.main = None
        fill(self.home, bulk)
        os.makedirs(os.path.join(self.home, "up"))
        servers.own(self.home)


def fill(directory, bulk):
    """The files that travel: both sides have them."""
    os.makedirs(os.path.join(directory, "small"))
    for number in range(1, SMALL_FILES + 1):
        servers.write(os.path.join(directory, "small", f"f{number:04}"), b"x" * SMALL_BYTES)
    piece = os.urandom(1 << 20)
    with open(os.path.join(directory, "large"), "wb") as file:
        for _ in range(bulk >> 20):
            file.write(piece)


class Row:
    """One measurement: what is moved, which way, by how many sessions, with or without TLS."""

    def __init__(self, large, upload, sessions, tls):
        self.large, self.upload, self.sessions, self.tls = large, upload, sessions, tls
        self.files = 1 if large else SMALL_FILES

    def name(self, bulk):
        what = f"one file of {bulk >> 20:,} MiB" if self.large else f"{SMALL_FILES:,} files of 1 KiB"
        sessions = "" if self.large else f", {self.sessions} session{'s' if self.sessions > 1 else ''}"
        return f"{what}, {'up' if self.upload else 'down'}{sessions}, {'TLS' if self.tls else 'plain'}"


ROWS = [Row(True, upload, 1, tls) for tls in (False, True) for upload in (False, True)] + \
       [Row(False, upload, sessions, tls)
        for tls in (False, True) for sessions in (1, 8) for upload in (False, True)]


# The commands, run in a directory with "large", "small" and an empty "down".  trace: with each command sent on stderr.

def wardftp(row, port, trace):
    verb = ("put large up/large" if row.upload else "get large down/large") if row.large else \
        (f"mirror -R -P {row.sessions} small up" if row.upload else f"mirror -P {row.sessions} small down")
    return [WARDFTP, "--tls=try" if row.tls else "--tls=off", *(["-v"] if trace else []), "-c",
            f"set sync no; open ftp://bench@127.0.0.1:{port}/; {verb}"]


def lftp(row, port, trace):
    verb = ("put large -o up/large" if row.upload else "get large -o down/large") if row.large else \
        (f"mirror -R --parallel={row.sessions} small up" if row.upload
         else f"mirror --parallel={row.sessions} small down")
    tls = "yes" if row.tls else "no"
    return ["lftp", "-c", f"{'debug 5;' if trace else ''} set cmd:fail-exit yes; set ssl:verify-certificate no; "
            f"set ftp:ssl-allow {tls}; set ftp:ssl-force {tls}; set ftp:ssl-protect-data {tls}; "
            f"open -u bench,{servers.PASSWORD} ftp://127.0.0.1:{port}; {verb}"]


def curl(row, port, trace):
    url = f"ftp://bench:{servers.PASSWORD}@127.0.0.1:{port}/"
    parallel = ["--parallel", "--parallel-max", str(row.sessions)] if row.sessions > 1 else []
    names = "large" if row.large else f"small/f[0001-{TRACED_BY_CURL if trace else SMALL_FILES:04}]"
    if row.upload:
        what = ["-T", names, url + "up/"]
    else:
        what = [url + names, "-o", "down/large" if row.large else "down/f#1"]
    return ["curl", "-v" if trace else "-s", "-S", *(["--ssl-reqd", "-k"] if row.tls else []), *parallel, *what]


COMMANDS = {"wardftp": wardftp, "lftp": lftp, "curl": curl}
SENT = re.compile(rb"(?:> |---> )[A-Z]{3,4}\b")


class Bench:
    def __init__(self, server, directory, bulk):
        self.server, self.bulk = server, bulk
        self.directory = os.path.join(directory, "client")
        fill(self.directory, bulk)
        self.environment = {"HOME": self.directory, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        netrc = os.open(os.path.join(self.directory, ".netrc"), os.O_WRONLY | os.O_CREAT, 0o600)
        with open(netrc, "w") as file:
            file.write(f"machine 127.0.0.1 login bench password {servers.PASSWORD}\n")

    def prepare(self):
        for path in (os.path.join(self.server.home, "up"), os.path.join(self.directory, "down")):
            shutil.rmtree(path, ignore_errors=True)
            os.mkdir(path)
            os.chown(path, servers.ID, servers.ID)

    def check(self, row, client):
        """Did all arrive, whole?"""
        arrived = os.path.join(self.server.home, "up") if row.upload else os.path.join(self.directory, "down")
        sizes = [entry.stat().st_size for entry in os.scandir(arrived)]
        if sizes != [self.bulk if row.large else SMALL_BYTES] * row.files:
            sys.exit(f"clients: {client}: {row.name(self.bulk)}: {len(sizes)} of {row.files} files, "
                     f"{sum(sizes)} bytes arrived")

    def run(self, row, client):
        """CPU and wall time of one run, in seconds."""
        self.prepare()
        began = time.monotonic()
        process = subprocess.Popen(COMMANDS[client](row, self.server.port, False), cwd=self.directory,
                                   env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"clients: {client}: {row.name(self.bulk)}: exit {process.returncode}")
        self.check(row, client)
        return {"cpu": used.ru_utime + used.ru_stime, "wall": wall}

    def count(self, row, client):
        """Commands for each file."""
        self.prepare()
        done = subprocess.run(COMMANDS[client](row, self.server.port, True), cwd=self.directory, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              check=True, timeout=TIMEOUT)
        files = TRACED_BY_CURL if client == "curl" and not row.large else row.files
        return sum(bool(SENT.search(line)) for line in done.stderr.splitlines()) / files


def cell(figures):
    cpu, wall = figures["cpu"], figures["wall"]
    return f"{cpu:.2f} s, {wall:.2f} s, {report.number(figures['commands'])}"


def table(found, names):
    others = [name for name in names if name != "wardftp"]
    ratios = ["CPU to best", "wall to best"] if others and "wardftp" in names else []
    lines = ["| CPU, wall time, commands for each file | " + " | ".join([*names, *ratios]) + " |",
             "|---" * (1 + len(names) + len(ratios)) + "|"]
    for row, figures in found.items():
        cells = [cell(figures[name]) for name in names]
        for key in ("cpu", "wall")[:len(ratios)]:
            cells.append(f"{figures['wardftp'][key] / min(figures[name][key] for name in others):.2f}")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def measure(bench, row, names, rounds):
    runs = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(bench.run(row, name))
    return {name: {key: statistics.median(run[key] for run in runs[name]) for key in ("cpu", "wall")} |
            {"commands": bench.count(row, name)} for name in names}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, the large file of 64 MiB instead of 1 GiB")
    parser.add_argument("--rounds", type=int, default=0, help="default: 5, medians are shown")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has TEXT")
    parser.add_argument("--clients", default=",".join(CLIENTS), help="default: all three")
    parser.add_argument("--server", default="wardftpd", choices=servers.NAMES,
                        help="default: wardftpd; the others from PEERS")
    parser.add_argument("--out", default=os.path.join(servers.BUILD, "bench"), metavar="DIR")
    return parser.parse_args()


def present(names):
    for name in names:
        if name not in CLIENTS:
            sys.exit(f"clients: {name}: unknown client")
        if shutil.which(WARDFTP if name == "wardftp" else name):
            yield name
        else:
            print(f"clients: {name} is not installed", file=sys.stderr)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with this program
    names = list(present(options.clients.split(",")))
    bulk = (64 if options.quick else 1024) << 20
    directory = f"/dev/shm/wardftpd-clients-{os.getpid()}"
    if options.server != "wardftpd":
        servers.unpack_peers()
    os.mkdir(directory, 0o755)
    found, server = {}, None
    try:
        server = Server(options.server, directory, bulk)
        server.start()
        bench = Bench(server, directory, bulk)
        for row in ROWS:
            if options.only in row.name(bulk):
                print(row.name(bulk), file=sys.stderr, flush=True)
                found[row.name(bulk)] = measure(bench, row, names, options.rounds or (1 if options.quick else 5))
    finally:
        if server:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(options.out, exist_ok=True)
    text = table(found, names)
    servers.write(os.path.join(options.out, "clients.md"), text.encode())
    with open(os.path.join(options.out, "clients.json"), "w") as file:
        json.dump({"machine": report.machine(), "server": options.server, "rows": found}, file, indent=1)
    print(text, end="")


if __name__ == "__main__":
    main()
