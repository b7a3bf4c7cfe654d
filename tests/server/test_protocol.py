"""Conformance, row by row over raw sockets: one row is one requirement, with the
section it comes from.  doc/protocol.md names the rows by their verb; a test
holds that file, this one and the server's command table against each other."""

import hashlib
import os
import re
import socket
import zlib

import pytest

from control import read_all

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CONTENT = b"0123456789" * 10

# verb: [(source, lines before, line, what the reply matches)]; the lines before
# must not be refused.  A pattern is matched against all lines of the reply.
ROWS = {
    "ABOR": [("RFC 959 4.1.3", [], "ABOR", r"226 "),
             ("RFC 959 4.1.3", ["EPSV"], "ABOR", r"226 "),
             ("RFC 959 4.1.3", [], "ABOR now", r"501 ")],
    "ACCT": [("RFC 959 4.1.1", [], "ACCT x", r"502 ")],
    "ALLO": [("RFC 959 4.1.3", [], "ALLO 100", r"200 "),
             ("RFC 959 4.1.3", [], "ALLO 100 R 10", r"200 "),
             ("RFC 959 4.1.3", [], "ALLO x", r"501 "),
             ("RFC 959 4.1.3", [], "ALLO 1 R", r"501 "),
             ("law U5", [], "ALLO 9223372036854775807", r"452 .*\d")],
    "APPE": [("RFC 959 4.1.3", [], "APPE new", r"425 "),
             ("RFC 959 4.1.3", ["EPSV"], "APPE dir", r"55[03] "),
             ("RFC 959 4.1.3", ["EPSV"], "APPE", r"501 ")],
    "AUTH": [("RFC 4217 4", [], "AUTH TLS", r"50[23] "),
             ("RFC 4217 4", [], "AUTH", r"501 ")],
    "AVBL": [("draft-peterson-streamlined-ftp 4", [], "AVBL", r"213 \d+$"),
             ("draft-peterson-streamlined-ftp 4", [], "AVBL dir", r"213 \d+$"),
             ("draft-peterson-streamlined-ftp 4", [], "AVBL missing", r"550 ")],
    "CCC": [("RFC 2228 3", [], "CCC", r"5\d\d ")],
    "CDUP": [("RFC 959 4.1.1", ["CWD dir"], "CDUP", r"250 "),
             ("RFC 959 4.1.1", [], "CDUP", r"250 "),
             ("RFC 959 4.1.1", [], "CDUP dir", r"501 ")],
    "CLNT": [("custom", [], "CLNT any client", r"200 ")],
    "CSID": [("draft-peterson-streamlined-ftp 3", [], "CSID Name=x; Version=1;",
              r"200 Name=wardftpd; Version=[\d.]+; .*CaseSensitive=1;.*DirSep=/;")],
    "CWD": [("RFC 959 4.1.1", [], "CWD dir", r"250 "),
            ("RFC 959 4.1.1", [], "CWD missing", r"550 "),
            ("RFC 959 4.1.1", [], "CWD file", r"550 "),
            ("RFC 959 4.1.1", [], "CWD", r"501 "),
            ("law N2", [], "CWD di?", r"550 ")],
    "DELE": [("RFC 959 4.1.3", [], "DELE other", r"250 "),
             ("RFC 959 4.1.3", [], "DELE missing", r"550 "),
             ("RFC 959 4.1.3", [], "DELE dir", r"550 ")],
    "EPRT": [("RFC 2428 2", [], "EPRT |1|127.0.0.1|51400|", r"200 "),
             ("RFC 2428 2", [], "EPRT !1!127.0.0.1!51400!", r"200 "),
             ("RFC 2428 2", [], "EPRT |2|::1|51400|", r"522 .*\(1\)"),
             ("RFC 2428 2", [], "EPRT |3|x|51400|", r"522 .*\(1\)"),
             ("RFC 2428 2", [], "EPRT |1|127.0.0.1|x|", r"501 "),
             ("law D1", [], "EPRT |1|127.0.0.9|51400|", r"504 "),
             ("law D1", [], "EPRT |1|127.0.0.1|1023|", r"504 ")],
    "EPSV": [("RFC 2428 3", [], "EPSV", r"229 .*\(\|\|\|\d+\|\)"),
             ("RFC 2428 3", [], "EPSV 1", r"229 "),
             ("RFC 2428 3", [], "EPSV 2", r"522 .*\(1\)"),
             ("RFC 2428 3", [], "EPSV x", r"501 "),
             ("RFC 2428 4", [], "EPSV ALL", r"200 ")],
    "FEAT": [("RFC 2389 3.2", [], "FEAT", r"(?s)211-.*\n .*\n211 End$"),
             ("RFC 2389 3.2", [], "FEAT x", r"501 "),
             ("RFC 3659 7.8", ["OPTS MLST type;size;"], "FEAT", r"\n MLST type\*;size\*;modify;perm;")],
    "HASH": [("draft-bryan-ftpext-hash 3", [], "HASH file",
              "213 SHA-256 0-99 " + hashlib.sha256(CONTENT).hexdigest() + " file"),
             ("draft-bryan-ftpext-hash 3", ["OPTS HASH MD5", "RANG 10 19"], "HASH file",
              "213 MD5 10-19 " + hashlib.md5(CONTENT[10:20]).hexdigest() + " file"),
             ("draft-bryan-ftpext-hash 3", [], "HASH dir", r"550 "),
             ("draft-bryan-ftpext-hash 3", [], "HASH missing", r"550 ")],
    "HELP": [("RFC 959 4.1.3", [], "HELP", r"(?s)214-.*\n214 "),
             ("RFC 1123 4.1.2.12", [], "HELP RETR", r"214 RETR path"),
             ("RFC 959 4.1.3", [], "HELP SITE CHMOD", r"214 SITE CHMOD mode path"),
             ("RFC 959 4.1.3", [], "HELP NONSENSE", r"502 ")],
    "HOST": [("RFC 7151 3.2", [], "HOST ftp.example.com", r"503 ")],
    "LANG": [("RFC 2640 4.1", [], "LANG", r"200 "),
             ("RFC 2640 4.1", [], "LANG en", r"200 "),
             ("RFC 2640 4.1", [], "LANG fr", r"504 ")],
    "LIST": [("RFC 959 4.1.3", [], "LIST", r"425 "),
             ("RFC 959 4.1.3", ["EPSV"], "LIST missing", r"(450|550) ")],
    "MDTM": [("RFC 3659 3.1", [], "MDTM file", r"213 20200102030405$"),
             ("RFC 3659 3.1", [], "MDTM missing", r"550 "),
             ("RFC 3659 3.1", [], "MDTM", r"501 "),
             ("law R7", [], "MDTM 20200102030405 name", r"213 20210607080910$"),
             ("law R7", [], "MDTM 20010203040506 file", r"213 "),
             ("law R7", ["MDTM 20010203040506 file"], "MDTM file", r"213 20010203040506$")],
    "MFF": [("draft-somers-ftp-mfxx 5", [], "MFF Modify=20010203040506;UNIX.mode=0600; file",
             r"213 Modify=20010203040506;UNIX.mode=0600; /file$"),
            ("law R7", ["MFF UNIX.mode=4755; file"], "MLST file", r"UNIX.mode=0755;"),
            ("draft-somers-ftp-mfxx 5", [], "MFF Nonsense=1; file", r"50[14] "),
            ("draft-somers-ftp-mfxx 5", [], "MFF file", r"501 "),
            ("draft-somers-ftp-mfxx 5", [], "MFF Modify=20010203040506; missing", r"550 ")],
    "MFMT": [("draft-somers-ftp-mfxx 3", [], "MFMT 20010203040506 file", r"213 Modify=20010203040506; /file$"),
             ("law R7", [], "MFMT 20010203040506.789 file", r"213 "),
             ("draft-somers-ftp-mfxx 3", [], "MFMT 20011303040506 file", r"501 "),
             ("draft-somers-ftp-mfxx 3", [], "MFMT file", r"501 "),
             ("draft-somers-ftp-mfxx 3", [], "MFMT 20010203040506 missing", r"550 ")],
    "MKD": [("RFC 959 4.1.3", [], "MKD new", r'257 "/new" '),
            ("RFC 959 II", [], 'MKD a"b', r'257 "/a""b" '),
            ("RFC 959 4.1.3", [], "MKD dir", r"550 "),
            ("RFC 959 4.1.3", [], "MKD missing/new", r"550 ")],
    "MLSD": [("RFC 3659 7", [], "MLSD", r"425 "),
             ("RFC 3659 7.2.1", ["EPSV"], "MLSD file", r"501 "),
             ("RFC 3659 7.2.1", ["EPSV"], "MLSD missing", r"550 ")],
    "MLST": [("RFC 3659 7.2", [], "MLST file",
              r"250-.*\n type=file;size=100;modify=20200102030405;.* /file\n250 "),
             ("RFC 3659 7.2", [], "MLST", r"250-.*\n type=\w*dir;.* /\n250 "),
             ("RFC 3659 7.9", ["OPTS MLST size;"], "MLST file", r"\n size=100; /file\n"),
             ("RFC 3659 7.9", ["OPTS MLST"], "MLST file", r"\n  /file\n"),
             ("RFC 3659 7.2", [], "MLST missing", r"550 "),
             ("law N2", [], "MLST fil?", r"550 ")],
    "MODE": [("RFC 959 4.1.2", [], "MODE S", r"200 "),
             ("RFC 959 4.1.2", [], "MODE B", r"504 "),
             ("RFC 959 4.1.2", [], "MODE C", r"504 "),
             ("RFC 959 4.1.2", [], "MODE X", r"501 ")],
    "NLST": [("RFC 959 4.1.3", [], "NLST", r"425 ")],
    "NOOP": [("RFC 959 4.1.3", [], "NOOP", r"200 ")],
    "OPTS": [("RFC 2389 4", [], "OPTS RETR x", r"501 "),
             ("RFC 2389 4", [], "OPTS", r"501 ")],
    "OPTS HASH": [("draft-bryan-ftpext-hash 3.2", [], "OPTS HASH", r"200 SHA-256$"),
                  ("draft-bryan-ftpext-hash 3.2", [], "OPTS HASH sha-512", r"200 SHA-512$"),
                  ("draft-bryan-ftpext-hash 3.2", [], "OPTS HASH X", r"50[14] ")],
    "OPTS MLST": [("RFC 3659 7.9", [], "OPTS MLST Type;UNIX.mode;nonsense;", r"200 MLST OPTS type;UNIX.mode;$"),
                  ("RFC 3659 7.9", [], "OPTS MLST", r"200 MLST OPTS$")],
    "OPTS UTF-8": [("custom", [], "OPTS UTF-8", r"200 ")],
    "OPTS UTF8": [("law R1", [], "OPTS UTF8 ON", r"200 "),
                  ("draft-ietf-ftpext-utf-8-option", [], "OPTS UTF8 OFF", r"504 ")],
    "PASS": [("law L1", [], "PASS x", r"503 ")],
    "PASV": [("RFC 959 4.1.2", [], "PASV", r"227 .*\(127,0,0,1,\d+,\d+\)"),
             ("RFC 2428 4", ["EPSV ALL"], "PASV", r"503 ")],
    "PBSZ": [("RFC 4217 8", [], "PBSZ 0", r"503 ")],
    "PORT": [("RFC 959 4.1.2", [], "PORT 127,0,0,1,200,200", r"200 "),
             ("RFC 959 4.1.2", [], "PORT 127,0,0,1,200", r"501 "),
             ("law D1", [], "PORT 127,0,0,9,200,200", r"504 "),
             ("law D1", [], "PORT 127,0,0,1,3,255", r"504 "),
             ("RFC 2428 4", ["EPSV ALL"], "PORT 127,0,0,1,200,200", r"503 ")],
    "PROT": [("RFC 4217 9", [], "PROT P", r"503 ")],
    "PWD": [("RFC 959 4.1.3", [], "PWD", r'257 "/" '),
            ("RFC 959 II", ['MKD q"q', 'CWD q"q'], "PWD", r'257 "/q""q" ')],
    "RANG": [("draft-bryan-ftp-range 3", [], "RANG 0 9", r"350 "),
             ("draft-bryan-ftp-range 3", [], "RANG 1 0", r"350 "),
             ("draft-bryan-ftp-range 3", [], "RANG 9 8", r"501 "),
             ("draft-bryan-ftp-range 3", [], "RANG x y", r"501 ")],
    "REIN": [("RFC 959 4.1.1", [], "REIN", r"502 ")],
    "REST": [("RFC 3659 5.3", [], "REST 0", r"350 "),
             ("RFC 3659 5.3", [], "REST 9223372036854775807", r"350 "),
             ("RFC 3659 5.3", [], "REST 9223372036854775808", r"501 "),
             ("law R7", ["TYPE A"], "REST 0", r"350 "),
             ("law R7", ["TYPE A"], "REST 1", r"50[14] ")],
    "RETR": [("RFC 959 4.1.3", [], "RETR file", r"425 "),
             ("RFC 959 4.1.3", ["EPSV"], "RETR missing", r"550 "),
             ("law N5", ["EPSV"], "RETR dir", r"550 "),
             ("law U4", ["REST 101", "EPSV"], "RETR file", r"554 ")],
    "RMD": [("RFC 959 4.1.3", [], "RMD dir", r"250 "),
            ("RFC 959 4.1.3", [], "RMD missing", r"550 "),
            ("RFC 959 4.1.3", [], "RMD file", r"550 "),
            ("RFC 959 4.1.3", [], "RMD /", r"550 ")],
    "RNFR": [("RFC 959 4.1.3", [], "RNFR file", r"350 "),
             ("RFC 959 4.1.3", [], "RNFR missing", r"550 ")],
    "RNTO": [("RFC 959 5.4", [], "RNTO x", r"503 "),
             ("RFC 959 4.1.3", ["RNFR file"], "RNTO x", r"250 "),
             ("RFC 959 4.1.3", ["RNFR file", "PWD"], "RNTO x", r"503 ")],
    "SITE": [("RFC 959 4.1.3", [], "SITE", r"501 "),
             ("RFC 959 4.1.3", [], "SITE NONSENSE", r"50[0-4] ")],
    "SITE CHMOD": [("custom", [], "SITE CHMOD 640 file", r"200 "),
                   ("law R7", ["SITE CHMOD 4751 file"], "MLST file", r"UNIX.mode=0751;"),
                   ("custom", [], "SITE CHMOD 8 file", r"501 "),
                   ("custom", [], "SITE CHMOD 640 missing", r"550 ")],
    "SITE HELP": [("RFC 1123 4.1.2.8", [], "SITE HELP", r"214-[^$]*CHMOD[^$]*\n214 ")],
    "SITE IDLE": [("custom", [], "SITE IDLE", r"200 .*\d"),
                  ("custom", [], "SITE IDLE 60", r"200 .*60"),
                  ("custom", [], "SITE IDLE 0", r"501 ")],
    "SITE QUOTA": [("custom", [], "SITE QUOTA", r"200 You have no quota"),
                   ("custom", [], "SITE QUOTA x", r"501 ")],
    "SITE UMASK": [("custom", [], "SITE UMASK", r"200 .*022"),
                   ("custom", ["SITE UMASK 077", "MKD private"], "MLST private", r"UNIX.mode=0700;"),
                   ("custom", [], "SITE UMASK 8", r"501 ")],
    "SITE UTIME": [("custom", ["SITE UTIME 200102030405 file"], "MDTM file", r"213 20010203040500$"),
                   ("custom", ["SITE UTIME 20010203040506 file"], "MDTM file", r"213 20010203040506$"),
                   ("custom", ["SITE UTIME file 20000101000000 20010203040506 20000101000000 UTC"], "MDTM file",
                    r"213 20010203040506$"),
                   ("custom", [], "SITE UTIME x file", r"501 ")],
    "SIZE": [("RFC 3659 4", [], "SIZE file", r"213 100$"),
             ("RFC 3659 4", [], "SIZE missing", r"550 "),
             ("RFC 3659 4", [], "SIZE dir", r"550 "),
             ("RFC 3659 4.2", ["TYPE A"], "SIZE file", r"550 ")],
    "SMNT": [("RFC 959 4.1.1", [], "SMNT /", r"502 ")],
    "STAT": [("RFC 959 4.1.3", [], "STAT", r"211-[^$]*127\.0\.0\.1[^$]*\n211 "),
             ("RFC 959 4.1.3", [], "STAT dir", r"21[23]-.*\n.* inside\n21[23] "),
             ("RFC 959 4.1.3", [], "STAT file", r"21[23]-.*\n.* file\n21[23] ")],
    "STOR": [("RFC 959 4.1.3", [], "STOR new", r"425 "),
             ("law U1", ["EPSV"], "STOR dir", r"55[03] "),
             ("law U1", ["EPSV"], "STOR missing/new", r"55[03] "),
             ("law U4", ["REST 101", "EPSV"], "STOR file", r"554 ")],
    "STOU": [("RFC 959 4.1.3", [], "STOU", r"425 ")],
    "STRU": [("RFC 959 4.1.2", [], "STRU F", r"200 "),
             ("RFC 959 4.1.2", [], "STRU R", r"504 "),
             ("RFC 959 4.1.2", [], "STRU P", r"504 "),
             ("RFC 959 4.1.2", [], "STRU X", r"501 ")],
    "SYST": [("RFC 959 4.1.3", [], "SYST", r"215 UNIX Type: L8$")],
    "TYPE": [("RFC 959 4.1.2", [], "TYPE A", r"200 "),
             ("RFC 959 4.1.2", [], "TYPE A N", r"200 "),
             ("law R7", [], "TYPE A T", r"200 "),
             ("RFC 959 4.1.2", [], "TYPE I", r"200 "),
             ("RFC 959 4.1.2", [], "TYPE L 8", r"200 "),
             ("RFC 959 4.1.2", [], "TYPE L 7", r"504 "),
             ("RFC 959 4.1.2", [], "TYPE E", r"504 "),
             ("RFC 959 4.1.2", [], "TYPE X", r"50[14] ")],
    "USER": [("law L1", [], "USER bob", r"503 ")],
    "XCRC": [("custom", [], "XCRC file", r"250 %08X$" % zlib.crc32(CONTENT)),
             ("custom", [], "XCRC file 10 20", r"250 %08X$" % zlib.crc32(CONTENT[10:20])),
             ("custom", [], 'XCRC "file" 90', r"250 %08X$" % zlib.crc32(CONTENT[90:])),
             ("custom", [], "XCRC missing", r"550 ")],
    "XCUP": [("RFC 1123 4.1.3.1", ["CWD dir"], "XCUP", r"250 ")],
    "XCWD": [("RFC 1123 4.1.3.1", [], "XCWD dir", r"250 ")],
    "XMD5": [("custom", [], "XMD5 file", "250 " + hashlib.md5(CONTENT).hexdigest())],
    "XMKD": [("RFC 1123 4.1.3.1", [], "XMKD new", r'257 "/new" ')],
    "XPWD": [("RFC 1123 4.1.3.1", [], "XPWD", r'257 "/" ')],
    "XRMD": [("RFC 1123 4.1.3.1", [], "XRMD dir", r"250 ")],
    "XSHA": [("custom", [], "XSHA file", "250 " + hashlib.sha1(CONTENT).hexdigest())],
    "XSHA1": [("custom", [], "XSHA1 file", "250 " + hashlib.sha1(CONTENT).hexdigest())],
    "XSHA256": [("custom", [], "XSHA256 file", "250 " + hashlib.sha256(CONTENT).hexdigest())],
    "XSHA512": [("custom", [], "XSHA512 file", "250 " + hashlib.sha512(CONTENT).hexdigest())],
}
# RMD, MKD, QUIT and the like change what the next row meets: the home is made anew for each.


def furnish(server):
    """The home as every row expects it."""
    home = server.home()
    for root, directories, files in os.walk(home, topdown=False):
        for name in files:
            os.unlink(os.path.join(root, name))
        for name in directories:
            os.rmdir(os.path.join(root, name))
    for name, stamp in (("file", 1577934245), ("other", 0), ("20200102030405 name", 1623053350)):
        os.utime(server.put(name, CONTENT), (stamp, stamp))
    server.mkdir("dir")
    server.put("dir/inside", b"x")
    if os.path.exists(os.path.join(home, "dir", "inside")):
        os.chown(os.path.join(home, "dir"), server.user().uid, server.user().gid)


@pytest.fixture(scope="module")
def plain_server(make_shared_server):
    return make_shared_server(config={"tls": {"mode": "off"}})


@pytest.mark.parametrize("verb", sorted(ROWS))
def test_conformance(plain_server, verb):
    faults = []
    for source, before, line, wanted in ROWS[verb]:
        furnish(plain_server)
        if verb in ("RMD", "XRMD"):
            os.unlink(plain_server.home("alice", "dir", "inside"))
        control = plain_server.login()
        for earlier in before:
            reply = control.command(earlier)
            assert reply.code < 400, f"{earlier!r} before {line!r}: {reply}"
        reply = control.command(line)
        if not (re.match(wanted, reply.text) if not wanted.startswith(r"\n") and not wanted.startswith("UNIX")
                else re.search(wanted, reply.text)):
            faults.append(f"{source}: {before} {line!r} got {reply}, not {wanted!r}")
        control.close()
    assert not faults, "\n".join(faults)


def test_quit(plain_server):
    control = plain_server.login()
    control.command("QUIT", 221)
    assert control.ended()


def test_host_before_the_login(plain_server):
    """RFC 7151: names and address literals; where no host is configured, one answers to all."""
    for line, code in (("HOST ftp.example.com", 220), ("HOST [::1]", 220), ("HOST 127.0.0.1", 220), ("HOST a b", 501),
                       ("HOST [::1", 501), ("HOST [127.0.0.1]", 501), ("HOST .x", 501), ("HOST", 501)):
        assert plain_server.connect().command(line).code == code, line
    control = plain_server.connect()
    control.command("USER alice", 331)
    assert control.command("HOST ftp.example.com").code == 503


def test_rang_cuts_a_download(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    control.command("RANG 5 24", 350)
    assert control.fetch("RETR file") == CONTENT[5:25]
    assert control.fetch("RETR file") == CONTENT


def test_stou_with_a_stem(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    with control.connect_data() as data:
        name = re.search(r"FILE: (.+)", control.command("STOU dir/stem", 150).text).group(1)
        data.sendall(b"x")
    assert control.reply().code == 226
    assert os.path.basename(name).startswith("stem")
    assert os.path.exists(plain_server.home("alice", "dir", os.path.basename(name)))


def test_mlsd_has_facts_for_every_entry(plain_server):
    furnish(plain_server)
    rows = plain_server.login().fetch("MLSD").decode().split("\r\n")[:-1]
    types = [re.match(r"type=(\w+);", row).group(1) for row in rows]
    assert sorted(types) == ["cdir", "dir", "file", "file", "file"] or sorted(types)[-4:] == ["file", "file", "file", "pdir"]
    for row in rows:
        facts, name = row.split("; ", 1)
        assert {fact.split("=")[0] for fact in facts.split(";")} >= {"type", "modify", "perm"}, row
        assert name


def test_nlst_prefixes(plain_server):
    """Law N3: what NLST names can be given back as it is."""
    furnish(plain_server)
    control = plain_server.login()
    for line, wanted in (("NLST dir", b"dir/inside\r\n"), ("NLST /dir", b"/dir/inside\r\n"),
                         ("NLST dir/", b"dir/inside\r\n"), ("NLST dir/ins*", b"dir/inside\r\n"),
                         ("NLST dir/inside", b"dir/inside\r\n"), ("NLST ./dir", b"./dir/inside\r\n"),
                         ("NLST file", b"file\r\n"), ("NLST nothing*", b"")):
        assert control.fetch(line) == wanted, line


def test_type_is_ascii_at_first(plain_server):
    """RFC 959 section 5.1."""
    furnish(plain_server)
    plain_server.put("lines", b"a\nb\n")
    control = plain_server.connect()
    control.login("alice", plain_server.user().password)
    assert control.fetch("RETR lines") == b"a\r\nb\r\n"


def test_a_refused_retr_closes_an_early_connection_in_order(plain_server):
    """Law D2: an end of file, never a reset."""
    control = plain_server.login()
    data = control.connect_data()
    control.command("RETR missing", 550)
    data.settimeout(10)
    assert data.recv(1) == b""
    data.close()


def test_quit_behind_a_transfer_waits_for_it(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    data = control.connect_data()
    control.raw(b"RETR file\r\nQUIT\r\n")
    assert read_all(data) == CONTENT
    assert [control.reply().code for _ in range(3)] == [150, 226, 221]


def test_a_client_that_closed_its_half_is_served_to_the_end(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    data = control.connect_data()
    control.raw(b"RETR file\r\nPWD\r\nQUIT\r\n")
    control.socket.shutdown(socket.SHUT_WR)
    assert read_all(data) == CONTENT
    assert [control.reply().code for _ in range(4)] == [150, 226, 257, 221]


def test_a_client_that_reads_no_replies_holds_up_nobody(plain_server):
    """It is stopped by its own socket, and the server takes the next client."""
    control = plain_server.login()
    control.socket.settimeout(1)
    try:
        for _ in range(2000):
            control.raw(b"HELP\r\n" * 100)
    except TimeoutError:
        pass
    assert plain_server.login("bob").command("NOOP").code == 200


# doc/protocol.md against the table and the tests


def table_of_commands():
    """verb -> source, as daemon/net/commands.c has them."""
    with open(os.path.join(TOP, "daemon", "net", "commands.c")) as file:
        text = file.read()
    rows = re.findall(r'\{ "([A-Z0-9 -]+)", (\w+), (ARG_\w+), ([^"]+),\s+"((?:[^"\\]|\\.)*)",\s+"([^"]+)"', text)
    return {row[0]: row[5] for row in rows}


def rows_of_the_document():
    with open(os.path.join(TOP, "doc", "protocol.md")) as file:
        lines = [line for line in file if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): (row[1], row[2], row[3]) for row in cells}


def test_the_document_the_table_and_the_tests_agree():
    table, document = table_of_commands(), rows_of_the_document()
    assert len(table) > 60, "the table of commands.c was not understood"
    without_row, without_command = sorted(set(table) - set(document)), sorted(set(document) - set(table))
    assert not without_row, f"doc/protocol.md has no row for {', '.join(without_row)}"
    assert not without_command, f"doc/protocol.md has rows that commands.c lacks: {', '.join(without_command)}"
    for verb, (source, behaviour, test) in document.items():
        assert source == table[verb], f"{verb}: doc/protocol.md says {source}, commands.c {table[verb]}"
        assert behaviour and test, f"doc/protocol.md: the row of {verb} lacks its behaviour or its test"
    known = set()
    folder = os.path.dirname(__file__)
    for name in os.listdir(folder):
        if name.startswith("test_") and name.endswith(".py"):
            with open(os.path.join(folder, name)) as file:
                known |= set(re.findall(r"^def (test_\w+)", file.read(), re.MULTILINE))
    for verb, (_, _, tests) in document.items():
        for test in re.findall(r"test_\w+(?:\[[^\]]+\])?", tests):
            function, _, row = test.partition("[")
            assert function in known, f"{verb}: no test {test}"
            assert not row or row.rstrip("]") in ROWS, f"{verb}: no row {test}"


def test_every_law_has_a_test_of_its_name():
    """Uploads, two sessions, names, data connections, replies; TLS, log-ins, the machine."""
    groups = {"u": 8, "c": 4, "n": 6, "d": 5, "r": 7, "t": 7, "l": 6, "m": 5}
    laws = {letter + str(number) for letter, last in groups.items() for number in range(1, last + 1)}
    named = set()
    folder = os.path.dirname(__file__)
    for name in os.listdir(folder):
        if name.startswith("test_") and name.endswith(".py"):
            with open(os.path.join(folder, name)) as file:
                for words in re.findall(r"^def test_(\w+)", file.read(), re.MULTILINE):
                    named |= set(words.split("_"))
    assert not laws - named, sorted(laws - named)


def test_every_verb_of_the_table_has_a_row():
    missing = sorted(set(table_of_commands()) - set(ROWS) - {"QUIT"})
    assert not missing, f"ROWS has no row for {', '.join(missing)}"
