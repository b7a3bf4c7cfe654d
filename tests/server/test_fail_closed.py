# SPDX-License-Identifier: BSD-2-Clause
"""What can't be had at the start: a warning where TLS is served all
the same, else no start; never plain FTP instead."""

import os
import re
import signal
import socket
import subprocess

import pytest

import harness
from authority import private_numbers, self_signed
from harness import SANITIZED, WARDFTPD
from tls import TlsControl, tls_server

no_sanitizer = pytest.mark.skipif(SANITIZED, reason="a sanitizer wants memory and calls of its own")


def log_in(server):
    control = TlsControl(server)
    server._controls.append(control)
    return control.login("alice", server.user().password)


def is_locked(process, place):
    return any(first <= place < last for first, last in process.locked())


def start(server, wrapper=(), *options):
    return subprocess.run([*wrapper, WARDFTPD, "-f", "-c", server.config_file, *options], capture_output=True,
                          text=True, timeout=60, start_new_session=True)


@pytest.fixture
def stopped(make_server):
    """A server with TLS that is not running, so that it can be started in other ways."""
    server = tls_server(make_server)
    server.stop()
    server.killed = True
    return server


@no_sanitizer
@pytest.mark.parametrize("kib", [0, 64])
def test_tls_is_served_without_the_right_to_lock_memory(make_server, kib):
    """As in a container: what may be locked is locked, with the key in it, and the log tells of the rest."""

    def wrapper(server):
        return ["prlimit", f"--memlock={kib * 1024}:{kib * 1024}", "setpriv", "--bounding-set",
                "-sys_resource,-ipc_lock"]

    def prepare(server):
        if not server.certificate:
            server.use_tls()
            server.write_config()

    server = make_server(wrapper=wrapper, prepare=prepare)
    warning = server.wait_log(r"warning process=keeper .*only (\d+) of 1024 KiB for private keys can be locked")
    assert int(warning[1]) == kib
    log_in(server)
    keeper = server.one("keeper")
    assert keeper.status()["VmLck"].strip() == f"{kib} kB"
    places = [place for number in private_numbers(server.path("key.pem")) for place in keeper.places_of(number)]
    assert places and any(is_locked(keeper, place) for place in places) == (kib > 0)
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    log_in(server)
    assert keeper.alive()


@no_sanitizer
def test_a_keeper_that_cannot_start_ends_the_start(stopped):
    """mode = optional would mean plain FTP from then on."""
    done = start(stopped, ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=mlockall", "-e",
                           "inject=mlockall:signal=KILL"])
    assert done.returncode == 71, done
    assert "the keeper does not start" in done.stderr
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((stopped.host, stopped.port)).close()
    assert not os.path.exists(stopped.pid_file)


def fifo(directory, name="fifo"):
    path = os.path.join(directory, name)
    os.mkfifo(path, 0o600)
    return path


@pytest.mark.parametrize("key", ["certificate", "key", "client_ca"])
def test_a_fifo_as_a_certificate_is_refused_at_once(stopped, scratch, key):
    options = ["-o", f"tls.{key}={fifo(scratch)}", "-o", "tls.client_certificate=optional"]
    if key != "client_ca":
        options += ["-o", f"tls.client_ca={self_signed(scratch, 'ca')[0]}"]
    for done in (start(stopped, (), *options), start(stopped, (), "-t", *options)):
        assert done.returncode == 78 and "fifo: " in done.stderr, done


def make_directory(directory):
    os.mkdir(os.path.join(directory, "log"))
    return os.path.join(directory, "log")


def make_socket(directory):
    path = os.path.join(directory, "log")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path)
    return path


@pytest.mark.parametrize("make_path", [fifo, make_directory, make_socket])
@pytest.mark.parametrize("key", ["log", "xferlog"])
def test_a_log_that_takes_no_lines_is_reported_and_blocks_no_session(make_server, scratch, key, make_path):
    path = make_path(scratch)
    server = make_server(config={"daemon": {key: path}})
    server.allowed_log = "cannot open the log"
    assert f"error: cannot open the log {path}: " in open(server.output).read()
    server.login().command("QUIT", 221)
    server.signal(signal.SIGUSR1)
    server.login().command("QUIT", 221)


def test_a_fifo_with_a_reader_can_be_the_log(make_server, scratch):
    path = fifo(scratch)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        server = make_server(config={"daemon": {"log": path}})
        server.login().command("QUIT", 221)
        text = b""

        def leaves():
            nonlocal text
            text += os.read(reader, 65536)
            return re.search(rb"leave reason=quit", text)

        harness.wait_for(leaves, 10, "the lines")
        assert "cannot open the log" not in open(server.output).read()
    finally:
        os.close(reader)


def test_a_log_that_becomes_a_fifo_blocks_no_session(make_server):
    """On SIGUSR1, as a rotation sends it."""
    server = make_server()
    server.allowed_log = "cannot open the log"
    os.rename(server.log, server.log + ".1")
    os.mkfifo(server.log)
    old, server.log = server.log, server.log + ".1"
    server.signal(signal.SIGUSR1)
    server.login().command("QUIT", 221)
    os.unlink(old)
    server.signal(signal.SIGUSR1)
    harness.wait_for(lambda: os.path.exists(old), 10, "the new log")
    server.login().command("QUIT", 221)
    server.log = old
    server.wait_log("leave reason=quit")
