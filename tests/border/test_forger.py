# SPDX-License-Identifier: BSD-2-Clause
"""A taken NET asks the keeper to sign certificates: clients that trust the server's own would believe them."""

import os

import pytest

import harness
from forger import KINDS, SHAPES, Victim
from messages import Message
from taken import KEEPER, SIGN_TLS12, Session, server_of, signing


@pytest.fixture(scope="module")
def taken(make_shared_server):
    """Its [tls] has the first kind of key, each [host NAME] one of the others."""

    def prepare(server):
        server.victims = [Victim(server.directory, kind) for kind in KINDS]
        first, *others = server.victims
        server.overrides["tls"] = {"certificate": first.certificate, "key": first.key}
        for victim in others:
            server.overrides[f"host {victim.kind}.example"] = {"certificate": victim.certificate, "key": victim.key}
        server.write_config()

    return server_of(make_shared_server, "net", config={}, prepare=prepare)


def ask_to_sign(server, index, text):
    """The signature, or None where the keeper closes the channel instead."""
    victim = server.victims[index]
    question = signing(SIGN_TLS12, text, key=index, scheme=victim.scheme, print=victim.print())
    with Session(server) as one:
        answer, _ = one.ask(KEEPER, question)
    if not answer:
        return None
    said = Message("keeper_answer").unpack(answer)
    assert said.error == 0
    return said.signature[:said.length]


@pytest.mark.parametrize("index", range(len(KINDS)), ids=KINDS)
@pytest.mark.parametrize("shape", SHAPES, ids=[shape.__name__ for shape in SHAPES])
def test_the_keeper_signs_nothing_that_a_client_would_believe(taken, index, shape):
    victim = taken.victims[index]
    text = shape(victim)
    assert victim.is_believed(text, victim.sign(text))  # it is a good forgery
    before = taken.log_text().count("border violation: NET to keeper")
    signature = ask_to_sign(taken, index, text)
    assert signature is None, f"signed, and believed: {victim.is_believed(text, signature)}"
    harness.wait_for(lambda: taken.log_text().count("border violation: NET to keeper") > before, 10,
                     "a line in the log")


@pytest.mark.parametrize("index", range(len(KINDS)), ids=KINDS)
def test_the_keeper_signs_handshakes(taken, index):
    """With the same key, in the same way: the forger above has not failed for another reason."""
    text = os.urandom(64).replace(b"0", b"1") + b"\x03\0\x1e\x38" + os.urandom(56)
    taken.victims[index].verify(text, ask_to_sign(taken, index, text))
