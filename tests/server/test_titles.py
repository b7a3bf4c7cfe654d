# SPDX-License-Identifier: BSD-2-Clause
"""process_titles: what ps(1) shows of the daemon's processes, and to whom it tells who is connected."""

import socket

import pytest

from ctl import ctl
from harness import User
from proc import wait_for


def title(process):
    with open(process.path("cmdline"), "rb") as file:
        return file.read().rstrip(b"\0").replace(b"\0", b" ").decode()


def titles(server, role):
    return [title(process) for process in server.processes(role)]


@pytest.mark.parametrize("config, shown", [({}, "wardftpd: {}"), ({"process_titles": "role"}, "wardftpd: {}"),
                                           ({"process_titles": "no"}, "wardftpd")])
def test_roles_alone(make_server, config, shown):
    server = make_server(config={"daemon": config})
    server.login().command("NOOP", 200)
    for role in ("auth", "dialer", "scribe", "control", "net", "jail"):
        assert set(titles(server, role)) == {shown.format(role)}


def test_the_user_and_the_command(make_server):
    server = make_server(config={"daemon": {"process_titles": "user"}})
    server.put("file", b"x" * (64 << 20))
    waiting = server.connect()
    waiting.command("USER bob", 331)
    assert set(titles(server, "net")) == {"wardftpd: net"} and set(titles(server, "jail")) == {"wardftpd: jail"}
    control = server.login()
    wait_for(lambda: "wardftpd: net [alice]" in titles(server, "net"), what="the title")
    assert "wardftpd: jail [alice]" in titles(server, "jail")
    with socket.create_connection((control.host, control.epsv()), timeout=30) as data:
        control.command("RETR file", 150)
        wait_for(lambda: "wardftpd: net [alice] RETR" in titles(server, "net"), what="the command")
        while data.recv(1 << 20):
            pass
    assert control.reply().code == 226
    wait_for(lambda: "wardftpd: net [alice]" in titles(server, "net"), what="the end of the command")
    assert not any("bob" in one for one in titles(server, "net") + titles(server, "jail"))
    assert {p.comm() for p in server.processes("net")} == {"ward-net"}


def test_a_long_name_is_cut_and_an_odd_one_is_safe(make_server):
    long, odd = "n" * 200, "caf\u00e9 [x] ]"
    server = make_server(users=[User(long, 5001), User(odd, 5002)], config={"daemon": {"process_titles": "user"}})
    for name in (long, odd):
        server.login(name).command("NOOP", 200)
    wait_for(lambda: f"wardftpd: net [{odd}]" in titles(server, "net"), what="the odd name")
    cut = [one for one in titles(server, "net") + titles(server, "jail") if "nnn" in one]
    assert len(cut) == 2 and all(60 < len(one) < 150 for one in cut), cut


def test_guests_have_one_name(make_server):
    server = make_server(users=[User("ftp", 5090, hash="!")], config={"daemon": {"process_titles": "user"},
                                                                      "anonymous": {}})
    control = server.connect()
    control.command("USER anonymous", 331), control.command("PASS me@example.org", 230)
    wait_for(lambda: "wardftpd: net [anonymous]" in titles(server, "net"), what="the title")
    assert "wardftpd: jail [anonymous]" in titles(server, "jail")


def test_a_reload_changes_the_titles_of_new_sessions(make_server):
    server = make_server()
    server.login().command("NOOP", 200)
    server.overrides = {"daemon": {"process_titles": "user"}}
    server.write_config()
    ctl(server, "reload")
    server.login("bob").command("NOOP", 200)
    wait_for(lambda: "wardftpd: net [bob]" in titles(server, "net"), what="the title")
    assert not any("alice" in one for one in titles(server, "net"))
    server.works()


def test_the_time_zone_survives_a_title(make_server):
    """TZ follows the room in the environment, and its bytes are not overwritten."""
    server = make_server(config={"daemon": {"process_titles": "user"},
                                 "defaults": {"time_zone": "Asia/Tokyo", "hours": "Mon-Sun 00:00-24:00"}})
    server.login("bob")
    server.works()
