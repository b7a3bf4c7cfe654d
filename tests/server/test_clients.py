# SPDX-License-Identifier: BSD-2-Clause
"""Good login, bad login, listing, upload, download, new directory, log-out:
each with a client of every family."""

import hashlib
import os
import socket
import subprocess

import pytest

from clients import CLIENTS, LoginRefused
from control import Closed
from proc import wait_for

SIZES = [0, 1, 8191, 8192, 8193]
HUGE = (4 << 30) + (100 << 20) + 7
MEBI = 1 << 20

every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__.lower())


def content(size):
    """Bytes that are the same nowhere."""
    return hashlib.shake_128(str(size).encode()).digest(size)


def log_in(client, server):
    return client(server, "alice", server.user().password)


@every_client
def test_good_login(server, client):
    log_in(client, server).logout()
    server.wait_log("alice")


@every_client
def test_bad_login(server, client):
    with pytest.raises(LoginRefused):
        client(server, "alice", "wrong-" + server.user().password)


@every_client
def test_listing(server, client):
    server.mkdir("dir")
    names = ["a.txt", "with space", "zürich", "sub"]
    for name in names[:3]:
        server.put("dir/" + name, b"x")
    server.mkdir("dir/sub")
    session = log_in(client, server)
    seen = [name.rsplit("/", 1)[-1] for name in session.list("dir")]
    assert sorted(seen) == sorted(names)
    session.logout()


@every_client
def test_upload(server, client, tmp_path):
    session = log_in(client, server)
    for size in SIZES:
        local = tmp_path / f"up-{size}"
        local.write_bytes(content(size))
        session.upload(str(local), f"up-{size}")
        assert server.read(f"up-{size}") == content(size), size
        info = os.stat(server.home("alice", f"up-{size}"))
        assert (info.st_uid, info.st_gid) == (5001, 5001)
    session.logout()
    assert sorted(os.listdir(server.home())) == sorted(f"up-{size}" for size in SIZES)


@every_client
def test_download(server, client, tmp_path):
    for size in SIZES:
        server.put(f"down-{size}", content(size))
    session = log_in(client, server)
    for size in SIZES:
        local = tmp_path / f"down-{size}"
        session.download(f"down-{size}", str(local))
        assert local.read_bytes() == content(size), size
    session.logout()


@every_client
def test_new_directory(server, client):
    session = log_in(client, server)
    session.mkdir("fresh")
    assert os.path.isdir(server.home("alice", "fresh"))
    assert os.stat(server.home("alice", "fresh")).st_uid == 5001
    assert "fresh" in session.list("")
    session.logout()


@every_client
def test_logout(server, client):
    session = log_in(client, server)
    session.logout()
    wait_for(lambda: not any(p.runs_as(5001) for p in server.processes("jail")), 10, "the end of the user's process")


# beyond 4 GiB

def marks():
    """Where a huge sparse file holds data: around each edge that a 32-bit number has."""
    for edge in (0, (2 << 30) - 40, (4 << 30) - 40, HUGE - 80):
        yield edge, content(edge % 1000 + 80)[:80]


@pytest.fixture
def sparse_home(server):
    """alice's home, on a file system whose holes cost no memory where the kernel lets us mount it."""
    home = server.home()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700,uid=5001,gid=5001", "tmpfs", home],
                             capture_output=True).returncode == 0
    yield home
    if mounted:
        server.close_controls()
        subprocess.run(["umount", "-l", home], check=True)


def make_huge(path):
    with open(path, "wb") as file:
        file.truncate(HUGE)
        for at, data in marks():
            file.seek(at)
            file.write(data)
    os.chown(path, 5001, 5001)


def check_huge(path):
    assert os.path.getsize(path) == HUGE
    with open(path, "rb") as file:
        for at, data in marks():
            file.seek(at)
            assert file.read(80) == data, at


def test_download_beyond_4_gib(server, sparse_home):
    """Where the file holds data, and in one block of sixteen elsewhere, the bytes are compared; all are counted."""
    make_huge(server.home("alice", "huge"))
    wanted = {edge // MEBI: None for at, data in marks() for edge in (at, at + len(data) - 1, HUGE - 1)}
    with open(server.home("alice", "huge"), "rb") as file:
        for block in wanted:
            file.seek(block * MEBI)
            wanted[block] = file.read(MEBI)
    control = server.login(timeout=60)
    assert control.command("SIZE huge", 213).lines[0] == f"213 {HUGE}"
    zeros, buffer, total = bytes(MEBI), bytearray(MEBI), 0
    with control.connect_data() as data:
        control.command("RETR huge", 150)
        while size := read_block(data, buffer, looked_at(total // MEBI, wanted)):
            block = total // MEBI
            if not looked_at(block, wanted):
                pass
            elif block in wanted:
                assert buffer[:size] == wanted[block], block  # what read(2) gives of the file
            else:
                assert size == MEBI and buffer == zeros, block
            total += size
    assert control.reply().code == 226
    assert total == HUGE


def looked_at(block, wanted):
    return block in wanted or block % 16 == 0


def read_block(data, buffer, keep):
    """Fills the buffer as far as the stream goes; what is not kept is counted by the kernel and thrown away."""
    view, size = memoryview(buffer), 0
    while size < len(buffer):
        count = data.recv_into(view[size:], len(buffer) - size, 0 if keep else socket.MSG_TRUNC)
        if not count:
            break
        size += count
    return size


def test_resume_beyond_4_gib_both_ways(server, sparse_home):
    make_huge(server.home("alice", "huge"))
    control = server.login()
    at, data = list(marks())[-1]
    control.command(f"REST {at}", 350)
    assert control.fetch("RETR huge") == data
    control.command(f"REST {(4 << 30) + 3}", 350)
    control.store("STOR huge", b"beyond the fourth")
    with open(server.home("alice", "huge"), "rb") as file:
        file.seek((4 << 30) + 3)
        assert file.read(17) == b"beyond the fourth"
        file.seek(at)
        assert file.read(80) == data
    assert os.path.getsize(server.home("alice", "huge")) == HUGE
    assert f"{HUGE}" in control.fetch("LIST huge").decode()
    assert f"size={HUGE};" in control.fetch("MLSD").decode().lower()


@pytest.mark.full
@every_client
def test_4_gib_there_and_back(server, client):
    local, back = server.path("local"), server.path("back")
    make_huge(local)
    session = log_in(client, server)
    session.upload(local, "huge")
    check_huge(server.home("alice", "huge"))
    session.download("huge", back)
    check_huge(back)
    session.logout()


def test_a_closed_session_reads_as_closed(server):
    """The tests' own reader tells the end of a connection from silence."""
    control = server.login()
    control.command("QUIT", 221)
    with pytest.raises(Closed):
        control.line()
