# SPDX-License-Identifier: BSD-2-Clause
"""wardpasswd import: files as the other servers' own tools wrote them.

joe and ann were made by pure-pw of Pure-FTPd 1.0.50, bob to sha by ftpasswd of ProFTPD 1.3.8, apr to plain by htpasswd
of Apache 2.4; the passwords of all are "secret"."""

import os

import pytest

from harness import User, hash_password
from test_login import attempt
from test_wardpasswd import DATAERR, NOINPUT, USAGE, Tool

PUREFTPD = (
    "joe:$argon2id$v=19$m=8192,t=127,p=1$/rUZYfYH6WbiL7scfT7aXg$ToRfKqc2zE0GLkSxbok+YRiC0MhOEpXtenZH1d6nZZ4:1001:1001:"
    "Joe Doe:/home/ftpusers/joe/./:51200:102400:::3:1000:10485760:::192.168.1.0/24::900-1800\n"
    "ann:$6$1QtW8eXo$cC6vj2iXbFqK5vO2zvWcWJ2xxZrjcX8XnTgb8kqJ4x1sOZBGmDLXwR3iFvJ1cJ7JY0r1oFQ4hXlqT5d0sM2Y3/:1002:1001::"
    "/home/ftpusers/ann::::::::::::\n"
    "dir:*:1003:1001::/home/ftpusers/dir/./incoming/x::::::::::::\n"
)
PROFTPD = (
    "bob:$1$EgW7Ohw2$JjSr1UMZ92Xc.MVUlc4vZ1:2001:2001::/home/bob:/bin/false\n"
    "carl:$5$bsaRfoVEgYThWdRG$XmbOescynQpY/x8T9s4.iT4x/plWWcse7oehtF1ZeD0:2002:2001::/home/carl:/bin/false\n"
    "des:tbuUG6kXINUbo:2003:2001::/home/des:/bin/false\n"
    "sha:$6$Q0AjQ0nm3zNwAKjJ$wfE0dDBuFZM1b6jQEjQthohWup77M.CJC4FDedPU935OLcqCkQOfrU6iEIIsjVcHpU7Kuqo9XVx3ytIMGD8c10:"
    "2004:2001::/home/sha:/bin/false\n"
)
HTPASSWD = (
    "apr:$apr1$cf9e1LKg$dk94GDLwhwBgFsaspP8Jd0\n"
    "bc:$2y$05$jT9iz1AQYR7Pnr9aWnsuDe33.p5oY.dzL5g3Y0JoW9jmdQyyRUvGe\n"
    "sha1:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
    "crypt:Ma94EWA3mo286\n"
    "s256:$5$wbLqBW6ryp3xYiuW$AdmpZq1jugHW2trmBuQ1Rq90tl182YlcffvUFXqcu49\n"
    "s512:$6$FUgMxhd.LSkmhzwd$fNAKCOraklQokR9Tcz6cvcI1bHWQYn0EU5tPUz4N0YDWeDJNDnFU4h4UsESuaZqFMDNP7XG0QW7O6v2U5USVH0\n"
    "plain:secret\n"
)
# As of a Debian system, with a user of it, one that is locked and one that expires.
SHADOW = (
    "root:$y$j9T$xK$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:19700:0:99999:7:::\n"
    "daemon:*:19700:0:99999:7:::\n"
    "sshd:!:19700::::::\n"
    "carol:$y$j9T$saltsaltsalt$HASH:19700:0:99999:7:::\n"
    "dave:!$6$salt$HASH:19700:0:99999:7:::\n"
    "erin:$6$salt$HASH:19700:0:99999:7::20849:\n"
    "gone:$6$salt$HASH:19700:0:99999:7:::\n"
    "new:!!:19700:0:99999:7:::\n"
)
PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\n"
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
    "sshd:x:104:65534::/run/sshd:/usr/sbin/nologin\n"
    "carol:x:1001:1001:Carol,,,:/home/carol:/bin/bash\n"
    "dave:x:1002:1002::/home/dave:/bin/bash\n"
    "erin:x:1003:1003::/home/erin:/bin/bash\n"
    "new:x:1004:1004::/home/new:/bin/bash\n"
)


@pytest.fixture
def tool(tmp_path):
    return Tool(str(tmp_path / "passwd"))


def source(tool, text, name="source"):
    path = os.path.join(os.path.dirname(tool.path), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def names(tool):
    return [line.split(b":")[0].decode() for line in tool.bytes().splitlines()]


def notes(done, name):
    return [line for line in done.stderr.decode().splitlines() if f": {name}" in line]


def test_pureftpd(tool):
    done = tool.ok("import", source(tool, PUREFTPD), "--from", "pureftpd")
    assert b"3 users imported, 0 left out" in done.stdout
    assert tool.entry("joe") == ["joe", "*", "1001", "1001", "Joe Doe", "/home/ftpusers/joe", "/usr/sbin/nologin"]
    assert tool.entry("ann")[1] == PUREFTPD.splitlines()[1].split(":")[1]
    assert tool.entry("ann")[5] == "/home/ftpusers/ann"
    assert tool.entry("dir")[5] == "/home/ftpusers/dir"
    told = "\n".join(notes(done, "joe"))
    for part in ("Argon2", "user_rate_up = 51200 in [user joe]", "user_rate_down = 102400",
                 "max_sessions_per_user = 3", "quota_files = 1000", "quota_bytes = 10485760",
                 "allowed_addresses = 192.168.1.0/24", "hours (set `hours`) does not come: 900-1800"):
        assert part in told, part
    assert "start_directory = /incoming/x" in notes(done, "dir")[0]
    assert not notes(done, "ann")


def test_proftpd(tool):
    done = tool.ok("import", source(tool, PROFTPD), "--from", "proftpd")
    assert tool.bytes().decode() == PROFTPD
    assert "md5crypt" in notes(done, "bob")[0] and "des" in notes(done, "des")[0]
    assert not notes(done, "sha")
    for name in ("bob", "carl", "des", "sha"):
        assert tool.verify(name, "wrong") == 1
    assert tool.verify("sha", "secret") == 0 and tool.verify("carl", "secret") == 0


def test_htpasswd(tool):
    done = tool.ok("import", source(tool, HTPASSWD), "--from", "htpasswd", "-u", "2100", "-d", "/srv/www/%u")
    assert names(tool) == ["apr", "bc", "sha1", "crypt", "s256", "s512", "plain"]
    assert tool.entry("bc")[2:6] == ["2100", "2100", "", "/srv/www/bc"]
    for name in ("apr", "sha1", "plain"):
        assert tool.entry(name)[1] == "*" and "set a password" in notes(done, name)[0], name
    for name in ("bc", "s256", "s512"):
        assert tool.verify(name, "secret") == 0, name
    assert "accept_hashes" in notes(done, "crypt")[0]
    assert b"secret" not in tool.bytes()


def test_htpasswd_with_accounts(tool):
    accounts = source(tool, "bc:x:1500:1500:B C:/home/bc:/bin/sh\n", "accounts")
    done = tool.ok("import", source(tool, HTPASSWD), "--from", "htpasswd", "--passwd", accounts)
    assert names(tool) == ["bc"]
    assert tool.entry("bc")[2:] == ["1500", "1500", "B C", "/home/bc", "/bin/sh"]
    assert b"1 users imported, 6 left out" in done.stdout
    assert "is left out: it has no uid" in notes(done, "s512")[0]


def test_shadow(tool):
    done = tool.ok("import", source(tool, SHADOW), "--from", "shadow", "--passwd", source(tool, PASSWD, "accounts"))
    assert names(tool) == ["carol", "dave", "erin"]
    assert tool.entry("carol") == ["carol", "$y$j9T$saltsaltsalt$HASH", "1001", "1001", "Carol,,,", "/home/carol",
                                   "/bin/bash"]
    assert tool.entry("dave")[1] == "!$6$salt$HASH"  # locked as it was
    assert "expires = 2027-01-31 in [user erin]" in notes(done, "erin")[0]
    assert "below 500" in notes(done, "root")[0]
    for name in ("daemon", "sshd", "new"):
        assert "it has no password" in notes(done, name)[0], name
    assert "no account of that name" in notes(done, "gone")[0]


def test_who_is_there_stays(tool):
    tool.write(b"bob:*:2001:2001::/srv:/\n# no line end")
    done = tool.ok("import", source(tool, PROFTPD), "--from", "proftpd")
    assert tool.entry("bob")[5] == "/srv"
    assert "has a user of that name" in notes(done, "bob")[0]
    assert tool.bytes().startswith(b"bob:*:2001:2001::/srv:/\n# no line end\ncarl:")


@pytest.mark.parametrize("row, said", [
    ("eve:$6$s$h:2009:2009::/home/eve", "6 fields"), ("eve:$6$s$h:0:0::/home/eve:/", "account of the system"),
    ("eve:$6$s$h:x:1::/home/eve:/", "numbers"), ("eve:$6$s$h:2009:2009::home:/", "no absolute path"),
    ("eve:$6$s$h:2009:2009:a\x07b:/home/eve:/", "control character"), (":$6$s$h:2009:2009::/home/eve:/", "the name"),
    ("sha:$6$s$h:2009:2009::/home/eve:/", "in a line before"),
])
def test_rows_that_cannot_come(tool, row, said):
    done = tool.ok("import", source(tool, PROFTPD + row + "\n"), "--from", "proftpd")
    assert names(tool) == ["bob", "carl", "des", "sha"]
    assert said in [line for line in done.stderr.decode().splitlines() if ":5: " in line][0]
    assert b"4 users imported, 1 left out" in done.stdout


def test_dry_run(tool):
    tool.write(b"")
    done = tool.ok("import", source(tool, PROFTPD), "--from", "proftpd", "--dry-run")
    assert b"4 users would be imported" in done.stdout and tool.bytes() == b""


def test_wrong_command_lines(tool):
    path = source(tool, PROFTPD)
    assert tool.run("import", path).returncode == USAGE
    assert tool.run("import", path, "--from", "vsftpd").returncode == USAGE
    assert tool.run("import", path, "--from", "htpasswd", "-u", "x").returncode == USAGE
    assert tool.run("import", path, "--from", "htpasswd", "-u", "2100", "-d", "srv").returncode == USAGE
    assert tool.run("import", "/nowhere", "--from", "proftpd").returncode == NOINPUT
    assert tool.run("import", "--from", "proftpd").returncode == USAGE
    assert tool.run("import", path, "--from", "shadow", "--passwd", "/nowhere").returncode == NOINPUT
    assert tool.run("check").returncode in (NOINPUT, DATAERR)


def test_imported_users_log_in(make_server, tool):
    """With the passwords that they had: the server takes the rows as they are."""
    tool.ok("import", source(tool, PROFTPD + HTPASSWD.replace("sha1:", "x:")), "--from", "proftpd")
    tool.ok("import", source(tool, HTPASSWD), "--from", "htpasswd", "-u", "2100", "-d", "/srv/%u")
    names_of = ("carl", "sha", "bc", "s512", "bob", "crypt")
    users = [User(name, 5001 + n, password="secret", hash=tool.entry(name)[1]) for n, name in enumerate(names_of)]
    server = make_server(users=users, config={"daemon": {"accept_hashes": "md5crypt, des"}})
    for user in users:
        assert attempt(server, user.name, "secret").code == 230, user.name
        assert hash_password("secret", user.hash) == user.hash
