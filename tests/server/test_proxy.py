# SPDX-License-Identifier: BSD-2-Clause
"""proxy_from: clients that come through a balancer, with a PROXY header of version 1 or 2.

The test is the balancer: it connects from 127.0.0.1, or from 127.0.0.5, which is none.
"""

import os
import signal
import socket
import struct
import subprocess
import time

import pytest

from control import Closed, Control
from ctl import ctl, run, wait_who, who
from harness import free_port
from installed import NOW, Installed
from proc import wait_for

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
CLIENT, SERVER = "198.51.100.7", "203.0.113.1"
CLIENT6, SERVER6 = "2001:db8::7", "2001:db8::1"


def v1(source=CLIENT, to=SERVER, port=40000):
    return f"PROXY TCP{6 if ':' in source else 4} {source} {to} {port} 21\r\n".encode()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def v2(source=CLIENT, to=SERVER, port=40000, tlvs=b"", command=1, spoil=0):
    """With a CRC; spoil changes it."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, to) + struct.pack(">HH", port, 21)
    rest = ends + tlvs + b"\x03\0\x04"
    head = SIGNATURE + struct.pack(">BBH", 0x20 | command, 0x21 if ":" in source else 0x11, len(rest) + 4)
    return head + rest + struct.pack(">I", crc32c(head + rest + b"\0\0\0\0") ^ spoil)


LOCAL = SIGNATURE + b"\x20\0\0\0"


@pytest.fixture
def make_balanced(make_server):
    """A server with a second listener, behind a balancer at 127.0.0.1 and ::1."""

    def make(listener=None, daemon=None, kind=make_server, **arguments):
        def prepare(server):
            server.balanced = free_port()
            server.overrides["listener balanced"] = {
                "address": f"127.0.0.1:{server.balanced}, [::1]:{server.balanced}",
                "passive_ports": "30000-32700",
                "proxy_from": "127.0.0.1, ::1",
                **(listener or {}),
            }
            server.write_config()

        return kind(prepare=prepare, config={"daemon": daemon or {}}, **arguments)

    return make


@pytest.fixture
def balanced(make_balanced):
    return make_balanced()


def pass_on(server, header, *more, host="127.0.0.1", source=None, greet=True):
    """A connection that begins with this header, sent in these pieces."""
    control = Control(host, server.balanced, greet=False, source=source)
    for piece in (header, *more):
        control.raw(piece)
    if greet:
        control.greeting = control.reply()
    return control


def log_in(server, header, **arguments):
    control = pass_on(server, header, **arguments)
    assert control.greeting.code == 220, control.greeting
    control.login("alice", server.user("alice").password)
    return control


def addresses(server):
    return sorted(row["address"] for row in who(server))


@pytest.mark.parametrize("header", [
    v1(), v2(), v2(tlvs=b"\x04\0\x05abcde\x20\0\0"), v1(CLIENT6, SERVER6), v2(CLIENT6, SERVER6)],
    ids=["v1", "v2", "v2-tlvs", "v1-ipv6", "v2-ipv6"])
def test_the_session_has_the_clients_address(balanced, header):
    client = CLIENT6 if header in (v1(CLIENT6, SERVER6), v2(CLIENT6, SERVER6)) else CLIENT
    with log_in(balanced, header):
        assert addresses(balanced) == [client]
        balanced.wait_log(rf"address={client}.*login|login.*address={client}")


def test_ipv6_between_balancer_and_server(balanced):
    with log_in(balanced, v2(CLIENT6, SERVER6), host="::1"):
        assert addresses(balanced) == [CLIENT6]


@pytest.mark.parametrize("header", [v1(), v2()], ids=["v1", "v2"])
def test_a_header_in_pieces(balanced, header):
    pieces = [header[i:i + 1] for i in range(len(header))]
    with Control("127.0.0.1", balanced.balanced, greet=False) as control:
        control.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            control.raw(piece)
            time.sleep(0.001)   # segments of their own
        assert control.reply().code == 220
        control.login("alice", balanced.user("alice").password)
        assert addresses(balanced) == [CLIENT]


def test_what_follows_the_header_is_the_sessions(balanced):
    with pass_on(balanced, v2() + b"USER alice\r\n") as control:
        assert control.greeting.code == 220
        assert control.reply().code == 331


@pytest.mark.parametrize("header", [
    b"USER alice\r\n", b"\x16\x03\x01\x02\0\x01", v2(spoil=1), v2(port=0), v1("0.0.0.0"), v1("224.0.0.1"),
    v1("255.255.255.255"), v2(CLIENT6, "ff02::1"), SIGNATURE + b"\x21\x11\0\x0b" + b"\1" * 12,
    SIGNATURE + b"\x21\x11\xff\xff", SIGNATURE + b"\x21\x31\0\0", b"PROXY " + b"x" * 120],
    ids=["command", "tls", "crc", "port", "unspecified", "multicast", "broadcast", "multicast6", "short", "long",
         "unix", "line"])
def test_a_wrong_header_is_refused(balanced, header):
    with pass_on(balanced, header) as control:
        assert control.greeting.code == 421 and "PROXY" in control.greeting.text
        assert control.ended()
    assert addresses(balanced) == []
    balanced.works()


def test_a_header_that_does_not_come(balanced):
    with pass_on(balanced, v2()[:20]) as control:
        assert control.greeting.code == 421 and "in time" in control.greeting.text
        assert control.ended()


def test_an_end_before_the_header_is_no_event(balanced):
    with pass_on(balanced, b"PROXY ", greet=False) as control:
        control.socket.shutdown(socket.SHUT_WR)
        assert control.ended()
    balanced.wait_log("debug.*ended the connection before its PROXY header")


def test_others_are_refused(balanced):
    """A client that connects to the listener itself can't forge an address."""
    with pass_on(balanced, b"", source="127.0.0.5") as control:
        assert control.greeting.code == 421 and "not allowed" in control.greeting.text
    assert addresses(balanced) == []


def test_a_header_to_a_listener_without_balancer_is_a_wrong_command(balanced):
    with Control("127.0.0.1", balanced.port) as control:
        control.raw(v1())
        assert control.reply().code in (500, 530)
        control.login("alice", balanced.user("alice").password)
        assert addresses(balanced) == ["127.0.0.1"]


@pytest.mark.parametrize("header", [LOCAL, b"PROXY UNKNOWN\r\n", v2(command=0)], ids=["v2", "v1", "v2-with-addresses"])
def test_the_balancers_own_connection(make_balanced, header):
    """A health check: answered at once, without a session, and without a line of the log above debug."""
    server = make_balanced(daemon={"max_sessions_per_address": 1, "connects_per_second": 1, "connects_at_once": 2})
    for _ in range(5):
        with pass_on(server, header) as control:
            assert control.greeting.code == 220
            assert control.reply().code == 221
            assert control.ended()

    def lines():
        return [line for line in server.log_text().splitlines() if "the balancer's own connection" in line]

    wait_for(lambda: len(lines()) == 5, what="five lines")
    assert all(" debug " in line for line in lines())
    assert " refused" not in server.log_text()


def test_limits_are_those_of_the_client(make_balanced):
    server = make_balanced(daemon={"max_sessions_per_address": 2})
    first = [pass_on(server, v2(port=port)) for port in (1, 2)]
    assert [control.greeting.code for control in first] == [220, 220]
    with pass_on(server, v2(port=3)) as third, pass_on(server, v2("198.51.100.8")) as other:
        assert third.greeting.code == 421 and "your address" in third.greeting.text
        assert other.greeting.code == 220
    server.wait_log(f"refused.*{CLIENT}|{CLIENT}.*refused")
    for control in first:
        control.close()


def test_bans_are_those_of_the_client(make_balanced):
    server = make_balanced(daemon={"ban_after": 2, "max_login_failures": 10})
    with pass_on(server, v2()) as control:
        for _ in range(2):
            try:
                control.command("USER alice", 331)
                control.command("PASS wrong")
            except Closed:
                break
        assert control.ended()
    with pass_on(server, v2()) as control:
        assert control.greeting.code == 421 and "banned" in control.greeting.text
    with log_in(server, v2("198.51.100.8")):
        pass
    assert CLIENT in ctl(server, "bans")


def test_addresses_that_may_not_connect(make_balanced):
    server = make_balanced(daemon={"denied_addresses": "198.51.100.0/24"})
    with pass_on(server, v2()) as control:
        assert control.greeting.code == 421 and "not allowed" in control.greeting.text
    with pass_on(server, v2("192.0.2.9")) as control:
        assert control.greeting.code == 220


def test_data_comes_from_the_client_itself(balanced):
    """The header names 127.0.0.9: data connections from there are taken, those of the balancer are not."""
    balanced.put("file", b"content")
    with log_in(balanced, v2("127.0.0.9")) as control:
        port = control.epsv()
        with socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.9", 0), timeout=20) as data:
            control.command("RETR file", 150)
            assert data.makefile("rb").read() == b"content"
        assert control.reply().code == 226
        port = control.epsv()
        with socket.socket() as data:
            data.settimeout(1)
            try:
                data.connect(("127.0.0.1", port))
                control.send("RETR file")
                assert data.recv(1) == b""
            except OSError:
                pass  # the kernel's filter lets no packet through


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.9", "169.254.7.7"])
def test_active_connections_go_to_no_address_of_the_server(make_balanced, peer):
    server = make_balanced(listener={"active": "yes"})
    with socket.socket() as listener, log_in(server, v2(peer)) as control:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        reply = control.command(f"EPRT |1|{peer}|{listener.getsockname()[1]}|")
        if reply.code == 200:
            reply = control.command("NLST")
            assert (control.reply() if reply.code == 150 else reply).code >= 400
        with pytest.raises(TimeoutError):
            listener.accept()


def test_active_connections_are_off_by_default(balanced):
    with log_in(balanced, v2()) as control:
        assert control.command(f"EPRT |1|{CLIENT}|40000|").code >= 500
    with balanced.login() as control:
        assert control.command("EPRT |1|127.0.0.1|40000|").code == 200


def test_at_most_256_wait_for_their_header(make_balanced):
    server = make_balanced()
    waiting = [pass_on(server, b"PROXY", greet=False) for _ in range(256)]
    with pass_on(server, b"") as one_more:
        assert one_more.greeting.code == 421 and "Too many" in one_more.greeting.text
    server.works()
    for control in waiting:
        control.close()
    wait_for(lambda: pass_on(server, v2()).greeting.code == 220, what="room again")


def test_a_greeter_that_dies_is_replaced(balanced):
    """What waits for its header goes to the next one."""
    [greeter] = balanced.processes("greeter")
    with pass_on(balanced, v2()[:20], greet=False) as control:
        os.kill(greeter.pid, signal.SIGKILL)
        balanced.wait_log("ward-greeter was ended by signal 9")
        wait_for(lambda: balanced.processes("greeter"), what="another greeter")
        control.raw(v2()[20:])
        assert control.reply().code == 220


def test_a_new_scribe_leaves_the_greeter_alone(balanced):
    [greeter] = balanced.processes("greeter")
    [scribe] = balanced.processes("scribe")
    os.kill(scribe.pid, signal.SIGKILL)
    wait_for(lambda: [p for p in balanced.processes("scribe") if p.pid != scribe.pid], what="another scribe")
    with log_in(balanced, v2()):
        assert addresses(balanced) == [CLIENT]
    assert [p.pid for p in balanced.processes("greeter")] == [greeter.pid]


def test_the_greeter_is_confined(balanced):
    [greeter] = balanced.processes("greeter")
    status = open(f"/proc/{greeter.pid}/status").read()
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
    assert sorted(int(fd) for fd in os.listdir(f"/proc/{greeter.pid}/fd")) == [0, 1, 2, 3, 4, 5]
    assert os.listdir(f"/proc/{greeter.pid}/root") == []


def test_a_reload_starts_and_ends_the_greeter(make_server):
    server = make_server()
    assert server.processes("greeter") == []
    server.balanced = free_port()
    server.overrides["listener balanced"] = {"address": f"127.0.0.1:{server.balanced}", "proxy_from": "127.0.0.0/8"}
    server.write_config()
    ctl(server, "reload")
    wait_for(lambda: server.processes("greeter"), what="a greeter")
    with log_in(server, v2()):
        pass
    del server.overrides["listener balanced"]
    server.write_config()
    ctl(server, "reload")
    wait_for(lambda: not server.processes("greeter"), what="the end of the greeter")
    server.works()


def test_an_upgrade(make_balanced):
    """Sessions stay; a connection whose header has not come yet is dropped; a new greeter reads the next one."""
    server = make_balanced(kind=Installed)
    try:
        server.start()
        [greeter] = server.processes("greeter")
        with log_in(server, v2()) as control, pass_on(server, v2()[:20], greet=False) as pending:
            server.install(NOW)
            ctl(server, "upgrade")
            assert pending.ended()
            control.command("NOOP", 200)
            wait_for(lambda: [p.pid for p in server.processes("greeter")] not in ([], [greeter.pid]), what="a new one")
            with log_in(server, v2(CLIENT6, SERVER6)):
                assert addresses(server) == [CLIENT, CLIENT6]
    finally:
        server.finish()


HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen ftp
    bind 127.0.0.1:{front}
    option tcp-check
    tcp-check expect rstring ^220
    server node 127.0.0.1:{back} {send} check inter 200ms
"""


@pytest.mark.full
@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
def test_haproxy(balanced, send, tmp_path):
    """The real one, with its health checks."""
    front = free_port()
    config = tmp_path / "haproxy.cfg"
    config.write_text(HAPROXY.format(front=front, back=balanced.balanced, send=send))
    balancer = subprocess.Popen(["haproxy", "-db", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        if "v2" in send:  # version 1 has no word for it: HAProxy's checks name its own address
            balanced.wait_log("the balancer's own connection")

        def answers():
            try:
                with Control("127.0.0.1", front, source="127.0.0.8") as control:
                    return control.greeting.code == 220
            except OSError:
                return False

        wait_for(answers, what="haproxy")
        with Control("127.0.0.1", front, source="127.0.0.8") as control:
            control.login("alice", balanced.user("alice").password)
            wait_who(balanced, lambda row: row["address"] == "127.0.0.8")
    finally:
        balancer.terminate()
        balancer.wait(20)
    assert run(balanced, "who").returncode == 0
