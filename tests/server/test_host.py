# SPDX-License-Identifier: BSD-2-Clause
"""Virtual hosts: `[host NAME]`, chosen by HOST (RFC 7151) or by the name in the TLS handshake."""

import os
import signal

import pytest

from authority import self_signed
from harness import User
from tls import TlsControl, client_context


class Hosts:
    """A server with two hosts: one.example has users, banner and certificate of its own, two.example a banner."""

    def __init__(self, make_server):
        self.guest = User("guest", 5101)
        self.server = make_server(prepare=self.prepare)

    def prepare(self, server):
        if server.certificate:
            return
        server.use_tls()
        certificate, key = self_signed(server.directory, "one", "one.example")
        users = server.path("passwd-one")
        self.guest.home = server.path("homes", "guest")
        os.mkdir(self.guest.home, 0o700)
        os.chown(self.guest.home, self.guest.uid, self.guest.gid)
        with open(os.open(users, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(self.guest.line())
        server.overrides["host one.example"] = {"user_file": users, "certificate": certificate, "key": key,
                                                "banner": "This is one."}
        server.overrides["host two.example"] = {"banner": "This is two."}
        server.write_config()

    def code(self, control, user):
        control.command(f"USER {user.name}", 331)
        return control.command(f"PASS {user.password}").code


@pytest.fixture
def hosts(make_server):
    return Hosts(make_server)


def test_a_host_has_its_banner_and_its_users(hosts):
    alice = hosts.server.user()
    with hosts.server.connect() as control:
        assert "This is one." in control.command("HOST one.example", 220).text
        assert hosts.code(control, alice) == 530  # another host's
        assert hosts.code(control, hosts.guest) == 230
        assert control.fetch("NLST") == b""
        control.command("HOST two.example", 503)
    for chosen in ("HOST two.example", "HOST TWO.Example", "HOST 127.0.0.1", "NOOP"):
        with hosts.server.connect() as control:
            control.command(chosen, 220, 200)
            assert hosts.code(control, hosts.guest) == 530, chosen
            assert hosts.code(control, alice) == 230, chosen


def test_an_unknown_host_is_504_and_keeps_the_host_chosen_before(hosts):
    with hosts.server.connect() as control:
        control.command("HOST one.example", 220)
        control.command("HOST three.example", 504)
        control.command("HOST one..example/", 501)
        assert hosts.code(control, hosts.guest) == 230


def test_host_after_user_is_503(hosts):
    with hosts.server.connect() as control:
        control.command("USER guest", 331)
        control.command("HOST one.example", 503)


def test_the_name_in_the_handshake_chooses_the_host(hosts):
    control = TlsControl(hosts.server, server_name="one.example")
    assert hosts.code(control, hosts.guest) == 230
    control.close()


def test_the_handshakes_host_and_no_other(hosts):
    """RFC 7151 section 3.3: the certificate vouched for one name."""
    control = TlsControl(hosts.server, server_name="one.example")
    control.command("HOST two.example", 504)
    assert "This is one." in control.command("HOST one.example", 220).text
    assert hosts.code(control, hosts.guest) == 230
    control.close()


def test_host_in_clear_is_forgotten_by_auth(hosts):
    """It may be anybody's word (law T2)."""
    with hosts.server.connect() as control:
        control.command("HOST one.example", 220)
        control.command("AUTH TLS", 234)
        control.socket = client_context().wrap_socket(control.socket)
        assert hosts.code(control, hosts.guest) == 530
        assert hosts.code(control, hosts.server.user()) == 230


def test_a_reload_adds_and_removes_hosts(hosts):
    server = hosts.server
    server.overrides.pop("host two.example")
    server.overrides["host three.example"] = {"banner": "This is three."}
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_log("configuration reloaded")
    with server.connect() as control:
        control.command("HOST two.example", 504)
        assert "This is three." in control.command("HOST three.example", 220).text


ADDRESSES = {"[::1]": 220, "[fe80::1%1]": 220, "127.0.0.1": 220, "[": 501, "[]": 501, "]": 501, "[[": 501, "[x": 501,
             "[:": 501,
             "[::1": 501, "[::1]x": 501, "[127.0.0.1]": 501, "::1": 501, "fe80::1%lo": 501, "[fe80::1%lo]": 501,
             "[fe80::1%]": 501,
             "[" + "1" * 300 + "]": 501, "a" * 255: 220, "a" * 256: 501, ".a": 501, "-a": 501, "a%lo": 501}


def test_a_literal_of_any_form_is_judged_without_a_look_outside(make_server):
    """`HOST [` wrote before its buffer, and `HOST fe80::1%lo` asked the
    kernel for an interface, which ended the session."""
    server = make_server()
    with server.connect() as control:
        codes = {host: control.command(f"HOST {host}").code for host in ADDRESSES}
        assert codes == ADDRESSES
        assert control.login(server.user().name, server.user().password)
