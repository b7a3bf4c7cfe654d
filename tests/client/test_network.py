# SPDX-License-Identifier: BSD-2-Clause
"""Addresses that race, TLS 1.2 and 1.3, and a download that two want."""

import contextlib
import os
import socket
import subprocess
import threading

import pytest
from hostile import Hostile
from wardftp import AGAIN, OK


@contextlib.contextmanager
def mute(port):
    """Port of ::1, where a connection is neither made nor refused: the listener's queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_INET6))
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("::1", port))
        listener.listen(0)
        stack.enter_context(socket.create_connection(("::1", port), timeout=10))
        for _ in range(3):
            one = stack.enter_context(socket.socket(socket.AF_INET6))
            one.setblocking(False)
            one.connect_ex(("::1", port))
        yield


@pytest.fixture
def half_mute():
    """A server of 127.0.0.1 whose port is mute on ::1."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            server = Hostile({"file": b"content of a file\n" * 1000})
            try:
                stack.enter_context(mute(server.port))
                break
            except OSError:  # another test has this port of ::1
                server.listener.close()
        else:
            pytest.fail("no port is free on both addresses")
        yield stack.enter_context(server)


def test_an_address_that_is_mute_does_not_hold_the_next_one_up(client, half_mute):
    """RFC 8305; under a hosts file of its own, in a namespace."""
    if os.geteuid() != 0:
        pytest.skip("namespaces are root's")
    client.write("hosts", b"::1 twofold\n127.0.0.1 twofold\n")
    command = client.command("--connect-timeout=15", "get", f"ftp://twofold:{half_mute.port}/file")
    done = subprocess.run(["unshare", "--mount", "sh", "-c", 'mount --bind hosts /etc/hosts && exec "$@"', "sh",
                           *command],
                          cwd=client.directory, env=client.environment, capture_output=True, timeout=60)
    assert done.returncode == OK, done.stderr.decode()
    assert client.read("file") == half_mute.files["file"]


def test_one_family_only(client, liar):
    result = client.run("-6", "--connect-timeout=5", "get", f"ftp://localhost:{liar.port}/file")
    assert result.code in (68, 69), "the server is on 127.0.0.1 alone"
    client.ok("-4", "get", f"ftp://localhost:{liar.port}/file")


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_data_connections_resume_in_both_versions(at_ward, version):
    at_ward.write("openssl.cnf", f"""openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = {version}
MaxProtocol = {version}
""".encode())
    at_ward.environment["OPENSSL_CONF"] = at_ward.path("openssl.cnf")
    at_ward.server.put("f", b"x" * 1000)
    result = at_ward.ok("--tls=require", "--ca", at_ward.ca, "-v", "-c", "cat f; nlist; cat f; put /etc/hostname h",
                        at_ward.url)
    assert result.err.count(f"data connection: {version}, session resumed") == 4, result.err


def test_two_downloads_to_one_name_do_not_cut_each_other(client, liar):
    under_way, go_on = threading.Event(), threading.Event()
    first = threading.Lock()

    def retr(session, argument):
        if not first.acquire(blocking=False):
            return session.do_RETR(argument)
        session.send("150 Here it comes")
        with session.data() as connection:
            connection.sendall(liar.files["file"][:1000])
            under_way.set()
            go_on.wait(20)
            connection.sendall(liar.files["file"][1000:])
        return session.send("226 Done")

    liar.on["RETR"] = retr
    process = client.start("get", liar.url + "file")
    assert under_way.wait(20)
    result = client.run("get", liar.url + "file")
    assert result.code == AGAIN and "another download" in result.err
    go_on.set()
    _, err = process.communicate(timeout=20)
    assert process.returncode == OK, err
    assert client.read("file") == liar.files["file"]
