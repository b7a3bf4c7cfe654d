# SPDX-License-Identifier: BSD-2-Clause
"""What is on the disk after an upload: each way to end it, times each policy of failed_uploads, times each
kind of target.  Laws U1 to U3 and U7; a row that is not written down here follows from `expected`."""

import os
import signal
import socket
import struct

import pytest

import attributes
from attributes import OLD, content, hidden
from control import net_has_read
from harness import User
from proc import wait_for

SENT = b"what arrived of the new version"
POLICIES = ("keep", "hide", "delete")
KINDS = ("new", "existing", "linked", "foreign", "acl")
NAMES = {(uploads, policy): f"{uploads}-{policy}" for uploads in ("atomic", "direct") for policy in POLICIES}

# How an upload ends, by the reply; before the first byte came, or behind SENT.
BEFORE = {"the data connection never comes": 425, "the data connection is refused": 425}
BEHIND = {"the data connection is reset": 426, "ABOR": 426, "the control connection is lost": None, "stall": 426,
          "too large": 552, "JAIL is killed": None}
DEFAULT = ("the data connection never comes", "the data connection is reset", "ABOR", "the control connection is lost")


@pytest.fixture(scope="module")
def table(make_shared_server):
    users = [User(name, 5100 + i) for i, name in enumerate(NAMES.values())]
    sections = {f"user {name}": {"uploads": uploads, "failed_uploads": policy, "max_file_size": 1000}
                for (uploads, policy), name in NAMES.items()}
    return make_shared_server(users=users, config={"daemon": {"connect_timeout": 1, "data_timeout": 1}, **sections})


def clear(server, user):
    for name in os.listdir(server.home(user)):
        os.unlink(server.home(user, name))


def refuse_connection(control):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    control.command(f"PORT 127,0,0,1,{port >> 8},{port & 255}", 200)
    control.command("STOR name", 150)


def end(server, user, how):
    control = server.login(user)
    if how == "the data connection never comes":
        control.epsv()
        control.command("STOR name", 150)
    elif how == "the data connection is refused":
        refuse_connection(control)
    if how in BEFORE:
        assert control.reply().code == BEFORE[how]
        control.close()
        return
    data = control.connect_data()
    control.command("STOR name", 150)
    data.sendall(SENT)
    net_has_read(data)
    jail = server.jail_of(user)
    if how == "the data connection is reset":
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        data.close()
    elif how == "ABOR":
        control.send("ABOR")
    elif how == "too large":
        data.sendall(b"x" * 2000)
    elif how == "the control connection is lost":
        control.close()
    elif how == "JAIL is killed":
        os.kill(jail.pid, signal.SIGKILL)
    if BEHIND[how]:
        assert control.reply().code == BEHIND[how]
    else:
        wait_for(lambda: not jail.alive(), 10, "the end of the JAIL")
    data.close()
    control.close()
    wait_for(lambda: not [p for p in server.processes("jail") if p.runs_as(server.user(user).uid)], 10,
             "the end of the session")


def expected(uploads, policy, kind, how):
    """(the target's content, that of the hidden part)"""
    old = None if kind == "new" else OLD
    arrived = (SENT + b"x" * 2000)[:1000] if how == "too large" else SENT
    if how in BEFORE:
        return old, None
    if kind == "new" and how == "JAIL is killed":  # the next session settles it
        if uploads == "direct":
            return arrived, None
        return {"keep": (arrived, None), "hide": (None, arrived), "delete": (None, None)}[policy]
    if kind == "new":
        return {"keep": (arrived, None), "hide": (None, arrived), "delete": (None, None)}[policy]
    if uploads == "direct":
        return arrived, None
    if policy == "delete" and how != "JAIL is killed":
        return old, None
    return old, arrived


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("uploads", ["atomic", "direct"])
@pytest.mark.parametrize("how", [*DEFAULT, *(pytest.param(how, marks=pytest.mark.full) for how in (*BEFORE, *BEHIND)
                                             if how not in DEFAULT)])
def test_what_a_failed_upload_leaves(table, uploads, policy, kind, how):
    user = NAMES[uploads, policy]
    clear(table, user)
    path = attributes.make(table, user, kind)
    before = attributes.all_but_content(path)
    inode = os.stat(path).st_ino if before else None
    end(table, user, how)
    if how == "JAIL is killed":
        with table.login(user) as control:
            control.command("SIZE name")
    target, part = expected(uploads, policy, kind, how)
    assert content(path) == target
    parts = hidden(table.home(user))
    if how == "JAIL is killed":  # an empty claim may stay, as the mark of the part
        parts = [name for name in parts if os.path.getsize(table.home(user, name))]
    assert [content(table.home(user, name)) for name in parts] == ([part] if part else [])
    for name in parts:
        about = os.stat(table.home(user, name))
        assert about.st_mode & 0o7777 == 0o600 and about.st_uid == table.user(user).uid
    if before:
        assert attributes.all_but_content(path) == before
        assert os.stat(path).st_ino == inode
    elif target:
        assert os.stat(path).st_mode & 0o7777 == 0o644
    expect_names = {"name"} if target is not None else set()
    if kind == "linked":
        expect_names.add("other")
    assert set(os.listdir(table.home(user))) - set(hidden(table.home(user))) == expect_names
    with table.login(user) as control:
        shown = {row for row in control.fetch("NLST -a").decode().split("\r\n") if row.strip(".")}
        assert shown == expect_names
        control.store("STOR name", b"all of it")
    assert content(path) == b"all of it" and hidden(table.home(user)) == [], "a whole upload clears what was left"
    if before:
        assert attributes.all_but_content(path) == before


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
@pytest.mark.parametrize("kind", [*KINDS[1:], "foreign group", "attribute"])
def test_u2_an_upload_changes_the_content_and_nothing_else(table, uploads, kind):
    user = NAMES[uploads, "keep"]
    clear(table, user)
    path = attributes.make(table, user, kind)
    if kind == "foreign group":
        os.chmod(path, 0o640)
    before = attributes.all_but_content(path)
    with table.login(user) as control:
        for new in (b"longer than the old version was", b"short", b""):
            control.store("STOR name", new)
            assert content(path) == new
            assert attributes.all_but_content(path) == before
            if kind == "linked":
                assert content(table.home(user, "other")) == new
    assert hidden(table.home(user)) == []


def test_u2_set_user_id_goes_as_by_any_write(table):
    user = NAMES["atomic", "keep"]
    clear(table, user)
    path = attributes.make(table, user, "set-uid")
    with table.login(user) as control:
        control.store("STOR name", b"new")
    assert os.stat(path).st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_u2_a_new_file_gets_the_default_acl_of_its_directory(table, uploads):
    user = NAMES[uploads, "keep"]
    clear(table, user)
    home = table.home(user)
    entries = [(attributes.USER_OBJ, 7), (attributes.USER, 5, 7001), (attributes.GROUP_OBJ, 5), (attributes.MASK, 7),
               (attributes.OTHER, 0)]
    attributes.set_acl(home, attributes.acl(*entries), default=True)
    try:
        with table.login(user) as control:
            control.store("STOR name", b"new")
            made = table.home(user, "by-another-program")
            os.setegid(table.user(user).gid)
            try:
                os.close(os.open(made, os.O_CREAT | os.O_WRONLY, 0o666))
            finally:
                os.setegid(0)
            assert attributes.xattrs(table.home(user, "name")) == attributes.xattrs(made)
            assert os.stat(table.home(user, "name")).st_mode == os.stat(made).st_mode
            # and a file without an ACL gets none from there when it is replaced
            plain = table.put("plain", OLD, user, 0o604)
            os.removexattr(plain,
                           "system.posix_acl_access") if "system.posix_acl_access" in os.listxattr(plain) else None
            os.chmod(plain, 0o604)
            before = attributes.all_but_content(plain)
            control.store("STOR plain", b"new")
            assert attributes.all_but_content(plain) == before
    finally:
        os.removexattr(home, "system.posix_acl_default")


def test_u2_the_group_that_the_user_is_not_in_stays(table):
    """alice:web 0640 became alice:alice, and the web server was locked out."""
    user = NAMES["atomic", "keep"]
    clear(table, user)
    path = table.put("name", OLD, user, 0o640)
    os.chown(path, -1, 33)
    inode = os.stat(path).st_ino
    with table.login(user) as control:
        control.store("STOR name", b"new")
    about = os.stat(path)
    assert (about.st_uid, about.st_gid, about.st_mode & 0o7777) == (table.user(user).uid, 33, 0o640)
    assert about.st_ino == inode, "a group that the user can't give is kept by writing into the file"


def test_u2_a_directory_that_is_not_writable_is_written_into(table):
    """Mode 0555: the peers write the file, too."""
    user = NAMES["atomic", "keep"]
    clear(table, user)
    path = table.put("name", OLD, user)
    os.chmod(table.home(user), 0o555)
    try:
        with table.login(user) as control:
            control.store("STOR name", b"new")
            assert content(path) == b"new"
            control.epsv()
            control.command("STOR fresh", 550)
            with control.connect_data() as data:  # a cut upload leaves what was written: there is no part
                control.command("STOR name", 150)
                data.sendall(SENT)
                net_has_read(data)
                control.command("ABOR", 426)
            assert content(path) == SENT
    finally:
        os.chmod(table.home(user), 0o700)
    table.wait_log("name is written in place: no temporary file can be created in its directory")


def test_u2_the_control_connection_is_answered_while_a_part_is_copied(table):
    user = NAMES["atomic", "keep"]
    clear(table, user)
    path = attributes.make(table, user, "linked")
    with table.login(user) as control:
        data = control.connect_data()
        control.command("STOR name", 150)
        data.sendall(SENT)
        net_has_read(data)
        jail = table.jail_of(user)
        os.kill(jail.pid, signal.SIGSTOP)
        try:
            data.close()
            control.command("NOOP", 200)
            assert "31 bytes" in control.command("STAT", 213).text
        finally:
            os.kill(jail.pid, signal.SIGCONT)
        assert control.reply().code == 226
    assert content(path) == SENT and os.stat(path).st_nlink == 2
