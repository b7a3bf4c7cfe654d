# SPDX-License-Identifier: BSD-2-Clause
"""Whose certificate is believed."""

import os
import re
import subprocess

import pytest
import terminal
from wardftp import PROTOCOL, USAGE


@pytest.fixture
def tls_liar(liar, certificates):
    liar.tls(*certificates["good"])
    liar.on["PROT"] = lambda session, argument: session.send("200 Fine")
    return liar


REQUIRE = ["--tls=require"]


def pin_of(result):
    return re.search(r"sha256:[0-9a-f]{64}", result.err).group()


def test_an_unknown_certificate_is_refused(client, tls_liar):
    result = client.run(*REQUIRE, "-c", "pwd", tls_liar.url)
    assert result.code == PROTOCOL and "not trusted" in result.err
    assert not any(line.startswith(("USER", "PASS")) for line in tls_liar.seen)


def test_an_authority_vouches(client, tls_liar, certificates):
    client.ok(*REQUIRE, "--ca", certificates["good"][0], "-c", "pwd", tls_liar.url)
    assert client.run(*REQUIRE, "--ca", certificates["other"][0], "-c", "pwd", tls_liar.url).code == PROTOCOL


@pytest.mark.parametrize("wrong", ["expired", "elsewhere"])
def test_expired_and_foreign_certificates(client, liar, certificates, wrong):
    liar.tls(*certificates[wrong])
    result = client.run(*REQUIRE, "--ca", certificates[wrong][0], "-c", "pwd", liar.url)
    assert result.code == PROTOCOL
    assert re.search("expired|mismatch", result.err)


def test_a_pin_is_enough_and_binding(client, tls_liar):
    pin = pin_of(client.run(*REQUIRE, "-c", "pwd", tls_liar.url))
    client.ok(*REQUIRE, "--pin", pin, "-c", "pwd", tls_liar.url)
    result = client.run(*REQUIRE, "--pin", pin[:-1] + ("0" if pin[-1] != "0" else "1"), "-c", "pwd", tls_liar.url)
    assert result.code == PROTOCOL and "pinned" in result.err


def test_trust_on_first_use_and_the_alarm(client, liar, certificates):
    liar.tls(*certificates["good"])
    liar.on["PROT"] = lambda session, argument: session.send("200 Fine")
    with terminal.Terminal(client, *REQUIRE, "-c", "pwd", liar.url) as tty:
        tty.expect("Trust it from now on")
        tty.send("yes\n")
        assert tty.wait() == 0, tty.text
    assert os.stat(client.path(".config/wardftp/known_hosts")).st_mode & 0o777 == 0o600
    client.ok(*REQUIRE, "-c", "pwd", liar.url)
    liar.tls(*certificates["other"])
    result = client.run(*REQUIRE, "-c", "pwd", liar.url)
    assert result.code == PROTOCOL and "HAS CHANGED" in result.err


def test_no_is_no(client, tls_liar):
    with terminal.Terminal(client, *REQUIRE, "-c", "pwd", tls_liar.url) as tty:
        tty.expect("Trust it from now on")
        tty.send("no\n")
        assert tty.wait() == PROTOCOL
    assert not client.exists(".config/wardftp/known_hosts")


def test_try_goes_on_and_off_does_not_ask(client, tls_liar):
    client.ok("--tls=try", "-c", "pwd", tls_liar.url)
    assert "AUTH TLS" in tls_liar.seen
    tls_liar.seen.clear()
    client.ok("--tls=off", "-c", "pwd", tls_liar.url)
    assert "AUTH TLS" not in tls_liar.seen


def test_data_in_clear_is_refused_where_tls_is_required(client, liar, certificates):
    liar.tls(*certificates["good"])  # PROT P is 534 here
    result = client.run(*REQUIRE, "--ca", certificates["good"][0], "-c", "pwd", liar.url)
    assert result.code == PROTOCOL and "encrypt" in result.err


@pytest.fixture
def asks_for_certificates(make_server, tls_files, certificates):
    return make_server(config={"tls": {"certificate": tls_files[0], "key": tls_files[1],
                                       "client_certificate": "required", "client_ca": certificates["good"][0]}})


def test_a_client_certificate(asks_for_certificates, client, certificates, tls_files):
    server = asks_for_certificates
    client.login("127.0.0.1", "alice", server.user("alice").password)
    words = [*REQUIRE, "--ca", tls_files[0]]
    url = f"ftp://alice@127.0.0.1:{server.port}/"
    cert, key = certificates["good"]
    client.ok(*words, "--cert", cert, "--key", key, "-c", "put /etc/hostname h; get h", url)
    with open(client.path("both.pem"), "w") as both:
        for name in (cert, key):
            with open(name) as file:
                both.write(file.read())
    client.ok(*words, "--cert", "both.pem", "ls", url)
    assert client.run(*words, "ls", url).code != 0
    result = client.run(*words, "--cert", cert, "--key", certificates["other"][1], "ls", url)
    assert result.code == USAGE and "other.key" in result.err
    locked = client.path("locked.key")
    subprocess.run(["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:word", "-out", locked],
                   check=True, capture_output=True)
    result = client.run(*words, "--cert", cert, "--key", "locked.key", "ls", url)
    assert result.code == USAGE and "locked.key" in result.err and "password" in result.err


def test_the_lowest_version_of_tls(at_ward):
    at_ward.write("openssl.cnf", b"""openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MaxProtocol = TLSv1.2
""")
    words = [*REQUIRE, "--ca", at_ward.ca, "ls", at_ward.url]
    at_ward.ok("--tls-min=1.3", *words)
    at_ward.environment["OPENSSL_CONF"] = at_ward.path("openssl.cnf")
    at_ward.ok("--tls-min=1.2", *words)
    assert at_ward.run("--tls-min=1.3", *words).code == PROTOCOL
    assert at_ward.run("--tls-min=1.1", *words).code == USAGE
