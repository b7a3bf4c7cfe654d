# SPDX-License-Identifier: BSD-2-Clause
"""Laws C1 to C4: two sessions and one name.  One session is in the middle of
something; what the other is answered, and what both leave on disk."""

import os
import re
import signal

import pytest

from control import net_has_read, read_all
from harness import User
from proc import wait_for

OLD, SENT, REST, OTHER = b"the old version", b"half of", b" the new", b"another version"

# What the second session does, on the name "dir/name"; its dialogue ends with the reply that is judged.
DOES = {
    "STOR": [">STOR dir/name"],
    "APPE": [">APPE dir/name"],
    "RETR": ["<RETR dir/name"],
    "DELE": ["DELE dir/name"],
    "RNFR": ["RNFR dir/name", "RNTO dir/renamed"],
    "RNTO": ["RNFR other", "RNTO dir/name"],
    "MKD": ["MKD dir/name"],
    "RMD": ["RMD dir/name"],
    "RMD of its directory": ["RMD dir"],
    "SIZE": ["SIZE dir/name"],
}

# In the middle of what: does the name exist, and the code for each of the above.
BUSY = dict.fromkeys(("STOR", "APPE", "DELE", "RNFR", "RNTO", "MKD"), 450)
ROWS = {
    "STOR of a new name": (False, {**BUSY, "RETR": 550, "RMD": 550, "RMD of its directory": 450, "SIZE": 550}),
    "STOR of an old name": (True, {**BUSY, "RETR": 226, "RMD": 550, "RMD of its directory": 550, "SIZE": 213}),
    "APPE of an old name": (True, {**BUSY, "RETR": 226, "RMD": 550, "RMD of its directory": 550, "SIZE": 213}),
    "APPE of a new name": (False, {**BUSY, "RETR": 226, "RMD": 550, "RMD of its directory": 550, "SIZE": 213}),
    "REST and STOR": (True, {**BUSY, "RETR": 226, "RMD": 550, "RMD of its directory": 550, "SIZE": 213}),
    "RETR": (True, {"STOR": 226, "APPE": 226, "RETR": 226, "DELE": 250, "RNFR": 250, "RNTO": 250, "MKD": 550,
                    "RMD": 550, "RMD of its directory": 550, "SIZE": 213}),
}
LEFT = {  # what the first session has made of the name when it is through
    "STOR of a new name": SENT + REST,
    "STOR of an old name": SENT + REST,
    "APPE of an old name": OLD + SENT + REST,
    "APPE of a new name": SENT + REST,
    "REST and STOR": OLD[:4] + SENT + REST,
}


def furnish(server, exists):
    server.clear_home()
    server.mkdir("dir")
    server.put("other", OTHER)
    if exists:
        server.put("dir/name", OLD)


def begin(server, control, what):
    if what == "RETR":
        with open(server.put("dir/name"), "r+b") as file:
            file.write(OLD)
            file.truncate(16 << 20)
    line = {"RETR": "RETR dir/name", "REST and STOR": "STOR dir/name"}.get(what, what[:4] + " dir/name")
    if what == "REST and STOR":
        control.command("REST 4", 350)
    data = control.connect_data()
    control.command(line, 150)
    if what != "RETR":
        data.sendall(SENT)
        net_has_read(data)
    return data


def do(control, line):
    """The code of the last reply."""
    if line[0] not in "<>":
        return control.command(line).code
    with control.connect_data() as data:
        code = control.command(line[1:]).code
        if code != 150:
            return code
        if line[0] == ">":
            data.sendall(OTHER)
        else:
            read_all(data)
    return control.reply().code


def finish(control, what, data):
    if what == "RETR":
        content = read_all(data)
        assert content.startswith(OLD) and len(content) >= 16 << 20, "the version that was opened"
    else:
        data.sendall(REST)
    data.close()
    assert control.reply().code == 226


def visible(server, control):
    shown = [row.rpartition("/")[2] for row in control.fetch("NLST -a dir").decode().split("\r\n") if row]
    return sorted(name for name in shown if name not in (".", ".."))


@pytest.mark.parametrize("what", ROWS)
def test_c1_c2_in_the_middle_of(shared_server, what):
    exists, codes = ROWS[what]
    for does, wanted in codes.items():
        furnish(shared_server, exists)
        first, second = shared_server.login(), shared_server.login()
        data = begin(shared_server, first, what)
        hidden = what == "STOR of a new name"
        assert visible(shared_server, second) == ([] if hidden else ["name"]), (what, does)
        got = [do(second, line) for line in DOES[does]]
        assert got[-1] == wanted or (wanted == 450 and 450 in got), (what, does, got)
        finish(first, what, data)
        if what != "RETR":
            assert shared_server.read("dir/name") == LEFT[what], (what, does)
            assert os.listdir(shared_server.home("alice", "dir")) == ["name"], (what, does)
        first.close()
        second.close()


def test_c1_a_busy_name_says_so(shared_server):
    furnish(shared_server, False)
    first, second = shared_server.login(), shared_server.login()
    with begin(shared_server, first, "STOR of a new name"):
        second.epsv()
        assert "being uploaded by another session" in second.command("STOR dir/name", 450).text
    assert first.reply().code == 226


def test_c2_rnfr_then_another_takes_the_name(shared_server):
    """Between RNFR and RNTO the name may go, or be uploaded to."""
    furnish(shared_server, True)
    first, second = shared_server.login(), shared_server.login()
    first.command("RNFR dir/name", 350)
    data = begin(shared_server, second, "STOR of an old name")
    first.command("RNTO dir/renamed", 450)
    finish(second, "STOR of an old name", data)
    first.command("RNFR dir/name", 350)
    second.command("DELE dir/name", 250)
    first.command("RNTO dir/renamed", 550)
    assert os.listdir(shared_server.home("alice", "dir")) == []


def test_c2_a_listing_goes_on_while_its_entries_go(server):
    many = server.mkdir("many")
    for number in range(25000):
        os.mknod(os.path.join(many, f"{number:05}" + "n" * 250))
    first, second = server.login(), server.login()
    with first.connect_data() as data:
        first.command("MLSD many", 150)
        got = data.recv(1000)
        for number in range(24000, 24100):
            second.command(f"DELE many/{number:05}" + "n" * 250, 250)
        second.command("MKD many/new", 257)
        got += read_all(data)
    assert first.reply().code == 226
    names = [row.partition(b" ")[2] for row in got.split(b"\r\n") if b"type=file" in row]
    assert len(set(names)) == len(names) and 24900 <= len(names) <= 25000


@pytest.fixture
def with_carol(make_server):
    """carol has another uid, and may write in alice's home."""
    alice = User("alice", 5001)
    server = make_server(users=[alice, User("carol", 5003, gid=5001)], prepare=lambda s: share(s))
    return server


def share(server):
    server.user("carol").home = server.home()
    os.chmod(server.home(), 0o770)
    server.write_users()


def stall(server):
    """As if the upload had got its last byte twenty seconds ago."""
    hidden = [name for name in os.listdir(server.home()) if name.endswith(".part")]
    assert len(hidden) == 1
    path = server.home("alice", hidden[0])
    now = os.stat(path).st_mtime
    os.utime(path, (now - 20, now - 20))


def test_c1_a_stalled_upload_yields_to_its_owner_alone(with_carol):
    server = with_carol
    server.put("name", OLD)
    first, second, carol = server.login(), server.login(), server.login("carol")
    data = first.connect_data()
    first.command("STOR name", 150)
    data.sendall(SENT)
    net_has_read(data)
    for control, line in ((second, "STOR name"), (second, "APPE name")):
        control.epsv()
        assert control.command(line).code == 450, "it is not stalled yet"
    stall(server)
    for control, line in ((carol, "STOR name"), (second, "APPE name"), (second, "DELE name"), (second, "RNFR name")):
        control.epsv()
        assert control.command(line).code == 450, line
    assert server.read("name") == OLD
    second.store("STOR name", OTHER)
    assert server.read("name") == OTHER
    data.sendall(REST)
    data.close()
    reply = first.reply()
    assert reply.code == 451 and "taken over" in reply.text
    assert server.read("name") == OTHER
    assert os.listdir(server.home()) == ["name"]


def test_c1_who_took_over_and_fails_leaves_the_old_version(server):
    server.put("name", OLD)
    first, second = server.login(), server.login()
    one = first.connect_data()
    first.command("STOR name", 150)
    one.sendall(SENT)
    net_has_read(one)
    stall(server)
    two = second.connect_data()
    second.command("STOR name", 150)
    two.sendall(OTHER)
    net_has_read(two)
    assert second.command("ABOR").code == 426 and second.reply().code == 226
    assert first.command("ABOR").code in (426, 451) and first.reply().code == 226
    one.close(), two.close()
    assert server.read("name") == OLD
    second.store("STOR name", OTHER)
    assert os.listdir(server.home()) == ["name"]


def test_u3_a_part_lives_for_an_hour(server):
    server.put("name", OLD)
    control = server.login()
    data = control.connect_data()
    control.command("STOR name", 150)
    data.sendall(SENT)
    net_has_read(data)
    assert control.command("ABOR").code == 426 and control.reply().code == 226
    data.close()
    control.epsv()
    control.command("APPE name", 554)
    part = next(name for name in os.listdir(server.home()) if name != "name")
    assert os.stat(server.home("alice", part)).st_mode & 0o7777 == 0o600
    then = os.stat(server.home("alice", part)).st_mtime - 3500
    os.utime(server.home("alice", part), (then, then))
    control.fetch("NLST")
    assert part in os.listdir(server.home())
    os.utime(server.home("alice", part), (then - 200, then - 200))
    control.fetch("NLST")
    control.store("APPE name", OTHER)
    assert server.read("name") == OLD + OTHER and os.listdir(server.home()) == ["name"]


@pytest.mark.parametrize("clears", [["RNFR name", "RNTO gone", "RNFR gone", "RNTO name"], ["DELE name"]],
                         ids=["RNFR", "DELE"])
def test_u3_what_clears_a_part(server, clears):
    server.put("name", OLD)
    control = server.login()
    data = control.connect_data()
    control.command("STOR name", 150)
    data.sendall(SENT)
    net_has_read(data)
    assert control.command("ABOR").code == 426 and control.reply().code == 226
    data.close()
    for line in clears:
        assert control.command(line).code in (250, 350), line
    control.store("APPE name", OTHER)
    assert server.read("name").endswith(OTHER) and os.listdir(server.home()) == ["name"]


def test_u2_hidden_names_are_out_of_reach(server):
    """Of listings, and of every command, in any disguise of the path."""
    server.put("name", OLD)
    control, other = server.login(), server.login()
    data = control.connect_data()
    control.command("STOR name", 150)
    data.sendall(SENT)
    net_has_read(data)
    hidden = next(name for name in os.listdir(server.home()) if name != "name")
    for verb in ("SIZE", "MDTM", "MLST", "DELE", "RNFR", "RMD", "MKD", "CWD", "MFMT 20010101000000", "SITE CHMOD 600",
                 "XMD5", "HASH", "STAT", "SITE UTIME 200101010000"):
        for name in (hidden, "./" + hidden, "/" + hidden, "x/../" + hidden):
            assert 500 <= other.command(f"{verb} {name}").code < 600, (verb, name)
    for verb in ("RETR", "STOR", "APPE", "LIST", "NLST", "MLSD"):
        other.epsv()
        assert 500 <= other.command(f"{verb} {hidden}").code < 600, verb
    other.command("RNFR name")
    for line in ("NLST .*", "NLST -a .w*", "LIST -a", "MLSD", "LIST -la"):
        assert b".part" not in other.fetch(line), line
    assert ".part" not in other.command("STAT -a .").text
    data.close()
    assert control.reply().code == 226


def test_u2_links_are_resolved_and_a_dangling_one_makes_its_target(server):
    server.mkdir("dir")
    for link, target in (("relative", "dir/real"), ("absolute", "/dir/real"), ("twice", "relative"),
                         ("dangling", "dir/made")):
        os.symlink(target, server.home("alice", link))
    control = server.login()
    for number, link in enumerate(("relative", "absolute", "twice", "dangling")):
        control.store("STOR " + link, b"%d" % number)
        assert os.path.islink(server.home("alice", link))
        assert server.read("dir/made" if link == "dangling" else "dir/real") == b"%d" % number
        assert sorted(os.listdir(server.home("alice", "dir")))[0] in ("made", "real")
    assert not [name for name in os.listdir(server.home("alice", "dir")) if name.endswith(".part")]


def test_c3_a_killed_writer_frees_the_name_for_all(shared_server):
    furnish(shared_server, True)
    first, second = shared_server.login(), shared_server.login()
    data = begin(shared_server, first, "APPE of an old name")
    net = shared_server.net_of(first)
    os.kill(net.pid, signal.SIGKILL)
    wait_for(lambda: second.command("RNFR dir/name").code == 350, 10, "the free name")
    data.close()
    second.command("RNTO dir/free", 250)
    assert shared_server.read("dir/free") == OLD + SENT


def test_c4_who_is_logged_in_is_known_and_what_he_may(make_server):
    server = make_server(config={"defaults": {"max_sessions_per_user": 1}, "user bob": {"read_only": "yes"}})
    first = server.login()
    refused = server.connect()
    refused.command("USER alice", 331)
    assert re.search(r"\b1\b", refused.command("PASS " + server.user().password, 421, 530).text), "law R5"
    bob = server.login("bob")
    bob.epsv()
    assert bob.command("STOR x").code == 550
    os.kill(server.net_of(first).pid, signal.SIGKILL)

    def again():
        control = server.connect()
        control.command("USER alice", 331)
        return control.command("PASS " + server.user().password).code == 230

    wait_for(again, 10, "alice's place, free after a kill -9")
