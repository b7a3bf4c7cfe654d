# SPDX-License-Identifier: BSD-2-Clause
"""Lists, groups, redirection, pipes, tildes, aliases, settings, bookmarks and the configuration file."""

import gzip
import os
import signal
import stat

import pytest
import terminal
from wardftp import INTERRUPTED, LOCAL, NO_CREATE, REFUSED, USAGE


@pytest.fixture
def site(at_ward):
    server = at_ward.server
    server.mkdir("folder")
    server.put("folder/inner", b"inner\n")
    server.put("alpha", b"alpha\n")
    server.put("beta", b"beta beta\n")

    def run(commands, *options, **arguments):
        return at_ward.run("--tls=off", *options, "-c", commands, at_ward.url, **arguments)

    at_ward.script = run
    return at_ward


def lines(result):
    return result.text.splitlines()


@pytest.mark.parametrize("commands, shown, code", [
    ("echo a && echo b", "a b", 0),
    ("cat nosuch && echo b", "", REFUSED),
    ("cat nosuch || echo b", "b", 0),
    ("cat nosuch && echo a || echo b; echo c", "b c", 0),
    ("echo a || echo b && echo c", "a c", 0),
    ("cat nosuch; echo b", "", REFUSED),
    ("set stop-on-error no; cat nosuch; echo b", "b", 0),
    ("set cmd:fail-exit no\ncat nosuch\necho b", "b", 0),
    ("(cat nosuch; echo a) || echo b", "b", 0),
    ("(cd folder && pwd); echo b", "/folder b", 0),
    ("echo a; bye 7; echo b", "a", 7),
    ("(echo a; bye); echo b", "a", 0),
    ("!exit 3 || echo b", "", LOCAL),
    ("shell exit 3 || echo b", "b", 0),
    ("shell 'exit 3; x'; echo b", "", LOCAL),
    ("echo 'a;b' \"c && d\" e\\;f # no", "a;b c && d e;f", 0),
    ("echo -n a; echo b", "ab", 0),
])
def test_lists(site, commands, shown, code):
    result = site.script(commands)
    assert (result.text.split(), result.code) == (shown.split(), code), result.err


@pytest.mark.parametrize("commands, why", [
    ("pwd; cat 'x", "missing closing quote"), ("pwd; (ls", "missing )"), ("pwd; ls |", "missing after |"),
    ("pwd; ls >", "missing after >"), ("pwd && && ls", "missing"), ("pwd; ls > a | cat", "either > FILE or | PROGRAM")])
def test_a_line_that_is_wrong_runs_not_at_all(site, commands, why):
    result = site.script(commands)
    assert result.code == USAGE and result.text == "" and why in result.err


def test_a_script_names_file_and_line(site):
    site.write("script", b"echo a\n\n(echo b\ncat nosuch\n)\necho c\n")
    result = site.run("--tls=off", "-f", "script", site.url)
    assert result.code == REFUSED and result.text.split() == ["a", "b"]
    assert "script:4: nosuch: " in result.err


def test_output_goes_to_files(site):
    site.script("cat alpha > x; cat beta >> x; ls -1 > 'a list'; (pwd; cat alpha) > ~/y")
    assert site.read("x") == b"alpha\nbeta beta\n"
    assert site.read("a list") == b"alpha\nbeta\nfolder\n"
    assert site.read("y") == b"/\nalpha\n"
    result = site.script("cat alpha > nosuch/x && echo done")
    assert result.code == NO_CREATE and "nosuch/x: No such file" in result.err and result.text == ""
    assert site.script("cat alpha > x", "--no-clobber").code == NO_CREATE
    assert site.read("x") == b"alpha\nbeta beta\n"
    assert site.script("cat alpha > /dev/full").code == LOCAL
    assert site.script("echo a > /dev/full && echo done").code == LOCAL
    assert site.script("cat alpha > /dev/null; cat alpha > /dev/null", "--no-clobber").code == 0


def test_output_goes_to_programs(site):
    assert lines(site.script("ls -1 | sort -r; pwd")) == ["folder", "beta", "alpha", "/"]
    assert lines(site.script("cat alpha beta | tr a-z A-Z | sed 's/A;*/x/'")) == ["xLPHA", "BETx BETA"]
    assert lines(site.script("(pwd; cat alpha) | cat -n | tr -d '\\t '")) == ["1/", "2alpha"]
    assert lines(site.script("get alpha | cat")) == ["alpha"] and not site.exists("alpha")
    assert lines(site.script("echo a | (cat; echo b) && echo c")) == ["a", "b", "c"]
    assert site.script("ls | cat > copied").code == 0 and b"alpha" in site.read("copied")
    events = [event["event"] for event in site.script("pwd | cat; pwd", "--json").events]
    assert events == ["directory", "directory"]


def test_a_program_that_ends_early_is_no_failure(site):
    site.server.put("big", os.urandom(8_000_000))
    result = site.script("cat big | head -c 10 | wc -c; pwd; cat alpha")
    assert result.code == 0 and lines(result) == ["10", "/", "alpha"] and result.err == ""
    assert lines(site.script("cat big | true; pwd")) == ["/"]


def test_a_program_that_fails_is_a_failure(site):
    result = site.script("ls | exit 3; echo b")
    assert result.code == LOCAL and result.text == "" and "exit code 3" in result.err
    assert lines(site.script("ls | false || echo b")) == ["b"]
    assert site.script("cat nosuch | cat").code == REFUSED
    assert "signal 9" in site.script("ls | kill -9 $$").err


def test_ctrl_c_ends_the_pipe_and_not_the_session(site):
    site.server.put("big", os.urandom(4_000_000))
    with terminal.Terminal(site, "--tls=off", "--rate=300k", site.url) as tty:
        tty.expect("127.0.0.1:/> ")
        tty.send("cat big | (cat > /dev/null; echo ended)\n")
        tty.expect("\r\n")
        tty.send("\x03")
        tty.expect("> ")
        tty.send("ls | (cat > /dev/null; echo re''ady; sleep 1000); echo not reached\n")
        tty.expect("ready")
        tty.send("\x03")
        tty.expect("> ")
        assert "not reached" not in tty.text.split("sleep 1000); echo not reached")[1]
        tty.send("pwd | cat\n")
        tty.expect("\n/\r")
        tty.send("bye\n")
        assert tty.wait() == 0


def test_a_signal_ends_a_script_with_a_pipe(site):
    site.server.put("big", os.urandom(4_000_000))
    process = site.start("--tls=off", "--rate=100k", "-c", "cat big | cat; echo not reached", site.url)
    assert process.stdout.read(1000)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED and b"not reached" not in out


def test_tildes(site):
    os.mkdir(site.path("local"))
    site.server.mkdir("folder/deep")
    result = site.script("cd folder/deep; cd ~; pwd; cd ~/folder; pwd; cat ~/alpha; get ~/beta ~/local/b; "
                         "put ~/local/b ~/up; lcd ~/local; lpwd; ls -1 ~/fold*; echo ~ '~'; mget -O ~/local ~/al*")
    assert result.code == 0, result.err
    assert lines(result) == ["/", "/folder", "alpha", site.path("local"), "/folder", "~ ~"]
    assert site.server.read("up") == b"beta beta\n" and site.read("local/b") == b"beta beta\n"
    assert site.read("local/alpha") == b"alpha\n"


def test_aliases(site):
    script = b"""alias ll 'ls -1'
alias up cdup
alias ls 'ls -r'
ll
alias two "pwd; cat"
two alpha | tr a A
alias ll
alias loop loop
loop
"""
    site.write("script", script)
    result = site.run("--tls=off", "-f", "script", site.url)
    assert lines(result) == ["folder", "beta", "alpha", "/", "AlphA", "alias ll 'ls -1'"]
    assert result.code == USAGE and "script:9: loop: unknown command" in result.err
    result = site.script("alias x 'echo a'\nx b\nunalias x\nx")
    assert lines(result) == ["a b"] and "x: unknown command" in result.err
    assert site.script("unalias nosuch").code == USAGE
    assert site.script("alias 'a b' c").code == USAGE
    assert any("REST STREAM" in line for line in lines(site.script("features")))


def test_settings(site):
    shown = dict(line.split(" ", 1) for line in lines(site.script("set")))
    assert shown["parallel"] == "1" and shown["clobber"] == "yes" and shown["stop-on-error"] == "auto"
    for name, value in shown.items():
        assert lines(site.script(f"set {name} {value}; set {name}")) == [f"{name} {value}"]
    assert lines(site.script("set rate 10k; set rate; set active on; set active; set sizes human; set sizes")) == [
        "rate 10000", "active yes", "sizes human"]
    for wrong in ("set parallel 65", "set parallel x", "set rate -1", "set active maybe", "set color blue",
                  "set nosuch 1",
                  "set nosuch", "set retry nan", "set idle-timeout 1e99"):
        assert site.script(wrong).code == USAGE, wrong
    site.write("alpha", b"old")
    assert site.script("set clobber no; get alpha").code == NO_CREATE and site.read("alpha") == b"old"


def test_settings_of_lftp(site):
    shown = lines(site.script("set ftp:ssl-force yes; set tls; set ftp:ssl-force no; set tls; "
                              "set ssl:verify-certificate no; "
                              "set tls; set ftp:ssl-allow off; set tls; set net:limit-rate 5; set rate; "
                              "set ftp:passive-mode off; set active; set xfer:clobber off; set clobber; "
                              "set net:timeout 7; "
                              "set idle-timeout; set dns:order inet"))
    assert shown == ["tls require", "tls default", "tls try", "tls off", "rate 5", "active yes", "clobber no",
                     "idle-timeout 7"]
    result = site.script("set ftp:ssl-force yes; set ssl:verify-certificate no")
    assert result.code == USAGE and "--pin" in result.err


def test_bookmarks(site, ward):
    site.ok("--tls=off", "-c", "cd folder; bookmark add here; bookmark add other ftp://bob@h.example:2121/a%20b",
            site.url)
    path = site.path(".config/wardftp/bookmarks")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path) as file:
        assert file.read() == (f"here ftp://alice@127.0.0.1:{ward.port}//folder\n"
                               "other ftp://bob@h.example:2121/a%20b\n")
    assert lines(site.ok("--tls=off", "-c", "open here; pwd; cat inner")) == ["/folder", "inner"]
    assert lines(site.ok("--tls=off", "-c", "pwd", "here")) == ["/folder"]
    site.ok("-c", "bookmark del other")
    assert lines(site.ok("-c", "bookmark")) == [f"here ftp://alice@127.0.0.1:{ward.port}//folder"]
    for wrong in ("bookmark del other", "bookmark add", "bookmark add a/b ftp://h/", "bookmark add x",
                  "bookmark nonsense"):
        assert site.run("-c", wrong).code == USAGE, wrong


def test_a_password_in_a_bookmark_is_refused_on_the_command_line_and_not_kept(site):
    assert site.run("-c", "bookmark add x ftp://u:secret@h/").code == USAGE
    result = site.run(input=b"bookmark add x ftp://u:secret@h/\n")
    assert result.code == 0 and "not kept" in result.err
    assert b"secret" not in site.read(".config/wardftp/bookmarks")


@pytest.mark.parametrize("words", [
    ("-c", "open -u alice,secret h"), ("-c", "pwd; user alice secret"), ("open", "-u", "alice,secret", "h"),
    ("--command=user alice secret",)])
def test_passwords_in_commands_are_refused_on_the_command_line(site, words):
    result = site.run(*words)
    assert result.code == USAGE and "visible to other users" in result.err


def test_names_that_look_like_it_are_not(site):
    site.write("user guide v2", b"x")
    site.ok("--tls=off", "put", "user guide v2", site.url + "user")
    site.ok("--tls=off", "get", site.url + "user", "x")


def test_log_ins_in_scripts(site, ward):
    os.unlink(site.path(".netrc"))
    password = ward.user("alice").password
    commands = f"open -u alice,{password} -p {ward.port} 127.0.0.1\npwd\nclose\n"
    assert lines(site.ok("--tls=off", input=commands.encode())) == ["/"]
    commands = f"open 127.0.0.1 {ward.port} || echo refused\nuser alice {password}\npwd\n"
    result = site.run("--tls=off", input=commands.encode())
    assert lines(result)[-1] == "/", result.err


def config(site, text, mode=0o600):
    site.write(".config/wardftp/config", text)
    os.chmod(site.path(".config/wardftp/config"), mode)


def test_the_configuration_is_read(site):
    config(site, b"# mine\nset sizes human\nset rate 5M\nalias ll 'ls -1'\n\nprompt on\n")
    assert lines(site.script("set sizes; set rate; set prompt\nll | head -1")) == [
        "sizes human", "rate 5000000", "prompt yes", "alpha"]
    assert lines(site.script("set rate", "--rate=7")) == ["rate 7"], "the command line has the last word"
    assert lines(site.script("set rate", "--no-config")) == ["rate 0"]
    site.write("other", b"set rate 9\n")
    assert lines(site.script("set rate", "--config=other")) == ["rate 9"]
    site.environment["XDG_CONFIG_HOME"] = site.path("xdg")
    site.write("xdg/wardftp/config", b"set rate 11\n")
    assert lines(site.script("set rate")) == ["rate 11"]


def test_a_configuration_that_is_wrong(site):
    for text, why in ((b"\nls\n", "config:2: ls: not allowed"), (b"!id\n", "not allowed"), (b"set nosuch 1\n",
                                                                                            "unknown setting"),
                      (b"open ftp://u:p@h/\n", "not allowed"), (b"alias x '!id'\nx\n", "not allowed")):
        config(site, text)
        result = site.script("pwd")
        assert result.code == USAGE and why in result.err and result.text == "", text
    config(site, b"set rate 5\n", 0o622)
    result = site.script("pwd")
    assert result.code == USAGE and "chmod go-w" in result.err
    assert site.script("pwd", "--config=nosuch").code == USAGE


def test_source_and_glob(site):
    site.write("more", b"cd folder\npwd\n")
    assert lines(site.script("source more; cat inner")) == ["/folder", "inner"]
    result = site.script("source nosuch || echo failed")
    assert lines(result) == ["failed"] and "nosuch: No such file" in result.err
    site.write("self", b"source self\n")
    assert site.script("source self").code == USAGE
    assert lines(site.script("glob echo *; glob -d echo *; glob -a echo *")) == [
        "alpha beta", "folder", "alpha beta folder"]
    assert site.script("glob nosuch *").code == USAGE


def test_compressed_files_are_shown(site):
    site.server.put("packed.gz", gzip.compress(b"one\ntwo\n"))
    assert lines(site.script("zcat packed.gz; zcat packed.gz | tail -1; pwd")) == ["one", "two", "two", "/"]
    assert site.script("zcat alpha").code == LOCAL
