# SPDX-License-Identifier: BSD-2-Clause
"""The completions of bash and zsh name what the programs take."""

import os
import re
import shutil
import subprocess

import pytest

import harness

COMPLETIONS = os.path.join(harness.TOP, "completions")
USAGE = {"wardftpd": "-h", "wardctl": "-h", "wardpasswd": "-h", "wardftp": "--help"}


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
    return done.stdout + done.stderr


def usage(program):
    return output(os.path.join(harness.BUILD, program), USAGE[program])


def options_in(text):
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z0-9-]+|-[A-Za-z0-9])(?![\w])", text))


def verbs_in(text, program):
    return set(re.findall(rf"{program} (?:\[[^]]*\] )?([a-z][a-z-]+)", text))


def forms(program):
    """Each verb, `log` with the word behind it, and what may follow; a long form goes on in the next line."""
    for line in re.sub(r"\n\s{20,}", " ", usage(program)).splitlines():
        found = re.search(rf"{program} (?:\[[^]]*\] )?((?:log )?[a-z][a-z-]+)(.*)", line)
        if found:
            yield found[1].split(), found[2]


def complete(program, *words):
    """What bash proposes for the last of the words."""
    file = os.path.join(COMPLETIONS, "bash", "wardftp" if program == "wardftp" else "wardftpd")
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; printf "%s\\n" "${COMPREPLY[@]}"')
    environment = {**os.environ, "PATH": harness.BUILD + ":" + os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", script, "bash", file, program, *words], capture_output=True, text=True,
                          check=True, timeout=60, env=environment)
    return set(done.stdout.split())


@pytest.mark.parametrize("program", ("wardctl", "wardpasswd"))
def test_bash_completes_the_verbs(program):
    verbs = verbs_in(usage(program), program)
    assert len(verbs) > 5
    proposed = {word for word in complete(program, "") if not word.startswith("-")}
    assert proposed == verbs


@pytest.mark.parametrize("program", ("wardctl", "wardpasswd"))
def test_bash_completes_the_options_of_each_verb(program):
    for verb, behind in forms(program):
        proposed = {word for word in complete(program, *verb, "-") if word.startswith("-")}
        assert proposed == options_in(behind), verb


def test_bash_completes_the_options_of_the_server_and_its_keys():
    assert complete("wardftpd", "-") == options_in(usage("wardftpd").split("\n", 1)[1])
    assert "daemon.banner=" in complete("wardftpd", "-o", "daemon.b")


def test_bash_completes_the_client():
    assert options_in(usage("wardftp")) == {word for word in complete("wardftp", "-") if word.startswith("-")}
    bench = output(os.path.join(harness.BUILD, "wardftp"), "bench", "--help")
    assert options_in(bench) == {word for word in complete("wardftp", "bench", "-") if word.startswith("-")}
    commands = {line.split()[0] for line in output(os.path.join(harness.BUILD, "wardftp"), "-c", "help").splitlines()}
    assert commands | {"bench"} <= complete("wardftp", "")
    assert complete("wardftp", "--tls", "") == {"off", "try", "require"}


@pytest.mark.parametrize("program", ("wardftpd", "wardctl", "wardpasswd"))
def test_zsh_names_the_same(program):
    with open(os.path.join(COMPLETIONS, "zsh", "_wardftpd"), encoding="utf-8") as text:
        words = set(re.findall(r"[\w-]+", text.read()))
    assert verbs_in(usage(program), program) <= words
    assert options_in(usage(program)) <= words


def test_zsh_parses_its_files():
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    for file in ("_wardftpd", "_wardftp"):
        assert output("zsh", "-n", os.path.join(COMPLETIONS, "zsh", file)) == ""
