# SPDX-License-Identifier: BSD-2-Clause
"""The deploy hook for certbot, with renewals as certbot makes them: new files in archive/, links in live/."""

import os
import shutil
import ssl
import subprocess

import pytest

import harness
from authority import self_signed
from tls import TlsControl

HOOK = os.path.join(harness.TOP, "etc", "letsencrypt", "wardftpd")


def issue(server, lineage, number, key=None):
    """A certificate and its key in archive/, and the links to them in live/."""
    archive, live = server.path("archive", lineage), server.path("live", lineage)
    for directory in (archive, live):
        os.makedirs(directory, exist_ok=True)
    certificate, own_key = self_signed(server.directory, f"new-{lineage}-{number}")
    for name, source in (("fullchain", certificate), ("privkey", key or own_key)):
        shutil.copy(source, os.path.join(archive, f"{name}{number}.pem"))
        link = os.path.join(live, f"{name}.pem")
        os.symlink(f"../../archive/{lineage}/{name}{number}.pem", link + ".new")
        os.rename(link + ".new", link)
    with open(certificate) as file:
        return ssl.PEM_cert_to_DER_cert(file.read())


@pytest.fixture
def issued(make_server):
    """A server with a certificate of the lineage ftp.example.org, and that certificate."""
    first = []

    def prepare(server):
        if not first:
            first.append(issue(server, "ftp.example.org", 1))
        live = server.path("live", "ftp.example.org")
        server.overrides = {"tls": {"certificate": f"{live}/fullchain.pem", "key": f"{live}/privkey.pem"}}
        server.write_config()

    return make_server(prepare=prepare), first[0]


def run_hook(server, lineage="ftp.example.org"):
    environment = {**os.environ, "RENEWED_LINEAGE": server.path("live", lineage), "RENEWED_DOMAINS": lineage,
                   "PATH": harness.BUILD + ":" + os.environ["PATH"]}
    return subprocess.run([HOOK, server.config_file], env=environment, capture_output=True, text=True, timeout=60)


def log_in(server):
    control = TlsControl(server)
    server._controls.append(control)
    control.login("alice", server.user().password)
    return control


def shown(control):
    return control.socket.getpeercert(binary_form=True)


def reloads(server):
    return server.log_text().count("configuration reloaded")


def test_new_sessions_get_the_renewed_certificate_and_old_ones_go_on(issued):
    server, first = issued
    running = log_in(server)
    assert shown(running) == first
    second = issue(server, "ftp.example.org", 2)
    done = run_hook(server)
    assert done.returncode == 0, done
    assert shown(log_in(server)) == second
    running.command("PWD", 257)


def test_the_renewal_of_another_certificate_changes_nothing(issued):
    server, first = issued
    issue(server, "www.example.org", 1)
    assert run_hook(server, "www.example.org").returncode == 0
    assert reloads(server) == 0
    assert shown(log_in(server)) == first


def test_a_renewal_that_does_not_fit_together_is_reported(issued):
    """certbot reports a hook that fails; sessions get the old certificate."""
    server, first = issued
    wrong_key = self_signed(server.directory, "wrong")[1]
    issue(server, "ftp.example.org", 2, key=wrong_key)
    done = run_hook(server)
    assert done.returncode != 0 and done.stderr + done.stdout
    assert shown(log_in(server)) == first


def test_without_certbot_it_says_so(issued):
    server = issued[0]
    environment = {key: value for key, value in os.environ.items() if key != "RENEWED_LINEAGE"}
    done = subprocess.run([HOOK, server.config_file], env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and "RENEWED_LINEAGE" in done.stderr
