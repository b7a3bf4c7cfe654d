# SPDX-License-Identifier: BSD-2-Clause
"""Files travel whole, both ways, plain and under TLS, against wardftpd."""

import filecmp
import os
import random
import re
import signal
import time

import pytest
from wardftp import AGAIN, INTERRUPTED, OK, REFUSED, USAGE

MODES = {"plain": ["--tls=off"], "tls": ["--tls=require"]}


@pytest.fixture(params=MODES)
def mode(request, at_ward):
    return MODES[request.param] + (["--ca", at_ward.ca] if request.param == "tls" else [])


def noise(n, seed=1):
    return random.Random(seed).randbytes(n)


@pytest.mark.parametrize("size", [0, 1, 1023, 65536, 3_000_001])
def test_a_file_goes_there_and_back(at_ward, mode, size):
    at_ward.write("up", noise(size))
    at_ward.ok(*mode, "put", "up", at_ward.url + "there")
    assert at_ward.server.read("there") == noise(size)
    at_ward.ok(*mode, "get", at_ward.url + "there", "down")
    assert at_ward.read("down") == noise(size)


def test_pipes(at_ward, mode):
    at_ward.ok(*mode, "put", "-", at_ward.url + "piped", input=noise(200_000))
    assert at_ward.ok(*mode, "get", at_ward.url + "piped", "-").out == noise(200_000)
    assert at_ward.ok(*mode, "cat", at_ward.url + "piped").out == noise(200_000)


def test_every_data_connection_resumes_the_tls_session(at_ward):
    at_ward.server.put("f", b"x" * 1000)
    result = at_ward.ok("--tls=require", "--ca", at_ward.ca, "-v", "-c",
                        "cat f; nlist; cat f; put /etc/hostname h; status",
                        at_ward.url)
    assert result.err.count("session resumed") == 4
    assert "full handshake" not in result.err
    assert "4 of 4 resumed" in result.text


@pytest.mark.parametrize("how", ["--active", "--fault=split-commands=1", "--fault=telnet", "-4"])
def test_other_ways_to_the_same_end(at_ward, mode, how):
    at_ward.server.put("f", noise(100_000))
    assert at_ward.ok(*mode, how, "cat", at_ward.url + "f").out == noise(100_000)


@pytest.mark.parametrize("how", [[], ["--active"]])
def test_ipv6(at_ward, how):
    at_ward.login("::1", "alice", at_ward.server.user("alice").password)
    at_ward.server.put("f", noise(100_000))
    assert at_ward.ok("--tls=off", *how, "cat", f"ftp://alice@[::1]:{at_ward.server.port}/f").out == noise(100_000)


def test_times_travel_with_files(at_ward):
    at_ward.write("f", b"x")
    os.utime(at_ward.path("f"), (1_000_000_000, 1_000_000_000))
    at_ward.ok("--tls=off", "put", "f", at_ward.url + "g")
    assert os.stat(at_ward.server.home("alice", "g")).st_mtime == 1_000_000_000
    at_ward.ok("--tls=off", "get", at_ward.url + "g", "h")
    assert os.stat(at_ward.path("h")).st_mtime == 1_000_000_000


NAMES = ["with blank", " leading", "trailing ", "-rf", "quote\"s", "it's", "back\\slash", "st*r", "q?", "[x]", "#hash",
         "semi;colon", "ünïcode", "ctl\x01\x1b[31m", "a" * 200]


def test_any_name_goes_everywhere(at_ward, mode):
    for number, name in enumerate(NAMES):
        at_ward.write("name " + str(number), name.encode())
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        at_ward.ok(*mode, "-c", f'put "name {number}" {quoted}; get {quoted} "back {number}"', at_ward.url)
        assert at_ward.read(f"back {number}") == name.encode(), name
    listed = {event["name"] for event in at_ward.ok(*mode, "--json", "ls", at_ward.url).events}
    assert listed >= set(NAMES) - {"ctl\x01\x1b[31m"}


# resuming


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_download_is_resumed_where_it_was(at_ward, mode, seed):
    content = noise(2_000_000, seed)
    at_ward.server.put("big", content)
    cut = random.Random(seed).randrange(200_000, 1_800_000)
    assert at_ward.run(*mode, f"--fault=cut={cut}", "get", at_ward.url + "big").code == AGAIN
    assert not at_ward.exists("big"), "a file that is not whole has its name already"
    assert at_ward.exists(".big.wardftp-part")
    result = at_ward.ok(*mode, "--json", "reget", at_ward.url + "big")
    assert result.events[-1]["start"] >= cut and result.events[-1]["moved"] == len(content) - result.events[-1]["start"]
    assert at_ward.read("big") == content
    assert not at_ward.exists(".big.wardftp-part")


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_upload_is_resumed(at_ward, mode, seed):
    content = noise(2_000_000, seed)
    at_ward.write("big", content)
    cut = random.Random(seed).randrange(200_000, 1_800_000)
    assert at_ward.run(*mode, f"--fault=cut={cut}", "put", "big", at_ward.url + "big").code == AGAIN
    at_ward.ok(*mode, "reput", "big", at_ward.url + "big")
    assert at_ward.server.read("big") == content


def test_a_part_with_a_wrong_middle_is_found_out(at_ward):
    """Its length fits; HASH says from where on it is wrong."""
    content = noise(1_000_000)
    at_ward.server.put("big", content)
    at_ward.write("big", content[:300_000] + b"#" + content[300_001:600_000])
    result = at_ward.ok("--tls=off", "--json", "reget", at_ward.url + "big")
    assert at_ward.read("big") == content
    assert 0 < result.events[-1]["start"] <= 300_000


def test_another_version_is_not_mixed_in(at_ward):
    """The file on the server is a new one: nothing of the old part is kept."""
    at_ward.server.put("big", noise(1_000_000, 1))
    assert at_ward.run("--tls=off", "--fault=cut=500000", "get", at_ward.url + "big").code == AGAIN
    at_ward.server.put("big", noise(1_000_000, 2))
    os.utime(at_ward.server.home("alice", "big"), (1_500_000_000, 1_500_000_000))
    at_ward.ok("--tls=off", "reget", at_ward.url + "big")
    assert at_ward.read("big") == noise(1_000_000, 2)


def test_a_failed_download_leaves_the_old_file(at_ward):
    at_ward.server.put("big", noise(500_000))
    at_ward.write("big", b"old")
    assert at_ward.run("--tls=off", "--fault=cut=100000", "get", at_ward.url + "big").code == AGAIN
    assert at_ward.read("big") == b"old"


# many files


def tree(client, base):
    for name, size in {"a": 10, "d/b": 70_000, "d/e/c": 0, "d/e/ü x": 5, "other": 1}.items():
        client.write(f"{base}/{name}", noise(size))


def same(one, two):
    found = filecmp.dircmp(one, two, ignore=[])
    assert not found.left_only and not found.right_only and not found.diff_files and not found.funny_files
    for name in found.common_dirs:
        same(os.path.join(one, name), os.path.join(two, name))


@pytest.mark.parametrize("parallel", [1, 4])
def test_mirror_both_ways(at_ward, mode, parallel):
    tree(at_ward, "here")
    at_ward.ok(*mode, "-c", f"mirror -R -P {parallel} here there", at_ward.url)
    same(at_ward.path("here"), at_ward.server.home("alice", "there"))
    at_ward.ok(*mode, "-c", f"mirror -P {parallel} there back", at_ward.url)
    same(at_ward.path("here"), at_ward.path("back"))
    result = at_ward.ok(*mode, "--json", "-c", f"mirror -P {parallel} there back", at_ward.url)
    assert result.text == "", "what is the same is not copied again"


def test_mirror_deletes_only_when_told_and_never_in_a_dry_run(at_ward):
    tree(at_ward, "here")
    at_ward.ok("--tls=off", "-c", "mirror -R here there", at_ward.url)
    at_ward.write("back/extra/deep", b"x")
    at_ward.ok("--tls=off", "-c", "mirror -e --dry-run there back", at_ward.url)
    assert at_ward.exists("back/extra/deep") and not at_ward.exists("back/a")
    at_ward.ok("--tls=off", "-c", "mirror there back", at_ward.url)
    assert at_ward.exists("back/extra/deep") and at_ward.exists("back/a")
    at_ward.ok("--tls=off", "-c", "mirror -e there back", at_ward.url)
    assert not at_ward.exists("back/extra")
    same(at_ward.path("here"), at_ward.path("back"))


def test_mirror_patterns_and_checksums(at_ward):
    tree(at_ward, "here")
    at_ward.ok("--tls=off", "-c", "mirror -R -x e -x other here there", at_ward.url)
    there = at_ward.server.home("alice", "there")
    assert sorted(os.listdir(there)) == ["a", "d"] and os.listdir(os.path.join(there, "d")) == ["b"]
    at_ward.ok("--tls=off", "-c", "mirror there back", at_ward.url)
    status = os.stat(at_ward.path("back/a"))
    at_ward.write("back/a", b"0123456789")
    os.utime(at_ward.path("back/a"), (status.st_atime, status.st_mtime))
    at_ward.ok("--tls=off", "-c", "mirror there back", at_ward.url)
    assert at_ward.read("back/a") == b"0123456789", "size and time are the same"
    at_ward.ok("--tls=off", "-c", "mirror --checksum there back", at_ward.url)
    assert at_ward.read("back/a") == noise(10)


def test_mget_and_mput(at_ward, mode):
    for number in range(6):
        at_ward.write(f"f{number}.txt", noise(1000, number))
    at_ward.write("g.bin", b"x")
    at_ward.ok(*mode, "-c", "mput *.txt", at_ward.url)
    assert sorted(os.listdir(at_ward.server.home())) == [f"f{number}.txt" for number in range(6)]
    at_ward.ok(*mode, "-P", 3, "-c", "lcd /; mkdir sub", at_ward.url)
    os.mkdir(at_ward.path("to"))
    result = at_ward.ok(*mode, "--json", "-P", 3, "-c", "lcd to; mget f[0-3].txt", at_ward.url)
    assert sorted(os.listdir(at_ward.path("to"))) == [f"f{number}.txt" for number in range(4)]
    assert len(result.events) == 4 and all(event["outcome"] == "ok" for event in result.events)
    assert at_ward.run(*mode, "-c", "mget no*such", at_ward.url).code == REFUSED


def test_fewer_sessions_where_the_server_allows_fewer(make_server, client):
    ward = make_server(config={"daemon": {"max_sessions_per_address": 3}})
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    for number in range(12):
        ward.put(f"f{number}", noise(20_000, number))
    client.run("--tls=off", "-P", 8, "-c", "mget f*", f"ftp://alice@127.0.0.1:{ward.port}/", timeout=90)
    for number in range(12):
        assert client.read(f"f{number}") == noise(20_000, number)


# the user's time


def test_ctrl_c_leaves_a_part_that_can_be_resumed(at_ward):
    content = noise(3_000_000)
    at_ward.server.put("big", content)
    process = at_ward.start("--tls=off", "--rate=1M", "get", at_ward.url + "big")
    deadline = time.monotonic() + 20
    while not (at_ward.exists(".big.wardftp-part") and os.path.getsize(at_ward.path(".big.wardftp-part")) > 200_000):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    assert process.returncode == INTERRUPTED
    result = at_ward.ok("--tls=off", "--json", "reget", at_ward.url + "big")
    assert result.events[-1]["start"] > 0
    assert at_ward.read("big") == content


def test_the_rate_is_kept(at_ward):
    at_ward.server.put("f", noise(300_000))
    began = time.monotonic()
    at_ward.ok("--tls=off", "--rate=200k", "get", at_ward.url + "f")
    assert 1.2 <= time.monotonic() - began


# what is reported


def test_json(at_ward):
    at_ward.server.put("f", b"12345", mode=0o640)
    at_ward.server.mkdir("d")
    events = at_ward.ok("--tls=off", "--json", "ls", at_ward.url).events
    assert {(e["name"], e["type"], e.get("size")) for e in events} == {("f", "file", 5), ("d", "dir", None)}
    assert next(e for e in events if e["name"] == "f")["mode"] == "0640"
    event, = at_ward.ok("--tls=off", "--json", "get", at_ward.url + "f").events
    assert (event["event"], event["bytes"], event["outcome"]) == ("transfer", 5, "ok")
    result = at_ward.run("--tls=off", "--json", "get", at_ward.url + "nosuch")
    assert result.code == REFUSED and result.events[-1]["event"] == "error" and result.events[-1]["code"] == 550


def test_the_trace_hides_passwords(at_ward):
    password = at_ward.server.user("alice").password
    result = at_ward.ok("--tls=off", "-v", "-c", "pwd", at_ward.url)
    assert "> PASS ****" in result.err
    assert password not in result.err + result.text


def test_scripts_stop_at_the_first_failure(at_ward):
    result = at_ward.run("--tls=off", "-c", "mkdir one; cd nosuch; mkdir two", at_ward.url)
    assert result.code == REFUSED
    assert os.listdir(at_ward.server.home()) == ["one"]
    at_ward.write("script", b"# a script\nmkdir three\ncd three\nput /etc/hostname \"a b\"\n")
    assert at_ward.run("--tls=off", "-f", "script", at_ward.url).code == OK
    assert os.listdir(at_ward.server.home("alice", "three")) == ["a b"]


def test_files_and_directories(at_ward):
    at_ward.server.put("f", b"x")
    at_ward.ok("--tls=off", "-c",
               "mkdir -p a/b/c; ren f a/b/g; chmod 600 a/b/g; cd a; cd b; stat g; cd -; rm b/g; rmdir b/c",
               at_ward.url)
    assert os.listdir(at_ward.server.home("alice", "a", "b")) == []
    at_ward.server.put("x1", b"")
    at_ward.server.put("x2", b"")
    at_ward.ok("--tls=off", "-c", "rm x*; rm -r a", at_ward.url)
    assert os.listdir(at_ward.server.home()) == []


def test_status_and_hash(at_ward):
    at_ward.server.put("f", b"abc")
    at_ward.write("f", b"abc")
    text = at_ward.ok("--tls=off", "-c", "hash f; verify f; status", at_ward.url).text
    assert "SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" in text
    assert "the same" in text and re.search(r"port \d+ as alice", text)
    at_ward.write("f", b"abd")
    assert at_ward.run("--tls=off", "-c", "verify f", at_ward.url).code == AGAIN


def test_flags_of_ls(at_ward):
    for number, (name, size) in enumerate([("b", 3), ("a", 1), ("c", 2)]):
        at_ward.server.put(name, b"x" * size)
        os.utime(at_ward.server.home("alice", name), (1_600_000_000 + number,) * 2)
    lines = at_ward.ok("--tls=off", "-c", "ls -1; ls -1t; nlist -tr; ls -1S .; ls -la", at_ward.url).text.splitlines()
    assert "".join(lines[:12]) == "abc" "cab" "bac" "bca"
    assert len(lines) == 15 and lines[12].startswith("-rw")
    assert at_ward.ok("--tls=off", "-c", "ls -1 a b", at_ward.url).text.split() == ["a:", "a", "b:", "b"]
    assert at_ward.run("--tls=off", "-c", "ls -y", at_ward.url).code == USAGE
