#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows what a flood by one session does to another: how long the other's NOOP takes.

usage: tests/bench/flood.py [--seconds S] [--only TEXT] [--sessions N]

One client sends a command over and over, as fast as the server takes it, without waiting for replies;
another user's session sends a NOOP every few milliseconds meanwhile.  Prints a Markdown table: the
median, the 99th percentile and the longest wait in milliseconds, and how many commands the flood got
through.  The build is that of WARDFTPD_BUILD; clients and server share the machine's processors, and
whatever else runs there counts, too.  Runs as root.
"""

import argparse
import multiprocessing
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "server"))

import harness  # noqa: E402

LARGE = 2 << 30  # a sparse file: check sums of it end by the end of the flood
NAMES = 2000     # of 255 bytes, for patterns
EVERY_S = 0.005  # between two NOOPs

COMMANDS = [
    "(nothing)", "NOOP", "FEAT", "HELP", "STAT", "PWD", "NONSENSE", "X" * 4000, "CWD names", "CWD missing", "SIZE file",
    "MDTM file",
    "MLST file", "STAT names", "STAT names/*", "STAT names/*" + "[" * 240, "STAT names/*[" + "a" * 240 + "]x",
    "STAT names/" + "*a" * 120, "XCRC file", "XCRC large", "XMD5 large", "XSHA512 large", "MKD made\r\nRMD made",
    "RNFR file\r\nRNTO file",
    "SITE CHMOD 644 file", "SITE UTIME 20270101000000 file", "MFMT 20270101000000 file", "ALLO 1", "AVBL", "EPSV",
    "EPSV ALL",
    "PORT 127,0,0,1,255,255", "REST 1", "RANG 0 1", "OPTS MLST type;", "HOST example", "USER alice", "SITE QUOTA",
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each command")
    parser.add_argument("--only", default="", metavar="TEXT", help="commands with TEXT in them")
    parser.add_argument("--sessions", type=int, default=1, help="of the one user who floods")
    return parser.parse_args()


def prepare(server):
    server.put("file", bytes(4096))
    os.truncate(server.put("large"), LARGE)
    names = server.mkdir("names")
    for number in range(NAMES):
        os.mknod(os.path.join(names, "a" * 250 + f"{number:05}"))


def replies_in(data):
    """Last lines of replies, more or less: enough to count by."""
    return sum(1 for line in data.split(b"\r\n") if line[:3].isdigit() and line[3:4] == b" ")


def flood(port, name, password, command, ready, stop, count):
    """Until it is stopped: keeps the server's side of the connection full, and drops what it says."""
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(f"USER {name}\r\nPASS {password}\r\nTYPE I\r\n".encode())
        seen = b""
        while b"Binary mode" not in seen:
            seen += one.recv(65536)
        one.setblocking(False)
        piece = f"{command}\r\n".encode() * max(1, 4096 // len(command))
        ready.set()
        while not stop.is_set():
            readable, writable, _ = select.select([one], [one], [], 0.1)
            if readable:
                data = one.recv(1 << 20)
                if not data:
                    break
                count.value += replies_in(data)
            if writable:
                one.send(piece)


def waits(server, seconds):
    """Of bob's NOOPs, in milliseconds, sorted."""
    seen = []
    with server.login("bob") as control:
        control.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            control.command("NOOP", 200)
            seen.append((time.perf_counter() - begun) * 1000)
            time.sleep(EVERY_S)
    return sorted(seen)


def measure(server, command, seconds, sessions):
    alice = server.user("alice")
    stop, count = multiprocessing.Event(), multiprocessing.Value("L", 0)
    ready = [multiprocessing.Event() for _ in range(sessions if command != "(nothing)" else 0)]
    floods = [multiprocessing.Process(target=flood,
                                      args=(server.port, alice.name, alice.password, command, one, stop, count))
              for one in ready]
    for one in floods:
        one.start()
    try:
        assert all(one.wait(20) for one in ready), "a flood does not begin"
        return waits(server, seconds), count.value
    finally:
        stop.set()
        for one in floods:
            one.join(20)


def short(command):
    text = command.replace("\r\n", ", ")
    return text if len(text) < 40 else text[:34] + "..."


def main():
    options = parse_arguments()
    server = harness.Server()
    server.start()
    try:
        prepare(server)
        print("| flood | replies a second | NOOP of another session: median | 99 % | longest, ms |\n"
              "|---|--:|--:|--:|--:|")
        for command in COMMANDS:
            if options.only not in command:
                continue
            seen, count = measure(server, command, options.seconds, options.sessions)
            print(f"| `{short(command)}` | {count / options.seconds:,.0f} | {seen[len(seen) // 2]:.2f} | "
                  f"{seen[len(seen) * 99 // 100]:.2f} | {seen[-1]:.2f} |", flush=True)
    finally:
        server.allowed_log = "."
        server.finish()


if __name__ == "__main__":
    main()
