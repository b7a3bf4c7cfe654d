# SPDX-License-Identifier: BSD-2-Clause
"""wardftpd-import: the configurations of vsftpd, ProFTPD and Pure-FTPd.

The files of the peers' packages are used where tests/peers/unpack.sh has unpacked them.
"""

import gzip
import os
import re
import subprocess

import pytest

import harness

IMPORT = os.path.join(harness.BUILD, "wardftpd-import")
PEERS = os.environ.get("WARDFTPD_PEERS", "/var/tmp/wardftpd-peers")

SAMPLES = [
    ("vsftpd", "vsftpd/etc/vsftpd.conf"),
    ("vsftpd", "vsftpd/usr/share/doc/vsftpd/examples/INTERNET_SITE/vsftpd.conf"),
    ("vsftpd", "vsftpd/usr/share/doc/vsftpd/examples/INTERNET_SITE_NOINETD/vsftpd.conf"),
    ("vsftpd", "vsftpd/usr/share/doc/vsftpd/examples/VIRTUAL_USERS/vsftpd.conf"),
    ("proftpd", "proftpd/usr/share/proftpd/templates/proftpd.conf"),
    ("proftpd", "proftpd/usr/share/proftpd/templates/tls.conf"),
    ("proftpd", "proftpd/usr/share/doc/proftpd-core/sample-configurations/basic.conf"),
    ("proftpd", "proftpd/usr/share/doc/proftpd-core/sample-configurations/anonymous.conf"),
    ("proftpd", "proftpd/usr/share/doc/proftpd-core/sample-configurations/virtual.conf"),
    ("pureftpd", "pure-ftpd/etc/pure-ftpd/conf"),
    ("pureftpd", "pure-ftpd/usr/share/doc/pure-ftpd/pure-ftpd.conf.gz"),
]


def run(*arguments):
    return subprocess.run([IMPORT, *arguments], capture_output=True, text=True, errors="replace", timeout=30)


class World:
    """A directory with what a configuration names: users and a certificate."""

    def __init__(self, directory):
        self.directory = directory
        harness.make_accounts()
        harness.make_certificate(directory)
        with open(os.open(self.path("passwd"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(f"ftp:!:5001:5001::{directory}:\n")
        os.mkdir(self.path("log"))

    def path(self, name):
        return os.path.join(self.directory, name)

    def check(self, configuration):
        """wardftpd -t says that it serves with it."""
        text = configuration.replace("/var/log/wardftpd/xferlog", self.path("log/xferlog"))
        text = re.sub(r"(?m)^(banner_file|login_message_file) = .*", f"\\1 = {self.path('passwd')}", text)
        text = re.sub(r"(?m)^certificate = .*", f"certificate = {self.path('cert.pem')}", text)
        text = re.sub(r"(?m)^key = .*", f"key = {self.path('key.pem')}", text)
        with open(self.path("wardftpd.conf"), "w") as file:
            file.write(text)
        own = {"user_file": "passwd", "pid_file": "pid", "control_socket": "control", "empty_root": "empty",
               "state_directory": "log", "log": "log/log"}
        options = [word for key, name in own.items() for word in ("-o", f"daemon.{key}={self.path(name)}")]
        done = subprocess.run([harness.WARDFTPD, "-t", "--quick", "-c", self.path("wardftpd.conf"), *options],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + text


@pytest.fixture
def world():
    if os.geteuid() != 0:
        pytest.skip("wardftpd -t looks at root's files")
    with harness.scratch_directory() as directory:
        yield World(directory)


def convert(tmp_path, peer, text):
    path = tmp_path / f"{peer}.conf"
    path.write_text(text)
    return run("--from", peer, str(path))


def keys(output):
    """The keys of the output: {(section, key): value}."""
    found, section = {}, None
    for line in output.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, value = line.split(" = ", 1)
            assert (section, key) not in found, line
            found[section, key] = value
    return found


def sample(peer, name, tmp_path):
    path = os.path.join(PEERS, name)
    if not os.path.exists(path):
        pytest.skip(f"{path} is not there: tests/peers/unpack.sh unpacks the peers")
    if name.endswith(".gz"):
        with gzip.open(path, "rt") as file:
            text = file.read()
        path = tmp_path / "pure-ftpd.conf"
        path.write_text(text)
    return run("--from", peer, str(path))


@pytest.mark.parametrize("peer, name", SAMPLES)
def test_the_files_of_the_peers_packages(world, tmp_path, peer, name):
    """Each line is known, and wardftpd -t takes the output."""
    done = sample(peer, name, tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    world.check(done.stdout)


VSFTPD = """
anonymous_enable=YES
local_enable=YES
write_enable=YES
local_umask=022
file_open_mode=0666
anon_upload_enable=YES
anon_max_rate=30000
ftpd_banner=Welcome to our service.
chroot_local_user=YES
listen=YES
listen_address=192.0.2.1
listen_port=2121
pasv_min_port=40000
pasv_max_port=40100
pasv_address=ftp.example.org
pasv_addr_resolve=YES
max_clients=200
max_per_ip=4
idle_session_timeout=600
local_root=/srv/ftp/$USER
user_sub_token=$USER
deny_file={*.mp3,.private}
hide_file=*.tmp
cmds_denied=SITE
ssl_enable=YES
rsa_cert_file=/etc/ssl/vsftpd.pem
force_local_data_ssl=NO
xferlog_enable=YES
chmod_enable=NO
dirlist_enable=NO
dirmessage_enable=YES
message_file=.welcome
banner_file=/etc/motd.ftp
"""


def test_vsftpd(world, tmp_path):
    done = convert(tmp_path, "vsftpd", VSFTPD)
    assert done.returncode == 0, done.stderr
    assert keys(done.stdout) == {
        ("daemon", "banner"): "Welcome to our service.", ("daemon", "banner_file"): "/etc/motd.ftp",
        ("defaults", "directory_message_file"): ".welcome", ("daemon", "max_sessions"): "200",
        ("daemon", "max_sessions_per_address"): "4", ("daemon", "idle_timeout"): "600",
        ("daemon", "xferlog"): "/var/log/wardftpd/xferlog",
        ("listener default", "address"): "192.0.2.1:2121", ("listener default", "passive_ports"): "40000-40100",
        ("listener default", "passive_address"): "ftp.example.org",
        ("tls", "certificate"): "/etc/ssl/vsftpd.pem", ("tls", "key"): "/etc/ssl/vsftpd.pem",
        ("tls", "mode"): "required", ("tls", "data"): "optional", ("tls", "data_resume"): "required",
        ("defaults", "read_only"): "no", ("defaults", "umask"): "022", ("defaults", "file_mode"): "666",
        ("defaults", "home"): "/srv/ftp/%u", ("defaults", "deny"): "*.mp3,.private", ("defaults", "hide"): "*.tmp",
        ("defaults", "denied_commands"): "SITE", ("defaults", "rights"): "all, -chmod, -list",
        ("defaults", "hide_dot_files"): "yes",
        ("anonymous", "rate_up"): "30000", ("anonymous", "rate_down"): "30000"}
    world.check(done.stdout)


def test_what_the_file_leaves_out_is_the_peers_default(tmp_path):
    """vsftpd without write_enable is read-only."""
    done = convert(tmp_path, "vsftpd", "")
    assert keys(done.stdout) == {("tls", "mode"): "off", ("defaults", "read_only"): "yes",
                                 ("defaults", "umask"): "077", ("defaults", "hide_dot_files"): "yes"}
    assert "# vsftpd's default for write_enable: NO\nread_only = yes" in done.stdout


def test_a_line_without_an_equivalent_is_a_comment_with_a_remark(tmp_path):
    done = convert(tmp_path, "vsftpd", "use_localtime=YES\nmax_login_fails=5\n")
    assert "# vsftpd.conf:1: use_localtime=YES\n#     time_zone = AREA/CITY in [defaults]" in done.stdout
    assert "# vsftpd.conf:2: max_login_fails=5\nmax_login_failures = 5" in done.stdout


def test_a_difference_is_a_comment_and_a_warning(tmp_path):
    done = convert(tmp_path, "vsftpd", "chmod_enable=NO\n")
    assert "# It differs: takes MFMT, the setting of times, away as well.\nrights = all, -chmod" in done.stdout
    assert "warning: chmod_enable: takes MFMT" in done.stderr


@pytest.mark.parametrize("line, comment", [
    ("no_such_option=YES", "not an option that wardftpd-import knows"),
    ("max_login_fails=5000", "# Not taken: \"5000\" is not a whole number from 1 to 100.\n# max_login_failures = 5000"),
    ("ftpd_banner=Hello ; there", "a blank and a semicolon begin a comment"),
    ("ftpd_banner=" + 300 * "x", "# Not taken: a line may have 199 bytes"),
    ("deny_file={a/b}", "its value is not understood")])
def test_what_is_not_taken_is_a_comment_and_exit_code_1(world, tmp_path, line, comment):
    done = convert(tmp_path, "vsftpd", line + "\n")
    assert done.returncode == 1 and "1 line could not be converted" in done.stderr
    assert comment in done.stdout
    world.check(done.stdout)


def test_control_characters_do_not_leave_their_comment(world, tmp_path):
    done = convert(tmp_path, "vsftpd", "ftpd_banner=x\x1b[2J\rread_only = no\n")
    assert "\x1b" not in done.stdout and "\r" not in done.stdout
    world.check(done.stdout)


@pytest.mark.parametrize("peer", ["vsftpd", "proftpd", "pureftpd"])
@pytest.mark.parametrize("value", ["", "=", ":", "a:b:c", "-1", "{", "99999999999999999999", "%", "\xff", 1000 * "x"])
def test_no_value_of_any_option_makes_an_output_that_is_refused(world, tmp_path, peer, value):
    options = re.findall(r"^\| `(\w+)`", run("--table", peer).stdout, re.M)
    between = "=" if peer == "vsftpd" else " "
    done = convert(tmp_path, peer, "".join(f"{option}{between}{value}\n" for option in options))
    assert done.returncode in (0, 1), done.stderr
    world.check(done.stdout)


PROFTPD = """
DisplayConnect /etc/motd.ftp
DisplayLogin welcome.msg
DisplayChdir .message true
ServerName "Ours"
Port 2121
UseIPv6 off
<Global>
  Umask 027 027
  AllowOverwrite on
  DefaultRoot ~ !staff
</Global>
PassivePorts 49200 49300
MasqueradeAddress ftp.example.org
MaxInstances none
MaxClients 100 "Too many"
TimeoutIdle 1200
TransferRate RETR 100.5:2048
MaxStoreFileSize 100 Mb
TransferLog NONE
DeleteAbortedStores \\
  on
<IfModule mod_tls.c>
  TLSEngine on
  TLSRequired ctrl
  TLSRSACertificateFile /etc/ssl/cert.pem
  TLSRSACertificateKeyFile /etc/ssl/key.pem
  TLSOptions NoSessionReuseRequired
</IfModule>
<Limit WRITE>
  DenyAll
</Limit>
<Anonymous ~ftp>
  User ftp
  UserAlias anonymous ftp
  MaxClients 5
  Umask 077
  <Limit WRITE>
    DenyAll
  </Limit>
  <Directory incoming>
    Umask 000
  </Directory>
</Anonymous>
<Anonymous /srv/other>
  User other
  Umask 000
</Anonymous>
<VirtualHost 192.0.2.9>
  Port 4000
  Umask 000
</VirtualHost>
"""


def test_proftpd(world, tmp_path):
    done = convert(tmp_path, "proftpd", PROFTPD)
    assert done.returncode == 0, done.stderr
    assert keys(done.stdout) == {
        ("daemon", "max_sessions"): "100", ("daemon", "idle_timeout"): "1200", ("daemon", "login_timeout"): "300",
        ("daemon", "banner_file"): "/etc/motd.ftp", ("defaults", "directory_message_file"): ".message",
        ("listener default", "address"): "0.0.0.0:2121", ("listener default", "passive_ports"): "49200-49300",
        ("listener default", "passive_address"): "ftp.example.org",
        ("tls", "mode"): "required", ("tls", "data"): "optional", ("tls", "data_resume"): "off",
        ("tls", "certificate"): "/etc/ssl/cert.pem", ("tls", "key"): "/etc/ssl/key.pem",
        ("defaults", "umask"): "027", ("defaults", "rate_down"): "102400",
        ("defaults", "max_file_size"): "104857600", ("defaults", "failed_uploads"): "delete",
        ("defaults", "read_only"): "yes",
        ("anonymous", "account"): "ftp", ("anonymous", "max_sessions_per_user"): "5", ("anonymous", "umask"): "077",
        ("anonymous", "read_only"): "yes"}
    assert "<VirtualHost 192.0.2.9>: Port 4000" in done.stdout
    world.check(done.stdout)


PUREFTPD = {"NoAnonymous": "yes", "MinUID": "1000", "Umask": "133:022", "TLS": "2",
            "PassivePortRange": "30000 50000", "ForcePassiveIP": "192.0.2.7", "Bind": ",2121", "MaxIdleTime": "10",
            "PerUserLimits": "3:20", "Quota": "1000:10", "UserBandwidth": "50:100", "NoChmod": "yes",
            "KeepAllFiles": "yes",
            "CertFileAndKey": '"/etc/ssl/cert.pem" "/etc/ssl/key.pem"', "DisplayDotFiles": "yes"}


@pytest.mark.parametrize("as_directory", [False, True])
def test_pureftpd(world, tmp_path, as_directory):
    """One file, or Debian's directory with a file for each option."""
    if as_directory:
        (tmp_path / "conf").mkdir()
        for name, value in PUREFTPD.items():
            (tmp_path / "conf" / name).write_text(value + "\n")
        (tmp_path / "conf" / "Umask.dpkg-old").write_text("077\n")
        done = run("--from", "pureftpd", str(tmp_path / "conf"))
    else:
        done = convert(tmp_path, "pureftpd", "".join(f"{name} {value}\n" for name, value in PUREFTPD.items()))
    assert done.returncode == 0, done.stderr + done.stdout
    found = keys(done.stdout)
    rights = found.pop(("defaults", "rights"))
    assert set(rights.split(", ")) == {"all", "-chmod", "-overwrite", "-append", "-delete", "-rename", "-rmdir"}
    assert found == {
        ("daemon", "minimum_uid"): "1000", ("daemon", "idle_timeout"): "600", ("daemon", "max_sessions"): "50",
        ("listener default", "address"): "0.0.0.0:2121, [::]:2121",
        ("listener default", "passive_ports"): "30000-50000", ("listener default", "passive_address"): "192.0.2.7",
        ("tls", "mode"): "required", ("tls", "data"): "optional",
        ("tls", "certificate"): "/etc/ssl/cert.pem", ("tls", "key"): "/etc/ssl/key.pem",
        ("defaults", "umask"): "022", ("defaults", "file_mode"): "644", ("defaults", "directory_mode"): "755",
        ("defaults", "hide_dot_files"): "no", ("defaults", "max_sessions_per_user"): "3",
        ("defaults", "quota_files"): "1000", ("defaults", "quota_bytes"): "10485760",
        ("defaults", "rate_up"): "51200", ("defaults", "rate_down"): "102400"}
    world.check(done.stdout)


def test_the_files_name_says_whose_it_is(tmp_path):
    (tmp_path / "vsftpd.conf").write_text("write_enable=YES\n")
    (tmp_path / "other").write_text("write_enable=YES\n")
    assert "read_only = no" in run(str(tmp_path / "vsftpd.conf")).stdout
    done = run(str(tmp_path / "other"))
    assert done.returncode == 64 and "use --from" in done.stderr


def test_a_file_that_cannot_be_read():
    done = run("/nowhere/vsftpd.conf")
    assert done.returncode == 66 and "No such file" in done.stderr


@pytest.mark.parametrize("peer, heading", [("vsftpd", "## From vsftpd"), ("proftpd", "## From ProFTPD"),
                                           ("pureftpd", "## From Pure-FTPd")])
def test_the_documents_table_is_the_programs(peer, heading):
    with open(os.path.join(harness.TOP, "doc", "moving.md")) as file:
        chapter = file.read().split(heading, 1)[1].split("\n## ", 1)[0]
    table = "".join(line + "\n" for line in chapter.splitlines() if line.startswith("|"))
    assert table == run("--table", peer).stdout


@pytest.mark.parametrize("peer, name, pattern", [
    ("vsftpd", "vsftpd/usr/share/man/man5/vsftpd.conf.5.gz", r"^\.TP\n\.B (\w+)$"),
    ("pureftpd", "pure-ftpd/usr/share/doc/pure-ftpd/pure-ftpd.conf.gz", r"^#? ?([A-Z][A-Za-z0-9]+) {3,}\S")])
def test_each_option_of_the_peers_document_is_in_the_table(peer, name, pattern):
    page = os.path.join(PEERS, name)
    if not os.path.exists(page):
        pytest.skip("tests/peers/unpack.sh unpacks the peers")
    with gzip.open(page, "rt") as file:
        options = set(re.findall(pattern, file.read(), re.M))
    known = set(re.findall(r"^\| `(\w+)`", run("--table", peer).stdout, re.M))
    assert len(options) > 50 and not options - known
