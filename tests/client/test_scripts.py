# SPDX-License-Identifier: BSD-2-Clause
"""Scripts for lftp and tnftp, the same lines run by wardftp: afterwards both sides have the same files."""

import gzip
import os
import shutil
import stat
import subprocess

import pytest

HERE = os.path.join(os.path.dirname(__file__), "scripts")
OLD = 1_600_000_000

REMOTE = {"readme.txt": b"read me\n", "text.txt": b"one\r\ntwo\r\n", "my file.txt": b"mine\n",
          "big.bin": b"0123456789" * 50_000,
          "data/one.csv": b"1;one\n0;zero\n", "data/two.csv": b"2;two\n", "data/three.csv": b"3;three\n",
          "data/old/zero.csv": b"0;zero\n", "logs/a.log": b"a\n", "logs/b.log": b"b\n",
          "logs/app.log.gz": gzip.compress(b"started\nended\n", mtime=0),
          "pub/stale.html": b"stale\n", "incoming/": None}
LOCAL = {"upload.txt": b"first\nsecond\n", "report1.pdf": b"%PDF 1\n", "report2.pdf": b"%PDF 2\n", "down/": None,
         "site/index.html": b"<html>\n", "site/img/logo.png": b"\x89PNG\r\n\x1a\n",
         "big.bin": b"0123456789" * 20_000,
         "other.bin": b"0123456789" * 10_000, "more-commands": b"get readme.txt -o sourced.txt\nmkdir from-source\n"}


def make(directory, files):
    for name, content in files.items():
        path = os.path.join(directory, name)
        os.makedirs(path if content is None else os.path.dirname(path), exist_ok=True)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
            os.utime(path, (OLD, OLD))


def tree(directory, modes):
    found = {}
    for base, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(base, name)
            content = None
            if name in files:
                with open(path, "rb") as file:
                    content = file.read()
            mode = stat.S_IMODE(os.stat(path).st_mode) if modes else 0
            found[os.path.relpath(path, directory)] = (content, mode)
    return found


def give(directory, uid):
    for base, directories, files in os.walk(directory):
        for name in directories + files:
            os.chown(os.path.join(base, name), uid, uid)


class Site:
    """alice's home at the server, and a local directory; the same at each run."""

    def __init__(self, server, directory):
        self.server, self.directory = server, str(directory)
        self.home = server.home("alice")
        self.uid = os.stat(self.home).st_uid

    def run(self, script, *command):
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        for name in os.listdir(self.home):
            path = os.path.join(self.home, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        make(self.home, REMOTE)
        give(self.home, self.uid)
        make(self.directory, LOCAL)
        environment = {"HOME": self.directory + ".home", "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
        os.makedirs(environment["HOME"], exist_ok=True)
        with open(script, "rb") as file:
            done = subprocess.run(command, cwd=self.directory, env=environment, stdin=file, capture_output=True,
                                  timeout=120)
        said = (done.stdout + done.stderr).decode(errors="replace")
        return tree(self.home, True), tree(self.directory, False), f"{command[0]}: exit {done.returncode}\n{said}"


def scripts(kind):
    return [(kind, name) for name in sorted(os.listdir(os.path.join(HERE, kind)))]


@pytest.mark.parametrize("kind, name", scripts("lftp") + scripts("tnftp"))
def test_a_script_of_another_client(make_server, client, tmp_path, kind, name):
    if not shutil.which(kind):
        pytest.skip(f"{kind} is not installed")
    server = make_server()
    with open(os.path.join(HERE, kind, name), encoding="utf-8") as file:
        text = file.read().replace("@PORT@", str(server.port)).replace("@PASSWORD@", server.user("alice").password)
    script = tmp_path / "script"
    script.write_text(text)
    site = Site(server, tmp_path / "here")
    options = {"lftp": ["-f", script], "tnftp": ["-n"]}[kind]
    remote, local, said = site.run(script, kind, *map(str, options))
    assert (remote, local) != (tree_of(REMOTE), tree_of(LOCAL)), f"the script does nothing\n{said}"
    ours_remote, ours_local, ours_said = site.run(script, client.command()[0], "--tls=off", "--retry=0", "-f",
                                                  str(script))
    for theirs, ours in ((remote, ours_remote), (local, ours_local)):
        differ = {key: (theirs.get(key), ours.get(key)) for key in {*theirs, *ours} if theirs.get(key) != ours.get(key)}
        assert not differ, f"{differ}\n--- {said}\n--- {ours_said}"
    assert ": exit 0\n" in ours_said, ours_said


def tree_of(files):
    return {name.rstrip("/"): (content, 0) for name, content in files.items()}
