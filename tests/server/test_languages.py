# SPDX-License-Identifier: BSD-2-Clause
"""The FTP libraries of other languages: the same tour with each, plain and over TLS.

A tour makes a directory, uploads, lists in every way the library has, asks for size and
time, downloads, is refused a missing file and goes on, resumes, appends, renames and
removes what it made.  Scripts: tests/server/languages.  basic-ftp comes from npm as the
test runs, where npm reaches a registry; the test says so where it does not."""

import os
import random
import shutil
import subprocess
import tempfile

import pytest

import harness
from tls import tls_server

LANGUAGES = os.path.join(harness.TOP, "tests", "server", "languages")
COMMONS_NET = "/usr/share/java/commons-net.jar"


@pytest.fixture
def site(make_server):
    return tls_server(make_server)


def has(*command):
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except FileNotFoundError:
        return False


def tour(server, command, mode, scratch, **environment):
    source, target = (os.path.join(scratch, name) for name in ("source", "target"))
    content = random.Random(3659).randbytes(300000)
    with open(source, "wb") as file:
        file.write(content)
    user = server.user("alice")
    ca = os.path.join(server.directory, "cert.pem")
    words = [server.host, server.port, user.name, user.password, mode, ca, source, target]
    done = subprocess.run([*command, *map(str, words)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "HOME": scratch, "LC_ALL": "C.UTF-8", **environment})
    assert done.returncode == 0 and done.stdout == "done\n", done.stdout + done.stderr
    with open(target, "rb") as file:
        assert file.read() == content
    assert os.listdir(user.home) == []


modes = pytest.mark.parametrize("mode", ["plain", "tls12", "tls13"])


@modes
def test_perls_net_ftp(site, scratch, mode):
    if mode != "plain" and not has("perl", "-MIO::Socket::SSL", "-e", "1"):
        pytest.skip("no IO::Socket::SSL")
    tour(site, ["perl", os.path.join(LANGUAGES, "tour.pl")], mode, scratch)


@modes
def test_rubys_net_ftp(site, scratch, mode):
    if not has("ruby", "-e", 'require "net/ftp"'):
        pytest.skip("no ruby with net/ftp")
    tour(site, ["ruby", os.path.join(LANGUAGES, "tour.rb")], mode, scratch)


@pytest.mark.parametrize("mode", ["plain", "tls13"])
def test_phps_ftp(site, scratch, mode):
    if not has("php", "-r", 'exit(function_exists("ftp_ssl_connect") ? 0 : 1);'):
        pytest.skip("no php with its ftp extension")
    tour(site, ["php", os.path.join(LANGUAGES, "tour.php")], mode, scratch)


@pytest.fixture(scope="module")
def commons_net():
    """The directory that the compiled tour is in."""
    if not os.path.exists(COMMONS_NET) or not shutil.which("javac"):
        pytest.skip("no Apache Commons Net, or no JDK")
    with tempfile.TemporaryDirectory(prefix="wardftpd-java-") as directory:
        subprocess.run(["javac", "-cp", COMMONS_NET, "-d", directory, os.path.join(LANGUAGES, "Tour.java")], check=True,
                       timeout=300)
        yield directory


@pytest.mark.full
@modes
def test_apaches_commons_net(site, scratch, commons_net, mode):
    tour(site, ["java", "-cp", f"{COMMONS_NET}:{commons_net}", "Tour"], mode, scratch)


@pytest.fixture(scope="module")
def basic_ftp():
    """The directory of its module."""
    if not shutil.which("npm"):
        pytest.skip("no npm")
    with tempfile.TemporaryDirectory(prefix="wardftpd-npm-") as directory:
        done = subprocess.run(["npm", "install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund",
                               "basic-ftp@5"],
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip("npm can't install basic-ftp: " + done.stderr.strip().splitlines()[-1])
        yield os.path.join(directory, "node_modules")


@pytest.mark.full
@modes
def test_nodes_basic_ftp(site, scratch, basic_ftp, mode):
    """It begins TLS on a data connection as soon as it is there, and gives up the session where that is reset."""
    tour(site, ["node", os.path.join(LANGUAGES, "tour.mjs")], mode, scratch, NODE_PATH=basic_ftp)
