# SPDX-License-Identifier: BSD-2-Clause
"""Who may connect, and who may log in, by address: allowed_addresses and
denied_addresses of [daemon], of a listener and of a user."""

import socket

import pytest

from control import Closed
from ctl import ctl
from proc import wait_for

HERE, OTHER = "127.0.0.1", "127.0.7.9"


def greeting(server, source):
    """The first reply; None: the connection was closed without one."""
    try:
        with server.connect(source=source) as control:
            return control.greeting
    except (Closed, ConnectionError):
        return None


LISTS = [
    ({"denied_addresses": "192.0.2.0/24, 127.0.7.0/24"}, True, False),
    ({"allowed_addresses": "127.0.0.0/24"}, True, False),
    ({"allowed_addresses": "127.0.0.0/8", "denied_addresses": "127.0.0.0/16"}, False, False),
    ({"allowed_addresses": "127.0.0.0/16", "denied_addresses": "127.0.0.1"}, False, True),
    ({"allowed_addresses": "::1, 127.0.0.0/8", "denied_addresses": "::/0"}, True, True),
]


@pytest.mark.parametrize("section", ["daemon", "listener default"])
@pytest.mark.parametrize("lists, here, other", LISTS)
def test_r5_an_address_that_may_not_connect_is_refused(make_server, section, lists, here, other):
    server = make_server()
    server.overrides = {section: lists}
    server.write_config()
    ctl(server, "reload")
    for source, allowed in ((HERE, here), (OTHER, other)):
        reply = greeting(server, source)
        assert reply.code == (220 if allowed else 421), (source, reply)
        assert allowed or reply.text == "421 Connections from your address are not allowed."
        if not allowed:
            server.wait_log(rf'address={source} refused reply="421 Connections.*" limit=addresses')


def test_a_refused_address_costs_no_process(make_server):
    server = make_server(config={"daemon": {"denied_addresses": OTHER}})
    waiting = sorted(p.pid for p in server.processes("net"))
    for _ in range(20):
        assert greeting(server, OTHER).code == 421
    assert sorted(p.pid for p in server.processes("net")) == waiting


def test_it_may_be_refused_silently(make_server):
    server = make_server(config={"daemon": {"denied_addresses": OTHER, "ban_reply": "silence"}})
    assert greeting(server, OTHER) is None
    server.wait_log(rf'address={OTHER} refused reply="" limit=addresses')
    assert greeting(server, HERE).code == 220


def test_a_listener_has_lists_of_its_own(make_server):
    from harness import free_port
    port = free_port()
    server = make_server(config={"listener inside": {"address": f"127.0.0.1:{port}", "denied_addresses": OTHER}})
    assert greeting(server, OTHER).code == 220
    for source, code in ((HERE, b"220"), (OTHER, b"421")):
        with socket.create_connection((HERE, port), source_address=(source, 0), timeout=10) as client:
            assert client.recv(200).startswith(code)


def test_a_reload_changes_the_lists_and_ends_no_session(make_server):
    server = make_server()
    control = server.login(source=OTHER)
    server.overrides = {"daemon": {"denied_addresses": OTHER}}
    server.write_config()
    ctl(server, "reload")
    assert greeting(server, OTHER).code == 421
    control.command("NOOP", 200)
    server.overrides = {}
    server.write_config()
    ctl(server, "reload")
    wait_for(lambda: greeting(server, OTHER).code == 220, what="the address to be let in")


@pytest.mark.parametrize("section", ["defaults", "user alice"])
def test_l1_a_denied_address_of_a_user_is_refused_like_a_wrong_password(make_server, section):
    server = make_server(config={section: {"denied_addresses": "127.0.7.0/24"}})
    server.login(source=HERE)
    control = server.connect(source=OTHER)
    control.command("USER alice", 331)
    assert control.command(f"PASS {server.user().password}", 530).text == "530 Login incorrect."
    server.wait_log(rf'login refused: address={OTHER} user="alice" reason=address ')
    if section == "user alice":
        server.login("bob", source=OTHER)


def test_explain_names_the_lists(make_server):
    server = make_server(config={"daemon": {"denied_addresses": "192.0.2.0/24"},
                                 "listener default": {"allowed_addresses": "127.0.0.0/8"},
                                 "user alice": {"denied_addresses": "127.0.7.0/24"}})
    assert "daemon.denied_addresses" in ctl(server, "explain", "user", "bob", "from", "192.0.2.7")
    said = ctl(server, "explain", "user", "alice", "from", OTHER)
    assert "would be refused" in said and "`denied_addresses`" in said
    assert "not from 127.0.7.0/24" in ctl(server, "explain", "user", "alice")
    assert "daemon.denied_addresses" in ctl(server, "explain", "address", "192.0.2.7")
    assert "[listener default]" in ctl(server, "explain", "address", "198.51.100.1")
