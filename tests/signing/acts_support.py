"""A small authority, signers and a stamp service in memory, so that acts are tested without a token."""

from __future__ import annotations

import datetime as dt
import functools
import io
from dataclasses import dataclass, field

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen import canvas
from signing.acts.signatory import Level, Signatory
from signing.acts.trust import Trust
from signing.keys.port import SigningKey
from signing.pages.artwork import Artwork

UTC = dt.UTC
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@functools.lru_cache(maxsize=16)
def key_of(kind: str, number: int) -> Key:
    """Keys are slow to make and nothing here depends on their being new."""
    if kind == 'rsa':
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


class MemoryKey(SigningKey):
    """A key in memory that counts its operations."""

    def __init__(self, key: Key, certificate: bytes, chain: list[bytes]) -> None:
        super().__init__(certificate, chain)
        self.key, self.operations = key, 0

    def sign(self, data: bytes) -> bytes:
        self.operations += 1
        return sign_with(self.key, data)


class StockSigner(Signer):
    """The same key as pyHanko wants it, for what other programs sign."""

    def __init__(self, key: SigningKey) -> None:
        registry = SimpleCertificateStore()
        registry.register_multiple(asn1_x509.Certificate.load(one) for one in key.chain)
        super().__init__(signing_cert=key.certificate, cert_registry=registry, embed_roots=False)
        self.key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(256) if dry_run else self.key.sign(data)


def sign_with(key: Key, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


class Stamper(DummyTimeStamper):
    """In-memory time stamping authority; parses its key once and can be made to fail."""

    broken = False

    async def async_request_tsa_response(self, req):
        if self.broken:
            raise OSError('the authority does not answer')
        return self.request_tsa_response(req)


@dataclass
class World:
    """A root, an issuing authority, a stamp service and whoever is enrolled."""

    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(UTC).replace(microsecond=0))
    tsa_years: int = 10

    def __post_init__(self) -> None:
        self.serial = 1000
        self.root_key, self.ca_key, self.tsa_key = key_of('rsa', 1), key_of('rsa', 2), key_of('rsa', 3)
        start = self.now - dt.timedelta(days=30)
        self.root = self._issue('测试根', self.root_key, None, start, 20 * 365, ca=True)
        self.ca = self._issue('测试签发', self.ca_key, self.root, start, 15 * 365, ca=True)
        self.tsa = self._issue(
            '测试时间戳', self.tsa_key, self.ca, start, self.tsa_years * 365, eku=ExtendedKeyUsageOID.TIME_STAMPING
        )

    def _issue(self, name, key, issuer, start, days, *, ca=False, eku=None, usage=True):
        self.serial += 1
        subject = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, '测试'), x509.NameAttribute(NameOID.COMMON_NAME, name)]
        )
        signing_key = (
            key if issuer is None else (self.root_key if issuer is getattr(self, 'root', None) else self.ca_key)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.subject)
            .public_key(key.public_key())
            .serial_number(self.serial)
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not ca and usage,
                    content_commitment=not ca and usage,
                    key_encipherment=not usage,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=ca,
                    crl_sign=ca,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if not ca:
            answers = x509.UniformResourceIdentifier('http://127.0.0.1:8/ocsp')
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, answers)
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        if eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage([eku]), critical=True)
        return builder.sign(signing_key, hashes.SHA256())

    def crl(self, issuer='ca', *, at=None, revoked=(), days=30) -> bytes:
        certificate, key = (self.ca, self.ca_key) if issuer == 'ca' else (self.root, self.root_key)
        at = at or self.now - dt.timedelta(hours=1)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate.subject)
            .last_update(at)
            .next_update(at + dt.timedelta(days=days))
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        for serial, when in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            )
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def ocsp(self, certificate: x509.Certificate, *, at=None) -> bytes:
        at = at or self.now - dt.timedelta(minutes=5)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=certificate,
                issuer=self.ca,
                algorithm=hashes.SHA1(),
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=at,
                next_update=at + dt.timedelta(days=7),
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.ca)
        )
        return builder.sign(self.ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def trust(self, **options) -> Trust:
        return Trust((der(self.root),), (der(self.ca),), (self.crl('ca', **options), self.crl('root')))

    def bare_trust(self) -> Trust:
        """The root alone: everything else has to stand in the file."""
        return Trust((der(self.root),))

    def stamper(self, at: dt.datetime | None = None) -> Stamper:
        private = self.tsa_key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        from asn1crypto import keys

        store = SimpleCertificateStore()
        store.register(asn1_x509.Certificate.load(der(self.ca)))
        return Stamper(
            asn1_x509.Certificate.load(der(self.tsa)),
            keys.PrivateKeyInfo.load(private),
            certs_to_embed=store,
            fixed_dt=at,
        )

    def certificate(self, name: str, kind: str = 'rsa', number: int = 10, *, days: float = 365, start=None, usage=True):
        key = key_of(kind, number)
        start = start or self.now - dt.timedelta(days=1)
        return key, self._issue(name, key, self.ca, start, days, usage=usage)

    def signatory(
        self,
        name: str = '张三',
        kind: str = 'rsa',
        number: int = 10,
        *,
        level: Level = Level.B_LT,
        trust: Trust | None = None,
        stamper: Stamper | None = None,
        days: float = 365,
    ) -> Signatory:
        key, certificate = self.certificate(name, kind, number, days=days)
        held = MemoryKey(key, der(certificate), [der(self.ca)])
        if level is Level.B_B:
            return Signatory(held, trust or self.trust(), level)
        return Signatory(held, trust or self.trust(), level, stamper or self.stamper())


def pdf(pages: int = 2, *, text: str = 'Contract', form: bool = False) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(595, 842), invariant=1)
    for number in range(pages):
        page.drawString(72, 770, f'{text}, page {number + 1}')
        if form and number == 0:
            page.acroForm.textfield(name='amount', value='100', x=72, y=600, width=120, height=20)
        page.showPage()
    page.save()
    return out.getvalue()


@functools.lru_cache(maxsize=8)
def seal(label: str = 'SEAL', size_mm: float = 42.0) -> Artwork:
    out = io.BytesIO()
    side = size_mm / 25.4 * 72
    page = canvas.Canvas(out, pagesize=(side, side), invariant=1)
    page.setStrokeColorRGB(0.85, 0, 0)
    page.setFillColorRGB(0.85, 0, 0)
    page.setLineWidth(3)
    page.circle(side / 2, side / 2, side / 2 - 3)
    page.drawCentredString(side / 2, side / 2, label)
    page.save()
    return Artwork(out.getvalue(), size_mm, size_mm)
