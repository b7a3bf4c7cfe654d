#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An example of a checker (wardftpd.conf(5)): users in an SQLite database.

usage: example_checker.py SOCKET DATABASE

Run it as root, or as an account below minimum_uid that owns the directory of the socket.  The table:

    CREATE TABLE users (name TEXT PRIMARY KEY, salt BLOB, hash BLOB, uid INTEGER, gid INTEGER, home TEXT);
"""

import base64
import hashlib
import hmac
import json
import os
import socketserver
import sqlite3
import sys

REFUSED, UNKNOWN = {"result": "refused"}, {"result": "unknown"}


def hash_of(password, salt):
    return hashlib.scrypt(password, salt=salt, n=2 ** 14, r=8, p=1)


def check(database, name, password):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as users:
        row = users.execute("SELECT salt, hash, uid, gid, home FROM users WHERE name = ?", (name,)).fetchone()
    # An unknown name costs as much as a wrong password, so that the time tells nothing.
    salt, wanted = (row[0], row[1]) if row else (b"none", b"")
    matches = hmac.compare_digest(hash_of(password, salt), wanted)
    if not row:
        return UNKNOWN
    return {"result": "accepted", "uid": row[2], "gid": row[3], "home": row[4]} if matches else REFUSED


class Answer(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self):
        line = self.rfile.readline(4096)
        if not line:  # wardftpd -t connects, and asks nothing
            return
        asked = json.loads(line)
        try:
            name = base64.b64decode(asked["user"]).decode()
            answer = check(self.server.database, name, base64.b64decode(asked["password"]))
        except UnicodeDecodeError:
            answer = UNKNOWN
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    path, Server.database = sys.argv[1:]
    if os.path.exists(path):
        os.unlink(path)
    os.umask(0o077)
    Server(path, Answer).serve_forever()
