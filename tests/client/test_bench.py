# SPDX-License-Identifier: BSD-2-Clause
"""The bench measures what it says, and says what failed."""

import os

import pytest

OPERATIONS = ["connect", "login", "noop", "cwd", "size", "mdtm", "retr-small", "retr-large", "stor-small",
              "stor-large", "list", "mlsd", "nlst", "idle"]


def bench(client, *words, **arguments):
    result = client.run("bench", "--json", "--warmup=0.1", "--duration=0.5", "--sessions=4", "--large=300000",
                        "--entries=5", "--files=3", *words, f"alice@127.0.0.1:{client.server.port}", **arguments)
    return result, result.events[-1] if result.out else None


@pytest.fixture
def client_without_retry(at_ward):
    at_ward.command = lambda *words: type(at_ward).command(at_ward, *words)[:1] + list(map(str, words))
    return at_ward


# In every run; the rest is for --full.
ALWAYS = {("login", False), ("retr-small", True), ("stor-large", True), ("list", False), ("idle", False),
          ("size", False)}


@pytest.mark.parametrize("operation, tls", [
    pytest.param(operation, tls, marks=[] if (operation, tls) in ALWAYS else pytest.mark.full)
    for operation in OPERATIONS for tls in (False, True)])
def test_each_operation(client_without_retry, operation, tls):
    client = client_without_retry
    result, report = bench(client, "--mix", operation, *(["--tls"] if tls else []))
    assert result.code == 0, result.err + result.text
    measured = report["operations"][operation]
    assert measured["count"] > 0 and measured["errors"] == 0
    assert 0 < measured["p50_ms"] <= measured["p99_ms"] <= measured["max_ms"]
    assert report["sessions_ready"] == 4
    size = {"retr-small": 1024, "stor-small": 1024, "retr-large": 300000, "stor-large": 300000}.get(operation)
    if size:
        assert measured["bytes_per_second"] == pytest.approx(size * measured["per_second"], rel=1e-3)
    if tls and size:
        assert report["data_resumed"] > 0 and report["data_full"] == 0


def test_a_mix_in_two_processes_leaves_nothing_behind(client_without_retry):
    client = client_without_retry
    result, report = bench(client, "--mix=retr-small=3,list=1,stor-small", "--processes=2")
    assert result.code == 0, result.err
    assert set(report["operations"]) == {"retr-small", "list", "stor-small"}
    counts = {name: row["count"] for name, row in report["operations"].items()}
    assert counts["retr-small"] > counts["list"] > 0
    assert os.listdir(client.server.home()) == []


def test_failures_are_told(client_without_retry):
    client = client_without_retry
    result, report = bench(client, "--mix=retr-small", "--no-setup")
    assert result.code == 75
    assert report["operations"]["retr-small"]["errors"] > 0
    assert "550" in report["first_error"]


@pytest.mark.parametrize("option", ["--mix=", "--mix=retr", "--mix=list=0", "--sessions=0", "--sessions=x", "--seed=-1",
                                    "--duration=nan", "--files=", "--directory="])
def test_a_value_that_makes_no_sense_is_named(client_without_retry, option):
    result, _ = bench(client_without_retry, option)
    assert result.code == 64
    assert result.err.startswith(f"wardftp: bench: {option.split('=')[0]}: "), result.err
