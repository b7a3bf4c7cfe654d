"""What the RFCs and the laws ask for, one row a requirement, over raw sockets.

A row is its source, what it asks for, and a dialogue.  A step of a dialogue is
    (line, pattern)          a command, and what the start of its reply matches
    ("<" + line, content)    a command that sends data: what must come, bytes or a pattern of bytes
    (">" + line, content)    a command that takes data: what is sent; the last reply is 226
    (bytes, [patterns])      these bytes as they are, then one reply for each pattern
    ("disk:" + name, bytes)  what the file holds now, None: there is none
Each is played twice where that can differ: by a client that reads each reply
before it goes on, and on a session of its own that begins in an empty home.
"""

import os
import re
import time

import pytest

from control import read_all

TEXT = b"one\ntwo\n"


def ok(*lines):
    """Commands that must simply succeed."""
    return [(line, r"[123]") for line in lines]


ROWS = [
    # RFC 959: sequence
    ("RFC 959 5.4", "RNTO without RNFR", [("RNTO x", "503 ")]),
    ("RFC 959 5.4", "a refused RNFR leaves nothing for RNTO", [("RNFR missing", "550 "), ("RNTO x", "503 ")]),
    ("RFC 959 5.4", "RNTO serves one RNFR once", ok("RNFR file", "RNTO x") + [("RNTO y", "503 ")]),
    ("RFC 959 5.4", "a failed RNTO needs another RNFR",
     ok("RNFR file") + [("RNTO no/such/place", "550 "), ("RNTO x", "503 ")]),
    ("RFC 959 5.4", "a command between parts RNFR from RNTO", ok("RNFR file", "PWD") + [("RNTO x", "503 ")]),
    ("RFC 959 5.4", "even one that is refused does", ok("RNFR file") + [("CWD nowhere", "550 "), ("RNTO x", "503 ")]),
    ("RFC 959 5.4", "NOOP and STAT do not", ok("RNFR file", "NOOP", "STAT", "RNTO x") + [("disk:x", TEXT)]),
    ("RFC 959 5.4", "a second RNFR replaces the first",
     ok("RNFR file", "RNFR other", "RNTO x") + [("disk:file", TEXT), ("disk:x", b"other")]),
    ("RFC 959 4.1.1", "USER after the log-in", [("USER bob", "503 ")]),
    ("RFC 959 4.1.1", "PASS after the log-in", [("PASS x", "503 ")]),
    ("RFC 959 4.1.2", "a transfer needs a data connection said", [("RETR file", "425 "), ("STOR x", "425 "), ("LIST", "425 ")]),
    ("RFC 959 3.3", "a data connection serves one transfer",
     [("TYPE I", "200 "), ("<RETR file", TEXT), ("RETR file", "425 ")]),
    ("RFC 4217 8", "PBSZ without AUTH", [("PBSZ 0", "503 ")]),
    ("RFC 4217 9", "PROT without AUTH", [("PROT P", "503 ")]),
    ("RFC 7151 3.2", "HOST after the log-in", [("HOST a.example", "503 ")]),
    # RFC 959: what is not served
    ("RFC 959 4.1.1", "ACCT is 502", [("ACCT x", "502 "), ("ACCT", "502 ")]),
    ("RFC 959 4.1.1", "SMNT is 502", [("SMNT /mnt", "502 ")]),
    ("RFC 959 4.1.1", "REIN is 502, and the session goes on", [("REIN", "502 "), ("PWD", "257 ")]),
    ("RFC 959 4.1.2", "MODE B and C are 504", [("MODE B", "504 "), ("MODE C", "504 "), ("MODE s", "200 ")]),
    ("RFC 959 4.1.2", "STRU R and P are 504", [("STRU R", "504 "), ("STRU P", "504 "), ("STRU f", "200 ")]),
    ("RFC 959 4.1.2", "TYPE E, A C and L 36 are 504", [("TYPE E", "504 "), ("TYPE A C", "504 "), ("TYPE L 36", "504 ")]),
    ("RFC 959 4.1.2", "TYPE L 8 is the bytes as they are", [("TYPE L 8", "200 "), ("<RETR file", TEXT)]),
    ("RFC 959 4.1.2", "TYPE A N sends CRLF", [("TYPE A N", "200 "), ("<RETR file", b"one\r\ntwo\r\n")]),
    ("RFC 959 5.1", "TYPE A is the one to begin with", [("<RETR file", b"one\r\ntwo\r\n")]),
    # RFC 959: replies
    ("RFC 959 4.2", "a multi-line reply ends as it began", [("HELP", r"(?s)214-.*\n214 "), ("FEAT", r"(?s)211-.*\n211 ")]),
    ("RFC 959 4.2", "an unknown command is 500", [("XYZZY", "500 "), ("", "500 "), (" ", "500 ")]),
    ("RFC 959 4.2", "a known one without its argument is 501",
     [(verb, "501 ") for verb in ("RETR", "STOR", "CWD", "MKD", "RMD", "DELE", "RNFR", "TYPE", "MODE", "STRU", "REST", "ALLO",
                                  "PORT", "EPRT", "SIZE", "MDTM", "MFMT", "MFF", "HASH", "RANG", "XCRC")]),
    ("RFC 959 4.2", "a known one with one that it does not take is 501",
     [(verb + " x", "501 ") for verb in ("CDUP", "PWD", "SYST", "ABOR", "PASV", "QUIT", "FEAT", "REIN")]),
    ("RFC 959 5.3.1", "verbs come in any case", [("pWd", "257 "), ("noop", "200 "), ("site help", "214-")]),
    ("RFC 959 5.3.1", "a bare LF ends a line as well", [(b"NOOP\nPWD\n", ["200 ", "257 "])]),
    ("RFC 959 II", "257 doubles quotes", [('MKD a"b', r'257 "/a""b" '), ('CWD a"b', "250 "), ("PWD", r'257 "/a""b" ')]),
    ("RFC 959 4.1.3", "PWD, XPWD after CWD and CDUP",
     ok("CWD dir") + [("PWD", '257 "/dir" '), ("CDUP", "250 "), ("XPWD", '257 "/" '), ("XCWD dir", "250 "), ("XCUP", "250 ")]),
    ("RFC 959 4.1.3", "SYST", [("SYST", "215 UNIX Type: L8$")]),
    ("RFC 959 4.1.3", "STAT of the session", [("STAT", r"(?s)211-.*alice.*\n211 ")]),
    ("RFC 959 4.1.3", "STAT of a directory lists it", [("STAT dir", r"(?s)213-.*inside\n213 ")]),
    ("RFC 959 4.1.3", "STAT of a file tells of it", [("STAT file", r"(?s)213-.* file\n213 ")]),
    ("RFC 959 4.1.3", "STAT of what is not there", [("STAT missing", "550 ")]),
    ("RFC 959 4.1.3", "STAT takes the flags of LIST and globs",
     [("STAT -la di?", r"(?s)213-.* dir\n213 "), ("STAT fil*", r"(?s)213-.* file\n213 ")]),
    ("RFC 959 4.1.3", "HELP with and without argument",
     [("HELP", r"(?s)214-.*RETR.*\n214 "), ("HELP STOR", "214 STOR path"), ("HELP SITE UTIME", "214 SITE UTIME "), ("HELP X", "502 ")]),
    ("RFC 959 4.1.3", "ALLO with and without record size", [("ALLO 10", "200 "), ("ALLO 10 R 5", "200 "), ("ALLO 10 R", "501 ")]),
    ("RFC 959 4.1.3", "ABOR with nothing to abort", [("ABOR", "226 ")]),
    ("RFC 959 4.1.3", "ABOR of a data connection that was only said", ok("EPSV") + [("ABOR", "226 "), ("LIST", "425 ")]),
    ("RFC 959 4.1.3", "APPE makes what is not there", [("TYPE I", "2"), (">APPE new", b"a"), (">APPE new", b"b"), ("disk:new", b"ab")]),
    ("RFC 959 4.1.3", "DELE, RMD, MKD of what is not fit",
     [("DELE dir", "550 "), ("RMD file", "550 "), ("RMD dir", "550 "), ("MKD file", "550 "), ("MKD dir", "550 "), ("RMD /", "550 ")]),
    ("RFC 959 5.4", "STOU is 150 with a name, then 226 (RFC 1123 4.1.2.9)", [(">STOU", b"x")]),
    # RFC 1123
    ("RFC 1123 4.1.2.8", "SITE HELP", [("SITE HELP", r"(?s)214-.*CHMOD.*UTIME.*\n214 ")]),
    ("RFC 1123 4.1.2.7", "NLST is names and nothing else", [("<NLST", b"dir\r\nfile\r\nother\r\n")]),
    ("RFC 1123 4.1.3.1", "the old X verbs", [("XMKD d", "257 "), ("XCWD d", "250 "), ("XCUP", "250 "), ("XRMD d", "250 "), ("XPWD", "257 ")]),
    ("RFC 1123 4.1.2.10", "Telnet commands within a line are taken out",
     [(b"NO\xff\xf1OP\r\n", ["200 "]), (b"\xff\xfaxyz\xff\xf0NOOP\r\n", ["200 "]), (b"\xff\xfc\x01\xff\xfe\x01NOOP\r\n", ["200 "])]),
    ("RFC 1123 4.1.2.12", "HELP of a command tells its form", [("HELP ALLO", r"214 ALLO bytes")]),
    # RFC 2389, 2640
    ("RFC 2389 3.2", "FEAT indents its lines by one blank", [("FEAT", r"211-[^\n]*\n( \S[^\n]*\n)+211 ")]),
    ("RFC 2389 4", "OPTS of a command that has none", [("OPTS RETR", "501 "), ("OPTS NONSENSE x", "501 ")]),
    ("RFC 2640 3", "UTF8 is in FEAT", [("FEAT", r"(?s).*\n UTF8\n"), ("OPTS UTF8 ON", "200 "), ("OPTS utf8 on", "200 ")]),
    ("RFC 2640 3.1", "CR NUL in a name is CR", [(b"MKD a\r\0b\r\n", ["257 "]), ("disk:a\rb", "directory")]),
    ("RFC 2640 4", "LANG", [("FEAT", r"(?s).*\n LANG EN\*\n"), ("LANG EN", "200 "), ("LANG en-GB", "200 "), ("LANG DE", "504 "), ("LANG", "200 ")]),
    # RFC 2428
    ("RFC 2428 2", "EPRT with any delimiter", [("EPRT !1!127.0.0.1!50000!", "200 "), ("EPRT ^1^127.0.0.1^50000^", "200 ")]),
    ("RFC 2428 2", "EPRT of a family that is not to be had", [("EPRT |2|::1|50000|", r"522 .*\(1\)"), ("EPRT |7|x|50000|", r"522 .*\(1\)")]),
    ("RFC 2428 2", "EPRT that is none", [("EPRT |1|127.0.0.1|50000", "501 "), ("EPRT x", "501 "), ("EPRT |1|127.0.0|50000|", "501 ")]),
    ("law D1", "the unspecified address means the client's own, as lftp says on the loopback",
     [("EPRT |1|0.0.0.0|50000|", "200 "), ("PORT 0,0,0,0,200,200", "200 "), ("EPRT |1|0.0.0.1|50000|", "504 ")]),
    ("RFC 2428 3", "EPSV", [("EPSV", r"229 .*\(\|\|\|\d+\|\)$"), ("EPSV 1", "229 "), ("EPSV 2", r"522 .*\(1\)")]),
    ("RFC 2428 4", "EPSV ALL forbids the others, and EPSV goes on",
     [("EPSV all", "200 "), ("PASV", "503 "), ("PORT 127,0,0,1,200,200", "503 "), ("EPRT |1|127.0.0.1|50000|", "503 "), ("<NLST dir", b"dir/inside\r\n")]),
    # RFC 3659
    ("RFC 3659 3.1", "MDTM is fourteen digits", [("MDTM file", r"213 \d{14}$"), ("MDTM dir", r"213 \d{14}$"), ("MDTM missing", "550 ")]),
    ("RFC 3659 4", "SIZE", [("TYPE I", "2"), ("SIZE file", "213 8$"), ("SIZE dir", "550 "), ("SIZE missing", "550 ")]),
    ("RFC 3659 4.2", "SIZE in type A is not told", [("SIZE file", "550 ")]),
    ("RFC 3659 5.3", "REST then RETR", ok("TYPE I", "REST 4") + [("<RETR file", b"two\n"), ("<RETR file", TEXT)]),
    ("RFC 3659 5.3", "REST to the end is nothing, beyond it 554",
     ok("TYPE I", "REST 8") + [("<RETR file", b"")] + ok("REST 9", "EPSV") + [("RETR file", "554 ")]),
    ("RFC 3659 5.3", "REST then STOR cuts nothing", ok("TYPE I", "REST 4") + [(">STOR file", b"TW"), ("disk:file", b"one\nTWo\n")]),
    ("RFC 3659 5.3", "REST 0 then STOR is a STOR", ok("TYPE I", "REST 0") + [(">STOR file", b"x"), ("disk:file", b"x")]),
    ("RFC 3659 5.1", "REST in type A", [("REST 0", "350 "), ("REST 1", "504 ")]),
    ("RFC 3659 5.1", "a REST said in type I does not hold in type A",
     ok("TYPE I", "REST 4", "TYPE A", "EPSV") + [("RETR file", "554 "), ("<RETR file", b"one\r\ntwo\r\n")]),
    ("RFC 3659 6", "TVFS is in FEAT", [("FEAT", r"(?s).*\n TVFS\n"), ("CWD /dir/.././dir//", "250 "), ("PWD", '257 "/dir" ')]),
    ("RFC 3659 7.2", "MLST is one line, indented, with the whole path",
     [("MLST file", r"250-[^\n]*\n type=file;size=8;modify=\d{14};[^ ]* /file\n250 "), ("CWD dir", "250 "),
      ("MLST inside", r"250-[^\n]*\n \S+ /dir/inside\n250 ")]),
    ("RFC 3659 7.2", "MLST without argument is of the current directory", [("MLST", r"250-[^\n]*\n type=c?dir;.* /\n250 ")]),
    ("RFC 3659 7.2.1", "MLSD of a file is 501", ok("EPSV") + [("MLSD file", "501 "), ("LIST", "425 ")]),
    ("RFC 3659 7.5.1", "cdir, and pdir below the root",
     [("<MLSD", re.compile(rb"(?s)(?!.*type=pdir).*type=cdir;")), ("<MLSD dir", re.compile(rb"(?s)(?=.*type=cdir;)(?=.*type=pdir;).*type=file;"))]),
    ("RFC 3659 7.5.2", "unique is the same for the same file",
     [("OPTS MLST unique;", "200 MLST OPTS unique;$"), ("MLST dir", r"250-[^\n]*\n unique=\w+; /dir\n250 ")]),
    ("RFC 3659 7.5.5", "perm is true: a file of one's own", [("MLST file", r"(?s).*perm=adfrw;")]),
    ("RFC 3659 7.5.5", "perm is true: a directory of one's own", [("MLST dir", r"(?s).*perm=cdeflmp;")]),
    ("RFC 3659 7.5.5", "perm is true: what may not be written",
     [("SITE CHMOD 444 file", "200 "), ("MLST file", r"(?s).*perm=dfr;")]),
    ("RFC 3659 7.5.5", "perm is true: in a directory that may not be written",
     [("SITE CHMOD 555 dir", "200 "), ("MLST dir/inside", r"(?s).*perm=arw;"), ("DELE dir/inside", "550 "), ("SITE CHMOD 755 dir", "200 ")]),
    ("RFC 3659 7.8", "FEAT marks the facts that are on", [("OPTS MLST size;TYPE;x.y;", "200 MLST OPTS type;size;$"),
                                                           ("FEAT", r"(?s).*\n MLST type\*;size\*;modify;perm;unique;UNIX.mode;UNIX.owner;UNIX.group;\n")]),
    ("RFC 3659 7.9", "OPTS MLST without facts leaves none", [("OPTS MLST", "200 MLST OPTS$"), ("MLST file", r"250-[^\n]*\n  /file\n250 ")]),
    ("RFC 3659 2.3", "times beyond the calendar are refused", [("MFMT 20231301000000 file", "501 "), ("MFMT 20230230000000 file", "501 "),
                                                                ("MFMT 20240229000000 file", "213 ")]),
    # drafts and customs
    ("draft-somers-ftp-mfxx 3", "MFMT sets what MDTM tells", [("MFMT 20010203040506 file", "213 Modify=20010203040506; /file$"), ("MDTM file", "213 20010203040506$")]),
    ("draft-somers-ftp-mfxx 5", "MFF sets several facts", [("MFF Modify=20010203040506;UNIX.mode=640; file", "213 "),
                                                            ("MLST file", r"(?s).*modify=20010203040506;.*UNIX.mode=0640;"), ("MFF Size=3; file", "50[14] ")]),
    ("law R7", "MDTM takes a name that looks like a time first",
     [(">STOR 20010203040506 file", b"x"), ("MDTM 20010203040506 file", r"213 2(?!0010203)\d{13}$"), ("DELE 20010203040506 file", "250 "),
      ("MDTM 20010203040506 file", "213 "), ("MDTM file", "213 20010203040506$")]),
    ("draft-bryan-ftpext-hash 3", "HASH by default, by choice, and of a range",
     [("HASH file", "213 SHA-256 0-7 [0-9a-f]{64} file$"), ("OPTS HASH SHA-1", "200 SHA-1$"), ("HASH file", "213 SHA-1 0-7 [0-9a-f]{40} file$"),
      ("RANG 0 2", "350 "), ("HASH file", "213 SHA-1 0-2 fe05bcdcdc4928012781a5f1a2a77cbb5398e106 file$"), ("OPTS HASH CRC32", "200 CRC32$"),
      ("HASH file", "213 CRC32 0-7 [0-9A-Fa-f]{8} file$"), ("OPTS HASH X", "504 "), ("FEAT", r"(?s).*\n HASH SHA-256;SHA-512;SHA-1;MD5;CRC32\*\n")]),
    ("draft-bryan-ftpext-hash 3", "HASH of an empty file", [(">STOR empty", b""), ("OPTS HASH MD5", "2"), ("HASH empty", r"213 MD5 0-\d d41d8cd98f00b204e9800998ecf8427e empty$")]),
    ("draft-bryan-ftp-range 3", "RANG is for one transfer", ok("TYPE I", "RANG 4 6") + [("<RETR file", b"two"), ("<RETR file", TEXT)]),
    ("draft-bryan-ftp-range 3", "RANG 1 0 forgets it", ok("TYPE I", "RANG 4 6", "RANG 1 0") + [("<RETR file", TEXT)]),
    ("custom", "XCRC and its kin, with a range and in quotes",
     [("XCRC file", "250 [0-9A-F]{8}$"), ('XMD5 "file" 0 3', "250 f97c5d29941bfb1b2fdab0874906ab82$"),
      ("XSHA file 0 3", "250 fe05bcdcdc4928012781a5f1a2a77cbb5398e106$"), ("XSHA1 file", "250 "), ("XSHA256 file", "250 [0-9a-f]{64}$"),
      ("XSHA512 file", "250 [0-9a-f]{128}$"), ("XMD5 missing", "550 "), ("XMD5 dir", "550 ")]),
    ("draft-peterson-streamlined-ftp", "AVBL and CSID", [("AVBL", r"213 \d+$"), ("AVBL missing", "550 "), ("CSID Name=x;", "200 Name=wardftpd;")]),
    ("custom", "CLNT", [("CLNT NcFTP 3.2", "200 ")]),
    ("custom", "SITE CHMOD sets nine bits", [("SITE CHMOD 6711 file", "200 "), ("MLST file", r"(?s).*UNIX.mode=0711;"), ("SITE CHMOD 99 file", "501 "),
                                            ("SITE CHMOD 644", "501 "), ("SITE CHMOD 644 missing", "550 "), ("SITE CHMOD 0644 file", "200 ")]),
    ("custom", "SITE UMASK", [("SITE UMASK 27", "200 "), ("MKD d", "257 "), ("MLST d", r"(?s).*UNIX.mode=0750;"), (">STOR f", b""),
                              ("MLST f", r"(?s).*UNIX.mode=0640;"), ("SITE UMASK", "200 .*027"), ("SITE UMASK 9", "501 ")]),
    ("custom", "SITE UTIME in both forms",
     [("SITE UTIME 20010203040506 file", "200 "), ("MDTM file", "213 20010203040506$"), ("SITE UTIME 200102030405 file", "200 "),
      ("MDTM file", "213 20010203040500$"), ("SITE UTIME file 20020203040506 20030203040506 20040203040506 UTC", "200 "),
      ("MDTM file", "213 20030203040506$"), ("SITE UTIME 2001 file", "501 "), ("SITE UTIME 20010203040506 missing", "550 ")]),
    ("custom", "SITE IDLE", [("SITE IDLE", "200 .*300"), ("SITE IDLE 100", "200 .*100"), ("SITE IDLE", "200 .*100"), ("SITE IDLE x", "501 "), ("SITE IDLE 100000", "200 .*300")]),
    ("custom", "an unknown SITE command", [("SITE NONSENSE", "500 "), ("SITE", "501 ")]),
    # laws
    ("law R4", "a line of 4096 bytes is taken, a longer one is 500 and skipped",
     [(b"CWD " + b"/" * 4088 + b"dir\r\n", ["250 "]), (b"CWD " + b"/" * 4090 + b"dir\r\nPWD\r\n", ["500 ", '257 "/dir" '])]),
    ("law R4", "0xFF before a byte below 240 is data, doubled it is one byte",
     [(b"MKD \xff\x41\r\n", ["257 "]), (b"MKD \xff\xff\x42\r\n", ["257 "]), (b"RMD \xff\xff\x41\r\n", ["250 "]), (b"RMD \xff\x42\r\n", ["250 "])]),
    ("law R4", "0xFF in a reply is doubled, as in a line", [(b"MKD \xff\xff\xfe\r\n", ['257 "/\udcff\udcff\udcfe" '])]),
    ("law R4", "a NUL is no end of a line", [(b"MKD abc\0def\r\n", ["501 "]), ("disk:abc", None)]),
    ("law U4", "what lies between does not clear REST",
     ok("TYPE I", "REST 4", "NOOP", "TYPE I", "PWD", "STAT", "SIZE file", "PASV", "EPSV", "EPRT |1|127.0.0.1|50000|", "CWD /") + [("<RETR file", b"two\n")]),
    ("law U4", "a transfer without a data connection clears REST", ok("TYPE I", "REST 4") + [("RETR file", "425 "), ("<RETR file", TEXT)]),
    ("law U4", "a transfer command without its argument clears REST", ok("TYPE I", "REST 4") + [("RETR", "501 "), ("<RETR file", TEXT)]),
    ("law U4", "a listing clears REST", ok("TYPE I", "REST 4") + [("<NLST", re.compile(rb".+")), ("<RETR file", TEXT)]),
    ("law U4", "ABOR clears REST", ok("TYPE I", "REST 4", "ABOR") + [("<RETR file", TEXT)]),
    ("law U4", "STOR beyond the end makes nothing", ok("TYPE I", "REST 1", "EPSV") + [("STOR new", "554 "), ("disk:new", None)]),
    ("law U5", "ALLO says what is free", [("ALLO 9000000000000000000", r"452 .*\d")]),
    ("law N2", "commands other than listings do not glob",
     ok("EPSV") + [("RETR fil?", "550 "), ("DELE fil?", "550 "), ("CWD di*", "550 "), ("MLST fil?", "550 "), ("SIZE fil?", "550 "), ("RNFR fil?", "550 ")]),
    ("law N2", "a literal name goes before a pattern", [(">STOR fil?", b"x"), ("<NLST fil?", b"fil?\r\n"), ("DELE fil?", "250 "), ("<NLST fil?", b"file\r\n")]),
    ("law N3", "flags of LIST, and a name that begins with a dash",
     [(">STOR -x", b"1"), ("<NLST ./-x", b"./-x\r\n"), ("<LIST -laR dir", re.compile(rb"(?s).*inside\r\n")), ("<LIST -d dir", re.compile(rb"d\S+ .* dir\r\n$"))]),
    ("law R3", "a logged-in session outlives its mistakes", [("NONSENSE", "500 ")] * 20 + [("NOOP", "200 ")]),
    ("law R7", "AUTH without TLS", [("AUTH TLS", "502 ")]),
]

EARLY = ["FEAT", "HELP", "SYST", "TYPE I", "MODE S", "STRU F", "NOOP", "OPTS UTF8 ON", "OPTS MLST type;", "CLNT x", "CSID Name=x;", "LANG EN",
         "HOST ftp.example"]
LATE = ["ABOR", "ACCT x", "ALLO 1", "APPE x", "AVBL", "CCC", "CDUP", "CWD /", "DELE x", "EPRT |1|127.0.0.1|50000|", "EPSV", "HASH x", "LIST",
        "MDTM x", "MFF a=b; x", "MFMT 20010101000000 x", "MKD x", "MLSD", "MLST", "NLST", "PASV", "PORT 127,0,0,1,200,200", "PWD", "RANG 0 1",
        "REIN", "REST 0", "RETR x", "RMD x", "RNFR x", "RNTO x", "SITE HELP", "SIZE x", "SMNT x", "STAT", "STOR x", "STOU", "XCRC x", "XPWD"]


def furnish(server):
    """The home as every row expects it."""
    home = server.home()
    for root, directories, files in os.walk(home, topdown=False):
        for name in files:
            os.unlink(os.path.join(root, name))
        for name in directories:
            os.rmdir(os.path.join(root, name))
    server.put("file", TEXT)
    server.put("other", b"other")
    server.mkdir("dir")
    server.put("dir/inside", b"x")


def on_disk(server, name):
    path = server.home("alice", name)
    if os.path.isdir(path):
        return "directory"
    return server.read(name) if os.path.exists(path) else None


def matches(wanted, got):
    return wanted == got if isinstance(wanted, bytes) else wanted.match(got)


def play(server, control, steps):
    for sent, wanted in steps:
        if isinstance(sent, bytes):
            control.raw(sent)
            for pattern in wanted:
                reply = control.reply()
                assert re.match(pattern, reply.text), (sent[:60], reply)
        elif sent.startswith("<"):
            got = control.fetch(sent[1:])
            assert matches(wanted, got), (sent, got)
        elif sent.startswith(">"):
            control.store(sent[1:], wanted, 226)
        elif sent.startswith("disk:"):
            assert on_disk(server, sent[5:]) == wanted, sent
        else:
            reply = control.command(sent)
            assert re.match(wanted, reply.text), (sent, reply)


@pytest.fixture(scope="module")
def plain_server(make_shared_server):
    return make_shared_server(config={"tls": {"mode": "off"}})


@pytest.mark.parametrize("source, asks, steps", ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_requirement(plain_server, source, asks, steps):
    furnish(plain_server)
    control = plain_server.connect()
    control.login("alice", plain_server.user().password)
    play(plain_server, control, steps)


def test_r6_before_the_login(plain_server):
    """Law R6: what is served before the log-in, and that all else is 530."""
    for line in EARLY:
        assert plain_server.connect().command(line).code < 400, line
    control = plain_server.connect()
    for line in LATE:
        assert control.command(line).code == 530, line
    assert control.command("QUIT").code == 221


def test_r2_a_refusal_names_its_reason(plain_server):
    """Law R2: the reason, and nothing of what lies outside the root."""
    furnish(plain_server)
    os.chmod(plain_server.home("alice", "dir"), 0)
    control = plain_server.login()
    for line, words in (("RNFR missing", "No such file"), ("CWD dir", "Permission denied"), ("CWD file", "Not a directory"),
                        ("DELE dir", "directory"), ("MKD file", "exists"), ("MKD " + "n" * 256, "too long")):
        reply = control.command(line)
        assert reply.code in (550, 553) and words in reply.text, reply
        assert plain_server.directory not in reply.text
    os.chmod(plain_server.home("alice", "dir"), 0o755)


def test_r5_a_limit_says_which(make_server):
    """Law R5, with the words that name the limit and its number."""
    server = make_server(config={"daemon": {"max_sessions_per_address": 1}})
    first = server.login()
    refused = server.connect(greet=False).reply()
    assert refused.code == 421 and "(1)" in refused.text and "address" in refused.text
    first.command("QUIT", 221)


def test_every_dialogue_in_one_go_and_byte_by_byte(plain_server):
    """Law R4, RFC 959 4.1: lines come in any pieces.  The rows without data
    connections, pipelined in one write, then each byte in a segment of its own."""
    import socket
    chosen = [row for row in ROWS if all(isinstance(sent, str) and not sent.startswith(("<", ">", "disk:")) for sent, _ in row[2])]
    assert len(chosen) > 40
    for whole in (True, False):
        for source, asks, steps in chosen if whole else chosen[::6]:
            furnish(plain_server)
            control = plain_server.connect()
            control.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            control.login("alice", plain_server.user().password)
            text = b"".join(sent.encode() + b"\r\n" for sent, _ in steps)
            for piece in [text] if whole else [text[i:i + 1] for i in range(len(text))]:
                control.raw(piece)
            for sent, wanted in steps:
                reply = control.reply()
                assert re.match(wanted, reply.text), (asks, sent, reply)
            control.close()


def test_u4_rest_survives_a_data_connection_that_is_only_said(plain_server):
    furnish(plain_server)
    control = plain_server.login()
    control.command("REST 4", 350)
    with control.listen_data() as listener:
        control.send("RETR file")
        data, _ = listener.accept()
    assert read_all(data) == b"two\n"
    assert [control.reply().code, control.reply().code] == [150, 226]


def test_n6_times_are_utc(make_server):
    """Law N6: MDTM, MLSD and MFMT whatever time_zone says; LIST by it."""
    server = make_server(config={"defaults": {"time_zone": "Asia/Tokyo"}})
    now = int(time.time()) - 86400
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
    server.put("file", b"x")
    control = server.login()
    control.command("MFMT " + stamp + " file", 213)
    assert os.stat(server.home("alice", "file")).st_mtime == now
    assert control.command("MDTM file").lines == ["213 " + stamp]
    assert b"modify=" + stamp.encode() in control.fetch("MLSD")
    assert time.strftime("%H:%M", time.gmtime(now + 9 * 3600)) in control.fetch("LIST").decode()


def test_n6_the_six_months(plain_server):
    """The year where a time is half a year away or to come, else the hour."""
    control = plain_server.login()
    now = int(time.time())
    for age, hour in ((0, True), (3600, True), (181 * 86400, True), (184 * 86400, False), (-3700, False), (4000 * 86400, False)):
        os.utime(plain_server.put("dated", b"x"), (now - age, now - age))
        row = control.fetch("LIST dated").decode()
        assert bool(re.search(r" \d\d:\d\d dated\r\n$", row)) == hour, (age, row)
        assert re.search(r"[A-Z][a-z][a-z] [ \d]\d  \d{4} dated\r\n$", row) or hour, row
