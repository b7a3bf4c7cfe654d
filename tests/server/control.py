# SPDX-License-Identifier: BSD-2-Clause
"""A control connection by hand: what is sent and what comes back, byte by byte."""

import fcntl
import re
import socket
import struct
import termios

from proc import wait_for


class Reply:
    """One reply, all its lines; code is an int, text the words without the codes."""

    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[0][:3])
        self.text = "\n".join(lines)

    def __repr__(self):
        return f"<{self.text}>"


class Closed(Exception):
    """The server closed the control connection."""


class Control:
    """Sends lines, reads replies; every wait has the time limit of the socket."""

    def __init__(self, host, port, timeout=60, greet=True, source=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))
        self.host, self.timeout = host, timeout
        self.local_port = self.socket.getsockname()[1]
        self.buffer = b""
        self.greeting = self.reply() if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, line):
        self.raw(encode(line) + b"\r\n")

    def line(self):
        while b"\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise Closed(repr(self.buffer))
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        assert line.endswith(b"\r"), f"a reply line ends in LF alone: {line!r}"
        return line[:-1].decode("utf-8", "surrogateescape")

    def reply(self):
        lines = [self.line()]
        assert re.match(r"\d{3}[ -]", lines[0]), f"not a reply: {lines[0]!r}"
        while lines[0][3] == "-" and not (len(lines) > 1 and lines[-1].startswith(lines[0][:3] + " ")):
            lines.append(self.line())
        return Reply(lines)

    def command(self, line, *codes):
        """Sends line and returns the reply; where codes are given it must be one of them."""
        self.send(line)
        reply = self.reply()
        if codes:
            assert reply.code in codes, f"{line!r} got {reply}, not {codes}"
        return reply

    def login(self, user, password):
        self.command("USER " + user, 331)
        return self.command("PASS " + password, 230)

    def ended(self):
        """Reads to the end of the connection; True if it ended, in order or by a reset."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True

    # data connections

    def epsv(self):
        reply = self.command("EPSV", 229)
        return int(re.search(r"\(\|\|\|(\d+)\|\)", reply.text).group(1))

    def pasv(self):
        reply = self.command("PASV", 227)
        numbers = [int(n) for n in re.search(r"(\d+,){5}\d+", reply.text).group(0).split(",")]
        return ".".join(str(n) for n in numbers[:4]), numbers[4] * 256 + numbers[5]

    def connect_data(self, port=None):
        """A passive data connection, by EPSV."""
        data = socket.create_connection((self.host, port or self.epsv()), timeout=self.timeout)
        return data

    def listen_data(self, verb="EPRT"):
        """A listener of the test's, announced to the server; accept() it after the transfer command."""
        family = self.socket.family
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.settimeout(self.timeout)
        listener.bind((self.socket.getsockname()[0], 0))
        listener.listen(1)
        host, port = listener.getsockname()[:2]
        if verb == "PORT":
            self.command("PORT {},{},{}".format(host.replace(".", ","), port >> 8, port & 255), 200)
        else:
            self.command(f"EPRT |{1 if family == socket.AF_INET else 2}|{host}|{port}|", 200)
        return listener

    def fetch(self, line, *codes):
        """Runs a command that sends data to us, passive; what came, and the last reply."""
        with self.connect_data() as data:
            self.command(line, 125, 150)
            content = read_all(data)
        reply = self.reply()
        assert reply.code in (codes or (226, 250)), f"{line!r} ended with {reply}"
        return content

    def store(self, line, content, *codes):
        """Runs a command that takes data from us, passive; the last reply."""
        with self.connect_data() as data:
            self.command(line, 125, 150)
            data.sendall(content)
        reply = self.reply()
        assert reply.code in (codes or (226, 250)), f"{line!r} ended with {reply}"
        return reply


def reset(sock):
    """Closes it with a reset, not an end of file."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def net_has_read(data):
    """Waits until the other side has taken all from the socket: a reset throws the rest away."""
    wait_for(lambda: struct.unpack("i", fcntl.ioctl(data, termios.TIOCOUTQ, b"\0" * 4))[0] == 0, what="an empty queue")
    ports = f":{data.getpeername()[1]:04X}", f":{data.getsockname()[1]:04X}"

    def taken():
        for name in ("tcp", "tcp6"):
            with open("/proc/net/" + name) as file:
                for row in file:
                    words = row.split()
                    if words[1].endswith(ports[0]) and words[2].endswith(ports[1]):
                        return words[4].endswith(":00000000")
        return True

    wait_for(taken, what="the other side's reading")


def segments(sock):
    """How many segments have come on a TCP socket, and how many of them with data: struct tcp_info."""
    segs_in, data_segs_in = struct.unpack_from("=I8xI", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 140)
    return segs_in, data_segs_in


def attempt(control, line, content=b"after"):
    """The last reply to the line, with "<" or ">" before one that moves data; a refusal is no failure."""
    if line[0] not in "<>":
        return control.command(line)
    with control.connect_data() as data:
        reply = control.command(line[1:])
        if reply.code != 150:
            return reply
        if line[0] == ">":
            data.sendall(content)
        else:
            read_all(data)
    return control.reply()


def read_all(sock):
    parts = []
    while True:
        part = sock.recv(1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def encode(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
