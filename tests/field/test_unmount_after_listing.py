# SPDX-License-Identifier: BSD-2-Clause
"""A file system can be unmounted after a listing of it, while the session lives.

The last listed directory stayed open until the next listing, so that umount(8) said "target is busy" (a common
complaint about FTP servers and removable media, for example https://bugs.launchpad.net/ubuntu/+source/proftpd).
"""

import subprocess

import pytest


@pytest.fixture
def mounted(site):
    place = site.mkdir("stick")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"uid={site.uid},size=1m", "none", place],
                      capture_output=True).returncode:
        pytest.skip("mount is not allowed here")
    yield place
    subprocess.run(["umount", "-l", place], capture_output=True)


@pytest.mark.peers
@pytest.mark.parametrize("line", ["LIST stick", "NLST stick", "MLSD stick", "LIST stick/*", "LIST -d stick/file",
                                  "NLST */file", "NLST st*/"])
def test_every_kind_of_listing(site, mounted, line):
    site.put("stick/file", b"1")
    with site.login() as control:
        control.fetch(line)
        done = subprocess.run(["umount", mounted], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert control.command("PWD", 257)


def test_listings_over_the_control_connection(site, mounted):
    site.put("stick/file", b"1")
    with site.login() as control:
        control.command("STAT stick", 213)
        control.command("MLST stick/file", 250)
        control.command("SIZE stick/file", 213)
        assert subprocess.run(["umount", mounted], capture_output=True).returncode == 0
