# SPDX-License-Identifier: BSD-2-Clause
"""A small FTP server with a tree in memory, as other people's servers are: honest, but each in its own way.

    with Odd({"dir": {"file": b"content"}}) as server:
        server.mlsd = False                      # LIST only
        server.unreadable.add("/dir")            # 226, and no line
        server.on["SIZE"] = say("500 What")      # as in hostile.py

What a test wants otherwise it puts into `on`, or into a function of the server."""

import hashlib
import posixpath
import time

import hostile

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
OLD = 1_709_209_800  # 2024-02-29 12:30:00 UTC


def say(*lines):
    return lambda session, argument=None: session.send(*lines)


def unix_line(name, node, when):
    moment = time.gmtime(when)
    kind, size = ("d", 4096) if isinstance(node, dict) else ("-", len(node))
    date = f"{MONTHS[moment.tm_mon - 1]} {moment.tm_mday:2d}  {moment.tm_year}"
    return f"{kind}rw-r--r--   1 ftp      ftp  {size:12d} {date} {name}"


class Session(hostile.Session):
    def __init__(self, server, connection):
        super().__init__(server, connection)
        self.cwd = "/"
        self.type = "?"
        self.range = None

    def path(self, argument):
        return posixpath.normpath(posixpath.join(self.cwd, argument or ".")).replace("//", "/")

    def node(self, argument):
        return self.server.node(self.path(argument))

    def do_TYPE(self, argument):
        self.type = argument
        self.send("200 Fine")

    def do_PWD(self, argument):
        self.send(f'257 "{self.cwd}" is the current directory')

    def do_CWD(self, argument):
        if isinstance(self.node(argument), dict):
            self.cwd = self.path(argument)
            self.send("250 Fine")
        else:
            self.send("550 Failed to change directory.")

    def do_CDUP(self, argument):
        self.do_CWD("..")

    def do_SIZE(self, argument):
        node = self.node(argument)
        if isinstance(node, bytes) and self.type == "I":
            self.send(f"213 {len(node)}")
        else:
            self.send("550 Could not get file size.")

    def do_MDTM(self, argument):
        if isinstance(self.node(argument), bytes):
            self.send(time.strftime("213 %Y%m%d%H%M%S", time.gmtime(self.server.time(self.path(argument)))))
        else:
            self.send("550 Could not get file modification time.")

    def do_RETR(self, argument):
        node = self.node(argument)
        offset, self.offset = self.offset, 0
        if not isinstance(node, bytes):
            self.send("550 Failed to open file.")
            return
        if self.type == "A":
            node = node.replace(b"\n", b"\r\n")
        self.send_data(node[offset:])

    def store(self, argument, append=False):
        path = self.path(argument)
        parent = self.server.node(posixpath.dirname(path))
        offset, self.offset = self.offset, 0
        if not isinstance(parent, dict) or isinstance(parent.get(posixpath.basename(path)), dict):
            self.send("553 Could not create file.")
            return
        self.send("150 Send it")
        content = b""
        with self.data() as connection:
            while got := connection.recv(65536):
                content += got
        if self.type == "A":
            content = content.replace(b"\r\n", b"\n")
        name = posixpath.basename(path)
        old = parent.get(name, b"")
        parent[name] = (old if append else old[:offset]) + content
        self.server.times[path] = int(time.time())
        self.send("226 Transfer complete.")

    def do_STOR(self, argument):
        self.store(argument)

    def do_APPE(self, argument):
        self.store(argument, append=True)

    def change(self, argument, done, allowed):
        path = self.path(argument)
        parent = self.server.node(posixpath.dirname(path))
        name = posixpath.basename(path)
        if not isinstance(parent, dict) or not allowed(parent.get(name)):
            self.send("550 Not done")
            return
        done(parent, name)
        self.send("250 Done")

    def do_DELE(self, argument):
        self.change(argument, lambda parent, name: parent.pop(name), lambda node: isinstance(node, bytes))

    def do_RMD(self, argument):
        self.change(argument, lambda parent, name: parent.pop(name), lambda node: node == {})

    def do_MKD(self, argument):
        self.change(argument, lambda parent, name: parent.update({name: {}}), lambda node: node is None)

    def facts(self, path, node):
        size = "" if isinstance(node, dict) else f"size={len(node)};"
        modify = time.strftime("%Y%m%d%H%M%S", time.gmtime(self.server.time(path)))
        return f"type={'dir' if isinstance(node, dict) else 'file'};{size}modify={modify}; "

    def do_MLST(self, argument):
        node = self.node(argument)
        if node is None:
            self.send("550 No such file")
        else:
            self.send("250-Listing", " " + self.facts(self.path(argument), node) + argument, "250 End")

    def do_MLSD(self, argument):
        if not self.server.mlsd:
            self.send("500 Unknown command.")
            return
        node = self.node(argument)
        if not isinstance(node, dict):
            self.send("550 No such directory")
            return
        lines = [self.facts(posixpath.join(self.path(argument), name), one) + name for name, one in node.items()]
        self.send_lines(lines)

    def do_LIST(self, argument):
        words = [word for word in argument.split(" ") if not word.startswith("-")]
        path = self.path(" ".join(words))
        if path in self.server.unreadable:
            self.send_data(b"", "226 Transfer done (but failed to open directory).")
            return
        node = self.server.node(path)
        if isinstance(node, bytes):
            node, path = {posixpath.basename(path): node}, posixpath.dirname(path)
        lines = [self.server.line(name, one, self.server.time(posixpath.join(path, name)))
                 for name, one in (node or {}).items()]  # a missing directory: nothing, and 226
        self.send_lines(lines[:self.server.limit])

    do_NLST = None

    def do_RANG(self, argument):
        first, last = map(int, argument.split())
        self.range = None if first > last else last + 1
        self.send("350 Fine")

    def do_HASH(self, argument):
        node = self.node(argument)
        if not isinstance(node, bytes):
            self.send("550 No such file")
            return
        digest = hashlib.sha256(node[:self.range]).hexdigest()
        self.send(f"213 SHA-256 0-{(self.range or len(node)) - 1} {digest} {argument}")

    def send_lines(self, lines):
        text = "".join(line + "\r\n" for line in lines)
        self.send_data(text.encode("utf-8", "surrogateescape"), self.server.done(lines))


class Odd(hostile.Hostile):
    session_class = Session

    def __init__(self, tree, mlsd=True, features=("SIZE", "MDTM", "REST STREAM")):
        super().__init__(features=[*features, *(["MLST type*;size*;modify*;"] if mlsd else [])])
        self.tree = tree
        self.mlsd = mlsd
        self.unreadable = set()
        self.times = {}
        self.limit = None
        self.line = unix_line
        self.done = lambda lines: "226 Directory send OK."

    def node(self, path):
        node = self.tree
        for name in path.strip("/").split("/") if path.strip("/") else []:
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def time(self, path):
        return self.times.get(path, OLD)

    def sent(self, verb):
        """The commands of this verb so far."""
        return [line for line in self.seen if line.split(" ")[0] == verb]
