# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the field cases: what real clients, devices and file systems do.

A case is one small file.  The first sentence of its docstring says what must
work, the rest names the public report that taught it.  Each test takes `site`,
a running server with one user:

    def test_the_thing_works(site):
        with site.login() as control:
            ...

The site is wardftpd.  A test marked `peers` also runs against the other servers
with --full, where PEERS names the directory that tests/peers/unpack.sh filled:
it tells what their users are used to.  A peer that behaves differently is no
failure; the result goes into the table that --field-table=FILE writes
(doc/field.md).  `@pytest.mark.site(config={...})` configures wardftpd.
"""

import os
import shutil
import subprocess
import tempfile

import pytest

import harness
from control import Control

PEERS = ("vsftpd", "pure-ftpd", "proftpd", "pyftpdlib")
COLUMNS = ("wardftpd",) + PEERS

results = {}


class Site:
    """A server with one user, and that user's home as a path on this machine."""

    def __init__(self, name, port, user, password, home, uid, ca=None, server=None):
        self.name, self.host, self.port = name, "127.0.0.1", port
        self.user, self.password, self.home, self.uid = user, password, home, uid
        self.ca, self.server = ca, server

    def login(self, **arguments):
        """A control connection, logged in, TYPE I."""
        control = Control(self.host, self.port, **arguments)
        control.login(self.user, self.password)
        control.command("TYPE I", 200)
        return control

    def path(self, *names):
        return os.path.join(self.home, *names)

    def put(self, name, content=b"", mode=0o644):
        """Makes a file in the home, owned by the user."""
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        os.chown(path, self.uid, self.uid)
        os.chmod(path, mode)
        return path

    def mkdir(self, name, mode=0o755):
        path = self.path(name)
        os.mkdir(path)
        os.chown(path, self.uid, self.uid)
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


def pytest_generate_tests(metafunc):
    if "site" not in metafunc.fixturenames:
        return
    servers = ["wardftpd"]
    wanted = metafunc.definition.get_closest_marker("peers") and metafunc.config.getoption("--full")
    if wanted and os.environ.get("PEERS"):
        servers += PEERS
    metafunc.parametrize("site", servers, indirect=True)


@pytest.fixture
def site(request, make_server):
    if request.param == "wardftpd":
        yield _wardftpd(request, make_server)
    else:
        yield from _peer(request.param)


def _wardftpd(request, make_server):
    marker = request.node.get_closest_marker("site")
    server = make_server(**(marker.kwargs if marker else {}))
    user = server.user("alice")
    return Site("wardftpd", server.port, user.name, user.password, user.home, user.uid, server=server)


def _peer(name):
    script = os.path.join(harness.TOP, "tests", "peers", name)
    directory = tempfile.mkdtemp(prefix="wardftpd-field-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    try:
        subprocess.run([script, "start", directory, str(harness.free_port())], check=True, capture_output=True,
                       timeout=60)
        lines = subprocess.run([script, "env", directory], check=True, capture_output=True, text=True).stdout
        said = dict(line.split("=", 1) for line in lines.split())
        yield Site(name, int(said["PORT"]), said["USER"], said["PASS"], os.path.join(directory, "home"), 2001,
                   said["CA"])
    finally:
        subprocess.run([script, "stop", directory], check=False, capture_output=True, timeout=60)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    param = getattr(item, "callspec", None) and item.callspec.params.get("site")
    if param is None:
        return
    case = (item.module.__doc__ or item.name).strip().split("\n\n")[0].replace("\n", " ")
    report.user_properties = [*report.user_properties, ("field", (case, item.originalname, param))]
    if param != "wardftpd" and report.failed:
        report.outcome, report.wasxfail = "skipped", f"{param} behaves differently"


def pytest_runtest_logreport(report):
    """Runs in the controller of pytest-xdist, too, so that the table is whole."""
    for name, value in report.user_properties:
        if name == "field" and (report.when == "call" or not report.passed):
            case, test, server = value
            row = results.setdefault((case, test), {})
            if row.get(server) != "no":  # one form that fails is enough
                row[server] = "yes" if report.passed else "no"


def pytest_sessionfinish(session):
    path = session.config.getoption("--field-table")
    if not path or hasattr(session.config, "workerinput"):
        return
    with open(path, "w") as file:
        file.write("| case | test | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 2) + "\n")
        for (case, test), row in sorted(results.items(), key=lambda entry: entry[0][1]):
            cells = [row.get(server, "–") for server in COLUMNS]
            file.write(f"| {case} | `{test}` | " + " | ".join(cells) + " |\n")
