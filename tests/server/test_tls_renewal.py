# SPDX-License-Identifier: BSD-2-Clause
"""Certificates come and go: law T7, and what `wardftpd -t` says of them."""

import os
import re
import signal
import ssl
import subprocess

import pytest

from authority import Authority, private_numbers, self_signed
from control import Control
from harness import SANITIZED, WARDFTPD
from proc import wait_for
from tls import TlsControl, client_context, tls_server

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def log_in(server, **arguments):
    control = TlsControl(server, **arguments)
    server._controls.append(control)
    control.login("alice", server.user().password)
    control.command("TYPE I", 200)
    return control.protect()


def shown(control):
    return control.socket.getpeercert(binary_form=True)


def renew(server, kind="P-256"):
    """Another certificate and key under the names of the old ones."""
    for new, old in zip(self_signed(server.directory, "renewed", kind=kind), ("cert.pem", "key.pem")):
        os.rename(new, server.path(old))


def reload(server, says="configuration reloaded"):
    before = server.log_text().count(says)
    server.signal(signal.SIGHUP)
    server.wait_log(f"(?s)(?:{says}.*){{{before + 1}}}")


@pytest.mark.parametrize("kind", ["P-256", "rsa"])
def test_t7_renewal_touches_no_session(make_server, kind):
    """Also not those whose data connections never resume, and who need the old key for each."""
    server = tls_server(make_server)
    running = [log_in(server, version=version) for version in VERSIONS.values()]
    in_clear = Control(server.host, server.port)
    server._controls.append(in_clear)
    in_clear.command("NOOP")
    for _ in range(2):
        renew(server, kind)
        reload(server)
    for control in running:
        for resume in (False, True, False):
            assert control.store_tls("STOR file", b"content", resume=resume).code == 226
            assert control.fetch_tls("RETR file", resume=resume)[0] == b"content"
    in_clear.command("AUTH TLS", 234)
    in_clear.socket = client_context().wrap_socket(in_clear.socket)
    in_clear.login("alice", server.user().password)
    assert shown(in_clear) == shown(running[0]) == server.certificate
    assert shown(log_in(server)) != server.certificate


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps what was freed, for a while")
def test_t7_the_old_key_goes_with_the_last_session_that_needs_it(make_server):
    server = tls_server(make_server)
    old = log_in(server)
    numbers = private_numbers(server.path("key.pem"))
    renew(server)
    reload(server)
    keeper = server.one("keeper")
    assert keeper.memory_has(numbers)
    net = server.net_of(old)
    old.command("QUIT", 221)
    old.close()
    wait_for(lambda: not net.alive(), what="the end of the old session")
    wait_for(lambda: log_in(server) and not keeper.memory_has(numbers), what="the end of the old key")


def test_t7_a_certificate_without_its_key_changes_nothing(make_server):
    server = tls_server(make_server)
    certificate, _ = self_signed(server.directory, "other")
    os.rename(certificate, server.path("cert.pem"))
    reload(server, "reload failed: the old configuration stays")
    assert "the private key is not the certificate" in server.log_text()
    assert shown(log_in(server)) == server.certificate


def test_t7_the_log_warns_of_expiry(make_server):
    def short(server):
        certificate, key = self_signed(server.directory, "short", days=5)
        server.overrides["tls"].update(certificate=certificate, key=key)

    server = tls_server(make_server, before=short)
    server.wait_log(r"warning .*short\.pem: the certificate expires within 14 days")


@pytest.mark.parametrize("mode", ["optional", "required"])
def test_a_failed_reload_keeps_the_certificates(make_server, mode):
    """Not even where TLS is optional: who asks for it would get none from then on."""
    server = tls_server(make_server, mode=mode)
    os.rename(server.path("cert.pem"), server.path("gone.pem"))
    for keys in ({}, {"certificate": None, "key": None}):
        server.overrides["tls"].update(keys)
        server.write_config()
        reload(server, "reload failed: the old configuration stays")
        assert shown(log_in(server)) == server.certificate


@pytest.mark.parametrize("section", ["tls", "host ftp.example"])
def test_a_certificate_that_is_named_must_be_there(make_server, section):
    """The default's may be missing; without one that somebody has set there would be no TLS, and no word of it."""
    server = make_server()
    start = [WARDFTPD, "-f", "-c", server.config_file]
    with open(server.config_file, "a") as config:
        config.write(f"[{section}]\ncertificate = {server.path('none.pem')}\nkey = {server.path('none.key')}\n")
    for command in ([WARDFTPD, "-t", "-c", server.config_file], start):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.returncode == 78, done
        assert re.search(r"(none|key|cert)\.(key|pem): no (certificate|private key) can be read", done.stderr)


def test_a_certificate_that_cannot_be_looked_at_is_not_a_missing_one(make_server, scratch):
    """Here a directory of its path is a file."""
    server = make_server()
    with open(os.path.join(scratch, "tls"), "w"):
        pass
    done = subprocess.run([WARDFTPD, "-t", "-c", server.config_file, "-o", f"tls.certificate={scratch}/tls/cert.pem"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 78


def check(directory, certificate, key):
    done = subprocess.run([WARDFTPD, "-t", "--quick", "-c", "/dev/null", "-o", f"tls.certificate={certificate}", "-o",
                           f"tls.key={key}"],
                          capture_output=True, text=True, timeout=20, cwd=directory)
    return done.returncode, done.stderr


def test_check_tells_what_is_wrong_with_a_certificate(scratch):
    certificate, key = self_signed(scratch, "good")
    other = self_signed(scratch, "other")[1]
    assert check(scratch, certificate, key) == (0, "")
    for arguments, code, words in (((certificate, other), 78, f"{other}: the private key is not the certificate's"),
                                   ((certificate, certificate), 78, f"{certificate}: no private key"),
                                   ((key, key), 78, f"{key}: no certificate can be read"),
                                   (self_signed(scratch, "short", days=13), 0, "warning: .*expires within 14 days"),
                                   (self_signed(scratch, "long", days=15), 0, "")):
        returned, said = check(scratch, *arguments)
        assert returned == code
        assert re.search(words, said), said
    os.chmod(key, 0o644)
    assert "others than its owner may use this key" in check(scratch, certificate, key)[1]


@pytest.mark.parametrize("extension", ["basicConstraints=critical,CA:TRUE", "keyUsage=digitalSignature,keyCertSign"])
def test_check_and_start_warn_of_a_certificate_that_may_sign_others(make_server, scratch, extension):
    """Its clients would trust all that a taken server signs."""
    certificate, key = self_signed(scratch, "authority", extensions=[extension])
    warning = f"warning: {certificate}: the certificate may sign others"
    code, said = check(scratch, certificate, key)
    assert code == 0 and warning in said

    server = make_server(config={"tls": {"certificate": certificate, "key": key}})
    assert warning in open(server.output).read()


def test_check_tells_of_a_chain_out_of_order(scratch):
    root = Authority(scratch, "root")
    leaf, key = root.sign("/CN=localhost", usage="serverAuth")
    stranger = Authority(scratch, "stranger")
    for second, words in ((root.certificate, ""), (stranger.certificate, "the chain is out of order")):
        chain = os.path.join(scratch, "chain.pem")
        with open(chain, "w") as file:
            file.write(open(leaf).read() + open(second).read())
        code, said = check(scratch, chain, key)
        assert code == 0 and (words in said if words else said == "")
