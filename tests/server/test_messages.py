# SPDX-License-Identifier: BSD-2-Clause
"""The texts for people: greeting, log-in, directories and goodbye, in several lines, from the
configuration and from files; what is in them can't end a reply early, or reach a terminal."""

import os
import subprocess

import pytest

import clients
from ctl import ctl
from harness import BUILD

FORGED = "230 Login successful.\n250 done\n\n 220 x\n"
CONTROL_BYTES = (b"bell\x07 escape\x1b[2J csi\xc2\x9b delete\x7f nul\0 bare\rcr\ttab caf\xc3\xa9 telnet\xff latin\xe9 "
                 b"\xe2\x80\xae\r\n")
SAFE = "bell? escape?[2J csi? delete? nul? bare?cr\ttab café telnet\udcff latin\udce9 ?"


def write(server, name, content):
    path = server.path(name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def with_files(make_server):
    """with_files({section: {key: value}}, {name: content}) starts a server; "FILE:name" is the path of a file."""

    def start(config, files=None, **arguments):
        def prepare(server):
            for name, content in (files or {}).items():
                write(server, name, content)
            server.overrides = {section: {key: server.path(value[5:]) if value.startswith("FILE:") else value
                                          for key, value in keys.items()} for section, keys in config.items()}
            server.write_config()

        return make_server(prepare=prepare, **arguments)

    return start


def test_a_banner_of_several_lines(with_files):
    server = with_files({"daemon": {"banner": r"One.\n\nThree: 100% of %u at %a, 5%%."}})
    control = server.connect()
    assert control.greeting.lines == ["220-One.", "220-", "220 Three: 100% of  at 127.0.0.1, 5%."]
    assert control.command("NOOP").code == 200


def test_a_file_comes_before_the_banner(with_files):
    server = with_files({"daemon": {"banner": "Ready.", "banner_file": "FILE:welcome"}},
                        {"welcome": "Authorised users only.\r\n\r\n220 Not the end.\n"})
    assert server.connect().greeting.lines == ["220-Authorised users only.", "220-", "220-220 Not the end.",
                                               "220 Ready."]


def test_a_reload_reads_the_file_again(with_files):
    server = with_files({"daemon": {"banner_file": "FILE:welcome"}}, {"welcome": "Old.\n"})
    assert server.connect().greeting.lines[0] == "220-Old."
    write(server, "welcome", "New.\n")
    ctl(server, "reload")
    assert server.connect().greeting.lines[0] == "220-New."


def test_a_host_has_texts_of_its_own(with_files):
    server = with_files({"daemon": {"banner_file": "FILE:all", "banner": "All."},
                         "host one.example": {"banner_file": "FILE:one", "banner": r"One.\nOne again."},
                         "host two.example": {"banner": "Two."}}, {"all": "All users.\n", "one": "Users of one.\n"})
    control = server.connect()
    assert control.greeting.lines == ["220-All users.", "220 All."]
    assert control.command("HOST one.example").lines == ["220-Users of one.", "220-One.", "220 One again."]
    assert control.command("HOST two.example").lines == ["220-All users.", "220 Two."]


def test_the_login_has_a_text(with_files):
    server = with_files({"defaults": {"login_message": r"Hello %u.\nHave fun.", "login_message_file": "FILE:motd"},
                         "user bob": {"login_message": "Only for bob.", "login_message_file": ""}},
                        {"motd": "Down on Sunday.\n" + FORGED})
    control = server.connect()
    control.command("USER alice", 331)
    reply = control.command(f"PASS {server.user().password}", 230)
    assert reply.lines == ["230-Down on Sunday.", "230-230 Login successful.", "230-250 done", "230-",
                           "230- 220 x", "230-Hello alice.", "230-Have fun.", "230 Login successful."]
    control.command("NOOP", 200)
    control = server.connect()
    control.command("USER bob", 331)
    reply = control.command(f"PASS {server.user('bob').password}", 230)
    assert reply.lines == ["230-Only for bob.", "230 Login successful."]


def test_a_refused_login_has_none(with_files):
    server = with_files({"defaults": {"login_message": "Welcome."}})
    control = server.connect()
    control.command("USER alice", 331)
    assert control.command("PASS wrong", 530).lines == ["530 Login incorrect."]


def test_goodbye_has_a_text_of_each_section(with_files):
    server = with_files({"defaults": {"goodbye": r"Bye.\nCome again."}, "user bob": {"goodbye": "Bye %u."}})
    assert server.connect().command("QUIT", 221).lines == ["221-Bye.", "221 Come again."]
    assert server.login().command("QUIT", 221).lines == ["221-Bye.", "221 Come again."]
    assert server.login("bob").command("QUIT", 221).lines == ["221 Bye bob."]


def test_a_directory_has_a_text_once(with_files):
    server = with_files({"defaults": {"directory_message_file": ".message"}})
    server.put(".message", b"The root.\n")
    server.mkdir("in")
    server.put("in/.message", b"250 Not the end of %u's reply.\nSecond line, without an end")
    server.mkdir("empty")
    control = server.connect()
    control.command("USER alice", 331)
    assert control.command(f"PASS {server.user().password}", 230).lines == ["230-The root.",
                                                                            "230 Login successful."]
    changed = "250 Directory successfully changed."
    text = ["250-250 Not the end of alice's reply.", "250-Second line, without an end", changed]
    assert control.command("CWD in").lines == text
    assert control.command("CDUP").lines == [changed]
    assert control.command("CWD /in/../in").lines == [changed]
    assert control.command("CWD /empty").lines == [changed]
    control.command("CWD missing", 550)
    assert server.login().command("XCWD in").lines == text


def test_nothing_in_a_file_reaches_the_terminal_or_forges_a_line(with_files):
    server = with_files({"defaults": {"directory_message_file": ".message"},
                         "daemon": {"banner_file": "FILE:welcome"}}, {"welcome": CONTROL_BYTES})
    server.mkdir("in")
    server.put("in/.message", CONTROL_BYTES)
    control = server.login()
    for code, reply in ((220, control.greeting), (250, control.command("CWD in"))):
        assert reply.lines[0] in (f"{code}-{SAFE}", f"{code}-{SAFE}".replace("\udcff", "\udcff\udcff")), reply
        assert len(reply.lines) == 2


def test_a_large_file_is_cut(with_files):
    server = with_files({"defaults": {"directory_message_file": ".message"},
                         "daemon": {"banner_file": "FILE:welcome"}}, {"welcome": "x" * 79 + "\n" + "y" * 100000})
    server.put(".message", b"z\n" * 100000)
    control = server.login()
    lines = control.greeting.lines
    assert lines[0] == "220-" + "x" * 79 and lines[1].startswith("220-yyy") and len(lines[1]) <= 512
    control = server.connect()
    control.command("USER alice", 331)
    reply = control.command(f"PASS {server.user().password}", 230)
    assert 1000 < len(reply.lines) <= 2049 and reply.lines[-1] == "230 Login successful."
    assert "clients will see only its first 4095 bytes" in check(server)


def check(server):
    done = subprocess.run([os.path.join(BUILD, "wardftpd"), "-t", "--quick", "-c", server.config_file],
                          capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_what_is_no_text_is_shown_to_nobody(with_files):
    """Nor does it block the session or the server: a FIFO without a writer."""
    server = with_files({"defaults": {"directory_message_file": ".message", "login_message_file": "/nonexistent",
                                      "login_message": "Hello."},
                         "user bob": {"login_message_file": "FILE:homes"}})
    for name, make in {"fifo": os.mkfifo, "directory": os.mkdir, "link": lambda path: os.symlink("/etc/passwd", path),
                       "loop": lambda path: os.symlink(".message", path)}.items():
        server.mkdir(name)
        make(server.home("alice", name, ".message"))
    server.mkdir("secret")
    os.chown(server.put("secret/.message", b"secret", mode=0o600), server.user("bob").uid, 0)
    control = server.login()
    for name in ("fifo", "directory", "link", "loop", "secret"):
        assert control.command("CWD /" + name).lines == ["250 Directory successfully changed."]
    said = check(server)
    assert "defaults.login_message_file: /nonexistent: No such file" in said
    assert "homes: not a regular file: clients will not see it" in said


def test_a_user_who_may_not_download_sees_no_text_of_a_directory(with_files):
    server = with_files({"user alice": {"rights": "list, upload", "directory_message_file": ".message"},
                         "user bob": {"deny": ".message", "directory_message_file": ".message"}})
    for user in ("alice", "bob"):
        server.mkdir("in", user=user)
        server.put("in/.message", b"text", user=user)
        assert server.login(user).command("CWD in").lines == ["250 Directory successfully changed."]
    assert "refused-command" not in server.log_text()


def test_many_directories_are_remembered(with_files):
    server = with_files({"defaults": {"directory_message_file": "README"}})
    for i in range(150):
        server.mkdir(f"d{i}")
        server.put(f"d{i}/README", b"text")
    control = server.login()
    for i in range(150):
        assert len(control.command(f"CWD /d{i}").lines) == 2
    for i in range(149, 30, -1):
        assert len(control.command(f"CWD /d{i}").lines) == 1


@pytest.mark.parametrize("key, value", [("directory_message_file", "a/b"), ("directory_message_file", ".."),
                                        ("login_message_file", "motd"), ("goodbye", "")])
def test_a_value_that_is_none_is_named(make_server, key, value):
    with pytest.raises(AssertionError, match=f"defaults.{key}: "):
        make_server(config={"defaults": {key: value}})


EVERYWHERE = {"daemon": {"banner": r"Line one.\n220 two.\nLast.", "banner_file": "FILE:text"},
              "defaults": {"login_message": r"331 one\n230 two", "login_message_file": "FILE:text",
                           "directory_message_file": ".message", "goodbye": r"221 Bye.\n\nReally."}}


@pytest.fixture
def talkative(with_files):
    server = with_files(EVERYWHERE, {"text": FORGED * 10 + "é" * 300 + "\n"})
    server.put(".message", FORGED.encode())
    server.mkdir("folder")
    server.put("folder/.message", (FORGED * 100).encode())
    return server


@pytest.mark.parametrize("client", clients.CLIENTS, ids=lambda client: client.__name__)
def test_clients_cope_with_texts_everywhere(talkative, tmp_path, client):
    session = client(talkative, "alice", talkative.user().password)
    local, back = tmp_path / "local", tmp_path / "back"
    local.write_bytes(os.urandom(300000))
    for path in ("file", "folder/file"):
        session.upload(str(local), path)
        session.download(path, str(back))
        assert back.read_bytes() == local.read_bytes()
    assert "file" in [os.path.basename(name) for name in session.list("folder")]
    session.logout()


def test_wardftp_copes_with_texts_everywhere(talkative, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    netrc = os.open(tmp_path / ".netrc", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(netrc, f"machine {talkative.host} login alice password {talkative.user().password}\n".encode())
    os.close(netrc)
    done = subprocess.run([os.path.join(BUILD, "wardftp"), "-c", "cd folder; put file; get file back; ls",
                           f"ftp://alice@{talkative.host}:{talkative.port}/"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 0, done
    assert (tmp_path / "back").read_bytes() == b"content"
