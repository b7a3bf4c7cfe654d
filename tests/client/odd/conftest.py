# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the tests at odd servers."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from odd_server import Odd  # noqa: E402


@pytest.fixture
def odd():
    """odd(tree, **quirks): a server, which ends with the test."""
    servers = []

    def start(tree, **quirks):
        server = Odd(tree, **quirks)
        servers.append(server)
        server.__enter__()
        return server

    yield start
    for server in servers:
        server.__exit__()
