# SPDX-License-Identifier: BSD-2-Clause
"""What every end-to-end test shares: the --full switch and the `server` fixtures."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "server"))

import harness  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the long tests as well")
    parser.addoption("--field-table", metavar="FILE", help="write the results of tests/field as a table")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--full"):
        return
    long_ones = [item for item in items if _is_long(item)]
    if long_ones:
        config.hook.pytest_deselected(items=long_ones)
        items[:] = [item for item in items if not _is_long(item)]


def _is_long(item):
    return item.get_closest_marker("full") is not None


def _need_root_and_binary():
    if os.geteuid() != 0:
        pytest.skip("the server starts as root only: run the suite as root")
    if not os.access(harness.WARDFTPD, os.X_OK):
        pytest.fail(f"{harness.WARDFTPD} is not built: run make, or set WARDFTPD_BUILD")


@pytest.fixture
def make_server():
    """Starts servers for one test: make_server(config={...}, ...) -> harness.Server."""
    _need_root_and_binary()
    yield from _factory()


@pytest.fixture
def server(make_server):
    """A server of the test's own, with the defaults of the harness."""
    return make_server()


@pytest.fixture(scope="module")
def make_shared_server():
    _need_root_and_binary()
    yield from _factory()


@pytest.fixture(scope="module")
def _one_server(make_shared_server):
    return make_shared_server()


@pytest.fixture
def shared_server(_one_server):
    """One server for the whole file, where tests can't be in each other's way."""
    yield _one_server
    _one_server.close_controls()


@pytest.fixture
def scratch():
    """An empty directory that every user can reach; removed afterwards."""
    _need_root_and_binary()
    with harness.scratch_directory() as directory:
        yield directory


def _factory():
    made = []

    def make(**arguments):
        one = harness.Server(**arguments)
        made.append(one)
        return one.start()

    faults = []
    try:
        yield make
    finally:
        for one in reversed(made):
            try:
                one.finish()
            except Exception as fault:  # every server is ended before the first fault is reported
                faults.append(fault)
    if faults:
        raise faults[0]
