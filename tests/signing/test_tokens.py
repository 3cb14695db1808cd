"""Keys in the token: making, finding, signing, destroying (R8.2)."""

import copy
import hashlib
import secrets
from unittest.mock import patch

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters
from signing.errors import TokenError
from signing.keys import keypairs
from signing.keys.authority import Authority
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


def test_labels_are_unique(pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, label(), persistent=False)
    with pytest.raises(TokenError) as caught:
        pool.generate(KeyKind.P_256, ref.label)
    assert caught.value.code == 'key_exists'


def test_ambiguous_label_is_an_error(pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, label(), persistent=False)
    pool._run(lambda session: keypairs.generate(session, KeyKind.P_256, ref.label, b'2' * 16, persistent=False))
    with pytest.raises(TokenError) as caught:
        pool.find(ref.label)
    assert caught.value.code == 'key_ambiguous'
    check(ref, pool.sign(ref, b'x'), b'x')  # by its identifier it is still the one


@pytest.mark.parametrize(('kind', 'parameter'), [('rsa', 1024), ('ec', 'secp384r1')])
def test_other_kinds_are_refused(pool: TokenPool, kind: str, parameter: int | str) -> None:
    name = label()

    def make(session: pkcs11.Session) -> None:
        if kind == 'rsa':
            session.generate_keypair(pkcs11.KeyType.RSA, parameter, id=b'1', label=name)
        else:
            curve = encode_named_curve_parameters(parameter)
            domain = session.create_domain_parameters(pkcs11.KeyType.EC, {Attribute.EC_PARAMS: curve}, local=True)
            domain.generate_keypair(id=b'1', label=name, capabilities=pkcs11.MechanismFlag.SIGN)

    pool._run(make)
    with pytest.raises(TokenError) as caught:
        pool.find(name)
    assert caught.value.code == 'key_unsupported'


def test_digests(pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, label(), persistent=False)
    for act in (
        lambda: pool.sign(ref, b'x', digest='sha1'),
        lambda: pool.sign_digest(ref, bytes(20), digest='sha1'),
        lambda: pool.sign_digest(ref, bytes(31)),
    ):
        with pytest.raises(TokenError) as caught:
            act()
        assert caught.value.code == 'digest_unsupported'


def test_certificates_are_kept_and_replaced(pool: TokenPool, authority: Authority) -> None:
    name = label()
    with pytest.raises(TokenError, match='certificate_missing'):
        pool.certificate(name)
    for each in authority.chain:
        pool.store_certificate(name, each.public_bytes(Encoding.DER))
        assert pool.certificate(name) == each.public_bytes(Encoding.DER)


def test_two_certificates_of_a_label(pool: TokenPool, authority: Authority) -> None:
    name = label()
    with patch.object(TokenPool, '_search', return_value=[]):
        for each in authority.chain:
            pool.store_certificate(name, each.public_bytes(Encoding.DER))
    with pytest.raises(TokenError, match='certificate_ambiguous'):
        pool.certificate(name)


@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_stand_in_signs_and_gives_nothing_away(pool: TokenPool, kind: KeyKind) -> None:  # R8.2
    ref = pool.generate(kind, label(), persistent=False)
    key = pool.private_key(ref)
    rest = (padding.PKCS1v15(),) if kind is KeyKind.RSA_2048 else ()

    def wrap(algorithm: object) -> object:
        return algorithm if rest else ec.ECDSA(algorithm)

    check(ref, key.sign(b'x', *rest, wrap(hashes.SHA256())), b'x')
    digested = hashlib.sha256(b'x').digest()
    check(ref, key.sign(digested, *rest, wrap(Prehashed(hashes.SHA256()))), b'x')
    assert (key.key_size, key.public_key()) == (ref.public_key.key_size, ref.public_key)
    assert copy.copy(key) is key
    assert copy.deepcopy(key) is key
    acts = [
        key.private_numbers,
        lambda: key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        (lambda: key.decrypt(b'x', padding.PKCS1v15()))
        if rest
        else (lambda: key.exchange(ec.ECDH(), key.public_key())),
    ]
    for act in acts:
        with pytest.raises(TokenError) as caught:
            act()
        assert caught.value.code == 'key_inextractable'
    if rest:
        with pytest.raises(TokenError, match='padding_unsupported'):
            key.sign(b'x', padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        assert key.curve.name == 'secp256r1'
