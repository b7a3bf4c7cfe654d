# SPDX-License-Identifier: BSD-2-Clause
"""What the daemon does when a system call fails, in each role, one at a time:
sessions that run go on, new clients are refused with 421, the log has one
line for each burst, and it recovers by itself (doc/faults.md has the table)."""

import os
import re
import shutil
import subprocess

import pytest

from control import Closed
from faults import Injection, Limit
from harness import SANITIZED
from proc import wait_for

pytestmark = [
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
    pytest.mark.skipif(SANITIZED, reason="the leak checker can't run under strace"),
]

# The kernel shows a call that is to fail to the filter as one that does not exist: in strict mode that is the end.
REPORT = {"daemon": {"sandbox": "report"}}


@pytest.fixture(scope="module")
def _reporting(make_shared_server):
    return make_shared_server(config=REPORT)


@pytest.fixture
def reporting_server(_reporting):
    """One server for all whose processes have a filter."""
    yield _reporting
    _reporting.close_controls()
    wait_for(lambda: not any(p.runs_as(5001) for p in _reporting.processes("jail")), what="the end of alice's sessions")


# What is allowed in the log where a shared process is made to end.
REPLACED = r"started again|it is replaced|master's channel"

SHORT = re.compile(r"clients may be refused until it is over")


def greeting(server):
    """The first reply to a new client, or None."""
    try:
        with server.connect() as control:
            return control.greeting
    except (Closed, ConnectionError):
        return None


def serves(server, name="alice"):
    reply = greeting(server)
    if reply is None or reply.code != 220:
        return False
    try:
        with server.connect() as control:
            return (control.greeting.code == 220 and control.command(f"USER {name}").code == 331
                    and control.command(f"PASS {server.user(name).password}").code == 230)
    except (Closed, ConnectionError):
        return False


def drain_pool(server):
    """Clients until no cell waits any more, or one was refused: the replies."""
    replies = [server.connect().greeting for _ in range(6)]
    return [reply.code for reply in replies]


def told_once(server):
    lines = SHORT.findall(server.log_text())
    assert len(lines) == 1, f"{len(lines)} lines of one burst:\n{server.log_text()}"


MASTER = [
    ("accept4", "EMFILE"),
    ("accept4", "ENFILE"),
    ("accept4", "ENOMEM"),
]


@pytest.mark.parametrize("call,error", MASTER, ids=[f"{call}-{error}" for call, error in MASTER])
def test_the_master_can_not_accept(server, call, error):
    """Nothing helps, not even the spare descriptor: clients wait, without the master spinning, and are served then."""
    inside = server.login("bob")
    master = server.master()
    before = master.cpu_seconds()
    with Injection(master, call, error) as injection:
        waiting = server.connect(greet=False)
        injection.wait(6)
        inside.command("NOOP", 200)
        assert injection.count() < 100
    assert master.cpu_seconds() - before < 0.5
    assert waiting.reply().code == 220
    wait_for(lambda: serves(server), what="recovery")
    told_once(server)


def test_without_descriptors_the_client_hears_so(server):
    inside = server.login("bob")
    server.at_rest()  # a descriptor that the master closes later would be free for a client
    with Limit(server.master()):
        replies = [server.connect().greeting for _ in range(4)]
        assert all(reply.code == 421 and "out of descriptors" in reply.text for reply in replies), replies
        inside.command("NOOP", 200)
        inside.store("STOR still", b"works")
    wait_for(lambda: serves(server), what="recovery")
    told_once(server)


FORKING = [
    ("socketpair", "EMFILE"),
    ("socketpair", "ENFILE"),
    ("pidfd_open", "EMFILE"),
    ("epoll_ctl", "ENOMEM"),
    ("sendmsg", "ENOBUFS"),
    ("sendmsg", "ETOOMANYREFS"),
]


def refuses_and_recovers(server, injection):
    """While no cell can be made: who waits is served, then 421; and all is well again afterwards."""
    inside = server.login("bob")
    with injection:
        codes = drain_pool(server)
        assert set(codes) <= {220, 421} and codes[-1] == 421, codes
        inside.command("NOOP", 200)
    for control in server._controls[1:]:
        control.close()
    wait_for(lambda: serves(server), 20, "recovery")
    wait_for(lambda: inside.command("EPSV").code == 229, what="a data connection of the session that went on")
    inside.store("STOR still", b"works")
    told_once(server)


@pytest.mark.parametrize("calls,error", FORKING, ids=[f"{calls.split(',')[0]}-{error}" for calls, error in FORKING])
def test_the_master_can_make_no_cell(server, calls, error):
    refuses_and_recovers(server, Injection(server.master(), calls, error))


@pytest.mark.parametrize("role", ["net", "jail"])
@pytest.mark.parametrize("error", ["EAGAIN", "ENOMEM"])
def test_a_zygote_can_make_no_process(make_server, role, error):
    server = make_server(config=REPORT)
    refuses_and_recovers(server, Injection(server.zygotes()[role], "clone", error))


SHARED = [
    ("dialer", "socket", "EMFILE"),
    ("dialer", "socket", "ENOBUFS"),
    ("dialer", "bind", "EADDRINUSE"),
    ("dialer", "listen", "EADDRINUSE"),
    ("dialer", "sendmsg", "ENOBUFS"),
]


@pytest.mark.parametrize("role,call,error", SHARED, ids=["-".join(row) for row in SHARED])
def test_no_data_socket_can_be_made(reporting_server, role, call, error):
    """425 (or, where the dialer could not even say so, 425 after it), and the next one works."""
    server = reporting_server
    inside = server.login("bob")
    with Injection(server.one(role), call, error):
        assert inside.command("EPSV").code == 425
        inside.command("NOOP", 200)
        assert serves(server)
    wait_for(lambda: works_with_data(server), what="recovery")


def works_with_data(server):
    control = server.login("alice")
    if control.command("EPSV").code != 229:
        return False
    control.store("STOR afterwards", b"content")
    return control.fetch("RETR afterwards") == b"content"


ENDED = [
    ("auth", "recvmsg", "ENOMEM"),
    ("auth", "epoll_wait,epoll_pwait", "EINVAL"),
    ("dialer", "recvmsg", "ENOMEM"),
    ("scribe", "recvmsg", "ENOMEM"),
]


@pytest.mark.parametrize("role,calls,error", ENDED, ids=[f"{r}-{c.split(',')[0]}-{e}" for r, c, e in ENDED])
def test_a_shared_process_that_can_not_hear_the_master_is_replaced(make_server, role, calls, error):
    server = make_server(config=REPORT)
    server.allowed_log = REPLACED
    inside = server.login("bob")
    victim = server.one(role)
    with Injection(victim, calls, error):
        greeting(server)
        wait_for(lambda: not victim.alive(), what="the end of " + role)
    inside.command("NOOP", 200)
    wait_for(lambda: serves(server), what="recovery")
    wait_for(lambda: works_with_data(server), what="a data connection")
    inside.command("NOOP", 200)


def test_auth_can_fork_no_hasher(make_server):
    """The log-in waits for one, for a moment; the sessions go on; the next is served."""
    server = make_server(config=REPORT)
    inside = server.login("bob")
    hash_pool = next(iter(server.one("auth").children()))
    controls = [server.connect() for _ in range(12)]
    with Injection(hash_pool, "clone,clone3", "EAGAIN") as injection:
        for control in controls:
            control.command("USER alice", 331)
            control.send(f"PASS {server.user().password}")
        injection.wait()
        inside.command("NOOP", 200)
    assert [control.reply().code for control in controls] == [230] * len(controls)
    wait_for(lambda: serves(server), what="recovery")


def test_auth_can_not_write_its_state(make_server):
    server = make_server(config=REPORT)
    with Injection(server.one("auth"), "pwrite64", "ENOSPC") as injection:
        with server.connect(source="127.0.8.1") as control:
            control.command("USER alice", 331)
            control.command("PASS wrong", 530)
        injection.wait()
        assert serves(server)
    server.wait_log("cannot be written: No space left on device")
    wait_for(lambda: os.path.getsize(server.path("state", "penalties")) > 0, 20, "the state")
    server.wait_log("are written again")
    assert server.log_text().count("cannot be written") == 1


NET = [
    ("accept4", "EMFILE", "RETR small", {425}),
    ("recvmsg", "ENOMEM", "MKD made", {421, 451}),
    ("sendfile", "EIO", "RETR small", {451}),
    ("sendfile", "ENOMEM", "RETR small", {451}),
    ("write", "ENOSPC", "STOR new", {452}),
    ("write", "EDQUOT", "STOR new", {552}),
    ("write", "EIO", "STOR new", {451}),
]

JAIL = [
    ("openat2", "EMFILE", "RETR small", {451}),
    ("openat2", "ENFILE", "RETR small", {451}),
    ("openat2", "ENOMEM", "RETR small", {451}),
    ("openat2", "EMFILE", "STOR new", {451}),
    ("getdents64", "EIO", "LIST", {451}),
    ("getdents64", "ENOMEM", "LIST", {451}),
    ("fsync,fdatasync", "EIO", "STOR new", {451}),
    ("fsync,fdatasync", "ENOSPC", "STOR new", {452}),
    ("renameat2,renameat,linkat", "ENOSPC", "STOR new", {452}),
    ("mkdirat", "ENOSPC", "MKD made", {452}),
    ("mkdirat", "EROFS", "MKD made", {550}),
    ("sendmsg", "ENOBUFS", "RETR small", {421, 451, 550}),
    ("recvfrom", "ENOMEM", "RETR small", {421}),
]


def transfer(control, line):
    """The last reply to a command, whatever it was before."""
    verb = line.split()[0]
    if verb not in ("RETR", "STOR", "LIST"):
        return control.command(line)
    reply = control.command("EPSV")
    if reply.code != 229:
        return reply
    with control.connect_data(int(reply.text.split("|")[3])) as data:
        reply = control.command(line)
        if reply.code in (125, 150):
            if verb == "STOR":
                data.sendall(b"x" * 5000)
            else:
                while data.recv(65536):
                    pass
            data.close()
            reply = control.reply()
    return reply


@pytest.mark.parametrize("role,calls,error,line,codes",
                         [("net", *row) for row in NET] + [("jail", *row) for row in JAIL],
                         ids=lambda value: value.split(",")[0].replace(" ", "-") if isinstance(value, str) else "")
def test_a_call_that_fails_in_a_session_costs_that_session_at_most(reporting_server, role, calls, error, line, codes):
    server = reporting_server
    server.put("small", b"content" * 1000)
    bystander, control = server.login("bob"), server.login("alice")
    victim = server.net_of(control) if role == "net" else server.jail_of("alice")
    with Injection(victim, calls, error) as injection:
        try:
            reply = transfer(control, line)
        except (Closed, ConnectionError):
            reply = None
        assert injection.count() or not victim.alive(), f"{calls} was not called"
    assert reply is None or reply.code in codes, reply
    if reply is not None and reply.code != 421:
        control.command("NOOP", 200)
        assert transfer(control, "RETR small").code == 226
    bystander.command("NOOP", 200)
    assert serves(server)
    control.close()
    wait_for(lambda: not any(p.runs_as(5001) for p in server.processes("jail")), what="the end of the session")
    subprocess.run(["rm", "-rf", server.home("alice", "new"), server.home("alice", "made")], check=True)


def tmpfs_log(server):
    """The log on a file system of its own, a megabyte large."""
    os.mkdir(server.path("logs"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", server.path("logs")], check=True)
    server.overrides = {"daemon": {"log": server.path("logs", "log"), "log_level": "info"}}
    server.write_config()


def test_the_disk_of_the_log_is_full(make_server):
    """Lines are lost, no process waits; their number is logged once there is room again."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    mounted = []

    def prepare(server):
        if not mounted:
            mounted.append(server)
            tmpfs_log(server)
        server.log = server.path("logs", "log")

    try:
        server = make_server(prepare=prepare)
        inside = server.login("bob")
        filler = server.path("logs", "filler")
        with open(filler, "wb", buffering=0) as file:
            with pytest.raises(OSError):
                while True:
                    file.write(b"x" * 4096)
        for _ in range(20):  # more lines than the last page of the log can take
            assert serves(server)
        inside.store("STOR still", b"works")
        # the scribe has got to the last page: the line that did not fit fills it
        wait_for(lambda: os.path.getsize(server.log) % 4096 == 0, what="a log that can grow no more")
        os.unlink(filler)
        assert serves(server)
        server.wait_log(r"\d+ lines? .*lost|lost \d+", 10)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", mounted[0].path("logs")], check=False)
            mounted[0].log = mounted[0].path("server.log")
