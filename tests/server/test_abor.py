# SPDX-License-Identifier: BSD-2-Clause
"""Law D4: ABOR in the middle of every kind of transfer, with Telnet's IP and
Synch (urgent data) or without, plain and TLS; and what else is answered then."""

import os
import socket

import pytest

from control import Control, net_has_read
from proc import wait_for
from tls import UrgentTlsControl

DOWN, UP = ["RETR big", "LIST many", "NLST many", "MLSD many"], ["STOR new", "STOR big", "APPE log", "STOU"]


@pytest.fixture(scope="module")
def abor_server(make_shared_server):
    def furnish(server):
        if os.path.isdir(server.home("alice", "many")):
            return  # a second start, on another port
        server.use_tls()
        server.write_config()
        with open(server.put("big"), "r+b") as file:
            file.truncate(64 << 20)
        many = server.mkdir("many")
        for number in range(25000):  # more than any socket's buffer holds of them
            os.mknod(os.path.join(many, f"{number:05}" + "n" * 250))

    return make_shared_server(prepare=furnish)


def log_in(server, tls):
    control = UrgentTlsControl(server) if tls else Control(server.host, server.port)
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("TYPE I", 200)
    if tls:
        control.command("PBSZ 0", 200)
        control.command("PROT P", 200)
    return control


def begin(control, line, tls):
    """The transfer is on its way: bytes came, or ours were taken."""
    data = socket.socket()
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that a listing does not fit into buffers
    data.settimeout(20)
    data.connect((control.host, control.epsv()))
    control.command(line, 150)
    if tls:
        data = control.wrap_data(data)
    if line in DOWN:
        assert data.recv(1)
    else:
        data.sendall(b"some bytes")
        net_has_read(data)
    return data


def send_abor(control, synch):
    if not synch:
        control.send("ABOR")
    elif isinstance(control.socket, socket.socket):
        control.raw(b"\xff\xf4")
        control.socket.send(b"\xff", socket.MSG_OOB)
        control.raw(b"\xf2ABOR\r\n")
    else:
        control.socket.send_urgent(b"\xff\xf4\xff")
        control.raw(b"\xf2ABOR\r\n")


@pytest.mark.parametrize("synch", [False, True], ids=["bare", "synch"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("line", DOWN + UP)
def test_d4_abor(abor_server, line, tls, synch):
    control = log_in(abor_server, tls)
    data = begin(control, line, tls)
    assert control.command("NOOP").code == 200
    assert control.command("STAT").code == 213
    send_abor(control, synch)
    assert control.reply().code == 426
    assert control.reply().code == 226
    data.close()
    assert control.command("PWD").code == 257, "the session goes on"
    assert control.command("RETR big").code == 425, "without a data connection"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_d4_stat_tells_the_progress(abor_server, tls):
    control = log_in(abor_server, tls)
    data = begin(control, "STOR progress", tls)
    assert control.command("STAT").text.startswith("213 10 bytes")
    data.sendall(b"x" * 90)
    wait_for(lambda: control.command("STAT").text.startswith("213 100 bytes"), 10, "the other ninety")
    send_abor(control, False)
    assert [control.reply().code, control.reply().code] == [426, 226]
    data.close()
    data = begin(control, "RETR big", tls)
    assert " of 67108864 bytes" in control.command("STAT").text
    assert control.command("STAT many").code == 450, "a path only when no transfer runs"
    data.close()
    assert control.reply().code == 426


def test_d4_abor_and_stat_of_a_long_hash(abor_server):
    """A check sum has no first reply: only ABOR is answered, and the reply says what became of it."""
    control = log_in(abor_server, False)
    control.raw(b"XSHA512 big\r\nABOR\r\n")
    first, second = control.reply(), control.reply()
    assert (first.code, second.code) in ((426, 226), (250, 226))
    assert control.command("PWD").code == 257


def test_d5_quit_does_not_cut_a_transfer(abor_server):
    control = log_in(abor_server, False)
    data = begin(control, "STOR quit", False)
    control.send("QUIT")
    data.sendall(b" and the rest")
    data.close()
    assert [control.reply().code, control.reply().code] == [226, 221]
    assert abor_server.read("quit") == b"some bytes and the rest"


def test_d5_the_idle_timer_does_not_cut_a_transfer(make_server):
    server = make_server(config={"daemon": {"idle_timeout": 1}})
    control = server.login()
    data = begin(control, "STOR slow", False)
    with pytest.raises(TimeoutError):
        control.socket.settimeout(2.5)
        control.reply()
    control.socket.settimeout(20)
    data.sendall(b"!")
    data.close()
    assert control.reply().code == 226
    assert control.reply().code == 421, "then it runs again"


def test_d4_lines_that_wait_run_after_the_abor(abor_server):
    control = log_in(abor_server, False)
    data = begin(control, "RETR big", False)
    control.raw(b"ABOR\r\nPWD\r\nMLST big\r\n")
    assert [control.reply().code for _ in range(4)] == [426, 226, 257, 250]
    data.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("line", DOWN[:2] + UP[:2])
@pytest.mark.parametrize("before", [b"PWD\r\n", b"PWD\r\nMLST big\r\n", b"NONSENSE\r\nNOOP\r\n"])
def test_d6_abor_ends_the_transfer_whatever_stands_before_it(abor_server, line, tls, before):
    """In one segment, and in two: replies keep the order of the commands."""
    control = log_in(abor_server, tls)
    for apart in (False, True):
        data = begin(control, line, tls)
        if apart:
            control.raw(before)
            net_reads_all(control)
            control.raw(b"ABOR\r\n")
        else:
            control.raw(before + b"ABOR\r\n")
        wanted = {b"PWD": 257, b"MLST big": 250, b"NONSENSE": 500, b"NOOP": 200}
        codes = [426] + [wanted[verb] for verb in before.split(b"\r\n")[:-1]] + [226]
        assert [control.reply().code for _ in codes] == codes
        data.close()
    assert control.command("PWD").code == 257


def net_reads_all(control):
    """The server's process has read what was sent: its socket's queue is empty."""
    raw = control.socket.sock if hasattr(control.socket, "sock") else control.socket
    local, remote = raw.getsockname()[1], raw.getpeername()[1]

    def queue():
        with open("/proc/net/tcp") as file:
            rows = [row.split() for row in file.readlines()[1:]]
        return next(int(row[4].split(":")[1], 16) for row in rows
                    if int(row[1].split(":")[1], 16) == remote and int(row[2].split(":")[1], 16) == local)

    wait_for(lambda: queue() == 0, 20, "the reading of the line")


def test_d6_a_line_that_only_begins_as_abor_ends_nothing(abor_server):
    control = log_in(abor_server, False)
    data = begin(control, "STOR whole", False)
    control.raw(b"PWD\r\nABOR now\r\nABORT\r\n")
    net_reads_all(control)
    data.sendall(b" and the rest")
    data.close()
    assert [control.reply().code for _ in range(4)] == [226, 257, 501, 500]
    assert abor_server.read("whole") == b"some bytes and the rest"


def test_d6_abor_behind_quit(abor_server):
    control = log_in(abor_server, False)
    with begin(control, "RETR big", False):
        control.raw(b"QUIT\r\nABOR\r\n")
        assert [control.reply().code, control.reply().code] == [426, 221]


def test_d6_abor_behind_another_line_ends_a_long_hash(abor_server):
    control = log_in(abor_server, False)
    control.raw(b"XSHA512 big\r\nPWD\r\nABOR\r\n")
    codes = [control.reply().code for _ in range(3)]
    assert codes[0] in (250, 426) and codes[1:] == [257, 226]


def test_d6_an_abor_ends_each_transfer_before_it(abor_server):
    """Two transfers and an ABOR behind both: each is ended, and the ABOR is answered once."""
    control = log_in(abor_server, False)
    data = begin(control, "RETR big", False)
    control.raw(b"EPSV\r\nRETR big\r\nABOR\r\n")
    assert [control.reply().code for _ in range(5)] == [426, 229, 150, 426, 226]
    data.close()
    assert control.command("PWD").code == 257


def test_d4_many_lines_may_wait(abor_server):
    """More than the server holds: the rest waits in the socket, nothing is lost."""
    control = log_in(abor_server, False)
    data = begin(control, "STOR many-lines", False)
    control.raw(b"PWD\r\n" * 5000)
    data.close()
    assert [control.reply().code for _ in range(5001)] == [226] + [257] * 5000
