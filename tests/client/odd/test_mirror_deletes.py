# SPDX-License-Identifier: BSD-2-Clause
"""A mirror deletes only what it knows: exit 0 and files gone was what each of these servers made of it."""

import os

import pytest
from wardftp import OK, PROTOCOL, REFUSED, USAGE


def local(client, *names):
    for name in names:
        client.write(name, b"local")


def test_a_missing_source_empties_nothing(client, odd):
    """vsftpd answers LIST of a directory that is not there with 150, 226 and no line."""
    server = odd({"site": {"a": b"1"}}, mlsd=False)
    local(client, "here/a", "here/b")
    result = client.run("-c", "mirror -e typo here", server.url)
    assert result.code == REFUSED
    assert client.exists("here/a") and client.exists("here/b")


def test_an_unreadable_subdirectory_costs_only_itself(client, odd):
    server = odd({"site": {"closed": {"x": b"1"}, "open": {"y": b"2"}, "z": b"3"}}, mlsd=False)
    server.unreadable.add("/site/closed")
    local(client, "here/closed/x", "here/closed/deep/w", "here/open/gone", "here/gone")
    result = client.run("-c", "mirror -e site here", server.url)
    assert result.code == PROTOCOL and "incomplete" in result.err and "closed" in result.err
    assert client.exists("here/closed/x") and client.exists("here/closed/deep/w")
    assert not client.exists("here/open/gone") and not client.exists("here/gone")
    assert client.read("here/open/y") == b"2" and client.read("here/z") == b"3"


def test_nothing_is_deleted_below_a_doubtful_directory(client, odd):
    server = odd({"site": {f"d{i}": {"f": b"1"} for i in range(5)}}, mlsd=False)
    server.done = lambda lines: f"226 Output truncated to {len(lines)} matches" if len(lines) == 5 else "226 Done"
    local(client, "here/d1/extra", "here/other")
    result = client.run("-c", "mirror -e site here", server.url)
    assert result.code == PROTOCOL
    assert client.exists("here/d1/extra") and client.exists("here/other")
    assert client.read("here/d4/f") == b"1"


@pytest.mark.parametrize("reply", [
    "226 Output truncated to 1 matches", "226-Options: -l\r\n226 3 matches total",
    "226 Transfer done (but failed to open directory).", "226 Permission denied", "250 Listing incomplete",
])
def test_a_reply_that_casts_doubt(client, odd, reply):
    server = odd({"site": {"a": b"1"}})
    server.done = lambda lines: reply
    local(client, "here/b")
    assert client.run("-c", "mirror -e site here", server.url).code == PROTOCOL
    assert client.exists("here/a") and client.exists("here/b")


@pytest.mark.parametrize("reply", ["226-Options: -l\r\n226 1 matches total", "226 Transfer complete", "226 ok"])
def test_a_reply_that_does_not(client, odd, reply):
    server = odd({"site": {"a": b"1"}})
    server.done = lambda lines: reply
    local(client, "here/b")
    client.ok("-c", "mirror -e site here", server.url)
    assert not client.exists("here/b")


def test_a_line_that_is_not_understood(client, odd):
    server = odd({"site": {"a": b"1", "b": b"2"}}, mlsd=False)
    plain = server.line
    server.line = lambda name, node, when: "what is this" if name == "b" else plain(name, node, when)
    local(client, "here/b")
    assert client.run("-c", "mirror -e site here", server.url).code == PROTOCOL
    assert client.read("here/b") == b"local"


def test_an_upload_at_a_doubtful_target_deletes_only_what_is_listed(client, odd):
    server = odd({"site": {"old": b"1", "new": b"22"}}, mlsd=False)
    local(client, "here/new")
    client.ok("-c", "mirror -R -e here site", server.url)
    assert server.tree == {"site": {"new": b"local"}}


def test_what_is_excluded_is_kept_in_directories_that_go(client, odd):
    server = odd({"site": {"a": b"1"}})
    local(client, "here/gone/keep.txt", "here/gone/x", "here/gone/deep/y")
    client.ok("-c", "mirror -e -x *.txt site here", server.url)
    assert client.exists("here/gone/keep.txt")
    assert not client.exists("here/gone/x") and not client.exists("here/gone/deep")


@pytest.mark.parametrize("limit, code", [("2", USAGE), ("3", OK), ("50%", USAGE), ("80%", OK), ("0", USAGE)])
def test_max_delete(client, odd, limit, code):
    server = odd({"site": {"a": b"1"}})
    local(client, "here/a", "here/b", "here/c", "here/d")
    result = client.run("-c", f"mirror -e --max-delete {limit} site here", server.url)
    assert result.code == code
    assert client.exists("here/b") == (code != OK)
    assert client.read("here/a") == b"1", "what is to be copied is copied"


def test_slashes_at_the_end_take_the_base_name(client, odd):
    """Tab writes that slash."""
    server = odd({"site": {"a": b"1"}, "keep": b"2"})
    local(client, "there/b")
    client.ok("-c", "mirror site/", server.url)
    assert client.read("site/a") == b"1" and not client.exists("a")
    client.ok("-c", "mirror -R -e there/", server.url)
    assert server.tree["there"] == {"b": b"local"} and "keep" in server.tree


@pytest.mark.parametrize("source", [".", "/", "..", "./"])
def test_a_source_without_a_name_needs_a_target(client, odd, source):
    server = odd({"a": b"1"})
    local(client, "b")
    assert client.run("-c", f"mirror -e {source}", server.url).code == USAGE
    assert client.exists("b")


@pytest.mark.parametrize("target", ["/", ".", "~"])
def test_deleting_in_the_root_home_or_start_directory_needs_force(client, odd, target):
    server = odd({"site": {"a": b"1"}})
    local(client, "site/b", "c")
    if target == "~":
        target = client.directory
    if target != "/":
        assert client.run("-c", f"mirror -e site {target}", server.url).code == USAGE
        assert client.exists("c")
    assert client.run("-c", f"mirror -R -e site {'/' if target == '/' else '.'}", server.url).code == USAGE
    assert server.tree == {"site": {"a": b"1"}}
    client.ok("-c", "mirror -R -e --force site .", server.url)
    assert server.tree == {"b": b"local"}


def test_partial_downloads_are_no_part_of_a_mirror(client, odd):
    server = odd({"site": {"a": b"1", ".b.wardftp-part": b"2"}})
    local(client, "here/.c.wardftp-part", "there/.d.wardftp-part", "there/e")
    client.ok("-c", "mirror -e site here; mirror -R there", server.url)
    assert sorted(os.listdir(client.path("here"))) == [".c.wardftp-part", "a"]
    assert server.tree["there"] == {"e": b"local"}
    client.ok("-c", "lcd there; mput *", server.url)
    assert client.run("put", "there/.d.wardftp-part", server.url).code == USAGE
    assert ".d.wardftp-part" not in server.tree


def test_parents_of_the_target_are_made(client, odd):
    server = odd({"site": {"a": b"1"}})
    local(client, "here/b")
    client.ok("-c", "mirror -R here new/deep/er; mirror site also/deep", server.url)
    assert server.tree["new"]["deep"]["er"] == {"b": b"local"}
    assert client.read("also/deep/a") == b"1"


def test_patterns_match_paths_too(client, odd):
    server = odd({"site": {"sub": {"a.txt": b"1", "b": b"2"}, "a.txt": b"3"}})
    client.ok("-c", "mirror -x sub/*.txt site here", server.url)
    assert client.exists("here/a.txt") and client.exists("here/sub/b") and not client.exists("here/sub/a.txt")
