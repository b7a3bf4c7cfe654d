# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the client's tests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import hostile  # noqa: E402
from wardftp import WARDFTP, Client  # noqa: E402


@pytest.fixture
def client(tmp_path):
    if not os.access(WARDFTP, os.X_OK):
        pytest.fail(f"{WARDFTP} is not built: run make, or set WARDFTPD_BUILD")
    return Client(tmp_path)


@pytest.fixture
def liar():
    """A server that lies as the test says."""
    with hostile.Hostile({"file": b"content of a file\n" * 1000}) as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {"good": hostile.certificate(directory, "good"),
            "other": hostile.certificate(directory, "other"),
            "elsewhere": hostile.certificate(directory, "elsewhere", "example.org", alternative="DNS:example.org"),
            "expired": hostile.expired_certificate(directory)}


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory):
    return hostile.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def ward(make_server, tls_files):
    """A wardftpd with TLS."""
    return make_server(config={"tls": {"certificate": tls_files[0], "key": tls_files[1]}})


@pytest.fixture
def at_ward(ward, client, tls_files):
    """The client with alice's log-in at it; client.url, client.ca and client.server are set."""
    client.login("127.0.0.1", "alice", ward.user("alice").password)
    client.url = f"ftp://alice@127.0.0.1:{ward.port}/"
    client.ca = tls_files[0]
    client.server = ward
    return client
