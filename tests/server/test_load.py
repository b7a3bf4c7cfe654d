# SPDX-License-Identifier: BSD-2-Clause
"""Crowds, storms and long days (laws L2, M2, M4, invariant I6): no client is lost,
none holds up the rest, and nothing is left behind.

Figures are printed (pytest -s, or in the report of a failure) and not judged:
they belong to the machine.  What is judged is that all are served and that memory stays flat."""

import contextlib
import ctypes
import os
import random
import resource
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import harness
from control import Closed, Control
from harness import User, hash_password
from proc import look_at, wait_for

SHARED = ("master", "auth", "dialer", "keeper", "scribe", "control")


def yescrypt(password):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_gensalt.restype = ctypes.c_char_p
    return hash_password(password, library.crypt_gensalt(b"$y$", 0, None, 0).decode())


def shared(server, look):
    """role and pid -> look(process), of the shared processes; auth's hash pool is auth too."""
    seen = look_at([p for p in server.processes() if p.role() in SHARED], look)
    assert {p.role() for p in seen} == set(SHARED)
    return {(p.role(), p.pid): value for p, value in seen.items()}


def memory(server):
    """KiB of their own."""
    return shared(server, lambda p: int(p.status()["RssAnon"].split()[0]))


def descriptors(server):
    return shared(server, lambda p: len(os.listdir(p.path("fd"))))


def quiet(server, most=16):
    """Every session is over: what is left are the cells that wait."""
    wait_for(lambda: len(server.processes("net")) <= most and len(server.idle_nets()) == len(server.processes("net")),
             60, "the end of every session")


def timed_login(server, source, name="alice"):
    began = time.monotonic()
    with Control(server.host, server.port, timeout=60, source=source) as control:
        control.login(name, server.user(name).password)
    return time.monotonic() - began


@contextlib.contextmanager
def many_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_m4_a_hundred_log_ins_at_one_instant(make_server):
    server = make_server(config={"daemon": {"max_sessions": 200}})
    gate = threading.Barrier(100)

    def enter(number):
        gate.wait(30)
        with Control(server.host, server.port, timeout=60) as control:
            control.login(*[("alice", server.user("alice").password), ("bob", server.user("bob").password)][number % 2])
            return control.command("NOOP").code

    with ThreadPoolExecutor(100) as pool:
        assert list(pool.map(enter, range(100))) == [200] * 100
    quiet(server)


@pytest.mark.parametrize("seconds", [1, pytest.param(10, marks=pytest.mark.full)])
def test_m2_a_thousand_probes_a_second(make_server, seconds):
    """Connect and close, as load balancers do: somebody who means it is served all along."""
    server = make_server(config={"daemon": {"max_sessions": 2000, "max_sessions_per_address": 2000, "pool_max": 64}})
    over, knocks = threading.Event(), [0, 0]

    def knock(which):
        while not over.is_set():
            with contextlib.suppress(OSError):
                socket.create_connection((server.host, server.port), timeout=5, source_address=("127.0.7.1", 0)).close()
                knocks[which] += 1
            time.sleep(0.001)

    crowd = [threading.Thread(target=knock, args=(which,)) for which in (0, 1)]
    for thread in crowd:
        thread.start()
    began, waits = time.monotonic(), []
    while time.monotonic() - began < seconds:
        waits.append(timed_login(server, "127.0.7.2"))
    over.set()
    for thread in crowd:
        thread.join()
    print(f"{sum(knocks) / seconds:.0f} probes a second; log-ins meanwhile {len(waits)}, "
          f"the slowest {max(waits) * 1000:.0f} ms")
    quiet(server, 64)
    timed_login(server, "127.0.7.2")


@pytest.mark.parametrize("seconds,rate", [(2, 100), pytest.param(10, 500, marks=pytest.mark.full)])
def test_l2_a_storm_from_one_address_and_a_right_word_from_another(make_server, seconds, rate):
    """Real hashes, 16 MiB each: auth keeps its memory, and who knows the password is not queued behind who guesses."""
    password = "the right word"
    server = make_server(users=[User("alice", 5001, password=password, hash=yescrypt(password))],
                         config={"daemon": {"max_sessions": 5000, "max_sessions_per_address": 3000,
                                            "max_login_failures": 1}})
    timed_login(server, "127.0.8.2")
    before = memory(server)
    over, thrown = threading.Event(), [0]

    def throw():
        """Names known and unknown; the answer is not waited for."""
        open_ones = []
        while not over.is_set():
            with contextlib.suppress(OSError):
                one = socket.create_connection((server.host, server.port), timeout=5, source_address=("127.0.8.1", 0))
                one.sendall(b"USER %s\r\nPASS wrong\r\n" % random.choice([b"alice", b"nobody"]))
                open_ones.append(one)
                thrown[0] += 1
            if len(open_ones) > 1000:
                open_ones.pop(0).close()
            time.sleep(1 / rate)
        for one in open_ones:
            one.close()

    with many_descriptors(8192):
        storm = threading.Thread(target=throw)
        storm.start()
        began, waits = time.monotonic(), []
        while time.monotonic() - began < seconds:
            waits.append(timed_login(server, "127.0.8.2"))
        during = memory(server)
        over.set()
        storm.join()
    grown = {role: during[role, pid] - before.get((role, pid), 0) for role, pid in during if role == "auth"}
    print(f"{thrown[0] / seconds:.0f} wrong log-ins a second; right ones {len(waits)}, "
          f"the slowest {max(waits) * 1000:.0f} ms; "
          f"auth grew by {grown} KiB")
    assert all(size < 16 * 1024 for size in grown.values()), grown
    quiet(server, 64)


@pytest.mark.full
def test_3000_idle_sessions(make_server):
    with many_descriptors(8192):
        server = make_server(config={"daemon": {"max_sessions": 3200, "max_sessions_per_address": 3200, "pool_max": 64,
                                                "idle_timeout": 3600},
                                     "defaults": {"max_sessions_per_user": 3200}})
        before = memory(server)
        with ThreadPoolExecutor(32) as pool:
            controls = list(pool.map(lambda number: server.login(timeout=120), range(3000)))
            assert all(pool.map(lambda control: control.command("NOOP").code == 200, controls))
        timed_login(server, "127.0.9.1")
        print("KiB of the shared processes, before and with 3,000:", before, memory(server))
        server.close_controls()
        quiet(server, 64)
        timed_login(server, "127.0.9.1")


KILLED = ["auth", "dialer", "keeper", "scribe", "control", "zygote", "net", "jail"]


@pytest.mark.parametrize("role", KILLED)
@pytest.mark.parametrize("sessions", [10, pytest.param(50, marks=pytest.mark.full)])
def test_i6_a_process_killed_under_load(make_server, role, sessions):
    """Who is in goes on (but for the one whose half it was); who comes
    is served again; nothing is left, the port is free."""
    server = make_server(config={"daemon": {"max_sessions": 200}})
    server.put("file", b"content" * 1000)
    over, lost, served = threading.Event(), [], [0] * sessions

    def work(number):
        try:
            control = server.login("alice" if number % 2 else "bob")
            while not over.is_set():
                control.command("NOOP", 200)
                if control.command("EPSV").code == 229:  # 425 while there is no dialer
                    control.command("MLST", 250)
                served[number] += 1
        except (Closed, ConnectionError, AssertionError) as fault:
            lost.append(str(fault))

    crowd = [threading.Thread(target=work, args=(number,)) for number in range(sessions)]
    for thread in crowd:
        thread.start()
    wait_for(lambda: all(served), 60, "the load")
    victim = {"net": lambda: server.busy_nets()[0],
              "jail": lambda: next(p for p in server.processes("jail") if p.runs_as(5001)),
              "zygote": lambda: server.zygotes()["net"],
              }.get(role, lambda: server.one(role))()
    os.kill(victim.pid, signal.SIGKILL)
    wait_for(lambda: not victim.alive(), what="its end")
    counts = list(served)
    wait_for(lambda: sum(now > then for now, then in zip(served, counts)) >= sessions - 1, 30, "the others, who go on")
    wait_for(lambda: can_enter(server), 30, "a log-in")
    over.set()
    for thread in crowd:
        thread.join()
    assert len(lost) == (1 if role in ("net", "jail") else 0), lost
    server.close_controls()
    quiet(server)


def can_enter(server):
    try:
        with server.login("bob") as control:
            return control.fetch("NLST") is not None
    except (Closed, ConnectionError, AssertionError):
        return False


def a_session(server, seed):
    """One of all kinds: a probe, a wrong word, files both ways, a listing, an end without a word."""
    dice = random.Random(seed)
    kind = dice.choice(["probe", "wrong", "files", "files", "list", "vanish"])
    source = f"127.1.{seed >> 8 & 255}.{seed & 255 or 1}" if kind in ("probe", "wrong") else None
    with Control(server.host, server.port, timeout=60, source=source) as control:
        if kind == "probe":
            return
        if kind == "wrong":
            control.command("USER alice", 331)
            control.send("PASS wrong")
            return
        control.login("alice", server.user("alice").password)
        control.command("TYPE I", 200)
        if kind == "files":
            name = f"f{dice.randrange(20)}-{threading.get_ident()}"
            control.store(f"STOR {name}", b"x" * dice.randrange(20000))
            control.fetch(f"RETR {name}")
        elif kind == "list":
            control.fetch("MLSD")
        if kind != "vanish":
            control.command("QUIT", 221)


@pytest.mark.parametrize("sessions", [300, pytest.param(10000, marks=pytest.mark.full)])
def test_a_soak_leaves_nothing_behind(make_server, sessions):
    server = make_server(config={"daemon": {"log_level": "warning"}, "defaults": {"sync_uploads": "no"}})

    def run(numbers):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: a_session(server, number), numbers))
        quiet(server)
        server.at_rest()  # a hasher that was just forked still has its parent's name

    run(range(200))  # what is made once is made now
    before, held = memory(server), descriptors(server)
    run(range(1000, 1000 + sessions))
    after = memory(server)
    print("KiB of the shared processes, before and after:", before, after)
    assert after.keys() == before.keys()
    if not harness.SANITIZED:  # it keeps what was freed, for a while
        assert all(after[one] - before[one] < 2048 for one in after), (before, after)
    wait_for(lambda: all(count <= held[one] + 8 * 16 for one, count in descriptors(server).items()), 10,
             "the descriptors")
