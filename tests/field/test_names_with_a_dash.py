# SPDX-License-Identifier: BSD-2-Clause
"""`LIST -name` lists the file of that name, where there is one.

ProFTPD lists it; others take the word for flags of ls and list the whole directory
(https://github.com/fclairamb/ftpserverlib/issues/186).
"""

import pytest


@pytest.mark.peers
def test_a_file_that_begins_with_a_dash(site):
    site.put("-name", b"12")
    site.put("other")
    with site.login() as control:
        assert control.fetch("NLST -name") == b"-name\r\n"
        lines = control.fetch("LIST -name").splitlines()
        assert len(lines) == 1 and lines[0].endswith(b" -name")


def test_with_blanks_in_it(site):
    site.put("-n b c", b"12")
    site.put("other")
    with site.login() as control:
        assert control.fetch("NLST -n b c") == b"-n b c\r\n"
        assert "-n b c" in control.command("STAT -n b c", 213).text


def test_a_directory_that_begins_with_a_dash(site):
    site.mkdir("-dir")
    site.put("-dir/in")
    with site.login() as control:
        assert control.fetch("NLST -dir") == b"-dir/in\r\n"


@pytest.mark.peers
@pytest.mark.parametrize("flags", ["-a", "-l", "-la", "-al", "-R", "-1", "-aF"])
def test_flags_are_still_flags(site, flags):
    site.put("file")
    with site.login() as control:
        assert b" file" in control.fetch(f"LIST {flags}")


def test_a_file_named_like_the_usual_flags_hides_nothing(site):
    """Else anybody who may upload could make a shared directory look empty."""
    site.put("-la")
    site.put("file")
    with site.login() as control:
        assert b" file\r\n" in control.fetch("LIST -la")
