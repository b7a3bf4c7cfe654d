# SPDX-License-Identifier: BSD-2-Clause
"""What a service manager gives and gets: messages (sd_notify), the watchdog, sockets that it has bound (LISTEN_FDS)."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

import harness
from proc import wait_for

WAIT = 30

# Binds, then becomes the server: argv[1] is a list of addresses, the rest the command.
PASS_SOCKETS = """
import os, socket, sys
sockets = []
for place in sys.argv[1].split(","):
    host, _, port = place.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((host, int(port)))
    one.listen()
    sockets.append(one)
high = [os.dup2(one.fileno(), 100 + number) for number, one in enumerate(sockets)]
for number, one in enumerate(high):
    os.dup2(one, 3 + number)
    os.close(one)
os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=os.environ.get("PRETEND_PID") or str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """The end of NOTIFY_SOCKET that a service manager has."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0") if address.startswith("@") else address)
        self.socket.settimeout(WAIT)

    def receive(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def wait_for(self, key, seen=None):
        """The first message that has the key."""
        while True:
            message = self.receive()
            if seen is not None:
                seen.append(message)
            if key in message:
                return message


@pytest.fixture(params=("path", "abstract"))
def manager(request, scratch):
    abstract = f"@{os.path.basename(scratch)}-{os.getpid()}"
    one = Manager(os.path.join(scratch, "notify") if request.param == "path" else abstract)
    yield one
    one.socket.close()


def test_the_manager_is_told_of_start_reload_and_end(make_server, manager):
    server = make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}"])
    ready = manager.receive()
    assert ready["READY"] == "1" and int(ready["MAINPID"]) == server.master().pid
    server.signal(signal.SIGHUP)
    reloading = manager.receive()
    assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) > 0
    assert manager.receive()["READY"] == "1"
    server.signal(signal.SIGTERM)
    stopping = manager.receive()
    assert stopping["STOPPING"] == "1" and int(stopping["EXTEND_TIMEOUT_USEC"]) > 15 * 1000000


def test_a_failed_reload_ends_as_well(make_server, manager):
    server = make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}"])
    manager.wait_for("READY")
    server.overrides = {"daemon": {"no_such_key": "1"}}
    server.write_config()
    server.signal(signal.SIGHUP)
    manager.wait_for("RELOADING")
    manager.wait_for("READY")
    server.overrides = {}


def test_an_upgrade_is_a_reload_of_the_same_process(make_server, manager):
    server = make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}", "WATCHDOG_USEC=2000000"])
    pid = int(manager.wait_for("READY")["MAINPID"])
    server.signal(signal.SIGUSR2)
    assert int(manager.wait_for("RELOADING")["MONOTONIC_USEC"]) > 0
    assert int(manager.wait_for("READY")["MAINPID"]) == pid == server.master().pid
    manager.wait_for("WATCHDOG")
    server.works()


def test_ready_is_not_said_before_the_server_listens(make_server, manager):
    server = make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}"], foreground=False)
    assert int(manager.receive()["MAINPID"]) == server.master().pid
    with server.login():
        pass


def test_the_watchdog_hears_of_the_server(make_server, manager):
    make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}", "WATCHDOG_USEC=2000000"])
    seen = []
    manager.wait_for("WATCHDOG", seen)
    manager.wait_for("WATCHDOG", seen)
    assert "READY" in seen[0]


def test_a_watchdog_of_another_process_is_not_ours(make_server, manager):
    server = make_server(wrapper=["env", f"NOTIFY_SOCKET={manager.address}", "WATCHDOG_USEC=1000", "WATCHDOG_PID=1"])
    seen = []
    server.signal(signal.SIGTERM)
    manager.wait_for("STOPPING", seen)
    assert not any("WATCHDOG" in message for message in seen)


def test_a_manager_that_is_not_there_does_no_harm(make_server):
    server = make_server(wrapper=["env", "NOTIFY_SOCKET=/nowhere/notify"])
    with server.login():
        pass
    assert "NOTIFY_SOCKET: No such file or directory" in server.log_text()


def passed(*extra):
    return lambda server: [sys.executable, "-c", PASS_SOCKETS, ",".join((f"127.0.0.1:{server.port}", *extra))]


def listening_inode(port):
    return {inode for inode, s in harness.tcp_sockets().items() if s["local"] == port and s["state"] == harness.LISTEN}


def test_a_passed_listener_is_used(make_server):
    server = make_server(wrapper=passed())  # which holds the port, so that the server could not bind it
    with server.login() as session:
        session.command("PWD", 257)
    assert server.stop() == 0


def test_a_client_that_came_before_the_server_is_served(make_server, scratch):
    """It waits in the backlog of the socket, as over a restart."""
    greeting = os.path.join(scratch, "greeting")
    early = PASS_SOCKETS.replace("os.environ.update", f"""
if os.fork() == 0:
    if os.fork():
        os._exit(0)
    client = socket.create_connection(sockets[0].getsockname(), {WAIT})
    os.write(os.open({greeting!r} + ".new", os.O_CREAT | os.O_WRONLY), client.recv(200))
    os.rename({greeting!r} + ".new", {greeting!r})
    os._exit(0)
os.wait()
os.environ.update""")
    make_server(wrapper=lambda server: [sys.executable, "-c", early, f"127.0.0.1:{server.port}"])
    wait_for(lambda: os.path.exists(greeting), what="the greeting of the early client")
    with open(greeting, encoding="ascii") as file:
        assert file.read().startswith("220 ")


def test_a_passed_listener_without_a_section_is_closed_and_named(make_server):
    other = harness.free_port()
    server = make_server(wrapper=passed(f"127.0.0.1:{other}"))
    assert f"no listener has the address 127.0.0.1 port {other}: closed" in server.log_text()
    assert not listening_inode(other)
    with server.login():
        pass


def test_a_passed_listener_survives_a_reload(make_server):
    server = make_server(wrapper=passed())
    before = listening_inode(server.port)
    server.overrides = {"daemon": {"banner": "reloaded"}}
    server.write_config()
    server.signal(signal.SIGHUP)

    def reloaded():
        with socket.create_connection((server.host, server.port), WAIT) as one:
            return b"reloaded" in one.recv(200)

    wait_for(reloaded, what="the new banner")
    assert listening_inode(server.port) == before


def started_with(server, script, *places, **environment):
    """Its exit code and words, where it does not start."""
    command = [sys.executable, "-c", script, ",".join(places), server.binary, "-f", "-c", server.config_file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})
    return done.returncode, done.stderr


@pytest.fixture
def unstarted():
    server = harness.Server()
    server.port = harness.free_port()
    server.write_config()
    yield server
    server.killed = True
    server._scratch.close()


def test_a_listener_for_both_families_is_refused(unstarted):
    code, words = started_with(unstarted, PASS_SOCKETS, f":::{harness.free_port()}")
    assert code == 78 and "BindIPv6Only=ipv6-only" in words, words


def test_what_is_no_listener_is_refused(unstarted):
    script = PASS_SOCKETS.replace("    one.listen()\n", "")
    code, words = started_with(unstarted, script, f"127.0.0.1:{harness.free_port()}")
    assert code == 78 and "not a listening TCP socket" in words, words


def test_sockets_for_another_process_are_not_taken(make_server):
    """LISTEN_PID is of another: the descriptors are closed, and the server binds its own."""
    other = harness.free_port()
    command = ["env", "PRETEND_PID=1", sys.executable, "-c", PASS_SOCKETS, f"127.0.0.1:{other}"]
    server = make_server(wrapper=command)
    assert not listening_inode(other)
    assert listening_inode(server.port)


def test_descriptors_of_the_starting_process_are_closed(make_server, scratch):
    """An inherited descriptor would be taken for one of the daemon's own, or stay open for good."""
    stray = os.path.join(scratch, "stray")
    server = make_server(wrapper=["sh", "-c", f'exec 3>{stray} 7>{stray}; exec "$@"', "sh"])
    for process in server.processes():
        for number in os.listdir(f"/proc/{process.pid}/fd"):
            assert not re.search("stray", os.readlink(f"/proc/{process.pid}/fd/{number}")), process.role()


def test_a_child_of_the_starting_process_delays_nothing_and_is_reaped(make_server):
    """As in a container: a script starts something in the background, then executes the daemon, whose child it is."""
    server = make_server(wrapper=["sh", "-c", 'sleep 1000 & exec "$@"', "sh"])
    server.works()
    stranger = next(p for p in server.master().children() if p.last_name == "sleep")
    assert stranger.alive()
    os.kill(stranger.pid, signal.SIGKILL)
    wait_for(lambda: not stranger.exists(), what="the end of the stranger, reaped")
    wait_for(lambda: not [p for p in server.master().children() if p.is_zombie()], what="no zombie")
    server.works()


def test_a_starting_process_that_ignores_sigchld_is_not_followed(make_server):
    """Children whose parent ignores the signal leave no exit status: the start would fail, and no end be noticed."""
    server = make_server(wrapper=["env", "--ignore-signal=CHLD"])
    server.allowed_log = "it is started again"
    before = server.one("dialer")
    os.kill(before.pid, signal.SIGKILL)
    server.restarted("dialer", before)
    server.works()
