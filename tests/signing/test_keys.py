"""Keys behind the port: in the token, by their address, with the digest that is theirs (R8.1)."""

import asyncio
import hashlib
import io
import secrets
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, core, keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from signing.acts.act import Act
from signing.acts.sign import sign
from signing.acts.signatory import Level, Signatory
from signing.acts.trust import Trust
from signing.errors import CertificateError, SigningError, TokenError
from signing.keys import cms as own_cms
from signing.keys import port
from signing.keys.authority import Authority
from signing.keys.elsewhere import KeyElsewhere
from signing.keys.port import Algorithm, open_key, register
from signing.keys.timestamps import TimestampAuthority, TokenTimeStamper
from signing.keys.token_key import TokenKey
from signing.keys.tokens import KeyKind, KeyRef, TokenPool

from tests.signing.acts_support import StockSigner, pdf

CODE = '91350100M000100Y43'
YEAR = timedelta(days=365)
KINDS = [KeyKind.RSA_2048, KeyKind.RSA_3072, KeyKind.P_256]


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def leaf(authority: Authority, pool: TokenPool, kind: KeyKind, now: datetime) -> tuple[KeyRef, bytes]:
    ref = pool.generate(kind, f'signer-{secrets.token_hex(4)}', persistent=False)
    return ref, der(authority.issue_enterprise(ref, title='某公司', credit_code=CODE, start=now, lifetime=YEAR))


def stamper(authority: Authority, pool: TokenPool, now: datetime) -> TokenTimeStamper:
    unit = pool.generate(KeyKind.RSA_2048, f'tsa-{secrets.token_hex(4)}', persistent=False)
    certificate = authority.issue_tsa(unit, title='时间戳', start=now, lifetime=YEAR)
    return TokenTimeStamper(TimestampAuthority(pool, unit, certificate, authority.chain, policy='1.2.3'))


@pytest.mark.parametrize('digest', ['sha256', 'sha384'])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_signs_a_document(
    authority: Authority, pool: TokenPool, now: datetime, tmp_path: Path, kind: KeyKind, digest: str
) -> None:  # R8.1
    ref, certificate = leaf(authority, pool, kind, now)
    key = TokenKey(pool, ref, certificate, [der(each) for each in authority.chain], digest=digest)
    trust = Trust((der(authority.root),), (), (authority.crl(now), authority.root_crl(now)))
    source = pdf(1)
    act = Act(consent=None, base_sha256=hashlib.sha256(source).hexdigest())
    out = sign(source, act, Signatory(key, trust, Level.B_T, stamper(authority, pool, now))).content
    (embedded,) = PdfFileReader(io.BytesIO(out)).embedded_signatures
    status = validate_pdf_signature(embedded, trust.context())
    assert status.bottom_line, status.pretty_print_details()
    assert status.timestamp_validity.valid
    assert status.signing_cert.dump() == certificate
    assert status.md_algorithm == digest
    names = {each.chosen.subject.native['common_name'] for each in embedded.signed_data['certificates']}
    assert names == {'某公司', '测试机构 Issuing CA'}  # no root
    (tmp_path / 'x.pdf').write_bytes(out)
    said = subprocess.run(['pdfsig', '-nocert', tmp_path / 'x.pdf'], capture_output=True, text=True, check=True)
    assert 'Signature is Valid' in said.stdout


@pytest.mark.parametrize('kind', KINDS)
def test_room_is_never_too_small(authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind) -> None:
    ref, certificate = leaf(authority, pool, kind, now)
    key = TokenKey(pool, ref, certificate)
    attributes = key.container.attributes(bytes(32))
    for _ in range(30):
        made = key.container.assemble(attributes, key.sign(secrets.token_bytes(9)))
        assert len(made) <= key.container.room() <= len(made) + 100


def test_certificate_of_another_key(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, _certificate = leaf(authority, pool, KeyKind.P_256, now)
    with pytest.raises(CertificateError, match='key_mismatch'):
        TokenKey(pool, ref, der(authority.issuing))


@pytest.mark.parametrize('kind', KINDS)
def test_a_key_is_found_by_its_address(
    authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind, monkeypatch: pytest.MonkeyPatch
) -> None:  # R8.2
    ref, certificate = leaf(authority, pool, kind, now)
    monkeypatch.setattr(port, '_openers', {})
    register('pkcs11', lambda uri, own, chain: TokenKey.of_uri(pool, uri, own, chain))
    chain = [der(each) for each in authority.chain]
    key = open_key(ref.uri, certificate, chain)
    assert KeyElsewhere(certificate, chain).accepted(key.sign(b'x'), b'x')
    assert key.container is TokenKey(pool, ref, certificate, chain).container
    with pytest.raises(SigningError, match='key_scheme_exists'):
        register('pkcs11', lambda uri, own, chain: TokenKey.of_uri(pool, uri, own, chain))
    with pytest.raises(TokenError, match='key_scheme_unknown'):
        open_key('hsm:1', certificate)


@pytest.mark.parametrize('label', ['esign-platform', '章=;/?%20 测试'])
def test_addresses_hold_every_label(label: str, pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, f'{label}{secrets.token_hex(4)}', persistent=False)
    assert KeyRef.of_uri(ref.uri, ref.public_key) == ref
    for odd in ('pkcs11:', 'pkcs11:object=a', 'pkcs11:object=a;id=b;token=c'):
        with pytest.raises(TokenError, match='key_uri_invalid'):
            KeyRef.of_uri(odd, ref.public_key)


def test_the_address_of_another_key_gives_no_signature(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, _certificate = leaf(authority, pool, KeyKind.P_256, now)
    _ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    with pytest.raises(TokenError, match='token_failed'):
        TokenKey.of_uri(pool, ref.uri, certificate).sign(b'x')


def test_algorithms(authority: Authority, pool: TokenPool, now: datetime) -> None:
    _ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    assert KeyElsewhere(certificate).algorithm == Algorithm('ecdsa', 'sha256')
    assert KeyElsewhere(certificate, digest='sha384').algorithm.mechanism['algorithm'].native == 'sha384_ecdsa'
    with pytest.raises(SigningError, match='digest_unsupported'):
        KeyElsewhere(certificate, digest='sha1')


def test_other_keys_are_not_available(authority: Authority, now: datetime) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = (
        x509.CertificateBuilder().serial_number(1).subject_name(authority.root.subject)
        .issuer_name(authority.root.subject).public_key(key.public_key())
        .not_valid_before(now).not_valid_after(now + YEAR).sign(key, None)
    )  # fmt: skip
    with pytest.raises(SigningError, match='algorithm_unavailable'):
        KeyElsewhere(der(certificate))


def test_a_key_on_the_curve_of_sm2_is_not_taken_for_one_of_ecdsa(
    authority: Authority, pool: TokenPool, now: datetime
) -> None:
    _ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    changed = asn1.Certificate.load(certificate)
    curve = keys.ECDomainParameters(name='named', value='1.2.156.10197.1.301')
    changed['tbs_certificate']['subject_public_key_info']['algorithm']['parameters'] = curve
    with pytest.raises(SigningError, match='algorithm_unavailable'):
        KeyElsewhere(changed.dump(force=True))


@pytest.mark.parametrize('stamped', [False, True])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_containers_are_what_the_general_encoder_writes(
    authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind, stamped: bool
) -> None:  # R8.1
    ref, certificate = leaf(authority, pool, kind, now)
    key = TokenKey(pool, ref, certificate, [der(each) for each in authority.chain])
    value = hashlib.sha256(b'document').digest()
    attributes = key.container.attributes(value)
    signature = key.sign(attributes)
    token = asyncio.run(stamper(authority, pool, now).async_timestamp(value, 'sha256')) if stamped else None

    class Fixed(TimeStamper):
        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
            return token

    class Known(StockSigner):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            assert data == attributes
            return signature

    general = asyncio.run(
        Known(key).async_sign(value, 'sha256', use_pades=True, timestamper=Fixed() if stamped else None)
    )
    assert key.container.assemble(attributes, signature, token and token.dump()) == general.dump()


@given(st.integers(0, 2**200), st.integers(0, 70000))
def test_der_parts(number: int, size: int) -> None:
    assert own_cms.integer(number) == core.Integer(number).dump()
    assert own_cms.tlv(0x04, bytes(size)) == core.OctetString(bytes(size)).dump()
