# SPDX-License-Identifier: BSD-2-Clause
"""OPTS MLST with a blank in its list, SITE IDLE beyond the limit.

RFC 3659 section 7.9 has no blank in the list of facts: a list with one is a mistake of the client's, which would else
get other facts than it asked for. wu-ftpd's SITE IDLE takes the limit where more is asked for; scripts ask for 7,200
seconds.
"""

import pytest


@pytest.mark.parametrize("line", ["OPTS MLST type; size;", "OPTS MLST type;size modify", "OPTS MLST  type;"])
def test_a_blank_in_the_list_is_refused_and_changes_nothing(site, line):
    with site.login() as control:
        control.command("OPTS MLST size;", 200)
        control.command(line, 501)
        assert "size*;modify;" in control.command("FEAT", 211).text


def test_site_idle_beyond_the_limit_is_the_limit(site):
    with site.login() as control:
        limit = int(control.command("SITE IDLE", 200).text.split()[-1].strip(".)"))
        assert f" {limit} seconds" in control.command(f"SITE IDLE {limit + 1}", 200).text
        assert f" {limit} seconds" in control.command("SITE IDLE 9000000000000000000", 200).text
        assert " 60 seconds" in control.command("SITE IDLE 60", 200).text
        control.command("SITE IDLE 0", 501)
        control.command("SITE IDLE x", 501)
