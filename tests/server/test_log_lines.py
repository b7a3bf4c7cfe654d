# SPDX-License-Identifier: BSD-2-Clause
"""The lines of the log, as other programs read them: fail2ban's filter and a
JSON parser, against names that try to pass for something else (law M3)."""

import configparser
import datetime
import json
import os
import re
import shutil
import subprocess

import pytest

from harness import WARDFTPD

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILTER = os.path.join(ROOT, "etc/fail2ban/filter.d/wardftpd.conf")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|^Nov 24 05:17:00")
ADDR = r"(?P<host>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+)"


@pytest.fixture(scope="module")
def lines():
    """For each hostile name: a refusal as a file, syslog and JSON have it, an upload as file and JSON."""
    program = os.path.join(os.path.dirname(WARDFTPD), "tests/unit/test_scribe")
    if not os.path.exists(program):
        pytest.skip(f"{program} is not built (make unit)")
    output = subprocess.run([program, "--lines"], stdout=subprocess.PIPE, check=True).stdout
    return output.decode("utf-8", "surrogateescape").split("\n")[:-1]


def expressions(key):
    parser = configparser.ConfigParser(interpolation=configparser.BasicInterpolation())
    parser.read(FILTER)
    return [re.compile(line.replace("<ADDR>", ADDR)) for line in parser["Definition"][key].split("\n") if line]


def banned(line):
    """The address that fail2ban would count against: it takes what its datepattern matched out of the line first."""
    line = TIME.sub("", line.removeprefix('{"time":"'), count=1)
    if any(ignore.search(line) for ignore in expressions("ignoreregex")):
        return None
    for fail in expressions("failregex"):
        if match := fail.search(line):
            return match["host"]
    return None


def test_m3_every_refusal_counts_for_its_own_address(lines):
    assert len(lines) % 5 == 0 and len(lines) >= 50
    refusals = [line for i, line in enumerate(lines) if i % 5 < 3]
    for line in refusals:
        anonymous = re.search(r'user(=|":)"anonymous"', line)
        assert banned(line) == (None if anonymous else "192.0.2.1"), line


def test_no_other_line_counts(lines):
    for i, line in enumerate(lines):
        if i % 5 >= 3:
            assert banned(line) is None, line


@pytest.mark.parametrize("reason", ["limit", "home", "tls", "unavailable", "address"])
def test_what_is_not_the_clients_fault_does_not_count(lines, reason):
    assert banned(lines[0].replace("reason=password", f"reason={reason}")) is None


def test_m3_a_note_can_not_pass_for_a_refusal(lines):
    for refusal in [line for i, line in enumerate(lines) if i % 5 < 3]:
        bare = TIME.sub("", refusal.removeprefix('{"time":"'), count=1)
        assert banned("2026-11-24T05:17:00.000Z info process=net pid=7 note: " + bare) is None
        assert banned("Nov 24 05:17:00 host wardftpd[7]: process=net pid=7 note: " + bare) is None


def test_m3_no_name_breaks_a_line(lines):
    for line in lines:
        assert not re.search(r"[\x00-\x1f\x7f]", line), line
        assert TIME.search(line), line


def test_every_json_line_is_json(lines):
    documents = [json.loads(line.encode("utf-8", "surrogateescape")) for line in lines if line.startswith("{")]
    assert len(documents) == len(lines) // 5 * 2
    names = {document["user"] for document in documents if document["event"] == "login refused"}
    assert {"bob", "", "caf\u00e9", "\\\"", "\xff\xfe\"", "\x1b[31m", "%s%n"} <= names
    paths = {document["path"] for document in documents if document["event"] == "upload"}
    assert paths == names


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_fail2ban_itself_counts_each_refusal_at_its_time(lines, zone, tmp_path):
    """fail2ban-regex on files of each form; a time that is read in the wrong zone would ban no one, or too late."""
    program = shutil.which("fail2ban-regex")
    if not program:
        pytest.skip("fail2ban is not installed")
    seconds = datetime.datetime(2026, 11, 24, 5, 17, tzinfo=datetime.timezone.utc).timestamp()
    for form in (0, 2):                                 # a file's text; JSON
        refusals = [line for line in lines[form::5] if "anonymous" not in line]
        path = tmp_path / f"log{form}"
        path.write_bytes("".join(line + "\n" for line in refusals).encode("utf-8", "surrogateescape"))
        done = subprocess.run([program, "-o", "row", str(path), FILTER], env={**os.environ, "TZ": zone},
                              capture_output=True, timeout=60, check=True)
        rows = re.findall(rb"^\['192\.0\.2\.1',\t([\d.]+),", done.stdout, re.MULTILINE)
        assert len(rows) == len(refusals) >= 10, done.stdout
        assert {float(row) // 1 for row in rows} == {seconds}, done.stdout
