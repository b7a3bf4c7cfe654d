# SPDX-License-Identifier: BSD-2-Clause
"""The same against other servers, where PEERS names the directory that tests/peers/unpack.sh filled."""

import json
import os
import random
import shutil
import socket
import subprocess
import tempfile

import pytest
from wardftp import AGAIN, TOP

PEERS = os.environ.get("PEERS")
NAMES = ["vsftpd", "pure-ftpd", "proftpd", "pyftpdlib"]

pytestmark = [pytest.mark.full, pytest.mark.skipif(not PEERS, reason="PEERS is not set")]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@pytest.fixture(scope="module", params=NAMES)
def peer(request, tmp_path_factory):
    script = os.path.join(TOP, "tests", "peers", request.param)
    directory = tempfile.mkdtemp(prefix="wardftp-peer-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    subprocess.run([script, "start", directory, str(free_port())], check=True, capture_output=True, timeout=60)
    try:
        lines = subprocess.run([script, "env", directory], check=True, capture_output=True, text=True).stdout
        yield {"NAME": request.param, "HOME": os.path.join(directory, "home"),
               **dict(line.split("=", 1) for line in lines.split())}
    finally:
        subprocess.run([script, "stop", directory], check=False, capture_output=True, timeout=60)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["plain", "tls"])
def at_peer(request, client, peer):
    client.login("127.0.0.1", peer["USER"], peer["PASS"])
    client.url = f"ftp://{peer['USER']}@127.0.0.1:{peer['PORT']}/"
    client.mode = ["--tls=off"] if request.param == "plain" else ["--tls=require", "--ca", peer["CA"]]
    client.peer = peer
    return client


def noise(n, seed=1):
    return random.Random(seed).randbytes(n)


def test_a_file_goes_there_and_back(at_peer):
    for size in (0, 1, 2_000_001):
        at_peer.write("up", noise(size))
        at_peer.ok(*at_peer.mode, "put", "up", at_peer.url + "round-trip")
        at_peer.ok(*at_peer.mode, "get", at_peer.url + "round-trip", "down")
        assert at_peer.read("down") == noise(size)
    at_peer.ok(*at_peer.mode, "-c", "rm round-trip", at_peer.url)


def test_active(at_peer):
    at_peer.ok(*at_peer.mode, "--active", "put", "-", at_peer.url + "active", input=noise(100_000))
    assert at_peer.ok(*at_peer.mode, "--active", "cat", at_peer.url + "active").out == noise(100_000)


@pytest.mark.parametrize("parallel", [1, 3])
def test_mirror(at_peer, parallel):
    for name in ("a", "d/b c", "d/e/f"):
        at_peer.write("here/" + name, noise(50_000))
    at_peer.ok(*at_peer.mode, "-c", f"mirror -R -P {parallel} here there; mirror -P {parallel} there back; rm -r there",
               at_peer.url)
    for name in ("a", "d/b c", "d/e/f"):
        assert at_peer.read("back/" + name) == noise(50_000)


@pytest.mark.parametrize("seed", range(3))
def test_resume_after_a_cut(at_peer, seed):
    content, cut = noise(1_500_000, seed), random.Random(seed).randrange(100_000, 1_400_000)
    at_peer.write("up", content)
    at_peer.ok(*at_peer.mode, "put", "up", at_peer.url + "big")
    assert at_peer.run(*at_peer.mode, f"--fault=cut={cut}", "get", at_peer.url + "big").code == AGAIN
    result = at_peer.ok(*at_peer.mode, "--json", "reget", at_peer.url + "big")
    assert at_peer.read("big") == content
    assert result.events[-1]["start"] >= 65536
    at_peer.ok(*at_peer.mode, "-c", "rm big", at_peer.url)
    at_peer.run(*at_peer.mode, f"--fault=cut={cut}", "put", "up", at_peer.url + "big")
    at_peer.ok(*at_peer.mode, "reput", "up", at_peer.url + "big")
    at_peer.ok(*at_peer.mode, "get", at_peer.url + "big", "whole")
    assert at_peer.read("whole") == content
    at_peer.ok(*at_peer.mode, "-c", "rm big", at_peer.url)


@pytest.mark.parametrize("operation", ["retr-small", "retr-large", "stor-small", "stor-large", "list", "login"])
def test_bench(client, peer, operation):
    """No operation stalls or fails, whatever the server's order of replies, handshakes and ends."""
    client.login("127.0.0.1", peer["USER"], peer["PASS"])
    for tls in ([], ["--tls"]):
        command = [client.command()[0], "bench", "--json", "--warmup=0.1", "--duration=0.5", "--sessions=6",
                   "--large=300000", "--entries=5", "--files=3", "--mix", operation, *tls,
                   f"{peer['USER']}@127.0.0.1:{peer['PORT']}"]
        done = subprocess.run(command, env=client.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, AGAIN), done.stderr + done.stdout
        row = json.loads(done.stdout)["operations"][operation]
        assert row["count"] > 5, row
        assert row["errors"] <= row["count"] // 100, "ProFTPD at times finds its port in use"


# The rows of `wardftp check` that are known to fail: (plain and TLS, TLS only).
FAILING = {"vsftpd": ({"rest_syntax"}, set()), "proftpd": (set(), {"stor_truncated"}),
           "pure-ftpd": ({"telnet", "epsv_all", "size_ascii"}, {"stor_truncated"})}


def test_check_finds_what_is_known(at_peer):
    always, with_tls = FAILING.get(at_peer.peer["NAME"], (set(), set()))
    at_peer.retry = None
    result = at_peer.run("check", "--json", "--timeout=3", "--write=.", *at_peer.mode, at_peer.url, timeout=120)
    report = json.loads(result.text)
    failed = {name for name, row in report["checks"].items() if row["result"] == "fail"}
    assert always | (with_tls if "--ca" in at_peer.mode else set()) <= failed, report
    assert not failed & {"clean_up", "list", "retr", "stor", "noop", "feat"}, report
    assert report["pass"] > 40
    assert not [name for name in os.listdir(at_peer.peer["HOME"]) if name.startswith("wardftp-check")]
