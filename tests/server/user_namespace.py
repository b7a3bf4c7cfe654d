#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a command as root of a new user namespace, with subordinate ids, as rootless containers do.

usage: user_namespace.py FIRST COMMAND...    id 0 there is FIRST here, and so on for COUNT ids
"""

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000
COUNT = 65536


def write_maps(pid, first):
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(f"0 {first} {COUNT}\n")


def enter(first):
    """False: the kernel allows no user namespace."""
    pid = os.getpid()
    ready, go = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(go)
        if os.read(ready, 1):
            write_maps(pid, first)
        os._exit(0)
    os.close(ready)
    entered = ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) == 0
    if entered:
        os.write(go, b"x")
    os.close(go)
    return os.waitpid(mapper, 0)[1] == 0 and entered


def main():
    if not enter(int(sys.argv[1])):
        sys.exit(77)
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
