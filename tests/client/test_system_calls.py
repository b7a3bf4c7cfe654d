# SPDX-License-Identifier: BSD-2-Clause
"""System calls and writes of the client, counted by strace; and what it makes of servers that this could confuse."""

import contextlib
import os
import re
import shutil
import socket
import subprocess

import harness
import hostile
import pytest
from wardftp import AGAIN, OK, REFUSED

RECORD = 16384  # bytes of a full TLS record


@pytest.fixture
def traced(at_ward):
    """traced(*words) -> the lines of strace: calls of all of the client's processes."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if harness.SANITIZED:
        pytest.skip("a sanitizer makes calls of its own")

    def run(*words):
        trace = at_ward.path("trace")
        subprocess.run(["strace", "-f", "-qq", "-yy", "-s", "200", "-e",
                        "trace=read,write,sendto,sendmsg,writev,sendfile,poll", "-o", trace,
                        *at_ward.command(*words)],
                       cwd=at_ward.directory, env=at_ward.environment, stdin=subprocess.DEVNULL, check=True,
                       timeout=120)
        return at_ward.read("trace").decode(errors="replace").splitlines()

    return run


def calls(lines, name, of):
    return [line for line in lines if re.search(rf"\b{name}\(\d+<{of}", line)]


def test_tls_records_are_read_and_written_several_at_once(at_ward, traced):
    """One read for a record or more, where it took two; one write to the file for all that has arrived."""
    records = 400
    at_ward.server.put("f", os.urandom(records * RECORD))
    lines = traced("--tls=require", "--ca", at_ward.ca, "get", at_ward.url + "f", "down")
    assert at_ward.read("down") == at_ward.server.read("f")
    reads, writes = calls(lines, "read", "TCP"), calls(lines, "write", "/")
    assert len(reads) < 1.4 * records, "reads of the connections"
    assert len(writes) < 1.2 * records


def test_a_plain_upload_is_sent_by_the_kernel(at_ward, traced):
    content = os.urandom(5_000_001)
    at_ward.write("f", content)
    lines = traced("--tls=off", "put", "f", at_ward.url + "g")
    assert at_ward.server.read("g") == content
    moved = sum(int(line.rsplit("= ", 1)[1]) for line in lines if "sendfile(" in line and re.search(r"= \d+$", line))
    assert moved == len(content)
    assert not calls(lines, "read", re.escape(at_ward.path("f")))


@pytest.mark.parametrize("how", [["--tls=require"], ["--tls=off", "--ascii"]])
def test_what_must_be_changed_on_its_way_is_read(at_ward, traced, how):
    at_ward.write("f", b"a line\n" * 10000)
    lines = traced(*how, "--ca", at_ward.ca, "put", "f", at_ward.url + "g")
    assert at_ward.server.read("g") == b"a line\n" * 10000
    assert not any("sendfile(" in line for line in lines)


def test_a_rate_and_a_resume_hold_for_what_the_kernel_sends(at_ward, traced):
    content = os.urandom(400_000)
    at_ward.write("f", content)
    at_ward.server.put("g", content[:100_000])
    lines = traced("--tls=off", "--rate=1M", "reput", "f", at_ward.url + "g")
    assert at_ward.server.read("g") == content
    pieces = [int(line.rsplit("= ", 1)[1]) for line in lines if "sendfile(" in line and re.search(r"= \d+$", line)]
    assert sum(pieces) == 300_000 and max(pieces) <= 100_001


def lines_sent(trace):
    """The commands of each write to the control connection."""
    return [re.findall(r"([A-Z]{3,4})(?: [^\\]*)?\\r\\n", line) for line in trace
            if re.search(r"\b(sendto|write)\(\d+<TCP", line) and "\\r\\n" in line]


def test_size_and_time_are_asked_for_in_one_write(at_ward, traced):
    at_ward.write("f", b"x" * 1000)
    os.utime(at_ward.path("f"), (1_000_000_000, 1_000_000_000))
    sent = lines_sent(traced("--tls=off", "put", "f", at_ward.url + "g"))
    assert ["SIZE", "MFMT"] in sent
    sent = lines_sent(traced("--tls=off", "-c", f"set pipeline no; open {at_ward.url}; put f h"))
    assert ["SIZE"] in sent and ["MFMT"] in sent and ["SIZE", "MFMT"] not in sent
    for name in ("g", "h"):
        assert os.stat(at_ward.server.home("alice", name)).st_mtime == 1_000_000_000


class Forgetful(hostile.Session):
    """Forgets what has arrived behind a line."""

    def lines(self):
        while got := self.socket.recv(4096):
            yield got.split(b"\r\n")[0].decode()


def test_a_server_that_loses_the_second_command_is_asked_one_by_one(liar, client):
    """After its time-out, and for the rest of the run."""
    liar.session_class = Forgetful
    liar.features.append("MFMT")
    liar.on["MFMT"] = lambda session, argument: session.send("213 Fine")
    for name in ("a", "b"):
        client.write(name, name.encode() * 10)
    client.retry = "5"
    client.ok("--tls=off", "--idle-timeout=1", "-c", f"open {liar.url}; put a; put b")
    assert liar.files["a"] == b"a" * 10 and liar.files["b"] == b"b" * 10
    assert [line.split()[0] for line in liar.seen].count("STOR") == 3
    assert sum(line.startswith("MFMT") for line in liar.seen) == 2


def test_a_wrong_size_is_found_and_a_refused_time_is_not_a_failure(liar, client):
    liar.features.append("MFMT")
    liar.on["MFMT"] = lambda session, argument: session.send("550 Not yours")
    client.write("f", b"x" * 10)
    assert client.run("--tls=off", "put", "f", liar.url + "g").code == OK
    liar.on["SIZE"] = lambda session, argument: session.send("213 9")
    result = client.run("--tls=off", "put", "f", liar.url + "g")
    assert result.code == AGAIN and "sent 10 bytes, but the server has 9" in result.err


@contextlib.contextmanager
def corked(session):
    """What is sent meanwhile arrives at once."""
    session.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    yield
    session.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_refusal_that_came_with_the_150_ends_the_upload(liar, client, tls_files, encrypted):
    """Two records read at once: a poll of the descriptor does not show the second one.  The server reads no byte."""
    if encrypted:
        liar.tls(*tls_files)
    connections = []

    def store(session, argument):
        connections.append(session.data())
        with corked(session):
            session.send("150 Send it", "552 Full")

    liar.on["STOR"] = store
    client.write("f", b"x" * 30_000_000)
    result = client.run("--tls=try" if encrypted else "--tls=off", "--stall-timeout=600", "put", "f", liar.url + "g")
    assert result.code == REFUSED and "Full" in result.err
    for one in connections:
        one.close()


def test_replies_that_come_together_under_tls_are_all_read(liar, client, tls_files):
    """The 150 and the 226 of a download, with the data in between."""
    liar.tls(*tls_files)

    def retrieve(session, argument):
        with session.data() as connection:
            connection.sendall(liar.files["file"])
        with corked(session):
            session.send("150 Here it comes", "226 Done")

    liar.on["RETR"] = retrieve
    result = client.ok("--tls=try", "-c", f"open {liar.url}; cat file; cat file")
    assert result.out == liar.files["file"] * 2
