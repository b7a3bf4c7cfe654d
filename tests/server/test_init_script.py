# SPDX-License-Identifier: BSD-2-Clause
"""etc/init.d/wardftpd: every action, with the exit codes of the Linux Standard Base."""

import ftplib
import os
import re
import signal
import subprocess

import pytest

import harness
from proc import wait_for

SCRIPT = os.path.join(harness.TOP, "etc", "init.d", "wardftpd")

RUNNING, DEAD_WITH_PID_FILE, NOT_RUNNING = 0, 1, 3  # of status
OK, USAGE, NOT_INSTALLED, NOT_CONFIGURED, IS_NOT_RUNNING = 0, 2, 5, 6, 7


class Service(harness.Server):
    """A server that only the init script starts and stops."""

    def __init__(self):
        super().__init__(foreground=False)
        self.port = harness.free_port()
        self.write_config()

    def run(self, action, **environment):
        name, _, value = self.mark.partition("=")
        settings = {"WARDFTPD_BIN": self.binary, "WARDFTPD_CONFIG": self.config_file, name: value, **environment}
        with open(self.output, "ab") as output:
            done = subprocess.run([SCRIPT, action] if action else [SCRIPT], env={**os.environ, **settings},
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=60)
        return done.returncode

    def words(self):
        with open(self.output, errors="replace") as file:
            return file.read()

    def pid(self):
        with open(self.pid_file) as file:
            return int(file.read())

    def end(self):
        left = self.processes()
        for process in left:
            os.kill(process.pid, signal.SIGKILL)
        self._scratch.close()
        assert not left, f"left running: {left}"


@pytest.fixture
def service(scratch):
    one = Service()
    yield one
    one.end()


def greeting(service):
    ftp = ftplib.FTP(timeout=20)
    try:
        ftp.connect(service.host, service.port)
        return ftp.getwelcome()
    finally:
        ftp.close()


def test_start_log_in_reload_stop_and_nothing_is_left(service):
    assert service.run("status") == NOT_RUNNING
    assert service.run("start") == OK, service.words()
    assert service.run("status") == RUNNING
    with service.ftp() as ftp:  # as soon as start returns
        ftp.mkd("made")
        assert ftp.nlst() == ["made"]
        service.overrides = {"daemon": {"banner": "after the reload"}}
        service.write_config()
        assert service.run("reload") == OK, service.words()
        wait_for(lambda: "after the reload" in greeting(service), what="the new banner")
        assert ftp.nlst() == ["made"], "a reload ended a session"
    master = harness.process(service.pid())
    assert service.run("stop") == OK, service.words()
    assert service.run("status") == NOT_RUNNING
    assert not os.path.exists(service.pid_file)
    assert not master.alive(), "stop returned before the end"
    wait_for(lambda: not service.processes(), 5, "the end of every process")


def test_start_of_a_running_service_and_stop_of_none_succeed(service):
    assert service.run("stop") == OK
    assert service.run("start") == OK
    master = service.pid()
    assert service.run("start") == OK
    assert service.pid() == master
    assert service.run("stop") == OK
    assert service.run("stop") == OK


@pytest.mark.skipif(harness.SANITIZED, reason="a sanitizer reports to standard error")
def test_a_started_daemon_lets_go_of_standard_error(service):
    """`ssh host service wardftpd start`, or a package manager with a log, read until the end of the file."""
    name, _, value = service.mark.partition("=")
    settings = {"WARDFTPD_BIN": service.binary, "WARDFTPD_CONFIG": service.config_file, name: value}
    done = subprocess.run([SCRIPT, "start"], env={**os.environ, **settings}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == OK, done.stdout
    assert service.run("stop") == OK


def test_restart_makes_another_master(service):
    assert service.run("restart") == OK, "restart starts what does not run"
    first = service.pid()
    assert service.run("restart") == OK
    assert service.pid() != first
    assert service.run("try-restart") == OK
    second = service.pid()
    assert second != first
    assert service.run("force-reload") == OK
    assert service.pid() == second
    assert service.run("stop") == OK


def test_what_needs_a_running_service_says_that_there_is_none(service):
    assert service.run("reload") == IS_NOT_RUNNING
    assert service.run("force-reload") == IS_NOT_RUNNING
    assert service.run("try-restart") == OK
    assert service.run("status") == NOT_RUNNING
    assert not service.processes()


def test_wrong_actions_are_wrong_usage(service):
    assert service.run("begin") == USAGE
    assert service.run("") == USAGE


def test_a_bad_configuration_stops_nothing(service):
    assert service.run("start") == OK
    master = service.pid()
    service.write_config(extra="[daemon]\nbaner = x\n")
    for action in ("restart", "try-restart", "reload", "force-reload"):
        assert service.run(action) == NOT_CONFIGURED, action
    assert re.search(r":\d+: daemon\.baner", service.words())
    assert service.pid() == master and "220" in greeting(service)
    assert service.run("stop") == OK
    assert service.run("start") == NOT_CONFIGURED


def test_not_installed_and_not_configured_have_different_exit_codes(service):
    assert service.run("start", WARDFTPD_BIN=service.path("none")) == NOT_INSTALLED
    assert service.run("start", WARDFTPD_CONFIG=service.path("none")) == NOT_CONFIGURED


def test_a_taken_port_is_a_failed_start(service):
    assert service.run("start") == OK
    other = Service()
    try:
        other.port = service.port
        other.write_config()
        assert other.run("start") == 1
        assert other.run("status") == NOT_RUNNING
    finally:
        other.end()
    assert service.run("stop") == OK


def test_a_killed_master_leaves_a_pid_file_and_start_works_again(service):
    assert service.run("start") == OK
    killed = service.pid()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not service.processes(), 10, "the end of every process")
    assert service.run("status") == DEAD_WITH_PID_FILE
    assert service.run("start") == OK
    assert service.pid() != killed
    assert service.run("stop") == OK


def test_a_pid_file_with_the_pid_of_another_program_is_harmless(service):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        with open(service.pid_file, "w") as file:
            file.write(f"{stranger.pid}\n")
        assert service.run("status") == DEAD_WITH_PID_FILE
        assert service.run("stop") == OK
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
