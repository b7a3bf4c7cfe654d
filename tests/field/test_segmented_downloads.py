# SPDX-License-Identifier: BSD-2-Clause
"""Clients that fetch one file over several connections at once get it whole, and never hang.

aria2 waits for a readable socket for each reply: where a 150 and a 226 come in one segment it reads the first
and waits for the second for ever (aria2/aria2#441 and others tell of downloads that stop near their end).  Both
clients ask for a range by REST, and end the connection in the middle of the transfer when they have it.
"""

import os
import random
import shutil
import subprocess

import pytest

SIZE = 8 * 1024 * 1024


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr


def fetch(site, scratch, *command):
    content = random.Random(3659).randbytes(SIZE)
    if not os.path.exists(site.path("big")):
        site.put("big", content)
    target = os.path.join(scratch, "target")
    if os.path.exists(target):
        os.unlink(target)
    run(*command, f"ftp://{site.user}:{site.password}@{site.host}:{site.port}/big")
    with open(target, "rb") as file:
        assert file.read() == content


@pytest.mark.peers
def test_aria2_with_four_connections_to_one_file(site, scratch):
    if not shutil.which("aria2c"):
        pytest.skip("no aria2")
    for _ in range(30):
        fetch(site, scratch, "aria2c", "--no-conf", "-q", "-x4", "-s4", "-k1M", "--max-tries=1",
              "--file-allocation=none", "-d", scratch, "-o", "target")


@pytest.mark.peers
@pytest.mark.site(config={"defaults": {"max_sessions_per_user": 50}})
def test_axel_with_four_connections_to_one_file(site, scratch):
    if not shutil.which("axel"):
        pytest.skip("no axel")
    for _ in range(5):
        fetch(site, scratch, "axel", "-q", "-n", "4", "-T", "30", "-o", os.path.join(scratch, "target"))
