# SPDX-License-Identifier: BSD-2-Clause
"""Law N1: names are bytes.  Random legal names, from a fixed seed, through every
command and back, over raw sockets; through other clients those that they allow."""

import ftplib
import io
import os
import random
import subprocess
import urllib.parse

from control import encode

SEED, RAW_NAMES, CLIENT_NAMES = 959, 60, 24
LEGAL = [byte for byte in range(1, 256) if byte not in b"/\n"]
AWKWARD = b"\r\xff\"'\\*?[]~-. ;\x01\x7f\x1b\xf0\xfd\xfe"


def random_name(dice, alphabet, longest=255):
    size = dice.choice((1, 2, 3, 8, dice.randrange(1, longest + 1), longest))
    pick = [dice.choice(AWKWARD) if dice.random() < 0.3 else dice.choice(alphabet) for _ in range(size)]
    return bytes(byte if byte in alphabet else alphabet[0] for byte in pick)


def random_names(count, alphabet=LEGAL, longest=255):
    dice, names = random.Random(SEED), set()
    while len(names) < count:
        name = random_name(dice, alphabet, longest)
        if name not in (b".", b".."):
            names.add(name)
    return sorted(names)


def wire(name):
    """As a line carries it: CR is CR NUL, 0xFF doubled."""
    return name.replace(b"\xff", b"\xff\xff").replace(b"\r", b"\r\0")


def from_wire(text):
    return encode(text).replace(b"\xff\xff", b"\xff").replace(b"\r\0", b"\r")


def wiped(server):
    home = os.fsencode(server.home())
    assert os.listdir(home) == []
    return home


def path_of(name):
    """How a command reaches it where it would be taken for something else."""
    return b"./" + wire(name)


def through_every_command(control, home, name, content):
    path, place = path_of(name), os.path.join(home, name)
    control.store(b"STOR " + path, content)
    assert open(place, "rb").read() == content
    assert control.fetch(b"RETR " + path) == content
    control.command(b"REST 1", 350)
    assert control.fetch(b"RETR " + path) == content[1:]
    control.store(b"APPE " + path, b"!")
    assert control.command(b"SIZE " + path).text == f"213 {len(content) + 1}"
    control.command(b"MFMT 20010203040506 " + path, 213)
    control.command(b"SITE UTIME 20010203040507 " + path, 200)
    control.command(b"SITE CHMOD 600 " + path, 200)
    control.command(b"MFF UNIX.mode=640; " + path, 213)
    assert control.command(b"MDTM " + path).text == "213 20010203040507"
    facts = control.command(b"MLST " + path, 250).lines[1]
    assert from_wire(facts).endswith(b"UNIX.group=%d; /" % os.stat(place).st_gid + name)
    control.command(b"HASH " + path, 213)
    control.command(b"XCRC " + path, 250)
    for line in (b"NLST", b"NLST " + path, b"MLSD"):
        assert (name + b"\r\n" in control.fetch(line)) == (b"\r" not in name), line
    shown = bytes(ord("?") if byte < 32 or byte == 127 else byte for byte in name)
    assert shown + b"\r\n" in control.fetch(b"LIST " + path)
    assert shown in b"\n".join(from_wire(line) for line in control.command(b"STAT " + path, 213).lines)
    control.command(b"RNFR " + path, 350)
    control.command(b"RNTO renamed", 250)
    control.command(b"RNFR renamed", 350)
    control.command(b"RNTO " + path, 250)
    control.command(b"DELE " + path, 250)
    assert not os.path.lexists(place)


def as_a_directory(control, home, name):
    path = path_of(name)
    made = from_wire(control.command(b"MKD " + path, 257).text)
    assert made.startswith(b'257 "/' + name.replace(b'"', b'""') + b'"')
    control.command(b"CWD " + path, 250)
    assert from_wire(control.command("PWD", 257).text).startswith(b'257 "/' + name.replace(b'"', b'""') + b'"')
    assert b"type=cdir" in control.fetch("MLSD")
    control.command("CDUP", 250)
    control.command(b"RMD " + path, 250)
    assert not os.path.lexists(os.path.join(home, name))


def test_n1_random_names_through_every_command(server):
    home, control = wiped(server), server.login()
    for number, name in enumerate(random_names(RAW_NAMES)):
        through_every_command(control, home, name, b"content %d" % number)
        as_a_directory(control, home, name)
    assert os.listdir(home) == []
    server.wait_log(r"upload path=")
    with open(server.log, "rb") as log:
        assert not set(log.read()) & (set(range(32)) - {10}) - {9}, "control bytes are escaped in the log"


def test_n1_paths_as_deep_as_a_line_and_deeper(server):
    """4096 bytes a line; deeper by CWD, up to what a path may be in all."""
    home, control = wiped(server), server.login()
    name = "d" * 250
    path = ""
    while len("MKD " + path + "/" + name) <= 4096:
        path += "/" + name
        control.command("MKD " + path, 257)
    control.store("STOR " + path[:4000] + "x", b"deep") if len(path) < 4000 else None
    control.command("CWD " + path, 250)
    for _ in range(4):
        control.command("MKD " + name, 257, 553)
        if control.command("CWD " + name).code != 250:
            break
    control.store("STOR file", b"below")
    assert control.fetch("RETR file") == b"below"
    assert control.fetch("NLST") == b"file\r\n"
    control.command("DELE file", 250)
    control.command("CDUP", 250)
    assert control.command("PWD", 257).text.startswith('257 "/dddd')
    subprocess.run(["rm", "-rf", os.path.join(home, b"d" * 250)], check=True)


def test_n1_ftplib(server):
    """Python's client sends what it is given, but no line ends."""
    wiped(server)
    names = random_names(CLIENT_NAMES, [b for b in LEGAL if b not in b"\r"])
    ftp = ftplib.FTP(timeout=20, encoding="latin-1")
    ftp.connect(server.host, server.port)
    ftp.login("alice", server.user().password)
    for name in names:
        text = "./" + name.replace(b"\xff", b"\xff\xff").decode("latin-1")
        ftp.storbinary("STOR " + text, io.BytesIO(name))
        got = io.BytesIO()
        ftp.retrbinary("RETR " + text, got.write)
        assert got.getvalue() == name and ftp.size(text) == len(name)
    assert sorted(entry.encode("latin-1") for entry in ftp.nlst()) == names
    assert sorted(entry.encode("latin-1") for entry, facts in ftp.mlsd() if facts["type"] == "file") == names
    for name in names:
        ftp.delete("./" + name.replace(b"\xff", b"\xff\xff").decode("latin-1"))
    ftp.quit()
    wiped(server)


def test_n1_curl(server):
    """curl takes no control bytes, and gives 0xFF undoubled: none of those here."""
    home = wiped(server)
    names = random_names(CLIENT_NAMES, [b for b in LEGAL if 32 <= b < 255 and b != 127], longest=200)
    base = f"ftp://{server.host}:{server.port}/"
    login = ["curl", "-sS", "--user", f"alice:{server.user().password}"]
    source = server.path("source")
    with open(source, "wb") as file:
        file.write(b"by curl")
    urls = [base + urllib.parse.quote_from_bytes(name, safe="") for name in names]
    subprocess.run(login + [word for url in urls for word in ("-T", source, url)], check=True, timeout=60)
    assert sorted(os.listdir(home)) == names
    got = subprocess.run(login + ["-g", *urls], check=True, capture_output=True, timeout=60).stdout
    assert got == b"by curl" * len(names)


def test_n1_lftp(server):
    """lftp's own quoting; bytes as they are, 0xFF doubled by it."""
    home = wiped(server)
    names = random_names(CLIENT_NAMES, [b for b in LEGAL if 32 <= b and b not in b"\x7f\\\"'"], longest=120)
    source = server.path("source")
    with open(source, "wb") as file:
        file.write(b"by lftp")
    script = (b"set ftp:ssl-allow no; set net:max-retries 1; set cmd:fail-exit yes; set file:charset ISO-8859-1;"
              b"set ftp:charset ISO-8859-1; set ftp:use-utf8 no; set ftp:use-feat no; open -u alice,%s ftp://%s:%d\n"
              % (server.user().password.encode(), server.host.encode(), server.port))
    script += b"".join(b'put "%s" -o "./%s"\n' % (source.encode(), name) for name in names)
    script += b"".join(b'get1 "./%s" -o "%s"\n' % (name, (source + "-%d" % n).encode()) for n, name in enumerate(names))
    done = subprocess.run(["lftp", "--norc"], input=script + b"bye\n", capture_output=True, timeout=120,
                          env={**os.environ, "LC_ALL": "C", "HOME": server.directory})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert sorted(os.listdir(home)) == names
    for number in range(len(names)):
        with open(source + f"-{number}", "rb") as file:
            assert file.read() == b"by lftp"
