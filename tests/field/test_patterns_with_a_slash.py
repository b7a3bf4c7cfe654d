# SPDX-License-Identifier: BSD-2-Clause
"""`NLST d?/`, `NLST */x` and `LIST */` give names that exist, as ProFTPD's do.

Scripts written for ProFTPD and wu-ftpd fetch `*/latest.log` by mget; rclone#1438 and basic-ftp#176 tell what goes
wrong where a server's patterns differ.
"""

import os

import pytest


@pytest.fixture
def tree(site):
    for name in ("d1", "d2", "e", "d1/sub"):
        site.mkdir(name)
    for name in ("top", "d1/x", "d1/y", "d2/x", "d1/sub/deep", "e/.h"):
        site.put(name, b"12")
    return site


def names(control, line):
    return sorted(control.fetch(line).decode().split("\r\n")[:-1])


@pytest.mark.peers
@pytest.mark.parametrize("line, wanted", [
    ("NLST d?", ["d1", "d2"]), ("NLST d?/", ["d1/", "d2/"]), ("NLST */", ["d1/", "d2/", "e/"]),
    ("NLST */x", ["d1/x", "d2/x"]), ("NLST */sub", ["d1/sub"]), ("NLST */*", ["d1/sub", "d1/x", "d1/y", "d2/x"]),
    ("NLST d1/*", ["d1/sub", "d1/x", "d1/y"]),
    ("NLST */*/", ["d1/sub/"]), ("NLST */sub/*", ["d1/sub/deep"]), ("NLST d1/*/deep", ["d1/sub/deep"])])
def test_nlst(tree, line, wanted):
    with tree.login() as control:
        assert names(control, line) == wanted


@pytest.mark.peers
def test_list_of_directories(tree):
    with tree.login() as control:
        rows = control.fetch("LIST */").splitlines()
        assert [row.split()[-1] for row in rows] == [b"d1/", b"d2/",
                                                     b"e/"] and all(row.startswith(b"d") for row in rows)
        rows = control.fetch("LIST */x").splitlines()
        assert [row.split()[-1] for row in rows] == [b"d1/x", b"d2/x"] and all(row.startswith(b"-rw") for row in rows)


@pytest.mark.parametrize("line, wanted", [
    ("NLST /d?/x", ["/d1/x", "/d2/x"]), ("NLST ./*/x", ["./d1/x", "./d2/x"]), ("NLST ~/*/x", ["~/d1/x", "~/d2/x"]),
    ("NLST e/*", []), ("NLST e/.*", ["e/.h"]), ("NLST */.h", ["e/.h"]), ("NLST top/*", None), ("NLST zz*/x", []),
    ("NLST d1/../*/y", ["d1/../d1/y"])])
def test_names_can_be_given_back(tree, line, wanted):
    with tree.login() as control:
        if wanted is None:
            with control.connect_data():
                control.command(line, 550)
            return
        assert names(control, line) == wanted
        for name in wanted:
            control.command(f"SIZE {name}", 213)


def test_the_current_directory_is_no_pattern(tree):
    tree.mkdir("[d]")
    tree.put("[d]/in")
    tree.mkdir("[d]/sub")
    tree.put("[d]/sub/file")
    with tree.login() as control:
        control.command("CWD [d]", 250)
        assert names(control, "NLST i*") == ["in"]
        assert names(control, "NLST */file") == ["sub/file"]
        assert names(control, "NLST ../[d]/i*") == ["../[d]/in"]


def test_a_literal_name_comes_first_in_each_component(tree):
    tree.mkdir("d?")
    tree.put("d?/x", b"1")
    with tree.login() as control:
        assert names(control, "NLST d?/x") == ["d?/x"]
        assert names(control, "NLST d?/*") == ["d?/x"]
        assert names(control, "NLST d?/") == ["d?/x"]


def test_links_to_directories_are_followed(tree):
    os.symlink("d1", tree.path("link"))
    os.symlink("top", tree.path("file-link"))
    with tree.login() as control:
        assert names(control, "NLST l*/x") == ["link/x"]
        assert names(control, "NLST *link*/") == ["link/"]
        os.symlink("/", tree.path("d1/out"))
        assert "d1/out/top" in names(control, "NLST d1/*/top"), "the root is the home"


@pytest.mark.site(config={"defaults": {"hide": "secret*", "deny": "d2"}})
def test_hidden_and_denied_names_match_nothing(tree):
    tree.mkdir("secret")
    tree.put("secret/x")
    with tree.login() as control:
        os.symlink("../d2/x", tree.path("e/x"))
        os.symlink("../secret/x", tree.path("d1/z"))
        assert names(control, "NLST */x") == ["d1/x"]
        assert names(control, "NLST */z") == []
        assert names(control, "NLST */[xz]") == ["d1/x"]
        assert names(control, "NLST */") == ["d1/", "e/"]


def test_what_can_not_be_entered_ends_nothing(tree):
    tree.mkdir("d0", 0o000)
    tree.mkdir("d3", 0o400)
    with tree.login() as control:
        assert names(control, "NLST d?/x") == ["d1/x", "d2/x"]
        assert names(control, "NLST d?/") == ["d0/", "d1/", "d2/", "d3/"]


def test_too_many_matches_are_refused_not_cut(tree):
    for number in range(10001):
        os.mkdir(tree.path(f"n{number}"))
    with tree.login() as control:
        with control.connect_data():
            control.command("NLST n*/", 451)
        assert len(names(control, "NLST n*")) == 10001
