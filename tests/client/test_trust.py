# SPDX-License-Identifier: BSD-2-Clause
"""Whose certificate is believed."""

import os
import re

import pytest
import terminal
from wardftp import PROTOCOL


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
