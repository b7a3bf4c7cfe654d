# SPDX-License-Identifier: BSD-2-Clause
"""FileZilla in a real window, driven by keys: its own X server, window manager
and configuration for each test.  What it did is read from its log file.

WARDFTPD_SHOTS   a directory that screenshots are saved to
"""

import base64
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import xml.sax.saxutils

from proc import wait_for

NEEDED = ("filezilla", "Xvfb", "openbox", "xdotool", "import")
WIDTH, HEIGHT = 1200, 900
PLAIN, EXPLICIT_TLS, IF_AVAILABLE = 6, 4, 0

SETTINGS = {
    "Greeting version": "99.0.0",
    "Greeting resources": "",
    "Update Check": "0",
    "Disable update footer": "1",
    "Logging filesize limit": "0",
    "File exists action upload": "1",    # overwrite
    "File exists action download": "1",
    "Number of Transfers": "1",
    "Prompt password save": "1",
    "Default passwordless": "0",
    "Kiosk mode": "0",
    "Show Tree Local": "0",
    "Show Tree Remote": "0",
    "Show quickconnect bar": "0",
    "Window position and size": f"0 0 0 {WIDTH} {HEIGHT} ",
    "Reconnect count": "0",
    "Language Code": "en",
    "Timeout": "20",
}


def missing():
    return [name for name in NEEDED if not shutil.which(name)]


def _settings_file(log):
    rows = "".join(f'<Setting name="{name}">{xml.sax.saxutils.escape(value)}</Setting>'
                   for name, value in {**SETTINGS, "Logging file": log}.items())
    return f'<?xml version="1.0"?><FileZilla3 version="3.63.0" platform="*nix"><Settings>{rows}</Settings></FileZilla3>'


def _logon(user, password):
    """Without a user FileZilla comes as a guest, by a name and a password of its own."""
    if user is None:
        return "<Logontype>0</Logontype>"
    hidden = base64.b64encode(password.encode()).decode()
    return f'<User>{user}</User><Pass encoding="base64">{hidden}</Pass><Logontype>1</Logontype>'


def _site_file(host, port, user, password, protocol, passive, local, remote):
    """remote: the name of a directory in the root to begin in; empty: the server's choice."""
    return f"""<?xml version="1.0"?><FileZilla3 version="3.63.0" platform="*nix"><Servers><Server>
<Host>{host}</Host><Port>{port}</Port><Protocol>{protocol}</Protocol><Type>0</Type>{_logon(user, password)}
<PasvMode>{'MODE_PASSIVE' if passive else 'MODE_ACTIVE'}</PasvMode><EncodingType>Auto</EncodingType>
<BypassProxy>0</BypassProxy><Name>site</Name><LocalDir>{local}</LocalDir>
<RemoteDir>{f'1 0 {len(remote)} {remote}' if remote else ''}</RemoteDir><SyncBrowsing>0</SyncBrowsing>
</Server></Servers></FileZilla3>"""


def _trust_file(certificate, host, port):
    """Trusts a certificate (DER bytes) for a host, or lets a host go on in plain."""
    if certificate is None:
        trusted, insecure = "", f'<Host Port="{port}">{host}</Host>'
    else:
        trusted = (f"<Certificate><Data>{certificate.hex()}</Data><ActivationTime>1000000000</ActivationTime>"
                   f"<ExpirationTime>4102444800</ExpirationTime><Host>{host}</Host><Port>{port}</Port>"
                   "<TrustSANs>1</TrustSANs></Certificate>")
        insecure = ""
    return ('<?xml version="1.0"?><FileZilla3 version="3.63.0" platform="*nix">'
            f"<TrustedCerts>{trusted}</TrustedCerts><InsecureHosts>{insecure}</InsecureHosts></FileZilla3>")


class FileZilla:
    """One window, connected to one site; a context manager."""

    def __init__(self, directory, host, port, user, password, protocol=PLAIN, passive=True, certificate=None,
                 name="filezilla", files=None, tls12=False, remote=""):
        self.directory, self.name, self.shots = os.path.join(directory, name), name, 0
        self.local = os.path.join(self.directory, "local")
        self.log = os.path.join(self.directory, "log")
        config = os.path.join(self.directory, "config", "filezilla")
        os.makedirs(self.local)
        os.makedirs(config)
        for file, content in (files or {}).items():
            with open(os.path.join(self.local, file), "wb") as out:
                out.write(content)
        for file, text in (("filezilla.xml", _settings_file(self.log)),
                           ("sitemanager.xml", _site_file(host, port, user, password, protocol, passive, self.local,
                                                          remote)),
                           ("trustedcerts.xml", _trust_file(certificate, host, port))):
            with open(os.path.join(config, file), "w") as out:
                out.write(text)
        self.processes = []
        self.environment = {**os.environ, "XDG_CONFIG_HOME": os.path.join(self.directory, "config"),
                            "XDG_CACHE_HOME": os.path.join(self.directory, "cache"),
                            "XDG_DATA_HOME": os.path.join(self.directory, "data"), "HOME": self.directory,
                            "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1", "GTK_THEME": "Adwaita"}

        if tls12:  # by GnuTLS' own means: FileZilla has no setting for it
            self.environment["GNUTLS_SYSTEM_PRIORITY_FILE"] = os.path.join(self.directory, "priorities")
            with open(self.environment["GNUTLS_SYSTEM_PRIORITY_FILE"], "w") as out:
                out.write("[overrides]\ndisabled-version = tls1.3\n")

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        with open("/var/tmp/wardftpd-test-xvfb.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two that look for a free display at once may both take it
            self._start_display()
            self._start_window_manager()
        self._run(["dbus-run-session", "--", "filezilla", "-c", "0/site"] if shutil.which("dbus-run-session")
                  else ["filezilla", "-c", "0/site"])
        self.window = wait_for(self._find_window, 60, "FileZilla's window")

    def _start_display(self):
        reader, writer = os.pipe()
        self._run(["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
                  pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        assert number, "Xvfb does not start"
        self.environment["DISPLAY"] = ":" + number

    def _start_window_manager(self):
        """It may end before it manages anything: then another one is tried."""
        for _ in range(4):
            manager = self._run(["openbox", "--sm-disable"])
            with contextlib.suppress(AssertionError):
                wait_for(lambda: self._has_window_manager() or manager.poll() is not None, 10, "the window manager")
            if self._has_window_manager():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(manager.pid, 9)
            manager.wait(10)
        with open(os.path.join(self.directory, "output"), errors="replace") as file:
            raise AssertionError("no window manager: " + file.read())

    def _has_window_manager(self):
        return self._xdotool("get_num_desktops", check=False).strip() not in ("", "0")

    def _run(self, command, **arguments):
        output = open(os.path.join(self.directory, "output"), "ab")
        with output:
            process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True, **arguments)
        self.processes.append(process)
        return process

    def _find_window(self):
        done = self._xdotool("search", "--onlyvisible", "--name", "FileZilla$", check=False)
        return done.split()[0] if done.split() else None

    def _xdotool(self, *words, check=True):
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def __exit__(self, *_):
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait(10)

    # what is seen

    def text(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait(self, pattern, seconds=20, count=1):
        """Waits until the log has the pattern `count` times."""
        try:
            wait_for(lambda: len(re.findall(pattern, self.text())) >= count, seconds, f"FileZilla's /{pattern}/")
        except AssertionError:
            self.shot("failed")
            raise AssertionError(f"FileZilla did not come to /{pattern}/:\n{self.text()}") from None

    def titles(self):
        """The titles of the windows that stand open."""
        found = []
        for window in self._xdotool("search", "--onlyvisible", "--name", ".+", check=False).split():
            found.append(self._xdotool("getwindowname", window, check=False).strip())
        return [title for title in found if title]

    def shot(self, name):
        directory = os.environ.get("WARDFTPD_SHOTS")
        if not directory:
            return
        os.makedirs(directory, exist_ok=True)
        self.shots += 1
        path = os.path.join(directory, f"{self.name}-{self.shots}-{name}.png")
        subprocess.run(["import", "-window", "root", path], env=self.environment, check=False, timeout=20)

    # what is done

    def keys(self, *names):
        self._xdotool("key", "--delay", "40", *names)

    def type(self, text):
        self._xdotool("type", "--delay", "30", text)

    def focus(self, x, y):
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def focus_local(self):
        self.focus(WIDTH // 4, HEIGHT // 2 + 160)

    def focus_remote(self):
        self.focus(WIDTH * 3 // 4, HEIGHT // 2 + 160)

    def select(self, name):
        """In the list that has the focus: the entry whose name begins so."""
        self.keys("Home")
        self.type(name)

    def upload(self, name):
        """A file that was in the local directory when the window opened."""
        self._transfer(self.focus_local, name, "Starting upload")

    def download(self, name):
        self._transfer(self.focus_remote, name, "Starting download")

    def upload_all(self, count):
        """Every file of the local directory; count of them."""
        self._transfer(self.focus_local, None, "Starting upload", count)

    def download_all(self, count):
        self._transfer(self.focus_remote, None, "Starting download", count)

    def _transfer(self, focus, name, begins, count=1):
        """The keys are pressed again where a busy machine swallowed them: the log tells whether it began."""
        before, started = self.count("File transfer successful"), self.count(begins)
        for _ in range(3):
            focus()
            if name:
                self.select(name)
            else:
                self.keys("Home", "Down", "shift+End")  # all but "..", which Return would enter
            self.keys("Return")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: self.count(begins) > started, 8, begins)
                break
        self.wait("File transfer successful", 30 + count, before + count)

    def count(self, pattern):
        return len(re.findall(pattern, self.text()))

    def refresh(self):
        before = len(re.findall("Directory listing of .* successful", self.text()))
        self.focus_remote()
        self.keys("F5")
        self.wait("Directory listing of .* successful", 20, before + 1)

    def mkdir(self, name):
        self.focus_remote()
        self.keys("ctrl+shift+n")
        wait_for(lambda: "Create directory" in self.titles(), 10, "the window that asks for the name")
        self.keys("ctrl+a")
        self.type(name)
        self.shot("mkdir")
        self.keys("Return")
        self.wait(f"MKD {re.escape(name)}")

    def disconnect(self):
        self.keys("ctrl+d")
        self.wait("Disconnected from server")
