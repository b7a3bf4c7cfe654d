# SPDX-License-Identifier: BSD-2-Clause
"""Small proxies in this process: HTTP CONNECT, SOCKS5, and FTP proxies of several manners."""

import base64
import contextlib
import socket
import struct
import threading

from hostile import Hostile, Session


def pump(source, target):
    with contextlib.suppress(OSError):
        while got := source.recv(65536):
            target.sendall(got)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def join(one, other):
    threading.Thread(target=pump, args=(one, other), daemon=True).start()
    pump(other, one)


def exactly(connection, n):
    held = b""
    while len(held) < n:
        got = connection.recv(n - len(held))
        if not got:
            raise OSError("closed")
        held += got
    return held


class Proxy:
    """asked: what it was asked for; names: what the proxy resolves, besides addresses; login: (user, password) that
    it requires; answer: sent in place of an answer, whatever it is asked, and then nothing more."""

    def __init__(self, names=None, login=None, answer=None, refuse=lambda host, port: False):
        self.names, self.login, self.answer, self.refuse = dict(names or {}), login, answer, refuse
        self.asked = []
        self.ended = threading.Event()
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def url(self, login=""):
        return f"{self.scheme}://{login}127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.listener.close()
        for one in self.open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(20)
            self.open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            if self.answer is not None:
                connection.recv(4096)
                connection.sendall(self.answer)
                self.ended.wait(20)
            else:
                self.serve(connection)

    def connect(self, host, port):
        """The connection to there, or None."""
        self.asked.append((host, port))
        if self.refuse(host, port):
            return None
        try:
            server = socket.create_connection((self.names.get(host, host), port), timeout=20)
        except OSError:
            return None
        self.open.append(server)
        return server


class HttpProxy(Proxy):
    scheme = "http"

    def serve(self, connection):
        held = b""
        while b"\r\n\r\n" not in held:
            held += exactly(connection, 1)
        lines = held.decode().split("\r\n")
        verb, to, _ = lines[0].split(" ")
        assert verb == "CONNECT" and f"Host: {to}" in lines
        if self.login:
            expected = base64.b64encode(":".join(self.login).encode()).decode()
            if f"Proxy-Authorization: Basic {expected}" not in lines:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
        host, _, port = to.rpartition(":")
        server = self.connect(host.strip("[]"), int(port))
        if server is None:
            connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            return
        # the server's greeting may be in the same packet
        connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        join(connection, server)


class SocksProxy(Proxy):
    scheme = "socks5h"

    def serve(self, connection):
        version, n = exactly(connection, 2)
        methods = exactly(connection, n)
        assert version == 5
        method = 2 if self.login else 0
        if method not in methods:
            connection.sendall(b"\5\xff")
            return
        connection.sendall(bytes([5, method]))
        if self.login and not self.take_login(connection):
            return
        version, command, _, kind = exactly(connection, 4)
        assert (version, command) == (5, 1)
        if kind == 3:
            host = exactly(connection, exactly(connection, 1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6,
                                    exactly(connection, 4 if kind == 1 else 16))
        self.kind = kind
        server = self.connect(host, struct.unpack("!H", exactly(connection, 2))[0])
        if server is None:
            connection.sendall(b"\5\5\0\1\0\0\0\0\0\0")
            return
        connection.sendall(b"\5\0\0\3\x07a.b.c.d\0\0")  # an address of the third kind
        join(connection, server)

    def take_login(self, connection):
        assert exactly(connection, 1) == b"\1"
        user = exactly(connection, exactly(connection, 1)[0]).decode()
        password = exactly(connection, exactly(connection, 1)[0]).decode()
        good = (user, password) == self.login
        connection.sendall(b"\1\0" if good else b"\1\1")
        return good


class FtpProxySession(Session):
    """Of an FTP proxy that keeps the files itself: the servers behind it differ in nothing that the client sees."""

    def do_SITE(self, argument):
        self.send("220 Connected to " + argument)

    do_OPEN = do_SITE


class FtpProxy(Hostile):
    session_class = FtpProxySession
