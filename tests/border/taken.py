# SPDX-License-Identifier: BSD-2-Clause
"""A server whose NETs, or JAILs too, do as an attacker says (hostile.c)."""

import itertools
import os
import re

import pytest

import harness
from control import Closed, Control
from messages import Message, values

FOLDER = os.path.join(harness.BUILD, "tests", "border")

_source = itertools.count(2)

KILLED = "killed"
needs_filters = pytest.mark.skipif(harness.SANITIZED, reason="a sanitized build has no filters")
MASTER, AUTH, SCRIBE, JAIL, DIALER, KEEPER, CLIENT = range(3, 10)  # a NET's descriptors


def address():
    """An address of its own for each session: what one does is not held against the next."""
    number = next(_source)
    return f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


OPEN_READ, STAT, CREATE, SETTLE, LIST_OPEN, LIST_NEXT, RENAME = values(
    "JAIL_OPEN_READ", "JAIL_STAT", "JAIL_STORE_CREATE", "JAIL_STORE_SETTLE", "JAIL_LIST_OPEN", "JAIL_LIST_NEXT",
    "JAIL_RENAME")
LISTEN, CONNECT = values("DIAL_LISTEN", "DIAL_CONNECT")
SIGN_TLS13, SIGN_TLS12 = values("KEEPER_SIGN_TLS13", "KEEPER_SIGN_TLS12")
LOGIN, SETTLE_COMPLETE = values("AUTH_LOGIN", "SETTLE_COMPLETE")
SCRIBE_NOTE, SCRIBE_CHANGE, LEVEL = values("SCRIBE_NOTE", "SCRIBE_CHANGE", "LOG_LEVEL_INFO")


# What a NET may say.  Each is the first question of its channel.

def path_question(kind, path, **fields):
    text = path.encode("utf-8", "surrogateescape") + b"\0"
    return Message("jail_path").pack_text("path", text, head_type=kind, head_serial=1, **fields)


def rename_question(paths, from_length):
    return Message("jail_rename").pack_text("paths", paths, head_type=RENAME, head_serial=1, from_length=from_length)


def settle(written):
    return Message("jail_settle").pack(head_type=SETTLE, head_serial=1, bytes=written, outcome=SETTLE_COMPLETE)


def dial(kind, port=0):
    return Message("dial").pack(head_type=kind, head_serial=1, port=port)


def login_message(name, password=b"x"):
    return Message("auth_login").pack(head_type=LOGIN, head_serial=1, name=name, password=password)


def signing(kind, text, **fields):
    fields = {"scheme": 0x0403, "text_length": len(text), **fields}
    return Message("keeper_sign").pack(head_type=kind, head_serial=1, text=text, **fields)


def note(text, cell=0):
    return Message("scribe_note").pack_text("text", text + b"\0", head_type=SCRIBE_NOTE, head_serial=1, cell=cell,
                                            level=LEVEL)


def change(event, paths, **fields):
    """A JAIL's word to the scribe that the user's files have changed."""
    return Message("scribe_change").pack_text("paths", paths + b"\0", head_type=SCRIBE_CHANGE, head_serial=1,
                                              event=event, **fields)


def error_of(answer):
    """Of every answer that can be a refusal: it follows the head."""
    return Message("jail_answer").unpack(answer).error


class Session:
    """One client of a hostile server: what it says is done by the process that was taken."""

    def __init__(self, server, prefix="", source=None):
        self.server, self.prefix = server, prefix
        self.control = Control(server.host, server.port, source=source or address())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.close()

    def tell(self, line):
        """The words of the answer; KILLED where the process, or its JAIL, is gone before it."""
        try:
            reply = self.control.command(self.prefix + line)
        except (Closed, ConnectionError):
            return [KILLED]
        return [KILLED] if reply.code == 451 else reply.text.split()[1:]

    def call(self, line):
        """A system call: KILLED, the name of its error, or "fine"."""
        words = self.tell("CALL " + line)
        if words == [KILLED]:
            return KILLED
        result, error = int(words[0]), int(words[1])
        return os_error(error) if result == -1 else "fine"

    def number(self, name):
        return int(self.tell("NUMBER " + name)[0])

    def send(self, fd, message, times=1):
        """A datagram, so many times; the name of the first error, or "fine"."""
        words = self.tell(f"SEND {fd} {times} {message.hex()}")
        return words[0] if words == [KILLED] else os_error(int(words[0])) if words[0] != "0" else "fine"

    def read(self, fd, milliseconds=5000):
        """What came: bytes and the descriptor or -1; None where nothing did, (b"", -1) at end of file."""
        words = self.tell(f"READ {fd} {milliseconds}")
        if words in (["nothing", "came"], [KILLED]):
            return None
        size, content, came = int(words[0]), words[1], int(words[2])
        return (bytes.fromhex(content) if size > 0 else b""), came

    def ask(self, fd, message):
        self.send(fd, message)
        return self.read(fd)

    def login(self, name="alice"):
        words = self.control.command(f"LOGIN {name} {self.server.user(name).password}").text.split()
        assert words == ["230", "0"], words
        return self


def os_error(number):
    import errno
    return errno.errorcode.get(number, str(number))


def server_of(make, which, **arguments):
    """A hostile server: which is net, jail or early (hostile.c)."""
    one = make(binary=os.path.join(FOLDER, which, "wardftpd"), **arguments)
    one.allowed_log = r"refused|ended by signal 31"  # that is what is tested
    return one


def refusals(server, role, number):
    """How often the log says that role's filter refused this call."""
    return len(re.findall(rf"the filter of {role} refused system call {number}\b", server.log_text()))


def attempts(session, role, rows):
    """Tries each call in a session of its own; what differs from what was expected, row by row.

    session: makes one.  rows: lines of `name arguments`, with ` -> expected` where that is not death.
    """
    differ = []
    for row in rows:
        line, _, expected = row.partition(" -> ")
        with session() as one:
            number = one.number(line.split()[0])
            if number < 0:
                continue  # this machine has no such call
            before = refusals(one.server, role, number)
            seen = one.call(line)
            told = seen != KILLED or harness.SANITIZED or \
                harness.wait_for(lambda: refusals(one.server, role, number) > before, 10, f"the log's line on {line}")
        if seen != (expected or KILLED) or not told:
            differ.append(f"{line}: expected {expected or KILLED}, seen {seen}")
    return differ
