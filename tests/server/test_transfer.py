# SPDX-License-Identifier: BSD-2-Clause
"""Transfers and the names they go by: passive and active, IPv4 and IPv6, ASCII,
resumed, aborted, cut; laws U1 to U8, C1 to C3, D1 to D5, N1 to N5, R1 to R7."""

import ftplib
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from control import Closed, encode, net_has_read, read_all, reset, segments
from proc import ESTABLISHED, LISTEN, tcp_sockets, wait_for


def pattern(size):
    """No two stretches alike, so that a shifted byte shows."""
    return b"".join(b"%08x" % n for n in range(size // 8 + 1))[:size]


def partial_upload(control, line, content):
    """Sends content and breaks the data connection off; the last reply."""
    data = control.connect_data()
    control.command(line, 150)
    data.sendall(content)
    net_has_read(data)
    reset(data)
    return control.reply()


# passive and active, IPv4 and IPv6


WAYS = [(way, host) for way in ("EPSV", "PASV", "EPRT", "PORT") for host in ("127.0.0.1", "::1")]
WAYS.remove(("PORT", "::1"))  # it has no words for IPv6


@pytest.mark.parametrize("way, host", WAYS)
def test_every_kind_of_data_connection(shared_server, way, host):
    server, content = shared_server, pattern(100001)
    control = server.login(host=host)
    if host == "::1" and way == "PASV":
        assert control.command("PASV").code in (425, 500, 501, 502, 522)
        return
    for line, sent in (("STOR ways", content), ("RETR ways", b""), ("LIST", b"")):
        if way in ("EPSV", "PASV"):
            to = (host, control.epsv()) if way == "EPSV" else control.pasv()
            data = socket.create_connection(to, timeout=20)
            control.command(line, 150)
        else:
            with control.listen_data(way) as listener:
                control.send(line)
                data, peer = listener.accept()
            assert peer[0] == host
            assert control.reply().code == 150
        data.settimeout(20)
        data.sendall(sent)
        if sent:
            data.close()
        else:
            got = read_all(data)
            assert got == content if line.startswith("RETR") else b"ways" in got
            data.close()
        assert control.reply().code == 226
    assert server.read("ways") == content


def test_pasv_tells_the_address_of_the_control_connection(shared_server):
    host, port = shared_server.login().pasv()
    assert host == "127.0.0.1" and 30000 <= port <= 32700


def test_passive_ports_are_random_and_in_range(shared_server):
    control = shared_server.login()
    ports = [control.epsv() for _ in range(12)]
    assert all(30000 <= port <= 32700 for port in ports)
    assert len(set(ports)) > 8
    steps = {b - a for a, b in zip(ports, ports[1:])}
    assert len(steps) > 4


def test_d2_a_second_pasv_closes_the_first(shared_server):
    control = shared_server.login()
    first, second = control.epsv(), control.epsv()

    def refused():
        try:
            with socket.create_connection((control.host, first), timeout=0.5) as probe:
                return probe.recv(1) == b""
        except OSError:
            return True

    wait_for(refused, 5, "the end of the first port")
    with socket.create_connection((control.host, second), timeout=10) as data:
        control.command("NLST", 150)
        read_all(data)
    assert control.reply().code == 226


def test_d2_exhausted_ports_are_425(make_server):
    server = make_server(config={"listener default": {"passive_ports": "29990-29991"}})
    first, second, third = server.login(), server.login("bob"), server.login("bob")
    first.epsv(), second.epsv()
    assert third.command("EPSV").code in (421, 425)
    first.command("QUIT", 221)
    wait_for(lambda: third.command("EPSV").code == 229, 10, "a free port")


def test_epsv_with_arguments(shared_server):
    control = shared_server.login()
    assert control.command("EPSV 1").code == 229
    assert control.command("EPSV 3").code == 522
    assert control.command("EPSV nonsense").code in (501, 522)
    assert control.command("EPSV ALL").code == 200
    for line in ("PASV", "PORT 127,0,0,1,200,200", "EPRT |1|127.0.0.1|51400|"):
        assert 500 <= control.command(line).code < 600, line
    assert control.fetch("NLST") is not None


def test_d1_a_stranger_is_dropped_and_the_right_one_served(shared_server):
    server = shared_server
    server.put("d1", b"for alice only")
    control = server.login()
    port = control.epsv()
    stranger = socket.socket()
    stranger.bind(("127.0.0.66", 0))
    stranger.settimeout(0.5)
    try:
        stranger.connect(("127.0.0.1", port))
        came_in = True
    except OSError:
        came_in = False
    control.send("RETR d1")
    if came_in:
        try:
            assert stranger.recv(100) == b""
        except (TimeoutError, ConnectionError):
            pass
    with socket.create_connection(("127.0.0.1", port), timeout=10) as data:
        assert control.reply().code == 150
        assert read_all(data) == b"for alice only"
    assert control.reply().code == 226
    stranger.close()


@pytest.mark.parametrize("line", [
    "PORT 127,0,0,9,200,200", "PORT 8,8,8,8,200,200", "EPRT |1|127.0.0.9|51400|", "EPRT |2|::1|51400|",
    "PORT 127,0,0,1,0,25", "PORT 127,0,0,1,3,255", "EPRT |1|127.0.0.1|1023|", "EPRT |1|127.0.0.1|65536|",
    "EPRT |1|127.0.0.1|18446744073709551616|", "PORT 127,0,0,1,256,1", "PORT 127,0,0,1,200", "PORT", "EPRT",
    "EPRT |3|x|51400|", "EPRT |1|127.0.0.1|51400", "PORT 127,0,0,1,200,200,200", "PORT a,b,c,d,e,f",
    "PORT -1,0,0,1,200,200", "EPRT |1|127.0.0.1|0|"])
def test_d1_no_bounce_and_no_odd_ports(shared_server, line):
    control = shared_server.login()
    reply = control.command(line)
    assert reply.code in (500, 501, 504, 522), reply
    assert control.command("LIST").code in (425, 503)
    assert control.command("NOOP").code == 200


def test_active_off(make_server):
    server = make_server(config={"listener default": {"active": "no"}})
    control = server.login()
    assert 500 <= control.command("PORT 127,0,0,1,200,200").code < 505
    assert control.fetch("NLST") == b""


@pytest.mark.parametrize("order", ["early", "late"])
def test_d3_early_and_late_data_connections(shared_server, order):
    server = shared_server
    server.put("d3", b"content")
    control = server.login()
    port = control.epsv()
    if order == "early":
        data = socket.create_connection((control.host, port), timeout=10)
        control.send("RETR d3")
    else:
        control.send("RETR d3")
        control.send("NOOP")
        data = socket.create_connection((control.host, port), timeout=10)
    assert read_all(data) == b"content"
    codes = [control.reply().code for _ in range(2 if order == "early" else 3)]
    assert codes.index(150) < codes.index(226), codes
    data.close()


@pytest.fixture(scope="module")
def impatient(make_shared_server):
    return make_shared_server(config={"daemon": {"connect_timeout": 1, "data_timeout": 2}})


def test_d3_a_data_connection_that_never_comes_is_425(impatient):
    impatient.put("d3", b"content")
    control = impatient.login()
    control.epsv()
    began = time.monotonic()
    control.send("RETR d3")
    reply = control.reply()
    if reply.code == 150:
        reply = control.reply()
    assert reply.code == 425 and 0.5 < time.monotonic() - began < 20
    assert control.fetch("RETR d3") == b"content"


def test_d3_an_active_connection_that_is_refused_is_425(impatient):
    impatient.put("d3", b"content")
    control = impatient.login()
    control.listen_data().close()
    control.send("RETR d3")
    reply = control.reply()
    if reply.code == 150:
        reply = control.reply()
    assert reply.code == 425
    assert control.fetch("RETR d3") == b"content"


def test_d5_a_stall_is_cut(impatient):
    control = impatient.login()
    data = control.connect_data()
    control.command("STOR stalled", 150)
    began = time.monotonic()
    data.sendall(b"some")
    assert control.reply().code == 426
    assert 1 < time.monotonic() - began < 20
    data.close()
    assert impatient.read("stalled") == b"some"
    assert control.command("NOOP").code == 200


def test_transfer_without_data_connection_is_425_or_503(shared_server):
    control = shared_server.login()
    for line in ("LIST", "RETR nothing", "STOR nothing2"):
        assert control.command(line).code in (425, 503, 550), line
    assert not os.path.exists(shared_server.home("alice", "nothing2"))


def test_one_data_connection_serves_one_transfer(shared_server):
    control = shared_server.login()
    control.fetch("NLST")
    assert control.command("NLST").code in (425, 503)


# D4: the control connection lives


def big_file(server, size=64 << 20):
    path = server.home("alice", "big")
    with open(path, "wb") as file:
        file.truncate(size)
    os.chmod(path, 0o644)
    return size


@pytest.mark.parametrize("line", ["RETR small", "MLSD"])
@pytest.mark.parametrize("way", ["passive", "active"])
def test_a_small_file_and_its_end_are_one_segment(shared_server, line, way):
    shared_server.put("small", b"f" * 1000)
    control = shared_server.login()
    if way == "passive":
        data = control.connect_data()
        before = segments(data)[0]
        control.send(line)
    else:
        with control.listen_data() as listener:
            control.send(line)
            data, before = listener.accept()[0], 2  # the SYN, and the ACK of ours
    with data:
        data.settimeout(20)
        assert read_all(data)
        assert segments(data) == (before + 1, 1)
    assert [control.reply().code, control.reply().code] == [150, 226]


def test_d4_commands_during_a_transfer(shared_server):
    size = big_file(shared_server)
    control = shared_server.login()
    with control.connect_data() as data:
        control.command("RETR big", 150)
        data.recv(1)
        assert control.command("NOOP").code == 200
        assert control.command("STAT").code in (211, 212, 213)
        control.send("QUIT")
        total = 1
        while part := data.recv(1 << 20):
            total += len(part)
    assert total == size
    assert [control.reply().code, control.reply().code] == [226, 221]
    assert control.ended()


@pytest.mark.parametrize("telnet", [False, True], ids=["plain", "telnet"])
def test_abor_of_a_download(shared_server, telnet):
    big_file(shared_server)
    control = shared_server.login()
    data = control.connect_data()
    control.command("RETR big", 150)
    data.recv(1)
    if telnet:
        control.raw(b"\xff\xf4")
        control.socket.send(b"\xff", socket.MSG_OOB)
        control.raw(b"\xf2ABOR\r\n")
    else:
        control.send("ABOR")
    assert control.reply().code == 426
    assert control.reply().code == 226
    try:
        read_all(data)
    except ConnectionError:
        pass
    data.close()
    assert control.fetch("NLST big") == b"big\r\n"


def test_abor_of_an_upload_keeps_what_came(shared_server):
    control = shared_server.login()
    data = control.connect_data()
    control.command("STOR aborted", 150)
    data.sendall(b"what came")
    net_has_read(data)
    assert control.command("ABOR").code == 426
    assert control.reply().code == 226
    data.close()
    assert shared_server.read("aborted") == b"what came"


def test_abor_without_a_transfer(shared_server):
    control = shared_server.login()
    assert control.command("ABOR").code == 226
    control.epsv()
    assert control.command("ABOR").code in (225, 226)
    assert control.fetch("NLST") is not None


def test_abor_while_the_data_connection_is_awaited(shared_server):
    shared_server.put("waited", b"x")
    control = shared_server.login()
    control.epsv()
    control.send("RETR waited")
    control.send("ABOR")
    codes = [control.reply().code]
    while codes[-1] != 226:
        codes.append(control.reply().code)
    assert codes[-2] in (425, 426), codes
    assert control.fetch("RETR waited") == b"x"


def test_a_download_cut_by_the_client_is_426(shared_server):
    big_file(shared_server)
    control = shared_server.login()
    data = control.connect_data()
    control.command("RETR big", 150)
    data.recv(1)
    reset(data)
    assert control.reply().code == 426
    assert control.fetch("NLST big") == b"big\r\n"


def test_a_file_that_becomes_shorter_meanwhile_is_451(shared_server):
    """The 150 said how many bytes: fewer are no version of the file."""
    size = big_file(shared_server)
    control = shared_server.login()
    data = control.connect_data()
    control.command("RETR big", 150)
    data.recv(1)
    os.truncate(shared_server.home("alice", "big"), size // 64)
    read_all(data)
    data.close()
    assert control.reply().code == 451


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_u3_a_client_that_has_gone_has_not_ended_its_upload(make_server, uploads):
    """When a client dies its kernel ends both connections in order: then the end of the data is no end of the file."""
    server = make_server(config={"defaults": {"uploads": uploads}})
    server.put("old", b"the old version")
    for name in ("old", "new"):
        control = server.login()
        data = control.connect_data()
        control.command("STOR " + name, 150)
        data.sendall(b"half of the new")
        control.socket.close()
        data.close()
        server.wait_log(rf"upload path=\"/{name}\" bytes=15 .*reply=426")
    assert server.read("new") == b"half of the new", "kept, to be resumed"
    assert server.read("old") == (b"the old version" if uploads == "atomic" else b"half of the new")


@pytest.mark.parametrize("active", [False, True])
def test_u3_a_client_that_was_killed_has_not_ended_its_upload(server, active):
    """As above, by a real one: curl, kill -9, whichever of its connections the kernel closes first."""
    large = server.path("large")
    with open(large, "wb") as file:
        file.truncate(20 << 20)
    command = ["curl", "-s", "--limit-rate", "1M", *(["-P", "-"] if active else []), "-T", large,
               f"ftp://alice:{server.user().password}@{server.host}:{server.port}/killed"]
    with subprocess.Popen(command) as client:
        wait_for(lambda: any(os.stat(server.home("alice", name)).st_size for name in os.listdir(server.home())),
                 what="the first bytes")
        net, = server.busy_nets()
        os.kill(net.pid, signal.SIGSTOP)
        client.kill()
    wait_for(lambda: all(tcp_sockets()[inode]["state"] != ESTABLISHED for inode in net.socket_inodes()
                         if inode in tcp_sockets()), what="the ends of both connections")
    os.kill(net.pid, signal.SIGCONT)
    server.wait_log(r'upload path="/killed" .*incomplete reply=426')
    wait_for(lambda: os.listdir(server.home()) == ["killed"], what="what came, under its name")


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_u3_a_client_that_goes_while_the_disk_is_waited_for_has_not_ended_its_upload(make_server, uploads):
    """A dying client's data connection may end a moment before the
    other: the 226 is not due before the disk has it all."""
    server = make_server(config={"defaults": {"uploads": uploads}})
    control = server.login()
    data = control.connect_data()
    control.command("STOR new", 150)
    data.sendall(b"half")
    jail = server.jail_of("alice")
    wait_for(lambda: any(os.stat(server.home("alice", name)).st_size for name in os.listdir(server.home())),
             what="the bytes")
    os.kill(jail.pid, signal.SIGSTOP)
    data.close()
    net = server.net_of(control)
    control.socket.close()
    wait_for(lambda: not any(s["state"] == ESTABLISHED for i, s in tcp_sockets().items() if i in net.socket_inodes()),
             what="the end of the control connection")
    os.kill(jail.pid, signal.SIGCONT)
    server.wait_log(r'upload path="/new" bytes=4 .*incomplete reply=426')


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_u5_allo_is_a_maximum(make_server, uploads):
    """RFC 959 4.1.3: a reservation.  A camera that announces 4,096 bytes and sends 3,000 has sent all of its file."""
    server = make_server(config={"defaults": {"uploads": uploads}})
    server.put("old", b"the old version")
    control = server.login()
    for name in ("old", "new"):
        control.command("ALLO 4096", 200)
        control.store("STOR " + name, b"x" * 3000, 226)
        assert server.read(name) == b"x" * 3000
    for size in (0, 4, 5, 100):
        control.command(f"ALLO {size}", 200)
        control.store("STOR old", b"whole", 226)
        assert server.read("old") == b"whole"
    # the whole file's size, or that of what is still to come: clients send either
    for announced in (100, 10, 5):
        for line in ("APPE old", "STOR old"):
            server.put("old", b"whole")
            if line[0] == "S":
                control.command("REST 5", 350)
            control.command(f"ALLO {announced}", 200)
            control.store(line, b"again", 226)
            assert server.read("old") == b"wholeagain"
    control.command("TYPE A", 200), control.command("ALLO 4", 200)
    control.store("STOR text", b"a\r\nb\r\n", 226)


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_u6_allo_saves_no_upload_whose_client_has_died(make_server, uploads):
    """Both connections end together: the upload was cut, whatever ALLO announced."""
    server = make_server(config={"defaults": {"uploads": uploads}})
    control = server.login()
    control.command("ALLO 4096", 200)
    data = control.connect_data()
    control.command("STOR new", 150)
    data.sendall(b"x" * 3000)
    net_has_read(data)
    control.close()
    data.close()
    server.wait_log(r'upload path="/new" bytes=3000 .*incomplete reply=426')


def test_u3_who_said_quit_has_ended_the_upload(server):
    control = server.login()
    data = control.connect_data()
    control.raw(b"STOR new\r\nQUIT\r\n")
    control.socket.shutdown(socket.SHUT_WR)
    assert control.reply().code == 150
    data.sendall(b"all of it")
    data.close()
    assert [control.reply().code, control.reply().code] == [226, 221]
    assert server.read("new") == b"all of it"


# resume


def test_resumed_download(shared_server):
    content = pattern(100000)
    shared_server.put("resume", content)
    control = shared_server.login()
    for at in (0, 1, 8191, 8192, 99999, 100000):
        control.command(f"REST {at}", 350)
        assert control.fetch("RETR resume") == content[at:], at


def test_resumed_upload(shared_server):
    content = pattern(100000)
    control = shared_server.login()
    control.store("STOR part", content[:40000])
    control.command("REST 40000", 350)
    control.store("STOR part", content[40000:])
    assert shared_server.read("part") == content


def test_u4_an_offset_cuts_nothing_behind(shared_server):
    control = shared_server.login()
    control.store("STOR hole", b"0123456789")
    control.command("REST 3", 350)
    control.store("STOR hole", b"xy")
    assert shared_server.read("hole") == b"012xy56789"


def test_u4_rest_survives_what_lies_between(shared_server):
    shared_server.put("u4", b"0123456789")
    control = shared_server.login()
    control.command("REST 4", 350)
    for line in ("TYPE I", "NOOP", "PWD", "SIZE u4", "PASV", "EPSV", "EPRT |1|127.0.0.1|51400|", "STAT"):
        control.command(line)
    assert control.fetch("RETR u4") == b"456789"
    assert control.fetch("RETR u4") == b"0123456789", "REST is for one transfer"


def test_u4_a_failed_transfer_clears_rest(shared_server):
    shared_server.put("u4", b"0123456789")
    control = shared_server.login()
    control.command("REST 4", 350)
    control.epsv()
    control.command("RETR missing", 550)
    assert control.fetch("RETR u4") == b"0123456789"
    control.command("REST 4", 350)
    control.command("ABOR", 225, 226)
    assert control.fetch("RETR u4") == b"0123456789"


def test_u4_beyond_the_end_is_554(shared_server):
    shared_server.put("u4", b"0123456789")
    control = shared_server.login()
    for line in ("STOR u4", "RETR u4", "STOR u4-new"):
        control.command("REST 11", 350)
        control.epsv()
        assert control.command(line).code == 554, line
    assert shared_server.read("u4") == b"0123456789"
    assert not os.path.exists(shared_server.home("alice", "u4-new"))


@pytest.mark.parametrize("number", ["9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "x", "",
                                    "1 2", "0x10"])
def test_rest_numbers(shared_server, number):
    shared_server.put("u4", b"0123456789")
    control = shared_server.login()
    reply = control.command(f"REST {number}")
    assert reply.code == (350 if number == "9223372036854775807" else 501), reply
    if reply.code == 350:
        control.epsv()
        assert control.command("STOR u4").code == 554
        assert shared_server.read("u4") == b"0123456789"


def test_append(shared_server):
    control = shared_server.login()
    control.store("APPE log", b"one")
    control.store("APPE log", b"two")
    assert shared_server.read("log") == b"onetwo"


# ASCII


def ascii_pattern(size):
    """Lines of many lengths, so that ends fall on every boundary of a buffer."""
    lines, total, n = [], 0, 0
    while total < size:
        lines.append(b"%d" % n + b"x" * (n % 131))
        total += len(lines[-1]) + 1
        n += 1
    return lines


def test_ascii_download(shared_server):
    lines = ascii_pattern(400000)
    shared_server.put("text", b"\n".join(lines))
    control = shared_server.login()
    control.command("TYPE A", 200)
    assert control.fetch("RETR text") == b"\r\n".join(lines)


def test_ascii_download_adds_no_second_cr(shared_server):
    shared_server.put("dos", b"a\r\nb\nc\rd\r\r\n\n")
    control = shared_server.login()
    control.command("TYPE A N", 200)
    assert control.fetch("RETR dos") == b"a\r\nb\r\nc\rd\r\r\n\r\n"


def test_ascii_upload(shared_server):
    lines = ascii_pattern(400000)
    control = shared_server.login()
    control.command("TYPE A", 200)
    control.store("STOR text-up", b"\r\n".join(lines))
    assert shared_server.read("text-up") == b"\n".join(lines)


def test_ascii_upload_in_pieces(shared_server):
    """CR and LF in different segments; a CR alone stays."""
    control = shared_server.login()
    control.command("TYPE A", 200)
    with control.connect_data() as data:
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        control.command("STOR pieces", 150)
        for piece in (b"a\r", b"\nb\r", b"c\r\r", b"\n", b"\r\n\r"):
            data.sendall(piece)
            net_has_read(data)
    assert control.reply().code == 226
    assert shared_server.read("pieces") == b"a\nb\rc\r\n\n\r"


def test_ascii_refusals(shared_server):
    shared_server.put("text", b"x\n")
    control = shared_server.login()
    control.command("TYPE A", 200)
    assert control.command("SIZE text").code == 550
    assert control.command("REST 0").code == 350
    reply = control.command("REST 1")
    if reply.code == 350:
        control.epsv()
        reply = control.command("RETR text")
    assert 500 <= reply.code < 600
    control.command("TYPE I", 200)
    assert control.command("SIZE text").lines == ["213 2"]


def test_types(shared_server):
    control = shared_server.login()
    for line, code in (("TYPE I", 200), ("TYPE L 8", 200), ("TYPE A N", 200), ("TYPE A T", 200), ("TYPE a", 200),
                       ("TYPE E", 504), ("TYPE L 7", 504), ("TYPE Q", 504), ("MODE B", 504), ("STRU R", 504)):
        reply = control.command(line)
        assert reply.code == code or (code == 504 and reply.code == 501), (line, reply)


# uploads


def test_u1_nothing_happens_before_the_data_connection_stands(impatient):
    impatient.put("u1", b"the old content")
    control = impatient.login()
    for name in ("u1", "u1-new"):
        control.epsv()
        control.send("STOR " + name)
        reply = control.reply()
        if reply.code == 150:
            reply = control.reply()
        assert reply.code == 425
    assert impatient.read("u1") == b"the old content"
    assert sorted(n for n in os.listdir(impatient.home()) if "u1" in n) == ["u1"]


@pytest.mark.parametrize("name", ["dir", "no/such/parent", "/", "..", "dir/"])
def test_u1_what_can_be_refused_is_refused_before_the_150(shared_server, name):
    if not os.path.isdir(shared_server.home("alice", "dir")):
        shared_server.mkdir("dir")
    control = shared_server.login()
    control.epsv()
    assert control.command("STOR " + name).code in (550, 553)


def test_u2_readers_see_the_old_version_until_the_226(server):
    server.put("u2", b"the old version")
    writer, reader = server.login(), server.login()
    data = writer.connect_data()
    writer.command("STOR u2", 150)
    data.sendall(b"the new")
    net_has_read(data)
    assert reader.fetch("RETR u2") == b"the old version"
    for line in ("LIST -a", "NLST -a", "NLST", "MLSD", "LIST"):
        rows = [row for row in reader.fetch(line).split(b"\r\n") if row
                and not row.endswith((b" .", b" ..", b"\n.", b"\n.."))]
        names = [row for row in rows if row not in (b".", b"..")]
        names = [row for row in names if b"type=cdir" not in row.lower() and b"type=pdir" not in row.lower()]
        assert len(names) == 1 and names[0].endswith(b"u2"), (line, names)
    data.close()
    assert writer.reply().code == 226
    assert reader.fetch("RETR u2") == b"the new"
    assert os.listdir(server.home()) == ["u2"]


def test_u2_a_link_is_followed_and_stays_a_link(server):
    server.put("real", b"old")
    os.symlink("real", server.home("alice", "link"))
    control = server.login()
    control.store("STOR link", b"new")
    assert os.path.islink(server.home("alice", "link"))
    assert server.read("real") == b"new"


def test_u2_the_mode_of_a_replaced_file_stays(server):
    server.put("script", b"old", mode=0o750)
    control = server.login()
    control.store("STOR script", b"new")
    assert os.stat(server.home("alice", "script")).st_mode & 0o777 == 0o750


def test_u3_a_new_file_that_was_cut_is_kept_for_resuming(server):
    content = pattern(50000)
    control = server.login()
    assert partial_upload(control, "STOR cut", content[:30000]).code == 426
    assert control.command("SIZE cut").lines == ["213 30000"]
    control.command("REST 30000", 350)
    control.store("STOR cut", content[30000:])
    assert server.read("cut") == content


def test_u3_an_existing_file_stays_when_its_upload_is_cut(server):
    server.put("cut", b"the old version")
    control = server.login()
    assert partial_upload(control, "STOR cut", b"half of the new").code == 426
    assert server.read("cut") == b"the old version"
    for line, rest in (("STOR cut", 16), ("APPE cut", 0)):
        control.command(f"REST {rest}", 350)
        control.epsv()
        reply = control.command(line, 554)
        assert line == "APPE cut" or "15 bytes" in reply.text
    assert [name for name in control.fetch("NLST -a").split(b"\r\n") if name.strip(b".")] == [b"cut"]
    control.store("STOR cut", b"the whole new one")
    assert server.read("cut") == b"the whole new one"
    assert os.listdir(server.home()) == ["cut"]
    control.store("APPE cut", b"!")


def test_u3_delete_clears_the_part(server):
    server.put("cut", b"the old version")
    control = server.login()
    partial_upload(control, "STOR cut", b"half")
    control.command("DELE cut", 250)
    assert os.listdir(server.home()) == []


def test_u3_rmd_takes_the_part_along(server):
    server.mkdir("dir")
    server.put("dir/cut", b"old")
    control = server.login()
    partial_upload(control, "STOR dir/cut", b"half")
    os.unlink(server.home("alice", "dir", "cut"))
    assert os.listdir(server.home("alice", "dir"))
    control.command("RMD dir", 250)


@pytest.mark.parametrize("half", ["net", "jail"])
def test_u3_after_a_kill_the_next_session_settles(server, half):
    import signal
    server.put("old", b"the old version")
    for name in ("old", "new"):
        control = server.login()
        data = control.connect_data()
        control.command("STOR " + name, 150)
        data.sendall(b"what came")
        net_has_read(data)
        victim = server.net_of(control) if half == "net" else server.jail_of("alice")
        os.kill(victim.pid, signal.SIGKILL)
        wait_for(lambda: not victim.alive(), 5, "its end")
        data.close()
        wait_for(lambda: not [p for p in server.processes("jail") if p.runs_as(5001)], 10, "the end of the JAIL")
    control = server.login()
    assert control.fetch("RETR old") == b"the old version"
    control.command("SIZE new")
    control.store("STOR old", b"complete")
    control.store("STOR new", b"complete")
    assert server.read("old") == server.read("new") == b"complete"
    assert sorted(os.listdir(server.home())) == ["new", "old"]


def test_u7_direct_uploads_write_in_place(make_server):
    server = make_server(config={"defaults": {"uploads": "direct"}})
    server.put("direct", b"the old version")
    inode = os.stat(server.home("alice", "direct")).st_ino
    control = server.login()
    control.store("STOR direct", b"new")
    assert server.read("direct") == b"new"
    assert os.stat(server.home("alice", "direct")).st_ino == inode


def test_u8_stou_names_its_file(server):
    server.put("taken", b"x")
    control = server.login()
    seen = set()
    for _ in range(2):
        with control.connect_data() as data:
            reply = control.command("STOU", 150)
            data.sendall(b"unique")
        assert control.reply().code == 226
        name = re.search(r"FILE: (.+)", reply.text).group(1)
        assert server.read(name.strip()) == b"unique"
        seen.add(name)
    assert len(seen) == 2


def test_c1_a_second_writer_is_450(server):
    first, second = server.login(), server.login()
    data = first.connect_data()
    first.command("STOR same", 150)
    data.sendall(b"first")
    net_has_read(data)
    for line in ("STOR same", "APPE same"):
        second.epsv()
        assert second.command(line).code == 450, line
    data.close()
    assert first.reply().code == 226
    second.store("STOR same", b"second")
    assert server.read("same") == b"second"


def test_c2_what_is_uploaded_is_not_moved_or_deleted(server):
    server.put("same", b"old")
    server.put("other", b"other")
    first, second = server.login(), server.login()
    data = first.connect_data()
    first.command("STOR same", 150)
    data.sendall(b"new")
    net_has_read(data)
    assert second.command("DELE same").code == 450
    reply = second.command("RNFR same")
    if reply.code == 350:
        reply = second.command("RNTO elsewhere")
    assert reply.code == 450
    second.command("RNFR other", 350)
    assert second.command("RNTO same").code == 450
    data.close()
    assert first.reply().code == 226
    assert server.read("same") == b"new" and server.read("other") == b"other"


def test_c2_a_reader_finishes_with_the_version_it_opened(server):
    content = os.urandom(30 << 20)
    server.put("read", content)
    reader, other = server.login(), server.login()
    data = reader.connect_data()
    reader.command("RETR read", 150)
    got = data.recv(1)
    other.store("STOR read", b"another")
    other.command("DELE read", 250)
    got += read_all(data)
    assert reader.reply().code == 226
    assert got == content


def test_c3_a_killed_writer_frees_the_name_at_once(server):
    import signal
    first, second = server.login(), server.login()
    data = first.connect_data()
    first.command("STOR same", 150)
    data.sendall(b"first")
    os.kill(server.net_of(first).pid, signal.SIGKILL)
    wait_for(lambda: len([p for p in server.processes("jail") if p.runs_as(5001)]) == 1, 10, "the JAIL's end")
    second.store("STOR same", b"second")
    assert server.read("same") == b"second"
    data.close()


def test_u5_a_full_disk_is_452_and_the_old_version_stays(server):
    import subprocess
    mount = server.mkdir("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0777", "tmpfs", mount]).returncode:
        pytest.skip("a tmpfs can't be mounted here")
    try:
        with open(os.path.join(mount, "old"), "wb") as file:
            file.write(b"the old version")
        os.chmod(os.path.join(mount, "old"), 0o666)
        os.chown(os.path.join(mount, "old"), 5001, 5001)
        control = server.login()
        with control.connect_data() as data:
            control.command("STOR small/old", 150)
            try:
                data.sendall(b"x" * (4 << 20))
            except ConnectionError:
                pass
            data.close()
        assert re.match(r"452 .*\d+ bytes", control.reply().text), "law U5: with the numbers"
        assert server.read("small/old") == b"the old version"
        assert control.command("NOOP").code == 200
        control.command("QUIT", 221)
        wait_for(lambda: len(server.idle_nets()) == len(server.processes("net")), 5, "the end of the session")
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


# names

ODD = [b"plain", b" leading", b"trailing ", b"-dash", b"--", b"'quote'", b'double"quote', b"[set]", b"a*b", b"q?",
       b"back\\slash", b"~tilde", b"semi;colon", b"tab\there", b"\xff\xfe latin", b"\xe4\xf6\xfc", "zürich".encode(),
       "日本".encode(), b"%41", b"...", b"a" * 255, b"esc\x1b[31m", b"cr\rinside", b"a -> b", b"$(id)", b"|pipe", b".dot",
       b"\x01", b"\x7f", b"\xf0\x9f\x8e\x89"]


def on_the_wire(name):
    """0xFF before 240 and up is doubled; CR is sent as CR NUL (RFC 2640)."""
    return name.replace(b"\xff", b"\xff\xff").replace(b"\r", b"\r\0")


def test_n1_every_name_goes_through_every_command(server):
    control = server.login()
    home = os.fsencode(server.home())
    for number, name in enumerate(ODD):
        wire, content = on_the_wire(name), b"content %d" % number
        control.store(b"STOR " + wire, content)
        assert open(os.path.join(home, name), "rb").read() == content, name
        assert control.fetch(b"RETR " + wire) == content, name
        assert control.command(b"SIZE " + wire).code == 213, name
        assert control.command(b"MDTM " + wire).code == 213, name
        assert control.command(b"MLST " + wire).code == 250, name
        control.command(b"RNFR " + wire, 350)
        control.command(b"RNTO renamed", 250)
        assert os.path.exists(os.path.join(home, b"renamed")), name
        control.command(b"RNFR renamed", 350)
        control.command(b"RNTO " + wire, 250)
        control.command(b"DELE " + wire, 250)
        control.command(b"MKD " + wire, 257)
        control.command(b"CWD " + wire, 250)
        shown = encode(control.command("PWD", 257).text)
        quoted = b'257 "/' + name.replace(b'"', b'""') + b'"'
        assert without_telnet(shown).startswith(quoted) or b"\r" in name, (name, shown)
        control.command("CDUP", 200, 250)
        control.command(b"RMD " + wire, 250)
    assert os.listdir(home) == []


def without_telnet(text):
    return text.replace(b"\xff\xff", b"\xff").replace(b"\r\0", b"\r")


def test_n1_every_name_is_listed(server):
    home = os.fsencode(server.home())
    for name in ODD:
        with open(os.path.join(home, name), "wb") as file:
            file.write(b"x")
    control = server.login()
    shown = {name for name in ODD if b"\r" not in name}  # some clients take a CR for the line's end
    listed = [row for row in control.fetch("NLST").split(b"\r\n") if row]
    assert sorted(listed) == sorted(shown)
    facts = {row.partition(b" ")[2] for row in control.fetch("MLSD").split(b"\r\n") if b"type=file" in row.lower()}
    assert facts == shown
    long_rows = [row for row in control.fetch("LIST").split(b"\r\n") if row]
    shown = [bytes(ord("?") if byte < 32 or byte == 127 else byte for byte in name) for name in ODD]
    assert sorted(row.split(None, 7)[7].split(b" ", 1)[1] for row in long_rows) == sorted(shown)


def test_n1_a_line_feed_is_refused(server):
    open(server.home("alice", "line\nfeed"), "w").close()
    open(server.home("alice", "two\x01\n"), "w").close()
    control = server.login()
    assert control.fetch("NLST") == b""
    rows = control.fetch("LIST").strip().split(b"\r\n")
    assert [row.split()[-1] for row in rows] == [b"line?feed", b"two??"]
    assert len(control.fetch("MLSD").strip().split(b"\n")) == 1, "."


def test_n1_what_ftplib_shows(server):
    names = ["zürich", "with space", "semi;colon", " leading", "日本"]
    for name in names:
        server.put(name, b"x")
    ftp = server.ftp()
    assert sorted(ftp.nlst()) == sorted(names)
    assert sorted(name for name, facts in ftp.mlsd() if facts["type"] == "file") == sorted(names)
    ftp.quit()


def test_n2_globs_only_in_listings_and_only_where_no_name_is_literal(server):
    for name in ("a1", "a2", "b1", "a*"):
        server.put(name, name.encode())
    control = server.login()
    assert control.fetch("NLST a*") == b"a*\r\n"
    assert sorted(control.fetch("NLST ?1").split()) == [b"a1", b"b1"]
    assert sorted(control.fetch("NLST [ab]1").split()) == [b"a1", b"b1"]
    control.epsv()
    control.command("RETR ?1", 550)
    assert control.fetch("RETR a*") == b"a*"


def test_n2_dot_files(make_server):
    server = make_server(config={"defaults": {"hide_dot_files": "yes"}})
    server.put(".hidden", b"x")
    control = server.login()
    assert b".hidden" not in control.fetch("LIST") and b".hidden" not in control.fetch("NLST")
    assert b".hidden" in control.fetch("MLSD") and b".hidden" in control.fetch("LIST -a")
    assert control.fetch("RETR .hidden") == b"x"


def test_n3_listing_flags_and_prefixes(server):
    server.mkdir("dir")
    server.put("dir/file", b"x")
    server.put("-la", b"dash")
    control = server.login()
    assert control.fetch("NLST dir") == b"dir/file\r\n"
    assert control.fetch("LIST -la dir").rstrip().endswith(b" file")
    assert b"file" in control.fetch("LIST -alR dir")
    assert control.fetch("NLST ./-la").rstrip().endswith(b"-la")


@pytest.mark.parametrize("line", ["LIST", "NLST", "MLSD"])
def test_n4_large_directories_are_never_cut(shared_server, line):
    directory = shared_server.home("alice", "many")
    if not os.path.isdir(directory):
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        for number in range(10500):
            open(os.path.join(directory, f"{number:06}-" + "n" * 50), "w").close()
    control = shared_server.login()
    control.command("CWD /many", 250)
    rows = [row for row in control.fetch(line).split(b"\r\n") if b"-nnn" in row]
    assert len(rows) == 10500 and len(set(rows)) == 10500


def test_n5_only_regular_files_and_no_waiting(server):
    os.mkfifo(server.home("alice", "fifo"))
    os.chmod(server.home("alice", "fifo"), 0o666)
    server.mkdir("dir")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(server.home("alice", "socket"))
    control = server.login()
    for name in ("fifo", "dir", "socket"):
        for verb in ("RETR", "STOR"):
            control.epsv()
            assert control.command(f"{verb} {name}").code in (550, 553), (verb, name)
    listener.close()


def test_n5_no_link_leads_out(server):
    os.symlink("/etc/passwd", server.home("alice", "passwd"))
    os.symlink("../../../../etc", server.home("alice", "etc"))
    os.symlink(server.directory, server.home("alice", "outside"))
    os.symlink("loop", server.home("alice", "loop"))
    server.mkdir("dir")
    server.put("dir/inside", b"inside")
    os.symlink("/dir", server.home("alice", "absolute"))
    control = server.login()
    for line in ("RETR passwd", "RETR etc/passwd", "RETR ../../../etc/passwd", "RETR /etc/passwd", "RETR loop",
                 "RETR outside/passwd"):
        control.epsv()
        assert control.command(line).code == 550, line
    for line in ("CWD etc", "CWD outside", "CWD loop"):
        assert control.command(line).code == 550, line
    assert control.fetch("RETR absolute/inside") == b"inside"
    control.command("CWD ../../..", 250)
    assert control.command("PWD").text.startswith('257 "/"')


def test_directories(server):
    control = server.login()
    assert control.command("MKD one", 257).text.startswith('257 "/one"')
    control.command("MKD one/two", 257)
    control.command("MKD one", 521, 550)
    control.command("CWD one/two", 250)
    assert control.command("PWD", 257).text.startswith('257 "/one/two"')
    control.command("CDUP", 200, 250)
    assert control.command("XPWD", 257).text.startswith('257 "/one"')
    control.command("CWD /", 250)
    control.command("RMD one", 550)
    control.command("RMD one/two", 250)
    control.command("RMD one", 250)
    control.command("CWD one", 550)
    control.command("DELE one", 550)
    control.command("RMD /", 550)
    assert os.listdir(server.home()) == []


def test_rename(server):
    server.put("a", b"a")
    server.put("b", b"b")
    server.mkdir("dir")
    control = server.login()
    assert control.command("RNTO x").code == 503
    control.command("RNFR missing", 550)
    assert control.command("RNTO x").code == 503
    control.command("RNFR a", 350)
    control.command("NOOP", 200)
    control.command("RNTO dir/a", 250, 503)
    if os.path.exists(server.home("alice", "a")):
        control.command("RNFR a", 350)
        control.command("RNTO dir/a", 250)
    assert server.read("dir/a") == b"a"
    control.command("RNFR b", 350)
    control.command("RNTO dir/a", 250)
    assert server.read("dir/a") == b"b"
    control.command("RNFR dir", 350)
    control.command("RNTO dir/inside", 550, 553)


def test_mdtm_and_size(server):
    path = server.put("file", b"12345")
    os.utime(path, (1577934245, 1577934245))
    control = server.login()
    assert control.command("MDTM file").lines == ["213 20200102030405"]
    assert control.command("SIZE file").lines == ["213 5"]
    control.command("SIZE missing", 550)
    control.command("MDTM missing", 550)
    server.mkdir("dir")
    control.command("SIZE dir", 550)
    facts = control.command("MLST file", 250).lines[1].lower()
    assert "size=5;" in facts and "modify=20200102030405;" in facts and "type=file;" in facts


def test_list_looks_like_ls(server):
    path = server.put("old file", b"12345", mode=0o640)
    os.utime(path, (1577934245, 1577934245))
    server.mkdir("dir")
    os.symlink("old file", server.home("alice", "link"))
    rows = server.login().fetch("LIST").decode().split("\r\n")[:-1]
    assert len(rows) == 3
    by_name = {row.split(None, 8)[8]: row for row in rows}
    assert set(by_name) == {"old file", "dir", "link -> old file"}
    assert re.fullmatch(r"-rw-r----- +1 \S+ +\S+ +5 Jan +2 +2020 old file", by_name["old file"])
    assert by_name["dir"].startswith("drwxr-xr-x") and by_name["link -> old file"].startswith("lrwxrwxrwx")


def test_list_of_one_file_and_of_none(server):
    server.put("file", b"x")
    control = server.login()
    assert control.fetch("LIST file").rstrip().endswith(b" file")
    control.epsv()
    reply = control.command("LIST missing")
    assert reply.code in (450, 550) or reply.code == 150
    control = server.login()
    control.epsv()
    assert control.command("MLSD file").code in (501, 550)


def test_stat_lists_over_the_control_connection(server):
    server.put("file", b"x")
    reply = server.login().command("STAT /")
    assert reply.code in (211, 212, 213) and any(line.rstrip().endswith("file") for line in reply.lines)


# lines and replies


def test_r1_feat_tells_what_works(shared_server):
    control = shared_server.login()
    feat = [line.strip() for line in control.command("FEAT", 211).lines[1:-1]]
    for name in ("EPRT", "EPSV", "MDTM", "REST STREAM", "SIZE", "UTF8"):
        assert name in feat, feat
    assert any(line.startswith("MLST type*;") or "type*;" in line.lower() for line in feat)
    for line in feat:
        verb = line.split()[0]
        if verb.isupper() and verb not in ("UTF8", "TVFS", "REST", "MLST"):
            assert control.command(verb).code != 500, verb
    assert control.command("OPTS UTF8 ON").code == 200


def test_r1_auth_without_tls_is_502(make_server):
    server = make_server(config={"tls": {"mode": "off"}})
    assert server.connect().command("AUTH TLS").code == 502


def test_r3_unknown_and_malformed(shared_server):
    control = shared_server.login()
    for line, codes in (("NONSENSE", (500,)), ("", (500,)), ("RETR", (501,)), ("CWD", (250, 501)), ("TYPE", (501,)),
                        ("MKD", (501,)), ("ACCT x", (202, 502)), ("SMNT /", (202, 502))):
        assert control.command(line).code in codes, line
    for _ in range(30):
        control.command("NONSENSE", 500)
    control.command("NOOP", 200)


def test_r3_ten_unknown_verbs_before_the_login_end_it(shared_server):
    control = shared_server.connect()
    with pytest.raises((Closed, ConnectionError)):
        for _ in range(12):
            assert control.command("NONSENSE").code in (421, 500, 530)


@pytest.mark.parametrize("logged_in", [False, True])
def test_r3_a_browsers_post_ends_the_connection(shared_server, logged_in):
    control = shared_server.login() if logged_in else shared_server.connect()
    control.raw(b"POST / HTTP/1.1\r\nHost: x\r\nUSER alice\r\nPASS x\r\nMKD evil\r\n\r\n")
    assert control.ended()
    assert not os.path.exists(shared_server.home("alice", "evil"))


def test_r4_long_lines(shared_server):
    control = shared_server.login()
    for length in (4097, 100000, 1000000):
        control.raw(b"A" * length + b"\r\n")
        assert control.reply().code == 500
        control.command("NOOP", 200)
    name = "d" * 200
    control.command("MKD " + name, 257)
    path = "/".join([name, *["."] * 1700])
    assert control.command("CWD " + path).code == 250


def test_r4_commands_split_at_every_byte_and_pipelined(shared_server):
    control = shared_server.login()
    control.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"NOOP\r\nPWD\r\n":
        control.raw(bytes([byte]))
    assert [control.reply().code, control.reply().code] == [200, 257]
    control.raw(b"NOOP\r\n" * 500 + b"PWD\r\n")
    assert [control.reply().code for _ in range(501)] == [200] * 500 + [257]
    control.raw(b"NOOP\nPWD\n")
    assert [control.reply().code, control.reply().code] == [200, 257]


def test_r4_pipelined_transfers(shared_server):
    """Commands that wait behind a transfer run after it, in their order."""
    shared_server.put("r4", b"content")
    control = shared_server.login()
    data = control.connect_data()
    control.raw(b"RETR r4\r\nPWD\r\nCWD missing\r\n")
    assert read_all(data) == b"content"
    codes = [control.reply().code for _ in range(4)]
    assert sorted(codes) == [150, 226, 257, 550] and codes.index(150) < codes.index(226)


def test_r4_telnet_is_taken_out(shared_server):
    control = shared_server.login()
    control.raw(b"\xff\xfd\x06NO\xff\xf1OP\r\n")
    answer = control.socket.recv(3)
    assert answer == b"\xff\xfc\x06"
    assert control.reply().code == 200
    control.raw(b"\xff\xfb\x06NOOP\r\n")
    assert control.socket.recv(3) == b"\xff\xfe\x06"
    assert control.reply().code == 200


def test_r4_a_nul_in_a_line_is_no_end(shared_server):
    control = shared_server.login()
    assert control.command(b"MKD abc\0def").code in (500, 501, 553)
    assert not os.path.exists(shared_server.home("alice", "abc"))


def test_r7_commands_are_taken_in_any_case(shared_server):
    control = shared_server.login()
    for line in ("noop", "NoOp", "pwd", "type i"):
        assert control.command(line).code in (200, 257)


def test_half_closed_control_connection_ends_in_order(shared_server):
    control = shared_server.login()
    control.send("PWD")
    control.socket.shutdown(socket.SHUT_WR)
    assert control.reply().code == 257
    assert control.ended()


def test_the_control_connection_lost_in_a_transfer(server):
    big_file(server)
    control = server.login()
    net = server.net_of(control)
    data = control.connect_data()
    control.command("RETR big", 150)
    data.recv(1)
    reset(control.socket)
    data.close()
    wait_for(lambda: not net.alive(), 10, "the end of the session")


# the log


def test_transfers_are_logged(server):
    control = server.login()
    control.store("STOR logged-up", b"x" * 1234)
    control.fetch("RETR logged-up")
    partial_upload(control, "STOR logged-cut", b"y" * 77)
    control.command("QUIT", 221)
    server.wait_log(r"logged-up.*1234|1234.*logged-up")
    server.wait_log(r"(?i)alice.*logged-cut|logged-cut.*alice")
    lines = [line for line in server.log_text().splitlines() if "logged-up" in line and "1234" in line]
    assert len(lines) == 2 and all("127.0.0.1" in line or "alice" in line for line in lines)


def test_ftplib_both_ways(server):
    content = pattern(1 << 20)
    for passive in (True, False):
        ftp = server.ftp()
        ftp.set_pasv(passive)
        import io
        ftp.storbinary("STOR lib", io.BytesIO(content))
        got = io.BytesIO()
        ftp.retrbinary("RETR lib", got.write)
        assert got.getvalue() == content
        got = io.BytesIO()
        ftp.retrbinary("RETR lib", got.write, rest=1000)
        assert got.getvalue() == content[1000:]
        with pytest.raises(ftplib.error_perm):
            ftp.delete("missing")
        ftp.delete("lib")
        ftp.quit()


# the port of the last transfer


def test_d2_a_completed_transfer_leaves_its_port_to_the_next_one(server):
    """For a moment, and what connected to it meanwhile gets no byte of the next transfer."""
    server.put("file", b"content")
    control = server.login()
    first = control.epsv()
    data = control.connect_data(first)
    control.command("RETR file", 150)
    assert read_all(data) == b"content" and control.reply().code == 226
    stale = control.connect_data(first)
    assert control.epsv() == first, "neither the dialer nor a new socket was needed"
    data = control.connect_data(first)
    control.command("RETR file", 150)
    assert read_all(data) == b"content" and control.reply().code == 226
    assert read_all(stale) == b""
    assert control.epsv() == first
    assert control.epsv() != first, "a second one without a transfer is a new port"


def test_d2_an_idle_session_gives_its_port_back(server):
    server.put("file", b"content")
    control = server.login()
    port = control.epsv()
    data = control.connect_data(port)
    control.command("RETR file", 150)
    assert read_all(data) == b"content" and control.reply().code == 226
    wait_for(lambda: not any(s["local"] == port and s["state"] == LISTEN for s in tcp_sockets().values()),
             what="the end of the listener")
    assert control.command("NOOP").code == 200
