# SPDX-License-Identifier: BSD-2-Clause
"""`wardftpd -t` looks at everything: a table of planted misconfigurations, each named with its place and what to do."""

import contextlib
import ctypes
import datetime
import json
import os
import re
import socket
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import harness
from harness import Server, User
from tls import TlsControl

OK, WARNINGS, CONFIG = 0, 1, 78


def stopped(config=None, users=None, tls=False):
    """A server that is not started: its files and homes."""
    server = Server(config=config, users=users)
    server.port = harness.free_port()
    if tls:
        server.use_tls()
    server.write_config()
    return server


def check(server, *arguments, user=None):
    command = [harness.WARDFTPD, "-t", "-c", server.config_file, *arguments]
    if user is not None:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def certificate(server, begins, ends):
    """A certificate of these dates, in days from now, for the key that is there."""
    with open(server.path("key.pem"), "rb") as file:
        key = serialization.load_pem_private_key(file.read(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=begins))
            .not_valid_after(now + datetime.timedelta(days=ends))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True))
    with open(server.path("cert.pem"), "wb") as file:
        file.write(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


# What is planted: a function of the server, which may return what must be undone, or None.

def extra(text):
    return lambda server: server.write_config(text)


def config(section, **keys):
    def plant(server):
        server.overrides.setdefault(section, {}).update(keys)
        server.write_config()
    return plant


def rows(*lines):
    def plant(server):
        server.write_users("".join(user.line() for user in server.users) + "".join(line + "\n" for line in lines))
    return plant


def only_rows(text):
    return lambda server: server.write_users(text)


def mode(name, bits):
    return lambda server: os.chmod(server.path(name), bits)


def home_of(path, uid=5003):
    return rows(f"eve:{harness.hash_password('x')}:{uid}:5003::{path}:/bin/sh")


def no_home(server):
    os.rmdir(server.home())


def closed_home(server):
    os.chown(server.home(), 0, 0)


def home_that_is_a_file(server):
    os.rmdir(server.home())
    open(server.home(), "w").close()


def users_in_a_home(server):
    os.rename(server.user_file, server.home("alice", "passwd"))
    config("daemon", user_file=server.home("alice", "passwd"))(server)


def home_without_write(server):
    os.chown(server.home(), 0, 5001)
    os.chmod(server.home(), 0o750)


def guests(**keys):
    def plant(server):
        rows(f"ftp:*:5004:5004::{server.home('bob')}:/bin/sh")(server)
        os.chmod(server.home("bob"), 0o755)
        config("anonymous", **keys)(server)
    return plant


def log_in(kind):
    def plant(server):
        path = server.path("log")
        {"directory": os.mkdir, "fifo": os.mkfifo, "missing": lambda _: None}[kind](path)
        config("daemon", log=path + "/x/log" if kind == "missing" else path)(server)
    return plant


def open_directory(server):
    """Who may write to the directory of the user file may replace it."""
    os.mkdir(server.path("open"))
    os.chmod(server.path("open"), 0o777)
    os.rename(server.user_file, server.path("open", "passwd"))
    config("daemon", user_file=server.path("open", "passwd"))(server)


def busy(of_range):
    """Another program listens on a port: of the passive range, or the listener's own."""
    def plant(server):
        held = socket.create_server(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if of_range:
            config("listener default", passive_ports=f"{port}-{port + 300}")(server)
        else:
            config("listener default", address=f"127.0.0.1:{port}")(server)
        return held.close
    return plant


def own_port_in_range(server):
    config("listener default", passive_ports=f"{server.port}-{server.port + 300}")(server)


def making(base, home="%u", **keys):
    """Homes are to be made in `base`, which has this mode, or is a link."""
    def plant(server):
        path = server.path("base")
        if base == "link":
            os.symlink(server.path("homes"), path)
        elif base is not None:
            os.mkdir(path)
            os.chmod(path, base)
        config("daemon", create_home="yes", **keys)(server)
        config("user bob" if home != "%u" else "defaults", home=server.path("base", home))(server)
        config("defaults", home=server.path("base", "%u"))(server)
    return plant


def dotted_name(server):
    making(0o755)(server)
    rows(f".eve:{harness.hash_password('x')}:5003:5003:::/bin/sh")(server)


def group_of(line, **keys):
    def plant(server):
        server.write_groups(line + "\n")
        if keys:
            config("daemon", **keys)(server)
    return plant


def world_readable_key(server):
    os.chmod(server.path("key.pem"), 0o644)


def other_key(server):
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                    server.path("key.pem")], check=True, capture_output=True)
    os.chmod(server.path("key.pem"), 0o600)


def no_key(server):
    with open(server.path("key.pem"), "w") as file:
        file.write("nothing\n")


def no_certificate(server):
    os.unlink(server.path("cert.pem"))


def dates(begins, ends):
    return lambda server: certificate(server, begins, ends)


FAULT, WARNING, HINT = "", "warning: ", "hint: "
CONF, USERS = r"\S*/wardftpd\.conf:\d+: ", r"\S*/passwd:\d+: "


def events_at(kind):
    def plant(server):
        path = server.path("missing", "events") if kind == "missing" else server.path("events")
        config("daemon", events_socket=path)(server)
        if kind == "file":
            open(path, "w").close()
        if kind in ("served", "stale"):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            if kind == "served":
                listener.listen()
                return listener.close
            listener.close()
        return None
    return plant


# name: (plant, severity, what the line says, with its place and what to do), and whether the server has TLS
PLANTED = {
    "unknown key": (extra("[tls]\nmodes = off\n"), FAULT, CONF + r"tls\.modes: unknown key \(did you mean mode\?\)"),
    "unknown section": (extra("[listner x]\n"), FAULT,
                        CONF + r"\[listner x\]: unknown section \(did you mean \[listener\]\?\)"),
    "number out of range": (config("daemon", idle_timeout=0), FAULT, CONF + r"daemon\.idle_timeout: .*from 1 to 86400"),
    "word": (config("tls", mode="of"), FAULT, CONF + r"tls\.mode: .*did you mean off"),
    "relative path": (config("daemon", user_file="passwd"), FAULT, CONF + r"daemon\.user_file: .*absolute path"),
    "pool": (config("daemon", pool_min=20, pool_max=4), FAULT, CONF + r"daemon\.pool_min: 20 is more than pool_max"),
    "address twice": (lambda server: extra(f"[listener b]\naddress = 127.0.0.1:{server.port}\n")(server), FAULT,
                      CONF + r"listener b\.address: .*\[listener default\]"),
    "account": (config("daemon", net_user="nosuchaccount"), FAULT, r".*nosuchaccount"),
    "group without group": (extra("[group staff]\nread_only = yes\n"), FAULT,
                            CONF + r"\[group staff\]: .*add the line \"staff:"),
    "group file that others write": (lambda s: (group_of("a:x:7000:alice")(s), mode("group", 0o666)(s))[1] or None,
                                     FAULT, r".*group_file: \S*/group: .*writable by others"),
    "tls for all listeners off": (extra("[tls]\nmode = off\n[listener b]\naddress = 127.0.0.1:0\nimplicit_tls = yes\n"),
                                  FAULT, CONF + r"listener b\.implicit_tls: needs TLS"),
    "client certificate without authority": (extra("[tls]\nclient_certificate = required\n"), FAULT,
                                             CONF + r"tls\.client_certificate: needs tls\.client_ca"),
    "missing certificate": (no_certificate, FAULT, r"\S*/cert\.pem: no certificate can be read from it: No such file"),
    "bad key": (no_key, FAULT, r"\S*/key\.pem: no private key can be read"),
    "key of another": (other_key, FAULT, r"\S*/key\.pem: the private key is not the certificate's"),
    "expired certificate": (dates(-30, -1), FAULT, r"\S*/cert\.pem: the certificate has expired: .*renew it"),
    "certificate not yet valid": (dates(3, 30), FAULT, r"\S*/cert\.pem: the certificate is not valid yet: .*clock"),
    "certificate that ends soon": (dates(-30, 3), WARNING, r"\S*/cert\.pem: the certificate expires within 14 days"),
    "key for all": (world_readable_key, WARNING, r"\S*/key\.pem: others than its owner may use this key \(mode 644\)"),
    "no user file": (lambda s: os.unlink(s.user_file), WARNING,
                     r"\S*/passwd: No such file.*no one can log in.*wardpasswd"),
    "user file for all": (mode("passwd", 0o644), FAULT, r"\S*/passwd: refused: .*chmod 600"),
    "no users": (only_rows(""), WARNING, r"\S*/passwd: no user of it can log in; add one with wardpasswd"),
    "broken row": (rows("eve:x:5003"), FAULT, USERS + r".*seven fields"),
    "plain password": (rows("eve:secret:5003:5003::/srv:/bin/sh"), WARNING, USERS + r".*this user can.*log in"),
    "same name twice": (rows("alice:*:5003:5003::/srv:/bin/sh"), FAULT, USERS + r".*the first one counts"),
    "system uid": (home_of("/srv", uid=33), WARNING,
                   USERS + r"eve cannot log in: the uid is below daemon\.minimum_uid.*another"),
    "root's uid": (home_of("/srv", uid=0), WARNING, USERS + r"eve cannot log in: the uid is"),
    "forbidden gid": (rows(f"eve:{harness.hash_password('x')}:5003:4::/srv:/bin/sh"), WARNING,
                      USERS + r"eve cannot log in: the gid is.*forbidden_groups"),
    "forbidden group": (group_of("adm:x:4:alice"), WARNING, USERS + r"alice does not get 1 of its groups"),
    "member that is no user": (group_of("team:x:7000:alice,carol"), HINT,
                               r"\S*/group: group team has the member carol"),
    "no home": (no_home, WARNING, USERS + r"alice cannot log in: there is no home \S+; make it: install -d"),
    "closed home": (closed_home, WARNING, USERS + r"alice cannot log in: uid 5001 may not enter the home \S+; .*chown"),
    "home that is a file": (home_that_is_a_file, WARNING,
                            USERS + r"alice cannot log in: the home \S+: Not a directory"),
    "home is the root": (home_of("/"), WARNING, USERS + r"the home of eve is /: .*set a home of its own"),
    "user file in a home": (users_in_a_home, WARNING,
                            USERS + r"\S*/passwd is inside the home of alice \(.*move one of them"),
    "home for all": (lambda s: os.chmod(s.home(), 0o777), WARNING,
                     USERS + r"every user of the system may write to the home \S+ of alice \(mode 777\)"),
    "home without write": (home_without_write, HINT,
                           USERS + r"alice may upload, but cannot write to the home \S+; chown"),
    "start directory": (config("user alice", start_directory="/no"), WARNING,
                        USERS + r"alice cannot begin in start_directory /no: No such file"),
    "upload directory": (guests(upload_directory="/incoming"), WARNING,
                         USERS + r"guests cannot upload: upload_directory /incoming.*make it"),
    "guests without account": (config("anonymous", list_uploads="no"), WARNING,
                               CONF + r"anonymous\.account: no user file has the account ftp"),
    "user section of nobody": (extra("[user alcie]\nread_only = yes\n"), WARNING,
                               CONF + r"\[user alcie\]: no user file has this user \(did you mean alice\?\)"),
    "command that is none": (config("user alice", denied_commands="DEL"), WARNING,
                             CONF + r"user alice\.denied_commands: DEL is not a command \(did you mean DELE\?\)"),
    "commands without data": (config("defaults", allowed_commands="LIST, RETR"), WARNING,
                              CONF + r"defaults\.allowed_commands: .*PASV and EPSV"),
    "expired user": (config("user alice", expires="2020-01-31"), WARNING,
                     USERS + r"alice cannot log in: the date of `expires`"),
    "log without directory": (log_in("missing"), WARNING, CONF + r"daemon\.log: \S+: its directory: .*syslog instead"),
    "log is a directory": (log_in("directory"), WARNING, CONF + r"daemon\.log: \S+ is not a file; .*syslog instead"),
    "log without reader": (log_in("fifo"), WARNING, CONF + r"daemon\.log: no program reads the FIFO"),
    "xferlog": (lambda s: config("daemon", xferlog=s.path("no", "x"))(s), WARNING,
                CONF + r"daemon\.xferlog: .*its directory: No such file"),
    "no log": (config("daemon", log="none"), HINT, CONF + r"daemon\.log: nothing is logged"),
    "state directory": (lambda s: config("daemon", state_directory=s.config_file)(s), WARNING,
                        CONF + r"daemon\.state_directory: \S+ is not a directory"),
    "state for all": (mode("state", 0o777), WARNING, CONF + r"daemon\.state_directory: .*chmod 700"),
    "events nowhere": (events_at("missing"), FAULT,
                       CONF + r"daemon\.events_socket: the directory of \S+: No such file.*make it"),
    "events at a file": (events_at("file"), FAULT, CONF + r"daemon\.events_socket: \S+ exists and is not a socket"),
    "events of another": (events_at("served"), FAULT, CONF + r"daemon\.events_socket: another program serves"),
    "events left over": (events_at("stale"), HINT, CONF + r"daemon\.events_socket: .*the start replaces it"),
    "events for no group": (config("daemon", events_group="no-such-group"), FAULT,
                            CONF + r"daemon\.events_group: the system has no group no-such-group"),
    "configuration for all": (mode("wardftpd.conf", 0o666), WARNING,
                              r"\S*/wardftpd\.conf: others than root may write to it.*chmod 644"),
    "open directory": (open_directory, WARNING, r"\S*/open/passwd: others than root may replace it.*chmod go-w"),
    "own port in the range": (own_port_in_range, WARNING,
                              CONF + r"listener default\.passive_ports: port \d+ of the range is a listener's own"),
    "busy passive ports": (busy(True), HINT,
                           CONF + r"listener default\.passive_ports: other programs listen on \d+ ports"),
    "few passive ports": (config("listener default", passive_ports="30000-30009"), HINT,
                          CONF + r"listener default\.passive_ports: 10 ports for up to 1000 sessions.*425.*firewall"),
    "foreign address": (config("listener default", address="203.0.113.77:2121"), WARNING,
                        CONF + r"listener default\.address: 203\.0\.113\.77 .*no interface"),
    "busy port": (busy(False), WARNING,
                  CONF + r"listener default\.address: another program listens on port \d+ already; .*ss -ltnp"),
    "ban nobody": (config("daemon", ban_never="0.0.0.0/0", ban_after=5), WARNING,
                   CONF + r"daemon\.ban_never: .*no one is banned"),
    "no bans": (config("daemon", ban_after=0), HINT, CONF + r"daemon\.ban_after: no address is ever banned"),
    "sandbox": (config("daemon", sandbox="report"), WARNING, CONF + r"daemon\.sandbox: .*set it to strict"),
    "umask": (config("defaults", umask="000"), WARNING,
              CONF + r"defaults\.umask: every user of the system may change new files"),
    "deny all": (config("user alice", deny="*"), WARNING,
                 CONF + r"user alice\.deny: the pattern \* refuses every name"),
    "dropbox read-only": (config("user alice", dropbox="yes", read_only="yes"), WARNING,
                          CONF + r"user alice\.dropbox: with read_only = yes nothing is allowed"),
    "homes to be made nowhere": (config("daemon", create_home="yes"), FAULT,
                                 CONF + r"daemon\.create_home: needs `home` .*%u in its last part"),
    "homes made where others write": (making(0o777), WARNING,
                                      CONF + r"defaults\.home: no home can be made in \S+/base: root must own it"),
    "homes made nowhere": (making(None), WARNING, CONF + r"defaults\.home: no home can be made in \S+/base: No such"),
    "homes made behind a link": (making("link"), WARNING,
                                 CONF + r"defaults\.home: no home .*a part of it is a symbolic"),
    "homes made of none": (making(0o755, home="%u/files"), HINT,
                           CONF + r"user bob\.home: create_home makes no home of"),
    "no skeleton": (making(0o755, skeleton="/nowhere"), WARNING,
                    CONF + r"daemon\.skeleton: no home can be made: /nowhere: No such"),
    "row without home": (rows(f"eve:{harness.hash_password('x')}:5003:5003:::/bin/sh"), WARNING,
                         USERS + r"eve cannot log in: the row has no home, and wardftpd\.conf has no `home`"),
    "name that is no home": (dotted_name, WARNING, USERS + r"\.eve cannot log in: `home` of wardftpd\.conf has %u"),
    "old hash": (rows(f"eve:{harness.hash_password('x', '$1$saltsalt')}:5003:5003::/srv:/bin/sh"), WARNING,
                 USERS + r"the hash is of a kind too weak to accept"),
    "no TLS": (config("tls", mode="off"), HINT, CONF + r"tls\.mode: off: passwords .*required"),
    "sessions of an address": (config("daemon", max_sessions=100), HINT,
                               CONF + r"daemon\.max_sessions_per_address: more than max_sessions"),
    "sessions beyond memory": (config("daemon", max_sessions=100000), WARNING,
                               CONF + r"daemon\.max_sessions: 100000 sessions take about \d+ MB"),
}
WITH_TLS = {"missing certificate", "bad key", "key of another", "expired certificate", "certificate not yet valid",
            "key for all", "certificate that ends soon"}


def lines_of(done):
    return [line.removeprefix("wardftpd: ") for line in done.stderr.splitlines()]


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_wrong_is_named(scratch, name):
    plant, severity, line = PLANTED[name]
    if name == "sessions beyond memory" and memory_bytes() > 19e9:
        pytest.skip("this machine has the memory")
    with contextlib.ExitStack() as stack:
        server = stopped(tls=name in WITH_TLS)
        stack.callback(server.finish)
        before = lines_of(check(server))
        undo = plant(server)
        if callable(undo):
            stack.callback(undo)
        done = check(server)
        found = [said for said in lines_of(done) if re.match(severity + line, said)]
        assert found, done.stderr
        if name != "no bans":  # the harness' own setting
            assert not set(found) & set(before), "it was said before, too"
        assert done.returncode == (CONFIG if severity == FAULT else OK)
        if severity != HINT:
            assert check(server, "--strict").returncode == (CONFIG if severity == FAULT else WARNINGS)


def test_the_table_is_long():
    assert len(PLANTED) >= 40


@pytest.fixture
def healthy(scratch):
    """TLS, users, homes: nothing is wrong with it."""
    server = stopped(config={"daemon": {"ban_after": 20, "max_sessions_per_address": 50}}, tls=True)
    yield server
    server.finish()


def test_a_healthy_server_is_fine(healthy):
    done = check(healthy)
    assert done.returncode == OK and done.stderr == ""
    assert done.stdout == f"{healthy.config_file}: fine\n"
    assert check(healthy, "--strict").returncode == OK


def test_json_is_one_object_a_line(healthy):
    healthy.write_config("[user alcie]\nread_only = yes\n")
    done = check(healthy, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == OK and done.stderr == ""
    assert found == [{"severity": "warning", "file": healthy.config_file, "line": found[0]["line"],
                      "message": "[user alcie]: no user file has this user (did you mean alice?)"}]
    with open(healthy.config_file) as file:
        assert file.read().splitlines()[found[0]["line"] - 1] == "[user alcie]"


def test_json_of_a_file_that_does_not_load(healthy):
    healthy.write_config("[nothing]\n")
    done = check(healthy, "--json")
    assert done.returncode == CONFIG
    assert [json.loads(line)["severity"] for line in done.stdout.splitlines()] == ["fault"]


def test_quick_checks_what_a_start_checks(healthy):
    """As the unit and the init script do: an expired certificate is served, so it does not stop the start."""
    certificate(healthy, -30, -1)
    os.rmdir(healthy.home())
    done = check(healthy, "--quick")
    assert done.returncode == OK and "expired" in done.stderr and "home" not in done.stderr
    assert check(healthy).returncode == CONFIG


def test_options_of_t_need_it():
    for option in ("--quick", "--strict", "--json"):
        done = subprocess.run([harness.WARDFTPD, option], capture_output=True, text=True, timeout=30)
        assert done.returncode == 64 and "need -t" in done.stderr


def test_without_root_it_says_what_it_could_not_look_at(healthy):
    os.chmod(healthy.path("key.pem"), 0o600)
    os.chown(healthy.path("key.pem"), 65534, 65534)
    done = check(healthy, user=65534)
    assert "not looked at, as only root may" in done.stderr, done.stderr
    assert "user file and the homes" in done.stderr


@contextlib.contextmanager
def dead_mount(path):
    """A file system whose server never answers."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.mkdir(path)
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no FUSE: {error}")
    options = f"fd={server},rootmode=40755,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"dead", os.fsencode(path), b"fuse", 0, options) != 0:
        os.close(server)
        pytest.skip("no FUSE mounts here: " + os.strerror(ctypes.get_errno()))
    try:
        yield
    finally:
        libc.umount2(os.fsencode(path), 2)
        os.close(server)


def test_a_dead_mount_is_given_up_after_five_seconds(healthy):
    """Two homes, the log and a third user's home: the looks at homes run side by side."""
    with dead_mount(healthy.path("dead")):
        for number in range(2):
            healthy.users.append(User(f"far{number}", 5010 + number, home=healthy.path("dead", str(number))))
        healthy.write_users()
        start = time.monotonic()
        done = check(healthy)
        passed = time.monotonic() - start
    dead = [line
            for line in lines_of(done)
            if re.match(WARNING + USERS + r"far\d cannot log in: the home \S+ gives no answer within 5 s", line)]
    assert len(dead) == 2 and done.returncode == OK, done.stderr
    assert 4 < passed < 40


def test_an_expired_certificate_is_served_with_an_error_line(make_server):
    def prepare(server):
        if not server.certificate:
            server.use_tls()
            certificate(server, -30, -1)
            server.write_config()

    server = make_server(prepare=prepare)
    server.wait_log("error.*the certificate has expired: clients refuse it; renew it")
    with TlsControl(server) as control:
        assert control.command("NOOP").code in (200, 530)
