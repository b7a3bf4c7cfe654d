# SPDX-License-Identifier: BSD-2-Clause
"""How many system calls one command costs, by strace: what is slow again by one call is seen here."""

import contextlib
import os
import shutil
import socket
from collections import Counter

import pytest

import harness
from proc import LISTEN, tcp_sockets
from test_syscalls import read_trace
from tls import TlsControl

# of JAIL, from the question to the next one
READ = ["statx", "openat2", "statx", "sendmsg", "close"]


@pytest.fixture
def traced(make_server, tmp_path):
    """traced(prepare, commands) -> the calls of NET and JAIL after the log-in, in a session of these commands alone."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if harness.SANITIZED:
        pytest.skip("a sanitizer makes calls of its own")

    def run(prepare, commands):
        path = tmp_path / "trace"
        server = make_server(wrapper=("strace", "-f", "-qq", "-s", "64", "-o", str(path)))
        prepare(server)
        control = server.login()
        commands(control)
        control.command("QUIT", 221)
        assert control.ended()
        server.stop(60)
        processes = read_trace(path).values()
        return [next(calls.made[calls.made.index(begin):] for calls in processes
                     if calls.role == role and end in calls.made)
                for role, begin, end in (("ward-net", "recvmsg", "sendfile"), ("ward-jail", "setresuid", "getdents64"))]

    return run


def answers(jail):
    """The calls between two questions of NET, a list for each."""
    parts, at = [], None
    for name in jail:
        if name == "recvfrom":
            at = []
            parts.append(at)
        elif at is not None:
            at.append(name)
    return parts


def test_a_download_looks_for_unfinished_copies_only_where_there_can_be_one(traced):
    """A file of another owner costs no call more than one's own, unless the user could write to it: then one."""
    def prepare(server):
        for name, mode in (("own", 0o644), ("foreign", 0o644), ("shared", 0o666)):
            path = server.put(name, b"x" * 1024, mode=mode)
            if name != "own":
                os.chown(path, 0, 0)

    def commands(control):
        control.command("TYPE I", 200)
        for name in ("own", "foreign", "shared"):
            assert control.fetch(f"RETR {name}") == b"x" * 1024
        control.fetch("NLST")

    _, jail = traced(prepare, commands)
    reads = [calls for calls in answers(jail) if "openat2" in calls and "getdents64" not in calls][:3]
    assert reads == [READ, READ, READ[:3] + ["statx"] + READ[3:]]


def test_a_listing_asks_nothing_twice(traced):
    """The directory is opened at once: no look at it before, no lseek of what was just opened, and fstatfs for facts
    only; the first page comes with the answer."""
    def prepare(server):
        for i in range(10):
            server.put(f"file{i}", b"x")

    def commands(control):
        control.command("TYPE I", 200)
        control.fetch("RETR file1")
        for line in ("LIST", "MLSD", "NLST"):
            assert control.fetch(line).count(b"\r\n") >= 10

    _, jail = traced(prepare, commands)
    calls = [name for part in answers(jail) for name in part if name not in ("mmap", "munmap", "exit_group")]
    assert calls[:len(READ)] == READ
    found = [Counter(f"openat2 {part}".split()) for part in " ".join(calls[len(READ):]).split("openat2")[1:]]
    names = {"openat2": 1, "getdents64": 2, "sendmsg": 1, "close": 1}
    assert found == [names | {"statx": 1 + 10}, names | {"statx": 1 + 10, "fstatfs": 1}, names | {"statx": 1}]


def test_an_atomic_upload_asks_nothing_twice(traced):
    """Of a new name: the claim is created without a look at what may be there, and the name is taken without one.
    Over a file: the old one is looked at before and after its lock, and once more before the rename."""
    def commands(control):
        control.command("TYPE I", 200)
        control.store("STOR new", b"x" * 1024)
        control.store("STOR new", b"y" * 1024)
        control.fetch("RETR new")
        control.fetch("NLST")

    _, jail = traced(lambda server: None, commands)
    stored = [Counter(calls) for calls in answers(jail) if "openat2" in calls or "renameat2" in calls][:4]
    assert [sum(calls.values()) for calls in stored] == [9, 11, 11, 14], "with one fsync of the directory each"
    begun, ended = stored[0], stored[1]
    assert begun["openat2"] == 3 and begun["statx"] == 4
    assert ended["statx"] == 2 and ended["openat2"] == 0


def test_only_a_long_download_is_uncorked(traced):
    """A cork saves a short file a packet, and costs a long one twice the CPU."""
    def prepare(server):
        server.put("long", b"x" * 300000)
        server.put("short", b"x" * 1024)

    def commands(control):
        control.command("TYPE I", 200)
        control.fetch("NLST")
        for name in ("short", "long", "short"):
            control.fetch(f"RETR {name}")

    net, _ = traced(prepare, commands)
    calls = [name for name in net[net.index("sendfile") - 3:] if name in ("setsockopt", "sendfile", "close")]
    assert calls.count("setsockopt") == 1
    assert calls.index("setsockopt") > calls.index("close"), "the first one was short"


def test_a_long_synced_upload_reaches_the_disk_on_the_way(traced):
    """What came is written every 32 MiB, and awaited but for the last 64 MiB, so that the sync before the 226 has
    little left to do."""
    def commands(control):
        control.command("TYPE I", 200)
        control.store("STOR short", b"x" * (1 << 20))
        control.store("STOR long", b"x" * (110 << 20))
        control.fetch("RETR short")
        control.fetch("NLST")

    _, jail = traced(lambda server: None, commands)
    assert jail.count("sync_file_range") in (4, 5), "three, and one more for each that waits"


def test_a_kept_listener_is_not_asked_before_its_next_use(traced):
    """The second EPSV and RETR of a session: one accept4, which brings the connection.  Some have another one: where
    NET finds the EPSV before it has polled the listener, or the second for which it keeps it is over."""
    times = 20

    def prepare(server):
        server.put("file", b"x" * 1024)

    def commands(control):
        control.command("TYPE I", 200)
        control.fetch("NLST")
        for _ in range(times):
            control.fetch("RETR file")

    net, _ = traced(prepare, commands)
    assert net.count("accept4") < 1 + times + times // 2, "of the NLST and the RETRs: two each would be too many"


def test_t3_a_fresh_ticket_and_its_229_are_one_write(make_server, tmp_path):
    """OpenSSL writes a ticket by itself; here it goes with the reply, as one sendto."""
    if not shutil.which("strace") or harness.SANITIZED:
        pytest.skip("strace is not installed, or a sanitizer makes calls of its own")

    def prepare(server):
        if not server.certificate:
            server.use_tls()
            server.write_config()

    path, times = tmp_path / "trace", 20
    server = make_server(wrapper=("strace", "-f", "-qq", "-s", "64", "-o", str(path)), prepare=prepare)
    control = TlsControl(server)
    control.login("alice", server.user().password)
    for _ in range(times):
        control.command("EPSV", 229)
    control.command("QUIT", 221)
    control.close()
    server.stop(60)
    nets = [calls.made for calls in read_trace(path).values() if calls.role == "ward-net"]
    writes = max(made.count("write") for made in nets)
    assert 0 < writes < times, f"{writes} writes beside those of {times} EPSV"


def fetch_from(control, port):
    with socket.create_connection((control.host, port), timeout=60) as data:
        control.command("RETR file", 150)
        assert data.recv(100) == b"content"
    assert control.reply().code == 226


def test_a_connection_to_a_kept_listener_belongs_to_no_transfer(make_server):
    """Law D1: what connected before the EPSV is dropped, in whichever state the session was."""
    server = make_server()
    server.put("file", b"content")
    control = server.login()
    control.command("TYPE I", 200)
    port = control.epsv()
    for _ in range(20):  # on a busy machine the second after which the session gives the port back may be over
        fetch_from(control, port)
        first, strays = port, []
        with contextlib.suppress(ConnectionRefusedError):
            strays += [socket.create_connection((control.host, first), timeout=60) for _ in range(2)]
        port = control.epsv()
        if port == first:
            break
        for stray in strays:
            stray.close()
    assert port == first, "the listener was kept"
    fetch_from(control, port)
    for stray in strays:
        assert stray.recv(100) == b""
        stray.close()


def listens(port):
    return any(s["local"] == port and s["state"] == LISTEN for s in tcp_sockets().values())


def is_kept(control):
    """Does the listener of a transfer listen on after it?  On a busy machine its second may be over: tried again."""
    for _ in range(5):
        port = control.epsv()
        fetch_from(control, port)
        if listens(port):
            return True
    return False


def test_a_listener_is_kept_while_the_range_has_two_ports_for_each_living_session(make_server):
    """The range of a real firewall is narrow, so what counts is how many sessions there are, not how many there
    may be."""
    server = make_server(config={"listener default": {"passive_ports": "30100-30107"}})
    server.put("file", b"content")
    control = server.login()
    control.command("TYPE I", 200)
    assert is_kept(control)
    others = [server.login() for _ in range(4)]
    with control.listen_data("PORT"):  # gives the kept one back
        pass
    assert not is_kept(control)
    for other in others:
        other.command("QUIT", 221)
        assert other.ended()
        other.close()
    harness.wait_for(lambda: is_kept(control), 10, "a listener that is kept again")
