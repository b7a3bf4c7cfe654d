# SPDX-License-Identifier: BSD-2-Clause
"""Laws D2 and D6: the replies around a transfer are read one by one, and a data
connection that is not used ends in order, never by a reset."""

import os
import signal
import socket
import sys

import pytest

from control import read_all, segments
from proc import wait_for
from tls import TlsControl, tls_server

CLOSED, CLOSE_WAIT = 7, 8  # states of TCP
DRAINS = 4
NET_DESCRIPTORS = 20  # roles.h


@pytest.fixture(scope="module")
def both_server(make_shared_server):
    return tls_server(make_shared_server, {"user bob": {"max_file_size": "100000"}})


@pytest.fixture(params=["plain", "tls"])
def control(request, both_server):
    """Logged in; data connections are as the control connection."""
    if request.param == "plain":
        yield both_server.login()
    else:
        one = TlsControl(both_server)
        one.login("alice", both_server.user().password)
        one.command("TYPE I", 200)
        yield one.protect()
        one.close()


def is_tls(control):
    return isinstance(control, TlsControl)


def data_of(control, line, way):
    """Sends the command; the data connection, before any byte of it."""
    if way == "passive":
        data = socket.create_connection((control.host, control.epsv()), timeout=20)
        before = segments(control.socket)[1]
        control.send(line)
    else:
        with control.listen_data() as listener:
            before = segments(control.socket)[1]
            control.send(line)
            data = listener.accept()[0]
            data.settimeout(20)
    return data, before


@pytest.mark.parametrize("line", ["RETR file", "RETR empty", "LIST", "NLST", "MLSD"])
@pytest.mark.parametrize("way", ["passive", "active"])
def test_d6_the_150_and_the_226_are_segments_of_their_own(both_server, control, line, way):
    both_server.put("file", b"content")
    both_server.put("empty", b"")
    data, before = data_of(control, line, way)
    with data:
        content = read_all(control.wrap_data(data) if is_tls(control) else data)
        assert (content == b"") == (line == "RETR empty")
    assert [control.reply().code, control.reply().code] == [150, 226]
    assert segments(control.socket)[1] >= before + 2  # one more is a retransmission


CLIENT_HELLO = bytes.fromhex("16030100") + b"\xc8" + b"x" * 200  # the start of one is enough: it is not parsed

# What ends the data connection before it was used: the lines, and the codes of the replies.
UNUSED = {
    "550": (["RETR missing"], [550]),
    "550-list": (["LIST missing"], [550]),
    "550-stor": (["STOR no/such/place"], [550]),
    "501": (["RETR"], [501]),
    "501-mlsd": (["MLSD file"], [501]),
    "554": (["REST 999", "RETR file"], [350, 554]),
    "abor": (["ABOR"], [226]),
    "epsv": (["EPSV"], [229]),
    "port": (["PORT 127,0,0,1,200,200"], [200]),
}


def acknowledged(data):
    """All that was sent has reached the other side, or there is no other side any more."""
    info = data.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    return int.from_bytes(info[24:28], sys.byteorder) == 0 or info[0] == CLOSED


def ends_in_order(data):
    """The data connection's end of file, and no reset: not for what comes later either."""
    data.settimeout(10)
    assert data.recv(1) == b""
    data.sendall(b"more")
    wait_for(lambda: acknowledged(data), 10, "the bytes' arrival")
    assert data.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)[0] == CLOSE_WAIT
    assert data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


@pytest.mark.parametrize("case", UNUSED)
@pytest.mark.parametrize("order", ["early", "late"])
def test_d2_a_data_connection_that_is_not_used_ends_without_a_reset(both_server, control, case, order):
    """Early: accepted or in the backlog, with a ClientHello in it.  Late: on its way when the command was refused."""
    both_server.put("file", b"content")
    lines, codes = UNUSED[case]
    port = control.epsv()
    data = socket.create_connection((control.host, port), timeout=20) if order == "early" else None
    if data:
        data.sendall(CLIENT_HELLO)
    assert [control.command(line).code for line in lines] == codes
    if not data:
        data = socket.create_connection((control.host, port), timeout=20)
        data.sendall(CLIENT_HELLO)
    with data:
        ends_in_order(data)
    assert control.command("NOOP").code == 200


def descriptors(net):
    return len(os.listdir(net.path("fd")))


def test_d2_few_sockets_drain_and_not_for_long(both_server, control):
    """Clients that never close theirs: four are drained, the oldest go first, and all end after two seconds."""
    net, kept = both_server.net_of(control), []
    before = descriptors(net)
    for _ in range(3 * DRAINS):
        kept.append(socket.create_connection((control.host, control.epsv()), timeout=20))
        kept[-1].sendall(CLIENT_HELLO)
        assert control.command("RETR missing").code == 550
        assert descriptors(net) <= before + DRAINS
    ends_in_order(kept[-1])
    wait_for(lambda: descriptors(net) == before, 10, "the end of all of them")
    assert control.command("NOOP").code == 200
    for data in kept:
        data.close()


def test_d2_what_is_drained_holds_up_nothing(both_server, control):
    """A client that floods the connection of a refused STOR: the next command and the next transfer go on."""
    both_server.put("file", b"content")
    with socket.create_connection((control.host, control.epsv()), timeout=20) as data:
        assert control.command("STOR no/such/place").code == 550
        data.setblocking(False)
        for _ in range(50):
            try:
                data.send(b"x" * 65536)
            except BlockingIOError:
                pass
            assert control.command("NOOP").code == 200
        if is_tls(control):
            assert control.fetch_tls("RETR file")[0] == b"content"
        else:
            assert control.fetch("RETR file") == b"content"


@pytest.mark.parametrize("way", ["passive", "active"])
@pytest.mark.parametrize("end", ["552", "abor"])
def test_d2_an_upload_that_ends_early_ends_in_order(both_server, way, end):
    """The client goes on sending for a moment, and is not reset meanwhile."""
    control = both_server.login("bob")
    data, _ = data_of(control, "STOR big", way)
    with data:
        assert control.reply().code == 150
        data.sendall(b"x" * (200000 if end == "552" else 1000))
        if end == "abor":
            control.send("ABOR")
            assert [control.reply().code, control.reply().code] == [426, 226]
        else:
            assert control.reply().code == 552
        ends_in_order(data)


@pytest.mark.parametrize("way", ["epsv", "second"])
def test_d2_quit_leaves_no_reset(both_server, control, way):
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    data.sendall(CLIENT_HELLO)
    if way == "second":
        control.epsv()
    control.send("QUIT")
    assert control.reply().code == 221
    data.settimeout(10)
    assert data.recv(1) == b""
    data.close()


def test_d2_twenty_pasv_in_a_row(both_server, control):
    """Each gets a port of its own, whatever the client does with the ones before."""
    net, connected = both_server.net_of(control), []
    before = descriptors(net)
    for number in range(20):
        port = control.epsv()
        if number % 3:
            connected.append(socket.create_connection((control.host, port), timeout=20))
        assert descriptors(net) <= before + 1 + DRAINS
    for data in connected:
        data.close()
    wait_for(lambda: descriptors(net) == before + 1, 10, "the end of all but the last")


def has_pipe(net):
    return any(os.readlink(net.path(f"fd/{name}")).startswith("pipe:") for name in os.listdir(net.path("fd")))


def worst_case(server, control, net, kept):
    """An upload through a pipe together with four sockets that drain; the
    data connection, and how many descriptors NET has."""
    for _ in range(DRAINS):
        kept.append(socket.create_connection((control.host, control.epsv()), timeout=20))
        kept[-1].sendall(CLIENT_HELLO)
        control.command("RETR missing", 550)
    data = socket.create_connection((control.host, control.epsv()), timeout=20)
    control.command("STOR large", 150)
    data.sendall(b"x" * (1 << 20))
    wait_for(lambda: has_pipe(net), 10, "the pipe of a long upload")
    return data, descriptors(net)


def test_i2_a_net_at_its_worst_has_descriptors_to_spare(server):
    """All that one session can need at once, and a new dialer whose channel comes before the old one is closed."""
    control = server.login()
    net = server.net_of(control)
    seen, kept = 0, []
    for _ in range(5):
        data, count = worst_case(server, control, net, kept)
        seen = max(seen, count)
        old = server.one("dialer")
        os.kill(old.pid, signal.SIGKILL)
        server.restarted("dialer", old)
        data.close()
        assert control.reply().code == 226
        assert control.command("EPSV").code == 229, "the new dialer's channel has come"
        if seen == NET_DESCRIPTORS - 2:
            break  # else the machine was too slow: what drained had ended
    assert seen == NET_DESCRIPTORS - 2, "one more while a channel is replaced, one to spare"
    for one in kept:
        one.close()
