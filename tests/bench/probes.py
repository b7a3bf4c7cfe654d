# SPDX-License-Identifier: BSD-2-Clause
"""What is counted and not timed: memory of a session, system calls of an operation."""

import collections
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time

from accounting import private_kib
from load import Load

SESSIONS = 40


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def is_no_sessions(pid, connected):
    """A process of wardftpd's that is no session's: a cell that waits, or a shared one.  What is private to the
    master changes with each fork, by more than a session has."""
    name = name_of(pid)
    if name == "ward-jail":
        try:
            return os.stat(f"/proc/{pid}").st_uid == pwd.getpwnam("wardftpd-jail").pw_uid or not logged_in(pid)
        except OSError:
            return True
    return name.startswith("ward") and not (name == "ward-net" and has_tcp(pid, connected))


def logged_in(pid):
    with open(f"/proc/{pid}/status") as file:
        return re.search(r"^Uid:\s+2001\s", file.read(), re.MULTILINE) is not None


def tcp_inodes():
    """All TCP sockets, read once for many processes."""
    with open("/proc/net/tcp") as file:
        return {line.split()[9] for line in file}


def has_tcp(pid, connected):
    try:
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return False
    return any(link.startswith("socket:[") and link[8:-1] in connected for link in links)


def pids_of_sessions(server):
    connected = tcp_inodes()
    return [pid for pid in server.group.pids() if not is_no_sessions(pid, connected)]


def private_of(server):
    return sum(private_kib(pid) for pid in pids_of_sessions(server))


def memory_of_a_session(server, tls, sessions=SESSIONS):
    """KiB that are private to the processes of one idle, logged-in session, over many of them.  The load holds
    still while they are looked at: that takes longer with each session."""
    seen = {}

    def at(mark):
        if mark == "m":
            os.kill(load.popen.pid, signal.SIGSTOP)
            seen["with"] = private_of(server)
            os.kill(load.popen.pid, signal.SIGCONT)

    wait_until_left(server, 30)
    before = private_of(server)
    load = Load(server, "idle", sessions=sessions, seconds=0.5, warmup=1, options=("--tls",) if tls else (), at=at)
    load.run()
    wait_until_left(server, 30)
    return (seen["with"] - before) / sessions


def wait_until_left(server, seconds=10):
    """The sessions of the last run have ended, so that the next one does not pay for them."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and len(pids_of_sessions(server)) > 12:
        time.sleep(0.05)


def calls_of_an_operation(server, mix="retr-small", options=()):
    """System calls of all the server's processes for one operation, by name, counted by strace."""
    times = {}
    with tempfile.NamedTemporaryFile("r", prefix="strace-") as trace:
        pids = [word for pid in server.group.pids() for word in ("-p", str(pid))]
        strace = subprocess.Popen(["strace", "-f", "-qq", "-ttt", "-s0", "-o", trace.name, *pids],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)  # it is attached when it is; the warm-up gives it more
            result = Load(server, mix, seconds=2, warmup=1, options=options,
                          at=lambda mark: times.setdefault(mark, time.time())).run()
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait(10)
        counts = count_calls(trace, times["m"], times["s"])
    return {name: count / result["count"] for name, count in counts.most_common()}


def count_calls(trace, first, last):
    counts = collections.Counter()
    for line in trace:
        match = re.match(r"\d+ +(\d+\.\d+) (\w+)\(", line)
        if match and first <= float(match.group(1)) < last:
            counts[match.group(2)] += 1
    return counts
