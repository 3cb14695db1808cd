"""The platform's verdict and the verifier of the evidence pack, which shares no code with it, say the same."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from signing.acts.prepare import LaunchMode
from signing.acts.verify import verify

from tests.signing.acts_cases import Contract
from tests.signing.acts_forgeries import ATTACKS, edited
from tests.signing.acts_support import World
from tests.signing.test_flipped_bytes import flipped, ranges, spots

PROGRAM = Path(__file__).parents[2] / 'addons' / 'esign_verify' / 'pack' / 'verify.py'
FINAL = 'documents/1/final.pdf'


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location('pack_verify', PROGRAM)
    program = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(program)
    finally:
        logging.disable(logging.NOTSET)  # the program is alone where it usually runs
    return program


@pytest.fixture(scope='module', params=list(LaunchMode))
def contract(world, request) -> Contract:
    return Contract(world, request.param, parties=2).all_sign()


class Files:
    """A pack of certificates, revocation lists and one document."""

    def __init__(self, world: World, document: bytes) -> None:
        issued = {'root.cer': world.root, 'issuing.cer': world.ca}
        self.files = {f'certificates/{name}': one.public_bytes(Encoding.DER) for name, one in issued.items()}
        self.files |= {f'revocation/{name}.crl': world.crl(name) for name in ('root', 'ca')} | {FINAL: document}

    def names(self) -> set[str]:
        return set(self.files)

    def read(self, name: str) -> bytes:
        return self.files[name]


def accepted(verifier: ModuleType, world: World, document: bytes) -> bool:
    """What the verifier says of a document alone, apart from the list of digests that the platform signed."""
    check = verifier.Check(Files(world, document))
    check.load_trust()
    try:
        asyncio.run(check.check_document(FINAL))
    except Exception:  # noqa: BLE001 - as the verifier does: a fault like any other
        return False
    return not check.faults


def variants(contract: Contract) -> dict[str, bytes]:
    """The file itself, its earlier revisions, what comes of every kind of tampering, and of single bits."""
    content = contract.content
    found = {f'revision {number}': one for number, one in enumerate(contract.revisions)}
    for attack, _kind in ATTACKS:
        found[attack.__name__] = edited(content, attack)
    found |= {f'bit of byte {at}': flipped(content, at, at % 7) for at in spots(content)}
    found['more behind it'] = content + b'\n% more'
    found['cut short'] = content[:-9]
    return found


def test_both_say_the_same(world, contract, verifier):  # R4.1 R9.4
    said, covered = {}, ranges(contract.content)
    for name, document in variants(contract).items():
        said[name] = verify(document, world.trust()).genuine, accepted(verifier, world, document)
    assert covered
    assert {(True, True), (False, False)} <= set(said.values())
    assert not {name: pair for name, pair in said.items() if pair[0] != pair[1]}
