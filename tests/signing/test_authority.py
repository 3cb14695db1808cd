"""The local authority: certificates, revocation, and what independent tools say of them (R8.1)."""

import secrets
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from signing.errors import CertificateError, TokenError
from signing.keys import profiles
from signing.keys.authority import Authority, AuthoritySettings
from signing.keys.tokens import KeyKind, KeyRef, TokenPool

Serve = Callable[[Callable[[bytes], tuple[int, str, bytes]]], AbstractContextManager[str]]
CODE = '91350100M000100Y43'
YEAR = timedelta(days=365)


def run(*command: str | Path) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    return f'{done.stdout}{done.stderr}exit {done.returncode}'


@pytest.fixture(scope='session')
def ref(pool: TokenPool) -> KeyRef:
    return pool.generate(KeyKind.P_256, f'leaf-{secrets.token_hex(4)}')


def enterprise(authority: Authority, ref: KeyRef, now: datetime) -> x509.Certificate:
    return authority.issue_enterprise(ref, title='福建某某有限公司', credit_code=CODE, start=now, lifetime=YEAR)


def issue(authority: Authority, kind: str, ref: KeyRef, now: datetime) -> x509.Certificate:
    match kind:
        case 'enterprise':
            return enterprise(authority, ref, now)
        case 'person_event':
            return authority.issue_person_event(ref, full_name='张三', identifier='a1b2', start=now)
    act = {'tsa': authority.issue_tsa, 'platform': authority.issue_platform, 'ocsp': authority.issue_ocsp}[kind]
    return act(ref, title=f'测试 {kind}', start=now, lifetime=YEAR)


DOCUMENTS = {'1.3.6.1.5.5.7.3.36', '1.2.840.113583.1.1.5', '1.3.6.1.5.5.7.3.4'}


@pytest.mark.parametrize(
    ('kind', 'commits', 'purposes', 'critical', 'policy', 'revocable'),
    [
        ('enterprise', True, DOCUMENTS, False, '1.3.6.1.4.1.32473.1.1', True),
        ('person_event', True, DOCUMENTS, False, '1.3.6.1.4.1.32473.1.2', True),
        ('tsa', True, {'1.3.6.1.5.5.7.3.8'}, True, '1.3.6.1.4.1.32473.1.3', True),
        ('platform', True, DOCUMENTS, False, '1.3.6.1.4.1.32473.1.4', True),
        ('ocsp', False, {'1.3.6.1.5.5.7.3.9'}, False, '1.3.6.1.4.1.32473.1.5', False),
    ],
)
def test_extensions(
    authority: Authority,
    ref: KeyRef,
    now: datetime,
    kind: str,
    commits: bool,
    purposes: set[str],
    critical: bool,
    policy: str,
    revocable: bool,
) -> None:  # R8.1
    extensions = issue(authority, kind, ref, now).extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca) == (True, False)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.digital_signature, usage.value.content_commitment) == (
        True,
        True,
        commits,
    )
    assert not (usage.value.key_cert_sign or usage.value.crl_sign or usage.value.key_encipherment)
    purpose = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (purpose.critical, {each.dotted_string for each in purpose.value}) == (critical, purposes)
    (said,) = extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert said.policy_identifier.dotted_string == policy
    assert said.policy_qualifiers[0].explicit_text == '测试证书'
    key_of = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    issuer = authority.issuing.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert key_of == issuer.digest
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value == (
        x509.SubjectKeyIdentifier.from_public_key(ref.public_key)
    )
    found = {type(each.value) for each in extensions}
    assert (x509.CRLDistributionPoints in found, x509.OCSPNoCheck in found) == (revocable, not revocable)
    access = {
        each.access_method: each.access_location.value
        for each in extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    }
    assert access[AuthorityInformationAccessOID.CA_ISSUERS] == 'http://127.0.0.1:8/pki/issuing.cer'
    assert access.get(AuthorityInformationAccessOID.OCSP) == ('http://127.0.0.1:8/pki/ocsp' if revocable else None)


def test_authority_certificates(authority: Authority) -> None:
    for certificate, length in ((authority.root, 1), (authority.issuing, 0)):
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, length)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    assert authority.chain == (authority.issuing, authority.root)
    points = authority.issuing.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value == 'http://127.0.0.1:8/pki/root.crl'


def test_subjects(authority: Authority, ref: KeyRef, now: datetime) -> None:
    subject = enterprise(authority, ref, now).subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == '福建某某有限公司'
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value == f'NTRCN-{CODE}'
    person = issue(authority, 'person_event', ref, now).subject
    assert person.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == '张三'
    assert person.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == 'a1b2'


# R1.3
@pytest.mark.parametrize(('length', 'common'), [(21, 21), (22, 21), (64, 21)])
def test_a_long_chinese_name_is_whole_in_the_organisation(
    authority: Authority, ref: KeyRef, now: datetime, length: int, common: int
) -> None:
    """Thirty characters are ninety bytes: more than commonName takes everywhere."""
    title = ('上海长江三角洲一体化示范区数字供应链管理服务有限公司' * 3)[:length]
    issued = authority.issue_enterprise(ref, title=title, credit_code=CODE, start=now, lifetime=YEAR).subject
    assert issued.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == title
    shown = issued.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert len(shown) == common
    assert shown == title or (shown.endswith('…') and title.startswith(shown[:-1]))


@pytest.mark.parametrize(('title', 'code'), [('', CODE), ('公司', CODE[:-1]), ('公司', 'I' * 18), ('长' * 65, CODE)])
def test_bad_enterprise_subject(authority: Authority, ref: KeyRef, now: datetime, title: str, code: str) -> None:
    with pytest.raises(CertificateError, match='subject_invalid'):
        authority.issue_enterprise(ref, title=title, credit_code=code, start=now, lifetime=YEAR)


def test_bad_person_subject(authority: Authority, ref: KeyRef, now: datetime) -> None:
    with pytest.raises(CertificateError, match='subject_invalid'):
        authority.issue_person_event(ref, full_name='张三', identifier=' ', start=now)


def test_event_certificate_lives_a_day_at_most(authority: Authority, ref: KeyRef, now: datetime) -> None:
    day = timedelta(hours=24)
    made = authority.issue_person_event(ref, full_name='张三', identifier='x', start=now, lifetime=day)
    assert made.not_valid_after_utc - made.not_valid_before_utc == day
    with pytest.raises(CertificateError) as caught:
        authority.issue_person_event(
            ref, full_name='张三', identifier='x', start=now, lifetime=day + timedelta(seconds=1)
        )
    assert caught.value.code == 'validity_too_long'


@pytest.mark.parametrize(
    ('shift', 'lifetime', 'code'),
    [
        (timedelta(0), timedelta(0), 'validity_empty'),
        (timedelta(0), 11 * YEAR, 'outlives_issuer'),
        (-timedelta(days=1), YEAR, 'outlives_issuer'),
    ],
)
def test_bad_validity(
    authority: Authority, ref: KeyRef, now: datetime, shift: timedelta, lifetime: timedelta, code: str
) -> None:
    with pytest.raises(CertificateError, match=code):
        authority.issue_platform(ref, title='平台', start=now + shift, lifetime=lifetime)


def test_naive_clock_is_refused(authority: Authority, ref: KeyRef) -> None:
    with pytest.raises(CertificateError, match='clock_naive'):
        authority.issue_platform(ref, title='平台', start=datetime(2030, 1, 1), lifetime=YEAR)  # noqa: DTZ001


def test_loads_again_and_is_not_made_twice(
    authority: Authority,
    pool: TokenPool,
    authority_settings: AuthoritySettings,
    records: object,
    now: datetime,
) -> None:
    assert Authority.load(pool, authority_settings, records).chain == authority.chain
    with pytest.raises(CertificateError, match='authority_exists'):
        Authority.create(pool, authority_settings, records, now=now)
    with pytest.raises(TokenError, match='certificate_missing'):
        Authority.load(pool, AuthoritySettings('x', authority_settings.addresses, prefix='none'), records)


def test_interrupted_creation_is_repeated(
    pool: TokenPool, authority_settings: AuthoritySettings, records: object, now: datetime
) -> None:
    left = pool.generate(KeyKind.P_256, 'again-root')
    settings = AuthoritySettings('再', authority_settings.addresses, prefix='again', kind=KeyKind.P_256)
    made = Authority.create(pool, settings, records, now=now)
    assert made.root.public_key() != left.public_key
    made.root.verify_directly_issued_by(made.root)


def pem(path: Path, *certificates: x509.Certificate) -> Path:
    path.write_bytes(b''.join(each.public_bytes(Encoding.PEM) for each in certificates))
    return path


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> dict[str, Path]:
    at = datetime.now(UTC)
    crls = tmp_path / 'crls.pem'
    crls.write_bytes(
        b''.join(
            x509.load_der_x509_crl(each).public_bytes(Encoding.PEM)
            for each in (authority.crl(at), authority.root_crl(at))
        )
    )
    return {
        'root': pem(tmp_path / 'root.pem', authority.root),
        'issuing': pem(tmp_path / 'issuing.pem', authority.issuing),
        'chain': pem(tmp_path / 'chain.pem', *authority.chain),
        'crls': crls,
    }


@pytest.mark.parametrize('kind', ['enterprise', 'person_event', 'platform', 'tsa', 'ocsp'])
def test_openssl_verifies_chain_and_crl(
    authority: Authority, ref: KeyRef, now: datetime, files: dict[str, Path], tmp_path: Path, kind: str
) -> None:  # R8.1
    leaf = pem(tmp_path / 'leaf.pem', issue(authority, kind, ref, now))
    answer = run(
        'openssl', 'verify', '-x509_strict', '-crl_check_all', '-CRLfile', files['crls'],
        '-CAfile', files['root'], '-untrusted', files['issuing'], leaf,
    )  # fmt: skip
    assert answer.endswith('leaf.pem: OK\nexit 0')


def test_openssl_sees_revocation(authority: Authority, ref: KeyRef, now: datetime, tmp_path: Path) -> None:  # R8.1
    certificate = enterprise(authority, ref, now)
    leaf, root = pem(tmp_path / 'leaf.pem', certificate), pem(tmp_path / 'root.pem', authority.root)
    issuing = pem(tmp_path / 'issuing.pem', authority.issuing)

    def verify() -> str:
        crl = tmp_path / 'crl.pem'
        listed = x509.load_der_x509_crl(authority.crl(datetime.now(UTC)))
        crl.write_bytes(listed.public_bytes(Encoding.PEM))
        return run('openssl', 'verify', '-crl_check', '-CRLfile', crl, '-CAfile', root, '-untrusted', issuing, leaf)

    assert verify().endswith('OK\nexit 0')
    made = authority.revoke(certificate.serial_number, x509.ReasonFlags.key_compromise, now)
    assert 'certificate revoked' in verify()
    later = authority.revoke(certificate.serial_number, x509.ReasonFlags.superseded, now + YEAR)
    assert later == made  # the first revocation stands


@pytest.mark.parametrize('reason', [x509.ReasonFlags.unspecified, x509.ReasonFlags.cessation_of_operation])
def test_openssl_reads_ocsp(
    authority: Authority,
    ref: KeyRef,
    now: datetime,
    files: dict[str, Path],
    tmp_path: Path,
    serve: Serve,
    reason: x509.ReasonFlags,
) -> None:  # R8.1
    certificate = enterprise(authority, ref, now)
    leaf = pem(tmp_path / 'leaf.pem', certificate)

    def answer(body: bytes) -> tuple[int, str, bytes]:
        return 200, 'application/ocsp-response', authority.ocsp(body, datetime.now(UTC))

    def ask() -> str:
        with serve(lambda body: (200, 'application/ocsp-response', authority.ocsp(body, datetime.now(UTC)))) as url:
            return run(
                'openssl', 'ocsp', '-sha256', '-issuer', files['issuing'], '-cert', leaf, '-url', url,
                '-nonce', '-CAfile', files['root'], '-verify_other', files['chain'],
            )  # fmt: skip

    good = ask()
    assert 'Response verify OK' in good
    assert 'leaf.pem: good' in good
    assert 'nonce' not in good.lower()  # it warns when the nonce is missing
    authority.revoke(certificate.serial_number, reason, now)
    said = ask()
    assert 'Response verify OK' in said
    assert 'leaf.pem: revoked' in said
    assert ('cessationOfOperation' in said) == (reason is x509.ReasonFlags.cessation_of_operation)


def request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None = None) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def test_ocsp_echoes_the_nonce(authority: Authority, ref: KeyRef, now: datetime) -> None:
    certificate = enterprise(authority, ref, now)
    said = ocsp.load_der_ocsp_response(authority.ocsp(request(certificate, authority.issuing, b'n' * 32), now))
    assert said.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b'n' * 32
    assert said.certificate_status is ocsp.OCSPCertStatus.GOOD
    plain = ocsp.load_der_ocsp_response(authority.ocsp(request(certificate, authority.issuing), now))
    assert not list(plain.extensions)


def test_ocsp_unknown_serial(
    authority: Authority, records: object, ref: KeyRef, now: datetime
) -> None:  # a serial that was never issued is not "good"
    certificate = enterprise(authority, ref, now)
    del records.certificates[certificate.serial_number]
    said = ocsp.load_der_ocsp_response(authority.ocsp(certificate, now))
    assert said.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    with pytest.raises(CertificateError, match='serial_unknown'):
        authority.revoke(certificate.serial_number, x509.ReasonFlags.superseded, now)


def test_ocsp_refusals(authority: Authority, ref: KeyRef, now: datetime) -> None:
    certificate = enterprise(authority, ref, now)
    for bad in (b'', b'junk', request(certificate, authority.issuing, b'n' * 33)):
        said = ocsp.load_der_ocsp_response(authority.ocsp(bad, now))
        assert said.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    plain = request(certificate, authority.issuing)
    serial = certificate.serial_number.to_bytes((certificate.serial_number.bit_length() + 8) // 8)
    assert serial in plain
    negative = plain.replace(serial, bytes((serial[0] | 0x80,)) + serial[1:])
    said = ocsp.load_der_ocsp_response(authority.ocsp(negative, now))
    assert said.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    foreign = request(authority.issuing, authority.root)
    said = ocsp.load_der_ocsp_response(authority.ocsp(foreign, now))
    assert said.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_no_hold(authority: Authority, ref: KeyRef, now: datetime) -> None:
    with pytest.raises(CertificateError, match='reason_unsupported'):
        authority.revoke(enterprise(authority, ref, now).serial_number, x509.ReasonFlags.certificate_hold, now)


def test_responder_is_renewed(
    authority: Authority,
    pool: TokenPool,
    authority_settings: AuthoritySettings,
    records: object,
    now: datetime,
) -> None:
    other = Authority.load(pool, authority_settings, records)
    before = other.responder
    later = before.not_valid_after_utc + timedelta(days=1)
    renewed = authority.renew_responder(later)
    assert other.responder == before  # still good where it is loaded
    other.ocsp(authority.issuing, later)
    assert other.responder == renewed
    authority.renew_responder(now)


def test_issuing_revoked_by_root(
    pool: TokenPool, authority_settings: AuthoritySettings, records: object, now: datetime
) -> None:
    settings = AuthoritySettings('停', authority_settings.addresses, prefix='stop', kind=KeyKind.P_256)
    made = Authority.create(pool, settings, type(records)(), now=now)
    with pytest.raises(CertificateError, match='serial_unknown'):
        made.revoke(made.responder.serial_number + 1, x509.ReasonFlags.ca_compromise, now)
    serial = made.issuing.serial_number
    made.revoke(serial, x509.ReasonFlags.ca_compromise, now)
    assert x509.load_der_x509_crl(made.root_crl(now)).get_revoked_certificate_by_serial_number(serial)
    assert not x509.load_der_x509_crl(made.crl(now)).get_revoked_certificate_by_serial_number(serial)


def test_request_and_import(authority: Authority, pool: TokenPool, ref: KeyRef, now: datetime) -> None:  # R8.1
    subject = profiles.enterprise_name('CN', '某公司', CODE)
    made = x509.load_der_x509_csr(authority.csr(ref, subject))
    assert made.is_signature_valid
    assert made.subject == subject
    issued = enterprise(authority, ref, now)
    for form in (Encoding.DER, Encoding.PEM):
        imported = authority.import_certificate(
            ref,
            issued.public_bytes(form),
            [authority.issuing.public_bytes(form)],
            anchors=[authority.root],
            now=now,
        )
        assert imported.certificate == issued
        assert imported.chain == authority.chain


@pytest.mark.parametrize(
    'code',
    ['certificate_unreadable', 'key_mismatch', 'not_valid_now', 'usage_unfit', 'chain_broken', 'no_signing'],
)
def test_import_refuses(authority: Authority, pool: TokenPool, ref: KeyRef, now: datetime, code: str) -> None:
    der = enterprise(authority, ref, now).public_bytes(Encoding.DER)
    key, chain, anchors, moment = ref, [authority.issuing.public_bytes(Encoding.DER)], [authority.root], now
    match code:
        case 'certificate_unreadable':
            der = der[:-3]
        case 'key_mismatch':
            key = pool.generate(KeyKind.P_256, f'other-{secrets.token_hex(4)}', persistent=False)
        case 'not_valid_now':
            moment = now + 2 * YEAR
        case 'usage_unfit':
            key, der = pool.find('esign-issuing'), authority.issuing.public_bytes(Encoding.DER)
        case 'chain_broken':
            chain = []
        case 'no_signing':
            code, der = 'usage_unfit', encipherment_only(authority, pool, ref, now)
    with pytest.raises(CertificateError) as caught:
        authority.import_certificate(key, der, chain, anchors=anchors, now=moment)
    assert caught.value.code == code


def encipherment_only(authority: Authority, pool: TokenPool, ref: KeyRef, now: datetime) -> bytes:
    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder().serial_number(7).subject_name(authority.root.subject)
        .issuer_name(authority.issuing.subject).public_key(ref.public_key)
        .not_valid_before(now).not_valid_after(now + YEAR).add_extension(usage, critical=True)
    )  # fmt: skip
    key = pool.private_key(pool.find('esign-issuing'))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_time_stamping_is_the_only_purpose_of_a_tsa() -> None:
    assert profiles.PROFILES[profiles.CertificateKind.TSA].purposes == (ExtendedKeyUsageOID.TIME_STAMPING,)


def bare(authority: Authority, pool: TokenPool, ref: KeyRef, now: datetime, extension: x509.ExtensionType) -> bytes:
    """A certificate with one extension and nothing else."""
    builder = (
        x509.CertificateBuilder().serial_number(8).subject_name(profiles.name((NameOID.COMMON_NAME, 'bare')))
        .issuer_name(authority.issuing.subject).public_key(ref.public_key)
        .not_valid_before(now).not_valid_after(now + YEAR).add_extension(extension, critical=False)
    )  # fmt: skip
    return builder.sign(pool.private_key(pool.find('esign-issuing')), hashes.SHA256()).public_bytes(Encoding.DER)


def test_import_of_a_bare_certificate(authority: Authority, pool: TokenPool, ref: KeyRef, now: datetime) -> None:
    chain = [authority.issuing.public_bytes(Encoding.DER)]
    plain = bare(authority, pool, ref, now, x509.SubjectKeyIdentifier.from_public_key(ref.public_key))
    found = authority.import_certificate(ref, plain, chain, anchors=[authority.root], now=now)
    assert found.chain == authority.chain
    broken = bare(authority, pool, ref, now, x509.UnrecognizedExtension(x509.ObjectIdentifier('2.5.29.15'), b'x'))
    with pytest.raises(CertificateError, match='certificate_unreadable'):
        authority.import_certificate(ref, broken, chain, anchors=[authority.root], now=now)


def test_a_failing_token_is_not_taken_for_an_empty_one(
    pool: TokenPool, authority_settings: AuthoritySettings, records: object, now: datetime
) -> None:
    settings = AuthoritySettings('坏', authority_settings.addresses, prefix='bad')
    for broken in ('certificate', 'find'):
        with (
            patch.object(TokenPool, broken, side_effect=TokenError('token_failed', 'gone')),
            patch.object(TokenPool, 'generate', side_effect=AssertionError),
            pytest.raises(TokenError, match='token_failed'),
        ):
            Authority.create(pool, settings, records, now=now)


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, 300), value=st.integers(0, 255))
def test_damaged_ocsp_request_gets_an_answer(
    authority: Authority, ref: KeyRef, now: datetime, position: int, value: int
) -> None:
    der = bytearray(request(authority.responder, authority.issuing, b'n' * 16))
    der[position % len(der)] = value
    said = ocsp.load_der_ocsp_response(authority.ocsp(bytes(der), now))
    assert said.response_status in {
        ocsp.OCSPResponseStatus.SUCCESSFUL,
        ocsp.OCSPResponseStatus.MALFORMED_REQUEST,
        ocsp.OCSPResponseStatus.UNAUTHORIZED,
    }
