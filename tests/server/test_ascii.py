# SPDX-License-Identifier: BSD-2-Clause
"""Type A, at any boundary of any buffer, both ways: against a model of three
lines, with random content from a fixed seed."""

import random
import re
import socket

import pytest

from control import read_all
from tls import TlsControl

SEED = 2389
BUFFER = 128 * 1024  # half of what NET reads at a time, and more than a TLS record holds


def to_wire(content):
    return re.sub(rb"(?<!\r)\n", b"\r\n", content)


def from_wire(content):
    return content.replace(b"\r\n", b"\n")


def contents():
    dice = random.Random(SEED)
    for size in (0, 1, 2, 3, 100):
        yield from (bytes(dice.choices(b"\r\nx", k=size)) for _ in range(4))
    for around in (BUFFER, 2 * BUFFER, 16384):
        for ends in (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r"):
            for shift in range(-3, 2):
                yield b"x" * (around + shift) + ends + b"tail" + ends
    yield bytes(dice.choices(b"\r\nxyz", k=3 * BUFFER + 7))
    yield b"\n" * (BUFFER + 1)
    yield b"\r" * (2 * BUFFER + 1)


def test_ascii_both_ways_at_every_boundary(shared_server):
    control = shared_server.login()
    control.command("TYPE A", 200)
    for content in contents():
        shared_server.put("text", content)
        assert control.fetch("RETR text") == to_wire(content), (len(content), content[-12:])
        control.store("STOR back", content)
        assert shared_server.read("back") == from_wire(content), (len(content), content[-12:])


def test_ascii_upload_in_random_segments(shared_server):
    dice = random.Random(SEED)
    control = shared_server.login()
    control.command("TYPE A", 200)
    content = bytes(dice.choices(b"\r\nab", k=4000))
    with control.connect_data() as data:
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        control.command("STOR segments", 150)
        at = 0
        while at < len(content):
            size = dice.randrange(1, 9)
            data.sendall(content[at:at + size])
            at += size
    assert control.reply().code == 226
    assert shared_server.read("segments") == from_wire(content)


def test_ascii_over_tls(make_server):
    server = make_server(prepare=lambda s: (s.use_tls(), s.write_config()))
    control = TlsControl(server).protect()
    control.login("alice", server.user().password)
    control.command("TYPE A", 200)
    content = bytes(random.Random(SEED).choices(b"\r\nxyz", k=100000))
    server.put("text", content)
    got, _, reply = control.fetch_tls("RETR text")
    assert got == to_wire(content) and reply.code == 226
    assert control.store_tls("STOR back", content).code == 226
    assert server.read("back") == from_wire(content)


def test_ascii_appends_and_unique_names(shared_server):
    shared_server.put("log", b"one\n")
    control = shared_server.login()
    control.command("TYPE A", 200)
    control.store("APPE log", b"two\r\nthree\r\n")
    assert shared_server.read("log") == b"one\ntwo\nthree\n"
    with control.connect_data() as data:
        name = control.command("STOU", 150).text.partition("FILE: ")[2]
        data.sendall(b"a\r\nb")
    assert control.reply().code == 226
    assert shared_server.read(name) == b"a\nb"


@pytest.mark.parametrize("line", ["RETR text", "STOR text", "APPE text"])
def test_u4_nothing_is_resumed_in_ascii(shared_server, line):
    """A REST that was said in type I: 554 and an orderly end, and the next transfer is whole.  APPE has no offset."""
    shared_server.put("text", b"one\ntwo\n")
    control = shared_server.login()
    control.command("REST 4", 350)
    control.command("TYPE A", 200)
    with control.connect_data() as data:
        reply = control.command(line)
        if line.startswith("APPE"):
            assert reply.code == 150
        else:
            assert reply.code == 554 and read_all(data) == b""
    if line.startswith("APPE"):
        assert control.reply().code == 226
    assert control.fetch("RETR text") == b"one\r\ntwo\r\n"


@pytest.mark.full
def test_ascii_costs_little_more_than_binary(server, record_property):
    """CPU seconds of NET for 64 MiB either way, thrice in turns, as figures; what is checked is the content."""
    content = (b"a line of text of an ordinary length, as they are\n" * 21000)[:1 << 20] * 64
    server.put("text", content)
    figures = {"I": [], "A": []}
    for kind in ("A", "I") * 3:
        control = server.login(timeout=120)
        net = server.net_of(control)
        control.command("TYPE " + kind, 200)
        start = net.cpu_seconds()
        got = control.fetch("RETR text")
        middle = net.cpu_seconds()
        control.store("STOR back", got)
        figures[kind].append((round(middle - start, 2), round(net.cpu_seconds() - middle, 2)))
        assert len(got) >= len(content) and server.read("back") == content
        control.close()
    record_property("cpu_seconds_down_up", str(figures))
    print("\nNET's CPU seconds for 64 MiB, down and up:", figures)
