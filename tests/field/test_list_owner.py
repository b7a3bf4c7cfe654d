# SPDX-License-Identifier: BSD-2-Clause
"""LIST can show names for owners and groups.

ProFTPD shows names, vsftpd numbers unless text_userdb_names is set (its manual says why: it is slow there); people
who move from one to the other ask for it (https://serverfault.com/questions/tagged/vsftpd has the question again and
again).
"""

import os

import pytest

from harness import User


def owners(control, line="LIST"):
    return {row.split()[-1].decode(): tuple(row.decode().split()[2:4]) for row in control.fetch(line).splitlines()}


@pytest.fixture
def serve(make_server):
    def start(list_owner):
        users = [User("alice", 5001), User("bob", 5002), User("my name", 5003)]
        groups = "staff:x:5001:\nother group:x:5002:\n"
        server = make_server(config={"daemon": {"group_file": None}, "defaults": {"list_owner": list_owner}},
                             users=users, prepare=lambda server: write_groups(server, groups))
        for name, uid, gid in (("own", 5001, 5001), ("bobs", 5002, 5002), ("blank", 5003, 5001),
                               ("unknown", 5999, 5998), ("roots", 0, 0)):
            os.chown(server.put(name), uid, gid)
        return server

    return start


def write_groups(server, text):
    path = server.path("group")
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)
    server.overrides.setdefault("daemon", {})["group_file"] = path
    server.write_config()


def test_numbers_by_default(serve):
    server = serve(None)
    assert owners(server.login()) == {"own": ("5001", "5001"), "bobs": ("5002", "5002"), "blank": ("5003", "5001"),
                                      "unknown": ("5999", "5998"), "roots": ("0", "0")}


def test_user(serve):
    server = serve("user")
    assert owners(server.login()) == {"own": ("alice", "staff"), "bobs": ("5002", "5002"), "blank": ("5003", "staff"),
                                      "unknown": ("5999", "5998"), "roots": ("0", "0")}
    text = server.login().command("STAT own", 213).text
    assert " alice " in text and " staff " in text


def test_names(serve):
    server = serve("names")
    control = server.login()
    wanted = {"own": ("alice", "staff"), "bobs": ("bob", "other_group"), "blank": ("my_name", "staff"),
              "unknown": ("5999", "5998"), "roots": ("0", "0")}
    assert owners(control) == wanted and owners(control, "LIST *") == wanted, "a blank would make another column"
    facts = control.fetch("MLSD").decode()
    assert "UNIX.owner=5001;" in facts and "alice" not in facts


def test_names_outlive_auth(serve):
    """Where auth can't be asked any more, the numbers are shown."""
    server = serve("names")
    control = server.login()
    assert owners(control)["own"] == ("alice", "staff")
    auth = server.one("auth")
    os.kill(auth.pid, 9)
    server.restarted("auth", auth)
    os.chown(server.put("new"), 5002, 5001)
    assert owners(control)["own"] == ("alice", "staff")
    assert owners(control)["unknown"] == ("5999", "5998")
