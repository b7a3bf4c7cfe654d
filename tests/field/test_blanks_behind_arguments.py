# SPDX-License-Identifier: BSD-2-Clause
"""Blanks behind an argument that is neither a name nor a secret are ignored.

Embedded clients (cameras, PLCs) pad `TYPE I ` and `REST 0 `; servers that answer 501 lose them. Pure-FTPd
takes `TYPE I `, vsftpd does not (https://github.com/jedisct1/pure-ftpd, src/ftp_parser.c trims the line).
"""

import pytest

from control import Control


@pytest.mark.peers
@pytest.mark.parametrize("line, code", [("TYPE I ", 200), ("MODE S ", 200), ("STRU F  ", 200), ("REST 0 ", 350),
                                        ("TYPE A N ", 200)])
def test_common_commands(site, line, code):
    with site.login() as control:
        control.command(line, code)


@pytest.mark.parametrize("line, code", [
    ("ALLO 10 ", 200), ("ALLO 10 R 5 ", 200), ("RANG 0 5 ", 350), ("PASV ", 227), ("PASV  ", 227), ("EPSV ", 229),
    ("EPSV 1 ", 229), ("EPSV ALL ", 200),
    ("OPTS UTF8 ON ", 200), ("OPTS MLST type;size; ", 200), ("OPTS HASH SHA-1 ", 200), ("SITE IDLE 60 ", 200),
    ("NOOP  ", 200), ("PWD  ", 257), ("CDUP  ", 250), ("LANG EN ", 200), ("PBSZ 0 ", 503), ("PROT P ", 503)])
def test_every_command_that_has_no_name(site, line, code):
    with site.login() as control:
        control.command(line, code)


def test_active_connections(site):
    with site.login() as control:
        port = control.socket.getsockname()[1]
        control.command(f"PORT 127,0,0,1,{port >> 8},{port & 255} ", 200)
        control.command(f"EPRT |1|127.0.0.1|{port}| ", 200)


def test_names_keep_their_blanks(site):
    site.put("blank ", b"1")
    with site.login() as control:
        assert control.command("SIZE blank ").code == 213
        assert control.command("SIZE blank").code == 550
        control.command("MKD d ", 257)
        control.command("RMD d", 550)
        control.command("RMD d ", 250)


def test_passwords_keep_their_blanks(site):
    with site.login() as control:
        control.command("QUIT", 221)
    with Control(site.host, site.port) as control:
        control.command(f"USER {site.user}", 331)
        control.command(f"PASS {site.password} ", 530)
