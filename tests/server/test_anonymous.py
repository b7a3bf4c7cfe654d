# SPDX-License-Identifier: BSD-2-Clause
"""[anonymous]: who may be a guest, and what for; and the upload directory, whose
files no other guest reads, changes or, unless that is wanted, sees."""

import ftplib
import functools
import io
import os
import pathlib
import stat
import subprocess

import pytest

import control as client
from harness import User
from proc import wait_for

PUBLIC = b"for everybody\n"
SECRET = b"for the administrator\n"

# Every command that a guest could try on a name, and the codes of its last reply in the public
# area and among the uploads.  "old" is a file, "fresh" is nothing, "empty" a directory.
REFUSED = (550,)
COMMANDS = [
    ("<RETR old", (226,), REFUSED),
    (">STOR old", REFUSED, REFUSED),
    (">STOR fresh", REFUSED, (226,)),
    (">APPE old", REFUSED, REFUSED),
    (">STOU", REFUSED, (226,)),
    (">STOU stem", REFUSED, (226,)),
    ("DELE old", REFUSED, REFUSED),
    ("RNFR old", REFUSED, REFUSED),
    ("RNFR empty", REFUSED, REFUSED),
    ("MKD made", REFUSED, REFUSED),
    ("XMKD made", REFUSED, REFUSED),
    ("RMD empty", REFUSED, REFUSED),
    ("XRMD empty", REFUSED, REFUSED),
    ("SITE CHMOD 777 old", REFUSED, REFUSED),
    ("SITE UTIME 20200101000000 old", REFUSED, REFUSED),
    ("SITE UMASK 000", REFUSED, REFUSED),
    ("MFMT 20200101000000 old", REFUSED, REFUSED),
    ("MFF Modify=20200101000000; old", REFUSED, REFUSED),
    ("MDTM 20200101000000 old", REFUSED, REFUSED),
    ("SIZE old", (213,), REFUSED),
    ("SIZE fresh", REFUSED, REFUSED),
    ("MDTM old", (213,), REFUSED),
    ("MLST old", (250,), REFUSED),
    ("MLST empty", (250,), (250,)),
    ("HASH old", (213,), REFUSED),
    ("XCRC old", (250,), REFUSED),
    ("XMD5 old", (250,), REFUSED),
    ("XSHA old", (250,), REFUSED),
    ("XSHA1 old", (250,), REFUSED),
    ("XSHA256 old", (250,), REFUSED),
    ("XSHA512 old", (250,), REFUSED),
    ("<LIST old", (226,), REFUSED),
    ("<NLST old", (226,), REFUSED),
    ("STAT old", (213,), REFUSED),
    ("<LIST", (226,), (226,)),
    ("<MLSD empty", (226,), (226,)),
    ("CWD empty", (250,), (250,)),
]


def accounts():
    return [User("alice", 5001), User("ftp", 5090, hash="!")]


def furnish(server, user="ftp"):
    server.put("old", PUBLIC, user), server.mkdir("empty", user)
    server.mkdir("incoming", user), server.mkdir("incoming/empty", user)
    server.put("incoming/old", SECRET, user)


def guest_server(make_server, config=None, **keys):
    """alice, and a locked row for guests, whose home has a public file and /incoming."""
    server = make_server(users=accounts(), config={"anonymous": keys, **(config or {})})
    furnish(server)
    return server


def knock(server, name="anonymous", password="me@example.org"):
    control = server.connect()
    control.command("USER " + name, 331)
    return control, control.command("PASS " + password)


def guest(server, name="anonymous"):
    control, reply = knock(server, name)
    assert reply.code == 230, reply
    control.command("TYPE I", 200)
    return control


attempt = functools.partial(client.attempt, content=b"brought by a guest")


def tree(server, user="ftp"):
    """All names below the home, files with their content."""
    found = {}
    for directory, _, files in os.walk(server.home(user)):
        found[os.path.relpath(directory, server.home(user))] = None
        for name in files:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, server.home(user))] = file.read()
    return found


# who is let in

def test_a_guest_comes_by_either_name_and_any_password(make_server):
    server = guest_server(make_server)
    for name in ("anonymous", "ftp", "Anonymous", "FTP"):
        for password in ("me@example.org", "", "no address"):
            control, reply = knock(server, name, password)
            assert reply.code == 230, (name, password, reply)
            control.command("TYPE I", 200)
            assert control.fetch("RETR old") == PUBLIC
            control.command("QUIT", 221)
    server.wait_log('user="anonymous"')
    assert "checks a password" not in server.log_text()  # nothing was hashed


def test_without_the_section_the_names_are_like_any_other(make_server):
    server = make_server(users=accounts())
    for name in ("anonymous", "ftp"):
        assert knock(server, name)[1].code == 530


def test_l3_a_guest_who_finds_no_account_is_not_banned(make_server):
    server = make_server(users=[User("alice", 5001)],
                         config={"anonymous": {}, "daemon": {"ban_after": 2, "max_login_failures": 1}})
    for _ in range(3):
        assert knock(server)[1].code == 421
    server.wait_log("no guests: the user file has no account ftp")
    assert server.connect().greeting.code == 220


def test_l6_what_a_guest_gives_as_a_password_is_not_logged(make_server):
    server = guest_server(make_server)
    control, reply = knock(server, password="someone@private.example")
    assert reply.code == 230
    control.command("QUIT", 221)
    server.wait_log("reason=quit")
    assert "private.example" not in server.log_text() and "PASS ****" in server.log_text()


def test_l4_guests_are_judged_as_all_users_before_they_come_in(make_server):
    server = guest_server(make_server)
    assert knock(server, password="x" * 513)[1].code == 530
    for uid in (0, 499):
        low = make_server(users=[User("alice", 5001), User("ftp", uid, gid=5090, hash="!")], config={"anonymous": {}})
        assert knock(low)[1].code == 530
        low.wait_log(r'login refused: address=\S+ user="anonymous" reason=')


def test_l4_all_guests_count_as_one_user(make_server):
    server = guest_server(make_server, max_sessions_per_user=2)
    held = [guest(server, "anonymous"), guest(server, "ftp")]
    _, reply = knock(server, "FTP")
    assert reply.code == 421 and "(maximum 2)" in reply.text
    assert server.login("alice").command("NOOP").code == 200
    held.pop().close()
    guest_again = None
    while guest_again is None:  # until the server has seen the end of the other
        control, reply = knock(server)
        guest_again = control if reply.code == 230 else None


@pytest.mark.parametrize("key, value, reason", [("allowed_addresses", "192.0.2.0/24", "address"),
                                                ("expires", "2001-01-31", "expired")])
def test_r2_conditions_hold_for_guests(make_server, key, value, reason):
    server = guest_server(make_server, **{key: value})
    assert knock(server)[1].code == 530
    server.wait_log(rf'login refused: address=\S+ user="anonymous" reason={reason}')
    server.login("alice")


def test_defaults_hold_where_the_section_says_nothing_and_no_user_s_section_does(make_server):
    config = {"defaults": {"deny": "old", "read_only": "no"}, "user ftp": {"rights": "all", "deny": "x"},
              "user anonymous": {"read_only": "no"}}
    control = guest(guest_server(make_server, config))
    assert "is denied" in attempt(control, "<RETR old").text
    assert attempt(control, ">STOR fresh").code == 550
    features = control.command("FEAT", 211).text
    assert "MFMT" not in features and "MLST" in features


def test_guests_may_be_given_more_by_hand(make_server):
    server = guest_server(make_server, read_only="no")
    control = guest(server)
    assert attempt(control, ">STOR fresh").code == 226 and control.command("DELE old").code == 250
    assert stat.S_IMODE(os.stat(server.home("ftp", "fresh")).st_mode) == 0o600


def test_the_account_under_its_own_name_is_a_user_like_others(make_server):
    server = make_server(users=[User("visitor", 5091)], config={"anonymous": {"account": "visitor"}})
    server.put("old", PUBLIC, user="visitor")
    assert attempt(guest(server), "DELE old").code == 550
    assert attempt(server.login("visitor"), "DELE old").code == 250


def test_t6_where_tls_is_required_it_is_of_guests_too(make_server):
    server = make_server(users=accounts(), config={"anonymous": {}},
                         prepare=lambda server: (server.use_tls(mode="required"), server.write_config()))
    server.connect().command("USER anonymous", 530)


def test_t6_tls_may_be_required_of_guests_alone(make_server):
    server = make_server(users=accounts(), config={"anonymous": {"tls": "required"}},
                         prepare=lambda server: (server.use_tls(), server.write_config()))
    assert knock(server)[1].code == 530
    server.login("alice")
    ftp = ftplib.FTP_TLS(timeout=20)
    ftp.connect(server.host, server.port)
    ftp.login()  # as anonymous, by its own idea
    ftp.quit()


def test_a_host_has_guests_where_its_user_file_has_the_account(make_server):
    def prepare(server):
        path = server.path("others")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(server.user("alice").line())
        server.overrides["host without.example"] = {"user_file": path}
        server.write_config()

    server = make_server(users=accounts(), config={"anonymous": {}, "host with.example": {}}, prepare=prepare)
    for host, code in (("with.example", 230), ("without.example", 530)):
        control = server.connect()
        control.command("HOST " + host, 220)
        control.command("USER anonymous", 331)
        control.command("PASS x", code)


# what for

@pytest.fixture(scope="module")
def incoming(make_shared_server):
    """One server with an upload directory for all tests that leave it as it was."""
    return guest_server(make_shared_server, upload_directory="/incoming", max_sessions_per_user=500)


@pytest.mark.parametrize("uploads", ["atomic", "direct"])
def test_r2_each_command_of_a_guest_in_and_out_of_the_upload_directory(make_server, uploads):
    server = guest_server(make_server, upload_directory="/incoming", uploads=uploads)
    faults = []
    for place, column in (("/", 1), ("/incoming", 2)):
        for row in COMMANDS:
            before = tree(server)
            control = guest(server)
            control.command("CWD " + place, 250)
            reply = attempt(control, row[0])
            if reply.code not in row[column]:
                faults.append(f"{row[0]} in {place} got {reply}, not {row[column]}")
            new = {name: content for name, content in tree(server).items() if before.get(name, 0) != content}
            kept = all(name in tree(server) for name in before)
            wanted = [b"brought by a guest"] if row[0][0] == ">" and reply.code == 226 else []
            if not kept or list(new.values()) != wanted or any(not name.startswith("incoming/") for name in new):
                faults.append(f"{row[0]} in {place} left {new}")
            for name in new:
                os.unlink(server.home("ftp", name))
            control.close()
    assert not faults, "\n".join(faults)


def test_an_upload_belongs_to_the_account_and_is_readable_to_nobody_else(make_server):
    server = guest_server(make_server, upload_directory="/incoming")
    assert attempt(guest(server), ">STOR /incoming/new").code == 226
    about = os.stat(server.home("ftp", "incoming/new"))
    assert (about.st_uid, stat.S_IMODE(about.st_mode)) == (5090, 0o600)
    assert server.read("incoming/new", "ftp") == b"brought by a guest"
    with guest(server) as other:  # no guest resumes or replaces it
        for line in (">STOR /incoming/new", ">APPE /incoming/new", "<RETR /incoming/new", "SIZE /incoming/new"):
            reply = attempt(other, line)
            assert reply.code == 550 and "accepts new files only" in reply.text, (line, reply)
        other.command("REST 5", 350)
        assert attempt(other, ">STOR /incoming/new").code == 550
    assert server.read("incoming/new", "ftp") == b"brought by a guest"


def test_the_upload_directory_shows_no_names_unless_it_is_wanted(make_server):
    for wanted in ("no", "yes"):
        server = guest_server(make_server, upload_directory="/incoming", list_uploads=wanted)
        control = guest(server)
        for line in ("LIST incoming", "LIST -a incoming", "NLST incoming", "MLSD incoming", "LIST incoming/*"):
            with control.connect_data() as data:
                reply = control.command(line)
                listed = b"" if reply.code != 150 else b"".join(iter(lambda: data.recv(65536), b""))
            assert reply.code in (150, 450, 550), reply
            if reply.code == 150:
                assert control.reply().code == 226
            assert (b"old" in listed) == (wanted == "yes"), (line, listed)
        assert ("old" in control.command("STAT incoming").text) == (wanted == "yes")
        assert control.command("SIZE incoming/old").code == (213 if wanted == "yes" else 550)
        assert attempt(control, "<RETR incoming/old").code == 550


def perms(control, line):
    """{name: (type, perm)} of a MLSD."""
    rows = {}
    for row in control.fetch(line).decode().splitlines():
        facts, _, name = row.partition(" ")
        pairs = dict(fact.split("=", 1) for fact in facts.rstrip(";").split(";"))
        rows[name] = (pairs["type"], pairs["perm"])
    return rows


def test_perm_is_true_in_and_out_of_the_upload_directory(make_server):
    server = guest_server(make_server, upload_directory="/incoming", list_uploads="yes")
    os.symlink("incoming/old", server.home("ftp", "link"))
    os.symlink("../old", server.home("ftp", "incoming/out"))
    control = guest(server)
    shown = perms(control, "MLSD")
    assert shown["old"] == ("file", "r") and shown["empty"] == ("dir", "el") and shown["."] == ("cdir", "el")
    assert shown["incoming"] == ("dir", "cel")
    assert shown["link"] == ("OS.unix=slink:incoming/old", "")
    shown = perms(control, "MLSD incoming")
    assert shown["old"] == ("file", "") and shown["empty"] == ("dir", "cel")
    assert shown["."] == ("cdir", "cel") and shown[".."] == ("pdir", "el")
    assert perms(control, "MLSD incoming/empty")[".."] == ("pdir", "cel")
    assert "perm=cel;" in control.command("MLST incoming", 250).text
    assert "perm=el;" in control.command("MLST /", 250).text


# ways around it

def test_no_link_leads_around_the_upload_directory(incoming):
    home = incoming.home("ftp")
    links = {"file": "incoming/old", "dir": "incoming", "abs": "/incoming/old", "up": "empty/../incoming/old",
             "chain": "file", "incoming/out": "../old", "incoming/self": "old", "loop": "loop", "gone": "incoming/none"}
    for name, target in links.items():
        os.symlink(target, os.path.join(home, name))
    try:
        control = guest(incoming)
        for name in ("file", "dir/old", "abs", "up", "chain", "incoming/self", "/incoming/../incoming/old",
                     "empty/../dir/old", "dir/self", "/incoming//old", "//incoming/./old", "dir/../incoming/old",
                     "incoming/empty/../old"):
            for line in ("<RETR ", ">STOR ", ">APPE ", "SIZE ", "MDTM ", "HASH ", "DELE "):
                assert attempt(control, line + name).code == 550, line + name
        for name in ("loop", "gone"):
            assert attempt(control, "<RETR " + name).code == 550
        # a link that leads out of it leads to what is public; a dangling one into it takes a new file
        assert control.fetch("RETR incoming/out") == PUBLIC
        assert attempt(control, ">STOR incoming/out").code == 550
        assert attempt(control, ">STOR gone").code == 226
        assert incoming.read("incoming/none", "ftp") == b"brought by a guest"
        assert attempt(control, ">STOR dir/by-link").code == 226
        assert incoming.read("old", "ftp") == PUBLIC and incoming.read("incoming/old", "ftp") == SECRET
    finally:
        for name in [*links, "incoming/none", "incoming/by-link"]:
            os.path.lexists(os.path.join(home, name)) and os.unlink(os.path.join(home, name))


def test_a_directory_of_the_administrator_in_it_takes_files_too(incoming):
    control = guest(incoming)
    control.command("CWD incoming/empty", 250)
    assert attempt(control, ">STOR deep").code == 226
    assert attempt(control, "<RETR deep").code == 550
    control.command("CDUP", 250)
    assert attempt(control, "<RETR empty/deep").code == 550
    os.unlink(incoming.home("ftp", "incoming/empty/deep"))


def test_c1_a_guest_takes_over_nobody_s_upload(incoming):
    """All guests are one uid: what another has begun stays theirs, however long it stalls."""
    first, second = guest(incoming), guest(incoming)
    data = first.connect_data()
    first.command("STOR /incoming/slow", 150)
    data.sendall(b"part")
    hidden = None
    while hidden is None:  # the file comes before its bytes
        names = [n for n in os.listdir(incoming.home("ftp", "incoming")) if n.startswith(".wardftpd-")]
        hidden = next((n for n in names if os.stat(incoming.home("ftp", "incoming", n)).st_size == 4), None)
    os.utime(incoming.home("ftp", "incoming", hidden), (1, 1))  # it has stalled for years
    assert attempt(second, ">STOR /incoming/slow").code == 450
    assert attempt(second, "<RETR /incoming/" + hidden).code == 553
    data.sendall(b" and the rest")
    data.close()
    assert first.reply().code == 226
    assert incoming.read("incoming/slow", "ftp") == b"part and the rest"
    os.unlink(incoming.home("ftp", "incoming/slow"))


def test_u3_a_guest_s_broken_upload_stays_as_far_as_it_came(incoming):
    control = guest(incoming)
    with control.connect_data() as data:
        control.command("STOR /incoming/broken", 150)
        data.sendall(b"half")
        control.command("ABOR", 426)
        control.reply()
    assert incoming.read("incoming/broken", "ftp") == b"half"
    assert attempt(control, ">STOR /incoming/broken").code == 550
    os.unlink(incoming.home("ftp", "incoming/broken"))


def test_all_guests_share_one_quota(make_server):
    """And SITE QUOTA tells it; what a guest's 552 left counts as well."""
    server = guest_server(make_server, upload_directory="/incoming", quota_bytes=1000)
    brought = 1000 - len(PUBLIC) - len(SECRET)
    guest(server).store("STOR /incoming/one", b"x" * (brought - 10), 226)
    reply = guest(server, "ftp").store("STOR /incoming/two", b"x" * 20, 552)
    assert "Quota of 1 kB" in reply.text
    assert "1000 bytes of 1 kB" in guest(server).command("SITE QUOTA", 200).text
    assert server.read("incoming/two", "ftp") == b"x" * 10


# an upload directory that is none

def replace_incoming(server, how):
    path = server.home("ftp", "incoming")
    os.rename(path, server.path("away"))
    if how == "file":
        server.put("incoming", PUBLIC, user="ftp")
    if how == "link":
        os.symlink("empty", path)
    if how == "root":
        os.symlink("/", path)


@pytest.mark.parametrize("how, reason", [("missing", "No such file"), ("file", "Not a directory"),
                                         ("root", "it is the root")])
def test_without_a_true_upload_directory_guests_only_read(make_server, how, reason):
    server = guest_server(make_server, upload_directory="/incoming")
    replace_incoming(server, how)
    control = guest(server)
    assert control.fetch("RETR old") == PUBLIC
    for line in (">STOR fresh", ">STOR incoming/fresh", ">STOU", "DELE old", ">APPE fresh"):
        assert attempt(control, line).code == 550, line
    assert len(server.wait_log(rf"guests can upload nothing: upload_directory /incoming: {reason}").groups()) == 0
    assert server.log_text().count("guests can upload nothing") == 1


def test_an_upload_directory_by_a_link_is_the_one_it_leads_to(make_server):
    server = guest_server(make_server, upload_directory="/incoming")
    replace_incoming(server, "link")
    server.put("empty/in", SECRET, user="ftp")
    control = guest(server)
    assert attempt(control, ">STOR empty/new").code == 226 and attempt(control, ">STOR incoming/other").code == 226
    assert attempt(control, "<RETR empty/in").code == 550 and attempt(control, "<RETR incoming/in").code == 550


def test_a_session_older_than_the_upload_directory_cannot_read_in_it(make_server):
    server = guest_server(make_server, upload_directory="/incoming")
    replace_incoming(server, "missing")
    control = guest(server)
    assert attempt(control, ">STOR incoming/new").code == 550
    os.rename(server.path("away"), server.home("ftp", "incoming"))
    assert attempt(control, "<RETR incoming/old").code == 550
    assert attempt(control, ">STOR incoming/new").code == 226


# real clients

def client(server, *command, code=0):
    done = subprocess.run(command, env={**os.environ, "HOME": server.directory, "LC_ALL": "C.UTF-8"},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=server.directory)
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout


def test_curl_wget_and_lftp_come_as_guests_by_themselves(incoming):
    url = f"ftp://{incoming.host}:{incoming.port}"
    with open(incoming.path("gift"), "wb") as file:
        file.write(b"a gift")
    assert client(incoming, "curl", "-sS", url + "/old") == PUBLIC
    assert b"incoming" in client(incoming, "curl", "-sS", url + "/")
    client(incoming, "curl", "-sS", "-T", "gift", url + "/incoming/by-curl")
    client(incoming, "curl", "-sS", url + "/incoming/by-curl", code=78)
    client(incoming, "curl", "-sS", "-T", "gift", url + "/by-curl", code=25)
    client(incoming, "wget", "-q", "-r", "-nH", "-P", "mirror", url + "/")
    with open(incoming.path("mirror", "old"), "rb") as file:
        assert file.read() == PUBLIC
    assert not os.path.exists(incoming.path("mirror", "incoming", "old"))
    lftp = ["lftp", "--norc", "-c"]
    quiet = "set ftp:ssl-allow no; set net:max-retries 1; set cmd:fail-exit yes; "
    client(incoming, *lftp, quiet + f"open {url}; get old -o by-lftp; cd incoming; put gift -o by-lftp")
    client(incoming, *lftp, quiet + f"open {url}; mirror / mirrored")
    assert os.listdir(incoming.path("mirrored", "incoming")) == []
    for name in ("by-curl", "by-lftp"):
        assert incoming.read("incoming/" + name, "ftp") == b"a gift"
        os.unlink(incoming.home("ftp", "incoming", name))


def test_rclone_finds_what_it_brought_where_uploads_are_listed(make_server):
    server = guest_server(make_server, upload_directory="/incoming", list_uploads="yes")
    with open(server.path("gift"), "wb") as file:
        file.write(b"a gift")
    hidden = client(server, "rclone", "obscure", "me@example.org").decode().strip()
    client(server, "rclone", "--config", "/dev/null", "--retries", "1", "--ftp-host", server.host, "--ftp-port",
           str(server.port),
           "--ftp-user", "anonymous", "--ftp-pass", hidden, "copyto", "gift", ":ftp:/incoming/by-rclone")
    assert server.read("incoming/by-rclone", "ftp") == b"a gift"


def test_ftplib_logs_in_by_itself_and_brings_a_file(incoming):
    ftp = ftplib.FTP(timeout=20)
    ftp.connect(incoming.host, incoming.port)
    assert ftp.login().startswith("230")
    ftp.cwd("incoming")
    ftp.storbinary("STOR by-ftplib", io.BytesIO(b"a gift"))
    with pytest.raises(ftplib.error_perm):
        ftp.retrbinary("RETR by-ftplib", lambda part: None)
    assert [name for name, _ in ftp.mlsd() if name not in (".", "..")] == []
    ftp.quit()
    assert incoming.read("incoming/by-ftplib", "ftp") == b"a gift"
    os.unlink(incoming.home("ftp", "incoming", "by-ftplib"))


def test_the_xferlog_knows_guests(make_server):
    path = {}

    def prepare(server):
        path["xferlog"] = server.path("xferlog")
        server.overrides.setdefault("daemon", {})["xferlog"] = path["xferlog"]
        server.write_config()

    server = make_server(users=accounts(), config={"anonymous": {}}, prepare=prepare)
    furnish(server)
    control = guest(server, "ftp")
    control.fetch("RETR old")
    control.command("QUIT", 221)
    wait_for(lambda: " b _ o a anonymous ftp 0 * c" in pathlib.Path(path["xferlog"]).read_text(), 10,
             "a line of xferlog")
