# SPDX-License-Identifier: BSD-2-Clause
"""Law U1, U3, U4, U8: twelve ways for an upload to fail, times STOR, APPE and
STOU, over a new and an existing name; what is on disk afterwards.

The sessions of one way run side by side: six clients, one server.
"""

import os
import re
import signal
import socket
import subprocess

import pytest

from control import net_has_read, reset
from harness import User
from proc import wait_for

OLD, SENT, WHOLE = b"the old version", b"what came of the new", b"all of the new version"
TARGETS = [(verb, exists) for verb in ("STOR", "APPE", "STOU") for exists in (False, True)]

# What has the target's name after a fault before the data connection, and in the middle.
UNTOUCHED = {(verb, exists): OLD if exists else None for verb, exists in TARGETS}
CUT = {**UNTOUCHED, ("STOR", False): SENT, ("APPE", False): SENT, ("APPE", True): OLD + SENT}


class Upload:
    """One session that is about to upload."""

    def __init__(self, server, verb, exists, folder="", user="alice"):
        self.server, self.verb, self.exists = server, verb, exists
        self.name = f"{folder}{verb}-{'old' if exists else 'new'}"
        self.key, self.user, self.chosen, self.data = (verb, exists), user, None, None
        if exists:
            server.put(self.name, OLD, user)
        self.control = server.login(user)

    def path(self):
        return self.server.home(self.user, self.name)

    def begin(self):
        """Up to the middle: SENT is with the server."""
        self.data = self.control.connect_data()
        self.said(self.control.command(f"{self.verb} {self.name}", 150))
        self.data.sendall(SENT)
        net_has_read(self.data)
        return self

    def said(self, reply):
        if self.verb == "STOU":
            self.chosen = re.search(r"FILE: (.+)", reply.text).group(1)

    def on_disk(self):
        return self.server.read(self.name, self.user) if os.path.exists(self.path()) else None

    def chosen_on_disk(self):
        path = os.path.join(os.path.dirname(self.path()), self.chosen)
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            return file.read()


def all_uploads(server):
    return [Upload(server, verb, exists) for verb, exists in TARGETS]


def check_untouched(server, uploads):
    for upload in uploads:
        assert upload.on_disk() == UNTOUCHED[upload.key], upload.name
    assert sorted(os.listdir(server.home())) == sorted(u.name for u in uploads if u.exists), "nothing was created"


def check_cut(server, uploads, again=True):
    """By law U3; then that the name is free, and that nothing is left."""
    for upload in uploads:
        assert upload.on_disk() == CUT[upload.key], upload.name
        if upload.verb == "STOU":
            assert upload.chosen_on_disk() == SENT
    if again:
        check_what_follows(server, uploads)


def check_what_follows(server, uploads):
    control = server.login()
    for upload in uploads:
        mixed = upload.key == ("STOR", True)
        control.epsv()
        reply = control.command(f"APPE {upload.name}")
        assert reply.code == (554 if mixed else 150), (upload.name, reply)
        if not mixed:
            control.command("ABOR", 426)
            assert control.reply().code == 226
        control.store(f"STOR {upload.name}", WHOLE)
        assert upload.on_disk() == WHOLE
    expected = [u.name for u in uploads] + [u.chosen for u in uploads if u.chosen]
    assert sorted(os.listdir(server.home())) == sorted(expected), "no hidden file is left"


@pytest.fixture
def impatient(make_server):
    return make_server(config={"daemon": {"connect_timeout": 1, "data_timeout": 2, "stop_timeout": 1}})


def last_code(control):
    reply = control.reply()
    return control.reply().code if reply.code == 150 else reply.code


def test_u1_no_data_connection_comes(impatient):
    uploads = all_uploads(impatient)
    for upload in uploads:
        upload.control.epsv()
        upload.control.send(f"{upload.verb} {upload.name}")
    assert [last_code(u.control) for u in uploads] == [425] * 6
    check_untouched(impatient, uploads)


def test_u1_only_a_stranger_connects(impatient):
    """Law D1: a connection from another address does not count."""
    uploads, strangers = all_uploads(impatient), []
    for upload in uploads:
        port = upload.control.epsv()
        upload.control.send(f"{upload.verb} {upload.name}")
        stranger = socket.socket()
        stranger.bind(("127.0.0.66", 0))
        stranger.setblocking(False)
        stranger.connect_ex(("127.0.0.1", port))
        strangers.append(stranger)
    assert [last_code(u.control) for u in uploads] == [425] * 6
    for stranger in strangers:
        stranger.close()
    check_untouched(impatient, uploads)


def test_u1_an_active_connection_is_refused(impatient):
    uploads = all_uploads(impatient)
    for upload in uploads:
        upload.control.listen_data().close()
        upload.control.send(f"{upload.verb} {upload.name}")
    assert [last_code(u.control) for u in uploads] == [425] * 6
    check_untouched(impatient, uploads)


def test_u3_the_connection_is_reset(server):
    uploads = [upload.begin() for upload in all_uploads(server)]
    for upload in uploads:
        reset(upload.data)
    assert [u.control.reply().code for u in uploads] == [426] * 6
    check_cut(server, uploads)


def test_u3_the_connection_stalls(impatient):
    uploads = [upload.begin() for upload in all_uploads(impatient)]
    assert [u.control.reply().code for u in uploads] == [426] * 6
    check_cut(impatient, uploads)


def test_u3_abor_comes(server):
    uploads = [upload.begin() for upload in all_uploads(server)]
    for upload in uploads:
        upload.control.command("ABOR", 426)
        assert upload.control.reply().code == 226
    check_cut(server, uploads)


@pytest.mark.parametrize("how", ["reset", "closed"])
def test_u3_the_control_connection_is_lost(server, how):
    uploads = [upload.begin() for upload in all_uploads(server)]
    for upload in uploads:
        reset(upload.control.socket) if how == "reset" else upload.control.socket.close()
    no_jails(server)
    check_cut(server, uploads)


def no_jails(server):
    wait_for(lambda: not [p for p in server.processes("jail") if p.runs_as(5001)], 10, "the end of every JAIL")


def test_u3_net_is_killed(server):
    uploads = [upload.begin() for upload in all_uploads(server)]
    for net in [server.net_of(upload.control) for upload in uploads]:
        os.kill(net.pid, signal.SIGKILL)
    no_jails(server)
    check_cut(server, uploads)


def test_u3_jail_is_killed(server):
    """No process is left to settle it: the next session that finds the name does."""
    uploads = [upload.begin() for upload in all_uploads(server)]
    for jail in [p for p in server.processes("jail") if p.runs_as(5001)]:
        os.kill(jail.pid, signal.SIGKILL)
    no_jails(server)
    for upload in uploads:
        assert upload.control.ended()
    control = server.login()
    for upload in uploads:
        control.command(f"SIZE {upload.name}")
    check_cut(server, uploads)


def test_u3_the_daemon_is_stopped(impatient):
    """SIGTERM: running transfers get stop_timeout, then they are cut."""
    uploads = [upload.begin() for upload in all_uploads(impatient)]
    impatient.signal(signal.SIGTERM)
    assert [u.control.reply().code for u in uploads] == [426] * 6
    assert impatient.stop() == 0
    check_cut(impatient, uploads, again=False)


@pytest.mark.parametrize("verb, exists", TARGETS)
def test_u5_the_disk_is_full(server, verb, exists):
    mount = server.mkdir("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=0777", "tmpfs", mount]).returncode:
        pytest.skip("a tmpfs can't be mounted here")
    try:
        upload = Upload(server, verb, exists, folder="small/")
        data, content = upload.control.connect_data(), bytes(range(256)) * 2048
        upload.said(upload.control.command(f"{verb} {upload.name}", 150))
        try:
            data.sendall(content)
        except ConnectionError:
            pass
        data.close()
        assert upload.control.reply().code == 452
        check_full(upload, content)
        upload.control.command("QUIT", 221)
        assert upload.control.ended()
        no_jails(server)
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


def check_full(upload, content):
    """Law U3: what there was room for, or the old version."""
    kept = upload.chosen_on_disk() if upload.chosen else upload.on_disk()
    if upload.key == ("STOR", True):
        assert kept == OLD
        return
    if upload.key == ("APPE", True):
        assert kept.startswith(OLD)
        kept = kept[len(OLD):]
    assert 60000 < len(kept) <= 131072 and content.startswith(kept)
    assert upload.on_disk() == (kept if upload.key[0] != "STOU" and not upload.exists else
                                OLD + kept if upload.key == ("APPE", True) else UNTOUCHED[upload.key])


def test_u7_in_place_the_file_is_larger_than_it_may_be(make_server):
    """uploads = direct: 552, and what fits is kept; the old version of a whole one is gone."""
    most, content = len(OLD) + 5, b"0123456789" * 4
    server = make_server(config={"defaults": {"max_file_size": most, "uploads": "direct"}})
    for upload in all_uploads(server):
        with upload.control.connect_data() as data:
            upload.said(upload.control.command(f"{upload.verb} {upload.name}", 150))
            data.sendall(content)
        assert upload.control.reply().code == 552, upload.name
        kept = upload.chosen_on_disk() if upload.chosen else upload.on_disk()
        assert kept == (OLD + content[:5] if upload.key == ("APPE", True) else content[:most])


LIMIT = 1000


@pytest.mark.parametrize("key, reason", [("quota_bytes", "Quota of 1 kB exceeded."),
                                         ("max_file_size", "File too large (maximum 1 kB).")])
def test_u3_u5_a_limit_is_reached(make_server, key, reason):
    """quota_bytes and max_file_size: 552; each upload has a user and a home of its own."""
    users = [User(f"user{i}", 5001 + i) for i in range(len(TARGETS))]
    server = make_server(users=users, config={"defaults": {key: LIMIT}})
    content = bytes(range(250)) * 6
    uploads = [Upload(server, verb, exists, user=user.name) for (verb, exists), user in zip(TARGETS, users)]
    for upload in uploads:
        upload.data = upload.control.connect_data()
        upload.said(upload.control.command(f"{upload.verb} {upload.name}", 150))
        upload.data.sendall(content)
        upload.data.close()
    for upload in uploads:
        assert upload.control.reply().text == f"552 {reason}", upload.name
        check_limited(upload, content, key)
        check_ledger(upload, key)


def check_limited(upload, content, key):
    """Law U3: what there was room for, or the old version."""
    if upload.verb == "STOU":
        beside = len(OLD) if upload.exists and key == "quota_bytes" else 0
        assert upload.chosen_on_disk() == content[:LIMIT - beside]
        assert upload.on_disk() == UNTOUCHED[upload.key]
    elif upload.exists:
        assert upload.on_disk() == (OLD if upload.verb == "STOR" else OLD + content[:LIMIT - len(OLD)])
    else:
        assert upload.on_disk() == content[:LIMIT]


def check_ledger(upload, key):
    """It agrees with the disk; and the name is free."""
    home = upload.server.home(upload.user)
    names = [name for name in os.listdir(home) if not name.startswith(".wardftpd-")]
    total = sum(os.path.getsize(os.path.join(home, name)) for name in names)
    if key == "quota_bytes":
        assert upload.control.command("SITE QUOTA", 200).text == f"200 Used: {total} bytes of 1 kB, {len(names)} files."
    upload.control.command(f"DELE {upload.chosen or upload.name}", 250)
    upload.control.store(f"STOR {upload.chosen or upload.name}", WHOLE)
