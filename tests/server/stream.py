# SPDX-License-Identifier: BSD-2-Clause
"""A reader of events_socket, as a program would be one."""

import contextlib
import json
import socket

from proc import PATIENCE


class Reader:
    def __init__(self, path, begin="new", timeout=15, buffer=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(timeout * PATIENCE)
        self.socket.connect(path)
        with contextlib.suppress(BrokenPipeError):  # it may have refused us already
            self.socket.sendall(begin.encode() + b"\n")
        self.rest = b""
        self.run = self.number = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.socket.close()

    def read(self):
        """The next line; None: the server has closed."""
        while b"\n" not in self.rest:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:  # it has not read all that we sent
                more = b""
            if not more:
                return None
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        event = json.loads(line)
        if "run" in event:
            self.run, self.number = event["run"], event["number"]
        return event

    def until(self, **wanted):
        """The lines up to and with the first that has these fields."""
        lines = []
        while True:
            event = self.read()
            assert event is not None, ("the server closed", lines[-3:])
            lines.append(event)
            if all(event.get(key) == value for key, value in wanted.items()):
                return lines

    def wait(self, **wanted):
        return self.until(**wanted)[-1]

    @property
    def position(self):
        return f"after {self.run} {self.number}"
