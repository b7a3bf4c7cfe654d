# SPDX-License-Identifier: BSD-2-Clause
"""free_space_floor: uploads leave so much of the file system free, even if another program fills it."""

import os
import socket
import subprocess

import pytest

from tls import TlsControl, tls_server

MB = 1 << 20
TOTAL = 32 * MB


@pytest.fixture
def on_disk(make_server):
    """Starts a server whose alice has a small file system of her own as home, with keys of [user alice]."""
    mounted = []

    def prepare(server):
        home = server.home()
        if mounted:
            return
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TOTAL},mode=0700,uid=5001,gid=5001", "tmpfs",
                               home], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"tmpfs can't be mounted here: {done.stderr.strip()}")
        mounted.append(home)

    def start(tls=False, **keys):
        config = {"user alice": keys}
        return tls_server(make_server, config, before=prepare) if tls else make_server(config=config, prepare=prepare)

    yield start
    for home in mounted:
        subprocess.run(["umount", "-l", home], check=True)


def free(server):
    about = os.statvfs(server.home())
    return about.f_bavail * about.f_frsize


def fill(server, left):
    """Another program leaves so much free."""
    with open(server.home("alice", "ballast"), "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free(server) - left)


def begin(control, line):
    """The data connection of an upload that has begun."""
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.command(line, 150)
    return data


def send(data, n):
    """As much as the server takes."""
    try:
        data.sendall(b"x" * n)
    except OSError:
        pass


def store(control, line, content):
    """The last reply."""
    with socket.create_connection((control.host, control.epsv()), timeout=20) as data:
        reply = control.command(line)
        if reply.code == 150:
            data.sendall(content)
    return control.reply() if reply.code == 150 else reply


@pytest.mark.parametrize("floor, left, code", [("8M", 7 * MB, 452), ("8M", 9 * MB, 226), ("50%", 15 * MB, 452),
                                               ("50%", 17 * MB, 226), ("0", 1 * MB, 226), ("0%", 1 * MB, 226),
                                               ("100%", 31 * MB, 452)])
def test_an_upload_begins_only_above_the_floor(on_disk, floor, left, code):
    server = on_disk(free_space_floor=floor)
    fill(server, left)
    before = sorted(os.listdir(server.home()))
    control = server.login()
    for verb in ("STOR", "APPE"):
        reply = store(control, f"{verb} file", b"content")
        assert reply.code == code, reply
    if code == 226:
        assert server.read("file") == b"content" * 2
        return
    assert reply.text == "452 Not enough free space on the server."
    assert sorted(os.listdir(server.home())) == before
    server.wait_log(r'refused-command command="STOR" path="/file" reply=452 reason=space')


def test_what_takes_no_space_goes_on_below_the_floor(on_disk):
    server = on_disk(free_space_floor="16M")
    server.put("old", b"before")
    fill(server, 1 * MB)
    control = server.login()
    assert store(control, "STOR old", b"after").code == 452
    assert control.fetch("RETR old") == b"before"
    assert control.command("AVBL", 213).text.split()[-1] == "0"
    control.command("ALLO 1", 452)
    control.command("MKD new", 257), control.command("RNFR old", 350), control.command("RNTO new/old", 250)
    control.command("DELE ballast", 250)
    assert control.store("STOR file", b"content").code == 226


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("how", ["new", "old", "direct"])
def test_an_upload_stops_at_the_floor(on_disk, tls, how):
    server = on_disk(tls, free_space_floor="16M", uploads="direct" if how == "direct" else "atomic")
    if how == "old":
        server.put("file", b"before")
    control = server.login() if not tls else log_in_tls(server)
    if tls:
        reply = control.store_tls("STOR file", b"x" * (24 * MB))
    else:
        with begin(control, "STOR file") as data:
            send(data, 24 * MB)
        reply = control.reply()
    assert reply.code == 452 and "Not enough free space" in reply.text and "bytes had come" in reply.text, reply
    assert free(server) >= 16 * MB - 1 * MB
    if how == "old":
        assert server.read("file") == b"before"
    else:
        assert 12 * MB <= os.path.getsize(server.home("alice", "file")) <= 17 * MB
    control.command("NOOP", 200)
    server.wait_log('path="/file" .*reason=space')


def log_in_tls(server):
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("TYPE I", 200)
    return control.protect()


def test_an_upload_stops_when_another_program_fills_the_disk(on_disk):
    server = on_disk(free_space_floor="8M")
    control = server.login()
    with begin(control, "STOR file") as data:
        data.sendall(b"x" * MB)
        fill(server, 7 * MB)
        send(data, 10 * MB)
    reply = control.reply()
    assert reply.code == 452 and "Not enough free space" in reply.text, reply


def test_a_floor_and_a_quota_both_hold(on_disk):
    content = os.urandom(12 * MB)
    server = on_disk(free_space_floor="8M", quota_bytes="14M")
    control = server.login()
    assert control.store("STOR file", content).code == 226
    assert server.read("file") == content
    assert store(control, "APPE file", content[:4 * MB]).code == 552
    control.command("DELE file", 250)
    fill(server, 10 * MB)
    assert store(control, "STOR file", content[:6 * MB]).code == 452


@pytest.mark.parametrize("value", ["5 %", "-1", "101%", "%", "1T"])
def test_a_floor_that_is_none_is_named(make_server, value):
    with pytest.raises(AssertionError, match="free_space_floor: .*is not a number of bytes, or with k, M or G, or a"):
        make_server(config={"defaults": {"free_space_floor": value}})
