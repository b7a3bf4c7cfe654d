# SPDX-License-Identifier: BSD-2-Clause
"""Whole trees with the clients that people use: there, back, and compared.

Lean by default: a small tree, the usual way of each client.  In the long suite
two thousand files, passive and active, over IPv4 and IPv6 where a client can.
"""

import ftplib
import io
import os
import random
import re
import subprocess
import time

import pytest

SEED, LEAN, FULL = 3659, 40, 2000

# Parts of names; each client gets those that it can say.
EASY = ["plain", "UPPER", "with space", "ümlaut", "日本", "dot.dot", "under_score", "1", "(paren)", "comma,", "plus+",
        "=", "@at", "a-b"]
HARD = EASY + ["-dash", ".hidden", "'single'", 'double"', "semi;colon", "[set]", "star*", "q?", "tilde~", "%41",
               "#hash", "&and", "$dollar",
               "a -> b", "back\\slash", "  leading", "colon:", "!bang", "{brace}", "^", "`tick`", "|pipe", "<less>",
               "🎈", "x" * 100]


def make_tree(root, parts, count):
    """count files in nested directories, some empty, some of a few pages."""
    dice = random.Random(SEED)
    folders = [root]
    os.makedirs(root)
    for number in range(count):
        if number % 20 == 10:
            folders.append(os.path.join(dice.choice(folders), f"{dice.choice(parts)}{number}"))
            os.mkdir(folders[-1])
        name = f"{parts[number % len(parts)]}{number}" if number % 3 else f"{number}{parts[number % len(parts)]}"
        with open(os.path.join(dice.choice(folders), name), "wb") as file:
            file.write(dice.randbytes(dice.choice((0, 1, 100, 5000, 40000)) if number > 4 else 300000))
    return root


def content_of(root):
    """path -> content, of files; path -> None, of directories."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), root)] = None
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.relpath(os.path.join(folder, name), root)] = file.read()
    return found


def same(one, other):
    first, second = content_of(one), content_of(other)
    assert sorted(first) == sorted(second)
    assert first == second


class Way:
    """One client, one way to make its connections."""

    def __init__(self, server, host, active):
        self.server, self.host, self.active = server, host, active
        self.password = server.user().password
        self.url_host = f"[{host}]" if ":" in host else host

    def run(self, *command, **arguments):
        done = subprocess.run(command, capture_output=True, timeout=300,
                              stdin=arguments.pop("stdin", subprocess.DEVNULL),
                              env={**os.environ, "HOME": self.server.directory, "LC_ALL": "C.UTF-8"}, **arguments)
        assert done.returncode == 0, (command, (done.stdout + done.stderr).decode(errors="replace")[-3000:])
        return done

    def lftp(self, script):
        settings = ("set ftp:ssl-allow no; set net:max-retries 2; set net:timeout 30; set xfer:log no; "
                    "set cmd:fail-exit yes;"
                    f"set ftp:passive-mode {'off' if self.active else 'on'}; set ftp:prefer-epsv yes;")
        self.run("lftp", "--norc", "-c",
                 f"{settings} open -u alice,{self.password} ftp://{self.url_host}:{self.server.port}; {script}; bye")


def lftp_there(way, source):
    way.lftp(f"mirror -R --parallel=4 {source} /tree")


def lftp_back(way, target):
    way.lftp(f"mirror --parallel=4 /tree {target}")


def rclone(way, *words):
    """It wants an IPv6 address in brackets."""
    hidden = subprocess.run(["rclone", "obscure", way.password], capture_output=True, check=True,
                            text=True).stdout.strip()
    way.run("rclone", "--config", "/dev/null", "--ftp-host", way.url_host, "--ftp-port", str(way.server.port),
            "--ftp-user", "alice", "--ftp-pass", hidden, "--ftp-encoding", "Slash", "--local-encoding", "Slash", *words)


def rclone_there(way, source):
    rclone(way, "sync", "--create-empty-src-dirs", source, ":ftp:/tree")
    rclone(way, "check", "--download", source, ":ftp:/tree")


def rclone_back(way, target):
    rclone(way, "sync", "--create-empty-src-dirs", ":ftp:/tree", target)


def ncftp(way, program, *words):
    way.run(program, "-V", "-u", "alice", "-p", way.password, "-P", str(way.server.port), "-E" if way.active else "-F",
            *words)


def ncftp_there(way, source):
    ncftp(way, "ncftpput", "-R", way.host, "/", source)


def ncftp_back(way, target):
    ncftp(way, "ncftpget", "-R", way.host, os.path.dirname(target), "/tree")


def tnftp(way, script):
    flags = ["-n", "-i", "-v", "-4" if ":" not in way.host else "-6", "-A" if way.active else "-p"]
    script = f"open {way.host} {way.server.port}\nuser alice {way.password}\nbinary\n{script}\nquit\n"
    done = way.run("tnftp", *flags, stdin=None, input=script.encode())
    assert not re.search(rb"^[45]\d\d ", done.stdout, re.MULTILINE), done.stdout.decode(errors="replace")[-3000:]


def quoted(path):
    return '"' + path + '"'


def tnftp_there(way, source):
    lines = ["mkdir /tree"]
    for folder, folders, files in os.walk(source):
        place = "/tree/" + os.path.relpath(folder, source)
        lines += [f"mkdir {quoted(os.path.join(place, name))}" for name in folders]
        lines += [f"put {quoted(os.path.join(folder, name))} {quoted(os.path.join(place, name))}" for name in files]
    tnftp(way, "\n".join(lines))


def tnftp_back(way, target):
    lines = []
    for folder, folders, files in os.walk(way.server.home("alice", "tree")):
        inside = os.path.relpath(folder, way.server.home("alice", "tree"))
        os.makedirs(os.path.join(target, inside), exist_ok=True)
        lines += [f"get {quoted(os.path.join('/tree', inside, name))} {quoted(os.path.join(target, inside, name))}"
                  for name in files]
    tnftp(way, "\n".join(lines))


def wget_back(way, target):
    os.makedirs(target)
    way.run("wget", "-q", "-r", "-l", "inf", "-nH", "--cut-dirs=1", "--no-glob", "--restrict-file-names=nocontrol",
            "--no-remove-listing",
            "--passive-ftp" if not way.active else "--no-passive-ftp", "-P", target, "--user", "alice", "--password",
            way.password, f"ftp://{way.url_host}:{way.server.port}/tree/")
    for folder, _, files in os.walk(target):
        if ".listing" in files:
            os.unlink(os.path.join(folder, ".listing"))


def ftplib_session(way):
    ftp = ftplib.FTP(timeout=30, encoding="utf-8")
    ftp.connect(way.host, way.server.port)
    ftp.login("alice", way.password)
    ftp.set_pasv(not way.active)
    return ftp


def ftplib_there(way, source):
    ftp = ftplib_session(way)
    ftp.mkd("/tree")
    for folder, folders, files in os.walk(source):
        ftp.cwd("/tree/" + os.path.relpath(folder, source))
        for name in folders:
            ftp.mkd("./" + name)
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                ftp.storbinary("STOR ./" + name, file)
    ftp.quit()


def ftplib_back(way, target):
    ftp = ftplib_session(way)

    def fetch(remote, local):
        os.mkdir(local)
        for name, facts in list(ftp.mlsd(remote)):
            if facts["type"] == "dir":
                fetch(f"{remote}/{name}", os.path.join(local, name))
            elif facts["type"] == "file":
                got = io.BytesIO()
                ftp.retrbinary(f"RETR {remote}/{name}", got.write)
                with open(os.path.join(local, name), "wb") as file:
                    file.write(got.getvalue())

    fetch("/tree", target)
    ftp.quit()


PASSIVE, ACTIVE = False, True
ALL = [("127.0.0.1", PASSIVE), ("127.0.0.1", ACTIVE), ("::1", PASSIVE), ("::1", ACTIVE)]
CLIENTS = {  # there (None: by copying), back, names, ways; the first way is the lean one
    "lftp": (lftp_there, lftp_back, HARD, ALL),
    "rclone": (rclone_there, rclone_back, HARD, [("127.0.0.1", PASSIVE), ("::1", PASSIVE)]),
    "ncftp": (ncftp_there, ncftp_back, EASY, ALL[:2]),
    "tnftp": (tnftp_there, tnftp_back, EASY, ALL[::-1]),
    "wget": (None, wget_back, EASY, ALL),
    "ftplib": (ftplib_there, ftplib_back, HARD, ALL[1:] + ALL[:1]),
}
CASES = [pytest.param(name, host, active, LEAN if lean else FULL, id=f"{name}-{'IPv6' if ':' in host else 'IPv4'}-"
                      f"{'active' if active else 'passive'}-{LEAN if lean else FULL}",
                      marks=[] if lean else pytest.mark.full)
         for name, client in CLIENTS.items() for number, (host, active) in enumerate(client[3])
         for lean in ([True, False] if number == 0 else [False])]


@pytest.mark.parametrize("name, host, active, count", CASES)
def test_n1_a_tree_there_and_back(server, name, host, active, count):
    there, back, parts, _ = CLIENTS[name]
    source = make_tree(server.path("source", "tree"), parts, count)
    way = Way(server, host, active)
    if there:
        there(way, source)
    else:
        subprocess.run(["cp", "-r", source, server.home()], check=True)
        subprocess.run(["chown", "-R", "5001:5001", server.home()], check=True)
    same(source, server.home("alice", "tree"))
    target = server.path("target", "tree")
    os.mkdir(server.path("target"))
    back(way, target)
    same(source, target)


def test_n6_lftp_keeps_times(server):
    """By MFMT there, by MDTM or MLSD back: a second mirror has nothing to do."""
    source = make_tree(server.path("source", "tree"), EASY, 10)
    then = int(time.time()) - 400 * 86400
    for folder, _, files in os.walk(source):
        for name in files:
            os.utime(os.path.join(folder, name), (then, then))
    way = Way(server, "127.0.0.1", PASSIVE)
    lftp_there(way, source)
    for folder, _, files in os.walk(server.home("alice", "tree")):
        assert all(os.stat(os.path.join(folder, name)).st_mtime == then for name in files)
    way.lftp(f"mirror -R --only-newer --verbose=3 {source} /tree")
    way.lftp(f"mirror /tree {server.path('again')}")
    for folder, _, files in os.walk(server.path("again")):
        assert all(os.stat(os.path.join(folder, name)).st_mtime == then for name in files)
