# SPDX-License-Identifier: BSD-2-Clause
"""The certificate that scripts/make-certificate makes is no authority, and clients take it as their CA file."""

import os
import subprocess

import pytest

import harness
from harness import TOP


@pytest.fixture(scope="module")
def server(make_shared_server):

    def prepare(server):
        server.tls = server.path("tls")
        subprocess.run([os.path.join(TOP, "scripts", "make-certificate"), server.tls, "localhost", "127.0.0.1"],
                       check=True, capture_output=True)
        server.overrides["tls"] = {"mode": "required", "certificate": f"{server.tls}/cert.pem",
                                   "key": f"{server.tls}/key.pem"}
        server.write_config()

    one = make_shared_server(prepare=prepare)
    one.put("file", b"content")
    return one


def curl(server, trusted, host):
    return ["curl", "-sS", "--ssl-reqd", "--cacert", trusted, "-u", f"alice:{server.user().password}",
            f"ftp://{host}:{server.port}/file"]


def lftp(server, trusted, host):
    settings = f"set ssl:ca-file {trusted}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set net:max-retries 1"
    return ["lftp", "--norc", "-c",
            f"{settings}; open -u alice,{server.user().password} ftp://{host}:{server.port}; cat file"]


def openssl(server, trusted, host):
    kind = "-verify_ip" if host[0].isdigit() else "-verify_hostname"
    return ["openssl", "s_client", "-starttls", "ftp", "-connect", f"{host}:{server.port}", "-CAfile", trusted,
            kind, host, "-verify_return_error", "-quiet"]


def gnutls(server, trusted, host):
    return ["gnutls-cli", "--starttls-proto=ftp", f"--x509cafile={trusted}", f"--port={server.port}", host]


PYTHON = """
import ftplib, ssl, sys
host, port, trusted, password = sys.argv[1:]
with ftplib.FTP_TLS(context=ssl.create_default_context(cafile=trusted)) as ftp:
    ftp.connect(host, int(port))
    ftp.login("alice", password)
    ftp.prot_p()
    ftp.retrbinary("RETR file", sys.stdout.buffer.write)
"""


def python(server, trusted, host):
    return ["python3", "-c", PYTHON, host, str(server.port), trusted, server.user().password]


CLIENTS = {"curl": curl, "lftp": lftp, "openssl": openssl, "gnutls-cli": gnutls, "python3": python}


def trusts(server, client, trusted, host):
    """Does the client go through with the handshake, or with a whole download where it can?"""
    if not any(os.access(os.path.join(folder, client), os.X_OK) for folder in os.environ["PATH"].split(":")):
        pytest.skip(f"{client} is not installed")
    done = subprocess.run(CLIENTS[client](server, trusted, host), input=b"QUIT\r\n", capture_output=True, timeout=60)
    print(client, host, done)
    words = b"221 " if client in ("openssl", "gnutls-cli") else b"content"
    return done.returncode == 0 and words in done.stdout


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_takes_the_certificate_as_its_ca_file(server, client, host):
    assert trusts(server, client, f"{server.tls}/cert.pem", host)


@pytest.mark.parametrize("client", CLIENTS)
def test_and_no_other(server, client, tmp_path):
    other, _, _ = harness.make_certificate(str(tmp_path))
    assert not trusts(server, client, other, "localhost")


def test_the_certificate_can_not_sign_others(server):
    text = subprocess.run(["openssl", "x509", "-in", f"{server.tls}/cert.pem", "-noout", "-text"], capture_output=True,
                          text=True, check=True).stdout
    assert "CA:FALSE" in text and "Digital Signature\n" in text and "Certificate Sign" not in text
    with open(server.output) as output:
        assert "may sign others" not in output.read()
