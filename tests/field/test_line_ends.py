# SPDX-License-Identifier: BSD-2-Clause
"""CR CR LF ends a command as CR LF does.

Clients that write in text mode on Windows turn CR LF into CR CR LF (https://bugs.python.org/issue4879 shows the
kind: a newline translated twice); servers that keep the CR refuse every command.
"""

import pytest


@pytest.mark.peers
def test_cr_cr_lf_ends_a_line(site):
    with site.login() as control:
        control.raw(b"NOOP\r\r\nTYPE I\r\r\n")
        assert [control.reply().code for _ in range(2)] == [200, 200]


def test_a_name_may_end_in_cr(site):
    """CR NUL is the byte CR (RFC 2640 section 3.1), before CR LF as well."""
    site.put("x\r", b"12")
    site.put("x", b"1")
    with site.login() as control:
        control.raw(b"SIZE x\r\0\r\nSIZE x\r\r\nSIZE x\r\r\r\n")
        assert [control.reply().text for _ in range(3)] == ["213 2", "213 1", "213 1"]


def test_a_cr_within_a_line_stays(site):
    site.put("a\r\rb", b"123")
    with site.login() as control:
        control.raw(b"SIZE a\r\rb\r\n")
        assert control.reply().text == "213 3"
        control.raw(b"SIZE a\r\0\r\0b\r\n")
        assert control.reply().text == "213 3"
