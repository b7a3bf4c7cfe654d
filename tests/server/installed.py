# SPDX-License-Identifier: BSD-2-Clause
"""A server whose programs are installed in a directory of its own, so that a test can put another version there."""

import os
import re
import shutil
import struct

import harness
from harness import BUILD, Server
from proc import wait_for

NOW, NEXT = BUILD, os.path.join(BUILD, "tests/upgrade/next")
LIBEXEC = os.path.join("libexec", "wardftpd")


class Installed(Server):
    def __init__(self, *arguments, version=NOW, **keys):
        super().__init__(*arguments, **keys)
        self.place = self.path("sbin")
        self.binary = os.path.join(self.place, "wardftpd")
        os.makedirs(os.path.join(self.place, LIBEXEC))
        self.install(version)

    def install(self, version, border=None, only=None):
        """As a package manager does it: each file under another name, then renamed over the old one.

        border: one whose number is another one in these programs; only: one of them alone.
        """
        names = ["wardftpd"] + [os.path.join(LIBEXEC, name) for name in os.listdir(os.path.join(version, LIBEXEC))]
        for name in names if only is None else [only]:
            new = os.path.join(self.place, name + ".new")
            shutil.copy2(os.path.join(version, name), new)
            if border:
                renumber(new, border)
            os.chmod(new, 0o755)
            os.rename(new, os.path.join(self.place, name))

    def seccomp_filters(self):
        return int(self.master().status()["Seccomp_filters"])

    def shared(self):
        """The processes that all sessions share, by role."""
        return {p.role(): p.pid for p in self.master().children() if p.role() in SHARED}

    def wait_settled(self):
        """No process of an upgrade is left that is about to end."""
        wait_for(lambda: len([p for p in self.master().children() if p.role() in SHARED]) == len(SHARED),
                 what="one process of each shared role")


def renumber(program, border):
    """Each program has the numbers of all borders in one table, and nowhere else."""
    with open(os.path.join(BUILD, "border_numbers.h")) as file:
        number = int(re.search(rf"BORDER_NUMBER_{border.upper()} 0x(\w+)ULL", file.read()).group(1), 16)
    with open(program, "rb") as file:
        content = file.read()
    old = struct.pack("=Q", number)
    assert content.count(old) == 1, (program, border)
    with open(program, "wb") as file:
        file.write(content.replace(old, struct.pack("=Q", number ^ 1)))


SHARED = ("auth", "dialer", "keeper", "scribe", "control")
assert set(SHARED) <= set(harness.ALL_ROLES)
