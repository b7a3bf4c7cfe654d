# SPDX-License-Identifier: BSD-2-Clause
"""A JAIL that was taken and answers its honest NET as it likes: whatever it
says, NET ends that session with a line in the log; it never crashes, and gives
its client no byte of its memory.

A client's path carries the lie: "/=HEX,HEX" is the answer to the question about
that path, and the answers to those behind it (hostile.c)."""

import pytest

import harness
from messages import Message, values
from taken import LIST_NEXT, LIST_OPEN, server_of

REGULAR, DIRECTORY, PAGE_ROOM = values("FILE_REGULAR", "FILE_DIRECTORY", "PAGE_ROOM")


def answer(**fields):
    """Of a file of 7 bytes; the head is the question's unless it is given."""
    honest = {"limit": 2**64 - 1, "file_size": 7, "file_inode": 1, "file_device": 1, "file_type": REGULAR,
              "file_mode": 0o644, "file_links": 1}
    return Message("jail_answer").pack(**{**honest, **fields})


def page(text, **fields):
    """As much of it as is sent."""
    return Message("jail_page").pack_text("text", text, **{"last": 1, **fields})


LISTED = answer(file_type=DIRECTORY)

# The answer to a question about a file.
ANSWERS = {
    "cut short": answer()[:-1],
    "too long": answer() + b"\0",
    "its head alone": b"\0" * 8,
    "one byte": b"x",
    "of another type": answer(head_type=99, head_serial=1),
    "with another serial": answer(head_type=1, head_serial=2**32 - 1),
    "an error between errno and ours": answer(error=5000),
    "an error that means that JAIL is gone": answer(error=1 << 16),
    "the largest error": answer(error=2**32 - 1),
    "more than more": answer(more=2),
    "a negative offset": answer(offset=2**63),
    "a negative size": answer(file_size=2**64 - 1),
    "more than a second of nanoseconds": answer(file_mtime_ns=10**9),
    "no type": answer(file_type=0),
    "a type that is none": answer(file_type=5),
    "more mode than there is": answer(file_mode=0o10000),
    "a name that does not end": answer(name=b"x" * 256),
    "a name with a slash": answer(name=b"../x"),
    "a name with a line end": answer(name=b"226 done\n"),
}

# The first page, which comes with the answer to LIST_OPEN, or the one after it.
PAGES = {
    "a bare LF": page(b"\n"),
    "a bare LF behind a line": page(b"a\r\n\n"),
    "a line that ends in LF alone": page(b"-rw-r--r-- 1 0 0 7 Jan 1 1970 a\n"),
    "a text without a line end": page(b"a"),
    "a text behind the last line": page(b"a\r\nb"),
    "a NUL": page(b"a\0b\r\n"),
    "neither last nor not": page(b"a\r\n", last=2),
    "an error that is none": page(b"", error=5000),
    "cut within its head": page(b"")[:-1],
}

NEXT_PAGES = {
    **PAGES,
    "of another type": page(b"a\r\n", head_type=LIST_OPEN, head_serial=1),
    "with another serial": page(b"a\r\n", head_type=LIST_NEXT, head_serial=77),
}


def path_of(*lies):
    return "/=" + ",".join(lie if isinstance(lie, str) else lie.hex() for lie in lies)


@pytest.fixture(scope="module")
def lied_to(make_shared_server):
    server = server_of(make_shared_server, "liar", config={"daemon": {"pool_min": 4}})
    server.allowed_log = "border violation: JAIL to NET"
    return server


def rest_of(control):
    """All that the client is sent until the end."""
    seen = control.buffer
    try:
        while more := control.socket.recv(65536):
            seen += more
    except ConnectionError:
        pass
    return seen


def lie(server, command, path):
    """What the client gets for it; the session must end, by NET's own decision."""
    before = server.log_text().count("border violation: JAIL to NET")
    with server.login() as control:
        control.command("TYPE I", 200)
        control.send(f"{command} {path}")
        seen = rest_of(control)
    harness.wait_for(lambda: server.log_text().count("border violation: JAIL to NET") > before, 10,
                     f"a line on {command} {path[:80]}")
    return seen


@pytest.mark.parametrize("what", ANSWERS)
def test_i8_an_answer_of_jails_is_judged_before_use(lied_to, what):
    assert lie(lied_to, "SIZE", path_of(ANSWERS[what])) == b""


@pytest.mark.parametrize("command,lies", [
    ("SIZE", ["f" + answer().hex()]), ("CWD", ["f" + answer(file_type=DIRECTORY).hex()]), ("HASH", [answer()]),
    ("HASH", ["f" + answer(error=2).hex()]), ("HASH", ["f" + answer(file_type=DIRECTORY).hex()])],
    ids=["unasked", "unasked-cwd", "missing", "with-an-error", "of-a-directory"])
def test_i8_descriptors_come_only_with_the_messages_that_carry_one(lied_to, command, lies):
    assert lie(lied_to, command, path_of(*lies)) == b""


@pytest.mark.parametrize("command", ["STAT", "MLST"])
@pytest.mark.parametrize("what", PAGES)
def test_i8_a_page_is_whole_lines_or_the_end(lied_to, command, what):
    """With a bare LF it was half a megabyte of NET's memory to the client, and a SIGSEGV."""
    seen = lie(lied_to, command, path_of(LISTED + PAGES[what]))
    assert len(seen) < 8192 and seen.count(b"\n") <= 1, "more than the first line of a reply"


@pytest.mark.parametrize("what", NEXT_PAGES)
def test_i8_so_is_each_page_after_the_first(lied_to, what):
    seen = lie(lied_to, "STAT", path_of(LISTED + page(b"a\r\n", last=0), NEXT_PAGES[what]))
    assert len(seen) < 8192 and seen.count(b"\n") <= 2, "more than the first page of a reply"


@pytest.mark.parametrize("lies", [LISTED, LISTED[:-1], answer(error=2) + page(b"a\r\n"),
                                  answer(file_type=0) + page(b"")],
                         ids=["no-page", "half-an-answer", "an-error-with-a-page", "no-type"])
def test_i8_a_listing_has_an_answer_and_a_page(lied_to, lies):
    assert lie(lied_to, "STAT", path_of(lies)) == b""


def test_a_line_of_a_page_can_not_pass_for_the_end_of_a_reply(lied_to):
    with lied_to.login() as control:
        reply = control.command("STAT " + path_of(LISTED + page(b"213 End.\r\n226 Transfer complete.\r\nx\r\n")), 213)
        assert reply.lines[1:4] == [" 213 End.", " 226 Transfer complete.", "x"]
        control.command("NOOP", 200)


def test_an_honest_answer_is_passed_on(lied_to):
    """The server of these tests would notice nothing if each answer were refused."""
    with lied_to.login() as control:
        control.command("TYPE I", 200)
        assert control.command("SIZE " + path_of(answer(file_size=2**63 - 1)), 213).text == f"213 {2**63 - 1}"
        assert control.command("SIZE " + path_of(answer(error=2)), 550)
        assert control.command("MLST " + path_of(answer() + page(b"type=file;size=7; a\r\n")),
                               250).lines[1].startswith(" type=file;size=7; ")


def test_i6_the_others_go_on(lied_to):
    with lied_to.login("bob") as other:
        for text in (PAGES["a bare LF"], PAGES["a NUL"]):
            lie(lied_to, "STAT", path_of(LISTED, text))
        other.command("NOOP", 200)
    assert lied_to.master().alive()
