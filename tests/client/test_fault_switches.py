# SPDX-License-Identifier: BSD-2-Clause
"""What the server does where the client misbehaves on purpose (wardftp --fault)."""

import os
import subprocess
import time

import pytest
from wardftp import AGAIN, LOCAL, OK, USAGE

from proc import wait_for


@pytest.fixture
def tls(at_ward):
    return ["--tls=require", "--ca", at_ward.ca]


def test_an_upload_without_close_notify_is_no_upload(at_ward, tls):
    at_ward.write("f", b"x" * 100_000)
    assert at_ward.run(*tls, "--fault=no-close-notify", "put", "f", at_ward.url + "f").code == AGAIN
    at_ward.ok("--tls=off", "--fault=no-close-notify", "put", "f", at_ward.url + "f")


def test_a_replacement_that_is_cut_leaves_the_old_file(at_ward, tls):
    at_ward.server.put("f", b"old")
    at_ward.write("f", b"x" * 1_000_000)
    assert at_ward.run(*tls, "--fault=cut=300000", "put", "f", at_ward.url + "f").code == AGAIN
    assert at_ward.server.read("f") == b"old"


@pytest.mark.parametrize("fault", ["stale-ticket", "no-resume", "late-data=200", "no-quit", "split-commands", "telnet"])
def test_a_transfer_bears_it(at_ward, tls, fault):
    at_ward.server.put("f", b"x" * 100_000)
    result = at_ward.ok(*tls, "-v", f"--fault={fault}", "-c", "get f one; get f two", at_ward.url)
    assert at_ward.read("one") == at_ward.read("two") == b"x" * 100_000
    assert result.err.count("full handshake") == (2 if fault == "no-resume" else 0)


def test_a_server_that_wants_resumption_gets_it(make_server, client, tls_files):
    ward = make_server(config={"tls": {"certificate": tls_files[0], "key": tls_files[1], "data_resume": "required"}})
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    url = f"ftp://alice@127.0.0.1:{ward.port}/"
    ward.put("f", b"x")
    client.ok("--ca", tls_files[0], "--tls=require", "-c", "cat f; cat f; cat f; cat f; nlist", url)
    assert client.run("--ca", tls_files[0], "--tls=require", "--fault=no-resume", "-c", "cat f", url).code != OK


def test_no_data_connection_is_425(make_server, client):
    ward = make_server(config={"daemon": {"connect_timeout": 1}})
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    ward.put("f", b"x")
    result = client.run("--tls=off", "--fault=no-data", "get", f"ftp://alice@127.0.0.1:{ward.port}/f")
    assert result.code == AGAIN and "425" in result.err


def test_a_slow_reader_gets_all(at_ward):
    at_ward.server.put("f", b"x" * 30_000)
    began = time.monotonic()
    at_ward.ok("--tls=off", "--fault=slow-reader=20000", "get", at_ward.url + "f")
    assert time.monotonic() - began > 1
    assert at_ward.read("f") == b"x" * 30_000


def test_half_closed_after_a_command(at_ward):
    """The server sees our end after PASS: it ends the session, and we say so."""
    assert at_ward.run("--tls=off", "--idle-timeout=10", "--fault=half-close=2", "ls", at_ward.url).code == AGAIN


def test_the_table_is_told(client):
    text = client.ok("--fault", "help").text
    assert "cut=N" in text and "slow-reader" in text
    assert client.run("--fault=nonsense", "ls", "ftp://h/").code == USAGE


def test_a_full_disk_here(at_ward):
    at_ward.server.put("f", b"x" * 100_000)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(at_ward.command("--tls=off", "cat", at_ward.url + "f"), cwd=at_ward.directory,
                              env=at_ward.environment, stdout=full, stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == LOCAL and b"No space left" in done.stderr


@pytest.fixture
def impatient(make_server, client):
    """A server that bears a second without a byte, and alice's log-in at it."""
    ward = make_server(config={"daemon": {"data_timeout": 1}})
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    client.url, client.server = f"ftp://alice@127.0.0.1:{ward.port}/", ward
    return client


def test_law_d5_slow_is_not_stalled(impatient):
    """Bytes go on coming, for longer than data_timeout: that is no stall."""
    content = os.urandom(600_000)
    impatient.server.put("f", content)
    impatient.ok("--tls=off", "--fault=slow-reader=200000", "get", impatient.url + "f")
    assert impatient.read("f") == content


def test_law_d5_a_stalled_upload_is_426(impatient):
    impatient.write("f", b"x" * 1_000_000)
    result = impatient.run("--tls=off", "-v", "--fault=hang=100000", "put", "f", impatient.url + "f")
    assert result.code == AGAIN and "< 426" in result.err


def test_law_u3_what_a_cut_leaves_can_be_resumed(at_ward, tls):
    content = os.urandom(1_000_000)
    at_ward.write("f", content)
    assert at_ward.run(*tls, "--fault=cut=300000", "put", "f", at_ward.url + "new").code == AGAIN
    wait_for(lambda: os.path.exists(at_ward.server.home("alice", "new")), what="what arrived, under its name")
    kept = at_ward.server.read("new")
    assert content.startswith(kept) and len(kept) < len(content)
    at_ward.ok(*tls, "reput", "f", at_ward.url + "new")
    assert at_ward.server.read("new") == content


def test_law_u6_a_replacement_without_close_notify_leaves_the_old_file(at_ward, tls):
    at_ward.server.put("f", b"old")
    at_ward.write("f", b"new" * 1000)
    assert at_ward.run(*tls, "--fault=no-close-notify", "put", "f", at_ward.url + "f").code == AGAIN
    assert at_ward.server.read("f") == b"old"


def test_law_t4_a_stale_ticket_of_the_session_is_its_ticket(make_server, client, tls_files):
    ward = make_server(config={"tls": {"certificate": tls_files[0], "key": tls_files[1], "data_resume": "required"}})
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    ward.put("f", b"x")
    result = client.ok("--ca", tls_files[0], "--tls=require", "-v", "--fault=stale-ticket", "-c", "cat f; cat f; cat f",
                       f"ftp://alice@127.0.0.1:{ward.port}/")
    assert result.err.count("session resumed") == 3


def test_law_r4_commands_in_single_bytes_do_all_that_whole_ones_do(at_ward, tls):
    at_ward.write("f", b"content")
    at_ward.ok(*tls, "--fault=split-commands", "-c",
               "mkdir 'a b'; put f 'a b/f'; ren 'a b/f' g; chmod 600 g; verify g f; rmdir 'a b'", at_ward.url)
    assert at_ward.server.read("g") == b"content"


def test_a_cut_download_is_gone_on_with(at_ward):
    content = os.urandom(1_000_000)
    at_ward.server.put("f", content)
    assert at_ward.run("--tls=off", "--fault=cut=300000", "get", at_ward.url + "f").code == AGAIN
    assert at_ward.exists(".f.wardftp-part") and not at_ward.exists("f")
    at_ward.ok("--tls=off", "reget", at_ward.url + "f")
    assert at_ward.read("f") == content
