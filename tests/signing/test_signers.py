"""pyHanko signers on the token (R8.1) and the places for other keys."""

import asyncio
import hashlib
import io
import secrets
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen.canvas import Canvas
from signing.errors import CertificateError, SigningError
from signing.keys.authority import Authority
from signing.keys.signers import Algorithm, Algorithms, RemoteSigner, TokenSigner, algorithms
from signing.keys.timestamps import TimestampAuthority, TokenTimeStamper
from signing.keys.tokens import KeyKind, KeyRef, TokenPool

CODE = '91350100M000100Y43'
YEAR = timedelta(days=365)


def leaf(
    authority: Authority, pool: TokenPool, kind: KeyKind, now: datetime
) -> tuple[KeyRef, x509.Certificate]:
    ref = pool.generate(kind, f'signer-{secrets.token_hex(4)}', persistent=False)
    return ref, authority.issue_enterprise(ref, title='某公司', credit_code=CODE, start=now, lifetime=YEAR)


@pytest.fixture(scope='session')
def pdf() -> bytes:
    found = io.BytesIO()
    canvas = Canvas(found)
    canvas.drawString(100, 100, 'contract')
    canvas.showPage()
    canvas.save()
    return found.getvalue()


@pytest.mark.parametrize('digest', ['sha256', 'sha384'])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_signs_a_document(
    authority: Authority,
    pool: TokenPool,
    now: datetime,
    pdf: bytes,
    tmp_path: Path,
    kind: KeyKind,
    digest: str,
) -> None:  # R8.1
    ref, certificate = leaf(authority, pool, kind, now)
    unit = pool.generate(KeyKind.RSA_2048, f'tsa-{secrets.token_hex(4)}', persistent=False)
    tsa = TimestampAuthority(
        pool,
        unit,
        authority.issue_tsa(unit, title='时间戳', start=now, lifetime=YEAR),
        authority.chain,
        policy='1.2.3',
    )
    signer = TokenSigner(pool, ref, certificate, authority.chain, digest=digest)
    meta = PdfSignatureMetadata(field_name='S', md_algorithm=digest, subfilter=SigSeedSubFilter.PADES)
    out = sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer, timestamper=TokenTimeStamper(tsa)
    ).getvalue()
    from asn1crypto import x509 as asn1

    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(authority.root.public_bytes(Encoding.DER))],
        crls=[authority.crl(now), authority.root_crl(now)],
        revocation_mode='require',
    )
    (embedded,) = PdfFileReader(io.BytesIO(out)).embedded_signatures
    status = validate_pdf_signature(embedded, context)
    assert status.bottom_line, status.pretty_print_details()
    assert status.timestamp_validity.valid
    assert status.signing_cert.serial_number == certificate.serial_number
    names = {each.chosen.subject.native['common_name'] for each in embedded.signed_data['certificates']}
    assert names == {'某公司', '测试机构 Issuing CA'}  # no root
    (tmp_path / 'x.pdf').write_bytes(out)
    said = subprocess.run(
        ['pdfsig', '-nocert', tmp_path / 'x.pdf'], capture_output=True, text=True, check=True
    )
    assert 'Signature is Valid' in said.stdout


@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.RSA_3072, KeyKind.P_256])
def test_estimate_is_never_too_small(
    authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind
) -> None:
    ref, certificate = leaf(authority, pool, kind, now)
    signer = TokenSigner(pool, ref, certificate)
    room = len(asyncio.run(signer.async_sign_raw(b'x', 'sha256', dry_run=True)))
    for _ in range(30):
        assert len(asyncio.run(signer.async_sign_raw(secrets.token_bytes(9), 'sha256'))) <= room <= 400


def test_certificate_of_another_key(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, _certificate = leaf(authority, pool, KeyKind.P_256, now)
    with pytest.raises(CertificateError, match='key_mismatch'):
        TokenSigner(pool, ref, authority.issuing)


class Remote(RemoteSigner):
    """A service that is just another pool."""

    pool: TokenPool
    ref: KeyRef

    async def sign_remote(self, value: bytes, digest: str) -> bytes:
        return self.pool.sign_digest(self.ref, value, digest=digest)


def test_remote_place(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    bare = RemoteSigner(certificate, authority.chain)
    with pytest.raises(SigningError, match='remote_unavailable'):
        asyncio.run(bare.async_sign_raw(b'x', 'sha256'))
    with pytest.raises(SigningError, match='digest_unsupported'):
        asyncio.run(bare.async_sign_raw(b'x', 'md5'))
    assert len(asyncio.run(bare.async_sign_raw(b'x', 'sha256', dry_run=True))) == 73
    remote = Remote(certificate, authority.chain)
    remote.pool, remote.ref = pool, ref
    signed = asyncio.run(remote.async_sign(hashlib.sha256(b'x').digest(), 'sha256', use_pades=True))
    assert isinstance(cms.ContentInfo.load(signed.dump())['content'], cms.SignedData)
    remote.ref = leaf(authority, pool, KeyKind.P_256, now)[0]
    with pytest.raises(SigningError, match='remote_signature_wrong'):
        asyncio.run(remote.async_sign_raw(b'x', 'sha256'))


def test_algorithms() -> None:
    with pytest.raises(SigningError) as caught:
        algorithms.mechanism('sm2', 'sm3')
    assert caught.value.code == 'algorithm_unavailable'
    with pytest.raises(SigningError, match='algorithm_unknown'):
        algorithms.get('rot13')
    with pytest.raises(SigningError, match='digest_unsupported'):
        algorithms.mechanism('rsa', 'sha1')
    assert algorithms.mechanism('ecdsa', 'sha384')['algorithm'].native == 'sha384_ecdsa'
    own = Algorithms()
    made = Algorithm('sm2', frozenset({'sm3'}), lambda digest: digest)
    own.register(made)
    assert own.get('sm2') is made
    with pytest.raises(SigningError, match='algorithm_exists'):
        own.register(made)


def test_other_keys_are_not_available(authority: Authority, now: datetime) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = (
        x509.CertificateBuilder().serial_number(1).subject_name(authority.root.subject)
        .issuer_name(authority.root.subject).public_key(key.public_key())
        .not_valid_before(now).not_valid_after(now + YEAR).sign(key, None)
    )  # fmt: skip
    with pytest.raises(SigningError, match='algorithm_unavailable'):
        RemoteSigner(certificate)
