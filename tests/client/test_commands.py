# SPDX-License-Identifier: BSD-2-Clause
"""Commands one by one: several files in one get and put, trees, modes, moving, free space, messages of failures."""

import fcntl
import os
import stat
import struct
import termios

import pytest
import terminal
from wardftp import LOCAL, NO_CREATE, REFUSED, USAGE


@pytest.fixture
def site(at_ward):
    server = at_ward.server
    server.mkdir("folder")
    server.mkdir("folder/deep")
    server.put("folder/inner.c", b"i" * 1500)
    server.put("folder/deep/last.h", b"l" * 3000)
    server.put("alpha", b"alpha\n")
    server.put("beta", b"beta\n")
    server.put("gamma", b"a\r\nb\r\n")

    def run(commands, *options, **arguments):
        return at_ward.run("--tls=off", *options, "-c", commands, at_ward.url, **arguments)

    at_ward.script = run
    return at_ward


def lines(result):
    assert result.code == 0, result.err
    return result.text.splitlines()


def contents(directory):
    return sorted(os.listdir(directory))


def test_get_takes_names_and_files(site):
    os.mkdir(site.path("d"))
    lines(site.script("get alpha as"))
    assert site.read("as") == b"alpha\n" and not site.exists("alpha")
    lines(site.script("get alpha beta gamma"))
    assert [site.read(name) for name in ("alpha", "beta")] == [b"alpha\n", b"beta\n"]
    lines(site.script("get -O d alpha beta; get -O d alpha -o other beta -o 'a third'; get alpha -o plain"))
    assert contents(site.path("d")) == ["a third", "alpha", "beta", "other"] and site.read("plain") == b"alpha\n"
    assert site.read("d/a third") == b"beta\n"
    lines(site.script("set two-words files; get alpha beta"))
    assert site.script("get -O nosuch alpha").code == NO_CREATE
    assert site.script("get -o x alpha").code == USAGE
    assert site.script("get alpha -o x beta -o x").code == USAGE
    assert site.script("get alpha nosuch beta").code == REFUSED
    assert site.script("get").code == USAGE and site.script("get -z alpha").code == USAGE
    assert site.script("get -- alpha").code == 0


def test_get_resumes_converts_and_moves(site):
    site.write("gamma", b"a\r")
    lines(site.script("get -c gamma"))
    assert site.read("gamma") == b"a\r\nb\r\n"
    lines(site.script("get -a gamma -o text; get -E alpha beta -o moved"))
    assert site.read("text") == b"a\nb\n" and site.read("moved") == b"beta\n"
    assert not os.path.exists(site.server.home("alice", "alpha")) and not os.path.exists(site.server.home("alice",
                                                                                                          "beta"))
    assert site.script("get -E nosuch gamma").code == REFUSED
    assert os.path.exists(site.server.home("alice", "gamma")), "what was not transferred is not deleted"


def test_put_in_the_same_way(site):
    for name in ("one", "two", "three"):
        site.write(name, name.encode())
    lines(site.script("put one as; put one two three; put -O folder one two -o second; put -E three -o folder/moved"))
    assert site.server.read("as") == b"one" and site.server.read("three") == b"three"
    assert contents(site.server.home("alice", "folder")) == ["deep", "inner.c", "moved", "one", "second"]
    assert not site.exists("three") and site.exists("one")
    assert site.script("put one nosuch/x").code == REFUSED
    assert site.script("put nosuch").code == LOCAL or site.script("put nosuch").code == REFUSED
    assert site.script("put one -o x two -o x").code == USAGE


def test_many_files_with_options(site):
    os.mkdir(site.path("d"))
    lines(site.script("mget -O d *a; mget -d folder/*.c folder/deep/*"))
    assert contents(site.path("d")) == ["alpha", "beta", "gamma"]
    assert site.read("folder/inner.c") == b"i" * 1500 and site.read("folder/deep/last.h") == b"l" * 3000
    lines(site.script("mkdir up; mput -O up d/*; mput -d -O up d/alpha; mget -E -O d folder/*.c; mget -rO d folder"))
    assert contents(site.server.home("alice", "up")) == ["alpha", "beta", "d", "gamma"]
    assert contents(site.path("d")) == ["alpha", "beta", "folder", "gamma", "inner.c"]
    assert not os.path.exists(site.server.home("alice", "folder/inner.c"))
    assert site.read("d/folder/deep/last.h") == b"l" * 3000
    site.write("gamma", b"a\r")
    lines(site.script("mget -c gam*"))
    assert site.read("gamma") == b"a\r\nb\r\n"
    assert site.script("mget -d ../*").code in (USAGE, REFUSED)


def test_prompt_asks_before_each_file(site):
    with terminal.Terminal(site, "--tls=off", site.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.send("prompt\n")
        tty.expect("prompt is on")
        tty.send("mget *a\n")
        for question, answer in (("get alpha", "y"), ("get beta", "n"), ("get gamma", "y")):
            tty.expect(question + r"\? \(y\)es")
            tty.send(answer + "\n")
        tty.expect("> ")
        tty.send("mdelete *a\n")
        tty.expect(r"delete alpha\?")
        tty.send("n\n")
        tty.expect(r"delete beta\?")
        tty.send("q\n")
        tty.expect("> ")
        tty.send("mdelete *a\n")
        tty.expect(r"delete alpha\?")
        tty.send("a\n")
        tty.expect("> ")
        tty.send("bye\n")
        assert tty.wait() == 0
    assert not site.exists("beta") and site.read("gamma") == b"a\r\nb\r\n"
    assert contents(site.server.home("alice")) == ["folder"]


def test_find(site):
    assert lines(site.script("find")) == ["./", "./alpha", "./beta", "./folder/", "./folder/deep/",
                                          "./folder/deep/last.h", "./folder/inner.c", "./gamma"]
    assert lines(site.script("find folder/ -d 1")) == ["folder/", "folder/deep/", "folder/inner.c"]
    assert lines(site.script("find --max-depth=0 folder alpha")) == ["folder/", "alpha"]
    assert lines(site.script("find -n '*.h' -t f; find --type d folder")) == [
        "./folder/deep/last.h", "folder/", "folder/deep/"]
    assert [line.split()[-1] for line in lines(site.script("find -l folder/deep"))] == [
        "folder/deep/", "folder/deep/last.h"]
    events = site.script("find folder", "--json").events
    assert [event["name"] for event in events] == ["folder", "folder/deep", "folder/deep/last.h", "folder/inner.c"]
    assert site.script("find nosuch").code == REFUSED
    assert site.script("find -d x").code == USAGE and site.script("find -t q").code == USAGE


def test_a_directory_that_cannot_be_listed_costs_only_itself(site):
    os.chmod(site.server.home("alice", "folder/deep"), 0)
    result = site.script("find folder")
    assert result.text.splitlines() == ["folder/", "folder/deep/", "folder/inner.c"]
    assert result.code == REFUSED and "folder/deep: cannot be listed" in result.err
    os.chmod(site.server.home("alice", "folder/deep"), 0o755)


def test_du(site):
    assert [line.split() for line in lines(site.script("du"))] == [
        ["3", "./folder/deep"], ["5", "./folder"], ["5", "."]]
    assert [line.split() for line in lines(site.script("du -sb folder alpha"))] == [["4500", "folder"], ["6", "alpha"]]
    assert [line.split() for line in lines(site.script("du -ab -d 1 folder"))] == [
        ["3000", "folder/deep"], ["1500", "folder/inner.c"], ["4500", "folder"]]
    assert lines(site.script("du -sh folder"))[0].split() == ["4.50", "kB", "folder"]
    assert site.script("du nosuch").code == REFUSED


def test_df(site):
    line, = lines(site.script("df"))
    assert int(line.split()[0]) > 0 and line.split()[1] == "/"
    assert lines(site.script("df -h folder"))[0].split()[1:] in (["MB", "folder"], ["GB", "folder"], ["TB", "folder"])


def test_df_says_so_where_the_server_does_not_tell(client, liar):
    result = client.run("-c", "df", liar.url)
    assert result.code == REFUSED and "does not tell" in result.err


def modes(site):
    return {name: stat.S_IMODE(os.stat(site.server.home("alice", name)).st_mode)
            for name in ("alpha", "beta", "folder", "folder/inner.c", "folder/deep")}


def test_chmod(site):
    os.chmod(site.server.home("alice", "alpha"), 0o640)
    os.chmod(site.server.home("alice", "beta"), 0o600)
    lines(site.script("chmod u+x,g-r alpha; chmod 644 bet*"))
    assert modes(site)["alpha"] == 0o700 and modes(site)["beta"] == 0o644
    lines(site.script("chmod -R go=rX folder; chmod a-w alp*"))
    found = modes(site)
    assert found["alpha"] == 0o500
    assert found["folder/inner.c"] & 0o077 == 0o044 and found["folder/deep"] & 0o077 == 0o055
    for wrong in ("9", "u", "u+q", "77777"):
        assert site.script(f"chmod {wrong} alpha").code == USAGE
    result = site.script("chmod 644 nosuch")
    assert result.code == REFUSED and "nosuch" in result.err


def test_moving(site):
    lines(site.script("mmv *a folder; mv folder/alpha folder/deep/; mmv -O folder/deep folder/beta folder/gam*"))
    assert contents(site.server.home("alice", "folder/deep")) == ["alpha", "beta", "gamma", "last.h"]
    result = site.script("mmv folder/nosuch folder/deep")
    assert result.code == REFUSED and "folder/nosuch" in result.err
    assert site.script("mmv folder").code == USAGE


def test_links(client, liar):
    asked = []

    def site_command(session, argument):
        asked.append(argument)
        session.send("200 Done" if argument.startswith("SYMLINK") else "500 Unknown")

    liar.on["SITE"] = site_command
    assert client.run("-c", "ln -s a b; ln a b", liar.url).code == REFUSED
    assert asked == ["SYMLINK a b", "LINK a b"]
    assert client.run("-c", "ln -s 'a b' c", liar.url).code == USAGE


def test_directories(site):
    assert lines(site.script("cd folder/deep; cdup; pwd; cd ..; pwd; cd -; pwd; lcd /; lcd -; lpwd")) == [
        "/folder", "/", "/folder", site.directory]
    assert lines(site.script("mkdir -p a/b/c a/b; mkdir -f a; rmdir -f nosuch; rmdir a/b/c; find a")) == ["a/", "a/b/"]


@pytest.mark.parametrize("command, name", [
    ("rm nosuch", "nosuch"), ("rmdir nosuch", "nosuch"), ("mkdir nosuch/a", "nosuch/a"), ("cd nosuch", "nosuch"),
    ("ren nosuch a", "nosuch"), ("get nosuch", "nosuch"), ("put /etc/hostname nosuch/a", "nosuch/a"),
    ("ls nosuch", "nosuch"),
    ("cat nosuch", "nosuch"), ("stat nosuch", "nosuch"), ("hash nosuch", "nosuch"), ("chmod 644 nosuch", "nosuch"),
    ("mkdir -p alpha/b", "alpha/b"), ("get alpha nosuch/a", "nosuch/a"), ("put nosuch", "nosuch"),
    ("mget nosuch*", "nosuch*"),
    ("mput nosuch*", "nosuch*"), ("lcd nosuch", "nosuch"), ("source nosuch", "nosuch"), ("mirror nosuch", "nosuch"),
    ("mirror -R nosuch", "nosuch"), ("rm -r folder nosuch", "nosuch"), ("edit nosuch", "nosuch"),
    ("page nosuch", "nosuch"),
    ("du nosuch", "nosuch"), ("cat alpha > nosuch/a", "nosuch/a"), ("verify nosuch", "nosuch"),
    ("append nosuch", "nosuch")])
def test_a_failure_names_the_file_and_the_reason(site, command, name):
    result = site.script(command)
    assert result.code != 0
    last = result.err.splitlines()[-1]
    assert last.count(name) == 1 and last.startswith("wardftp: "), result.err
    assert any(reason in last for reason in ("o such file", "not a directory", "Not a directory", "no match",
                                             "cannot")), last


def test_columns_and_colors(site):
    with terminal.Terminal(site, "--tls=off", site.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.send("cls\n")
        tty.expect("alpha +beta +\x1b\\[01;34mfolder\x1b\\[0m/ +gamma\r\n")
        tty.send("set color never\n")
        tty.expect("> ")
        tty.send("cls fold*\n")
        tty.expect("\nfolder/\r\n")
        tty.send("ls -h folder\n")
        tty.expect(r"-rw\S+ .* 1\.50 kB  \d{4}-\d\d-\d\d \d\d:\d\d  inner.c")
        tty.send("bye\n")
        assert tty.wait() == 0
    site.environment["NO_COLOR"] = "1"
    with terminal.Terminal(site, "--tls=off", "-c", "ls", site.url) as tty:
        assert tty.wait() == 0 and "\x1b[" not in tty.text
    del site.environment["NO_COLOR"]
    site.environment["LS_COLORS"] = "di=1;35:*.c=32:ln=\x1b]0;x"
    with terminal.Terminal(site, "--tls=off", "-c", "ls folder", site.url) as tty:
        tty.expect("\x1b\\[1;35mdeep")
        tty.expect("\x1b\\[32minner.c")
        assert tty.wait() == 0
    assert "\x1b" in site.script("set color always; ls").text and "\x1b" not in site.script("ls").text
    assert lines(site.script("ls -C | cat")) == ["alpha    beta     folder/  gamma"]


def test_owner_and_group_are_shown(site):
    line = [line for line in lines(site.script("ls")) if "alpha" in line][0].split()
    assert line[1].isdigit() and line[2].isdigit() and line[3] == "6"
    event = [event for event in site.script("ls", "--json").events if event["name"] == "alpha"][0]
    assert (event["owner"], event["group"]) == (line[1], line[2])


def test_the_greeting_and_messages_are_shown_to_people(client, liar):
    def cwd(session, argument):
        session.send("250-Welcome to the\x1b[2J archive\r\n250 Done" if argument == "archive" else "250 Done")

    liar.on["CWD"] = cwd
    with terminal.Terminal(client, liar.url) as tty:
        tty.expect("Hello\r\nWelcome\r\n")
        tty.expect("> ")
        tty.send("cd archive\n")
        tty.expect(r"Welcome to the\\x1b\[2J archive")
        tty.send("set messages no\n")
        tty.expect("> ")
        tty.send("cd archive\n")
        tty.expect("> ")
        assert tty.text.count("Welcome to") == 1
        tty.send("bye\n")
        assert tty.wait() == 0
    assert "Welcome" not in client.ok("-c", "cd archive", liar.url).text


def test_totals_count_the_bytes_to_come(site):
    for name in ("one", "two", "three"):
        site.write(name, b"x" * 200_000)
    with terminal.Terminal(site, "--tls=off", "--rate=400k", "-c", "mput one two three", site.url) as tty:
        tty.expect(r"total \[\d/3\] +\d+% ")
        assert tty.wait(30) == 0
    with terminal.Terminal(site, "--tls=off", "--rate=400k", "-c", "get -O / one two three || get -O . one two three",
                           site.url) as tty:
        tty.expect(r"total \[\d/3\] +\d+% ")
        assert tty.wait(30) == 0
        assert "total 3 of 3 files, 600.0 kB" in tty.text


def test_help_fits_the_screen(site):
    with terminal.Terminal(site, "--tls=off", site.url) as tty:
        tty.expect("> ")
        fcntl.ioctl(tty.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        tty.send("help\n")
        tty.expect("help COMMAND explains one")
        shown = tty.text.split("help\r\n", 1)[1].split("\r\n")
        assert len(shown) <= 23 and max(map(len, shown)) <= 80
        tty.send("help get\n")
        tty.expect("get .*REMOTE -o LOCAL")
        tty.send("help | tail -1\n")
        tty.expect("bye +leave")
        tty.send("bye\n")
        assert tty.wait() == 0
