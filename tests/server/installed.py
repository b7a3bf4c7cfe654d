# SPDX-License-Identifier: BSD-2-Clause
"""A server whose programs are installed in a directory of its own, so that a test can put another version there."""

import os
import shutil

import harness
from harness import BUILD, Server
from proc import wait_for

NOW, NEXT, STRANGE = BUILD, os.path.join(BUILD, "tests/upgrade/next"), os.path.join(BUILD, "tests/upgrade/strange")
LIBEXEC = os.path.join("libexec", "wardftpd")


class Installed(Server):
    def __init__(self, *arguments, version=NOW, **keys):
        super().__init__(*arguments, **keys)
        self.place = self.path("sbin")
        self.binary = os.path.join(self.place, "wardftpd")
        os.makedirs(os.path.join(self.place, LIBEXEC))
        self.install(version)

    def install(self, version):
        """As a package manager does it: each file under another name, then renamed over the old one."""
        names = ["wardftpd"] + [os.path.join(LIBEXEC, name) for name in os.listdir(os.path.join(version, LIBEXEC))]
        for name in names:
            new = os.path.join(self.place, name + ".new")
            shutil.copy2(os.path.join(version, name), new)
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


SHARED = ("auth", "dialer", "keeper", "scribe", "control")
assert set(SHARED) <= set(harness.ALL_ROLES)
