"""Keys in the token: making, finding, signing, destroying (R8.2)."""

import secrets

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import Attribute, ObjectClass
from signing.errors import TokenError
from signing.keys.tokens import KeyKind, KeyRef, TokenPool

HASHES = {'sha256': hashes.SHA256(), 'sha384': hashes.SHA384(), 'sha512': hashes.SHA512()}


def label() -> str:
    return f'key-{secrets.token_hex(6)}'


def check(ref: KeyRef, signature: bytes, data: bytes, digest: str = 'sha256') -> None:
    if isinstance(ref.public_key, rsa.RSAPublicKey):
        ref.public_key.verify(signature, data, padding.PKCS1v15(), HASHES[digest])
    else:
        ref.public_key.verify(signature, data, ec.ECDSA(HASHES[digest]))


@pytest.mark.parametrize('digest', ['sha256', 'sha384', 'sha512'])
@pytest.mark.parametrize('kind', list(KeyKind))
def test_signs(pool: TokenPool, kind: KeyKind, digest: str) -> None:  # R8.1
    ref = pool.generate(kind, label(), persistent=False)
    check(ref, pool.sign(ref, b'contract', digest=digest), b'contract', digest)


@pytest.mark.parametrize('persistent', [True, False])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_found_again_and_destroyed(pool: TokenPool, kind: KeyKind, persistent: bool) -> None:
    made = pool.generate(kind, label(), persistent=persistent)
    found = pool.find(made.label)
    assert found == made
    assert found.public_key == made.public_key
    pool.destroy(found)
    for act in (lambda: pool.find(made.label), lambda: pool.sign(made, b'x')):
        with pytest.raises(TokenError) as caught:
            act()
        assert caught.value.code == 'key_missing'
    pool.destroy(found)  # a second time is no error


@pytest.mark.parametrize('kind', list(KeyKind))
def test_private_key_cannot_be_read(pool: TokenPool, kind: KeyKind) -> None:  # R8.2
    ref = pool.generate(kind, label(), persistent=False)
    secret = Attribute.VALUE if kind is KeyKind.P_256 else Attribute.PRIVATE_EXPONENT

    def look(session: pkcs11.Session) -> None:
        (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: ref.label})
        assert (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE]) == (True, False)
        assert (key[Attribute.NEVER_EXTRACTABLE], key[Attribute.ALWAYS_SENSITIVE]) == (True, True)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[secret]

    pool._run(look)
