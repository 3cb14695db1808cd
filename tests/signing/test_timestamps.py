"""Trusted time: our own RFC 3161 authority, the stamper on it, the client of others (R8.1)."""

import asyncio
import hashlib
import secrets
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from signing.errors import CertificateError, TimestampError, TokenError
from signing.keys.authority import Authority
from signing.keys.timestamps import (
    HttpTimeStamper,
    Response,
    TimestampAuthority,
    TokenTimeStamper,
    http_time_stamper,
)
from signing.keys.tokens import KeyKind, TokenPool

Serve = Callable[[Callable[[bytes], tuple[int, str, bytes]]], AbstractContextManager[str]]
POLICY = '1.3.6.1.4.1.32473.1.3'
REPLY = 'application/timestamp-reply'
YEAR = timedelta(days=365)


def unit(authority: Authority, pool: TokenPool, kind: KeyKind, now: datetime, **more: object) -> TimestampAuthority:
    ref = pool.generate(kind, f'tsa-{secrets.token_hex(4)}')
    certificate = authority.issue_tsa(ref, title='时间戳', start=now, lifetime=YEAR)
    return TimestampAuthority(pool, ref, certificate, authority.chain, policy=POLICY, **more)


@pytest.fixture(scope='session')
def tsa(authority: Authority, pool: TokenPool, now: datetime) -> TimestampAuthority:
    return unit(authority, pool, KeyKind.RSA_2048, now)


def request(*, algorithm: str = 'sha256', value: bytes | None = None, **more: object) -> tsp.TimeStampReq:
    digest = hashlib.new(algorithm, b'x').digest() if value is None else value
    imprint = {'hash_algorithm': {'algorithm': algorithm}, 'hashed_message': digest}
    return tsp.TimeStampReq({'version': 1, 'message_imprint': imprint, **more})


def failure(answer: bytes) -> set[str]:
    found = Response.load(answer)
    assert found['status']['status'].native == 'rejection'
    return found['status']['fail_info'].native


@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
@pytest.mark.parametrize('digest', ['sha256', 'sha512'])
def test_openssl_accepts(
    authority: Authority, pool: TokenPool, now: datetime, tmp_path: Path, kind: KeyKind, digest: str
) -> None:  # R8.1
    made = unit(authority, pool, kind, now, accuracy=timedelta(seconds=2, milliseconds=5))
    data, query, reply = tmp_path / 'data', tmp_path / 'query', tmp_path / 'reply'
    data.write_bytes(b'contract')

    def run(*command: object) -> str:
        done = subprocess.run(['openssl', 'ts', *map(str, command)], capture_output=True, text=True, check=False)
        return f'{done.stdout}{done.stderr}'

    run('-query', '-data', data, f'-{digest}', '-cert', '-tspolicy', POLICY, '-out', query)
    reply.write_bytes(made.respond(query.read_bytes()))
    root, chain = tmp_path / 'root', tmp_path / 'chain'
    root.write_bytes(authority.root.public_bytes(Encoding.PEM))
    chain.write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    verify = ('-verify', '-in', reply, '-CAfile', root, '-untrusted', chain)
    assert 'Verification: OK' in run(*verify, '-queryfile', query)
    text = run('-reply', '-in', reply, '-text')
    assert 'Accuracy: 0x02 seconds, 0x05 millis' in text
    assert f'Policy OID: {POLICY}' in text
    data.write_bytes(b'contracT')
    assert 'Verification: FAILED' in run(*verify, '-data', data)


@pytest.mark.parametrize(
    ('asked', 'reason'),
    [
        (request(algorithm='sha1'), 'bad_alg'),
        (request(algorithm='md5'), 'bad_alg'),
        (request(value=b'short'), 'bad_data_format'),
        (request(req_policy='1.2.3.4'), 'unaccepted_policy'),
        (request(extensions=[{'extn_id': '1.2.3.4', 'extn_value': b'x'}]), 'unaccepted_extensions'),
        (b'', 'bad_data_format'),
        (b'0\x00', 'bad_data_format'),
        (b'junk' * 50, 'bad_data_format'),
        (bytes(5000), 'bad_data_format'),
        (request().dump() + b'\0', 'bad_data_format'),
    ],
)
def test_refused_with_a_status(tsa: TimestampAuthority, asked: tsp.TimeStampReq | bytes, reason: str) -> None:
    assert failure(tsa.respond(asked if isinstance(asked, bytes) else asked.dump())) == {reason}


def test_other_version_is_refused(tsa: TimestampAuthority) -> None:
    der = request().dump()
    assert failure(tsa.respond(der.replace(b'\x02\x01\x01', b'\x02\x01\x02', 1))) <= {
        'bad_request',
        'bad_data_format',
    }


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 200), value=st.integers(0, 255))
def test_damaged_request_gets_an_answer(tsa: TimestampAuthority, position: int, value: int) -> None:
    der = bytearray(request(cert_req=True, nonce=2**60).dump())
    der[position % len(der)] = value
    assert Response.load(tsa.respond(bytes(der)))['status']['status'].native in {'granted', 'rejection'}


def test_certificates_only_on_request(tsa: TimestampAuthority) -> None:
    def certificates(**more: object) -> int:
        answer = Response.load(tsa.respond(request(**more).dump()))
        return len(answer['time_stamp_token']['content']['certificates'])

    assert (certificates(), certificates(cert_req=True)) == (0, 3)


def info_of(token: cms.ContentInfo) -> tsp.TSTInfo:
    return token['content']['encap_content_info']['content'].parsed


def test_what_a_stamp_says(authority: Authority, pool: TokenPool, now: datetime) -> None:
    at = now + timedelta(hours=1, microseconds=1500)
    made = unit(authority, pool, KeyKind.P_256, now, clock=lambda: at)
    token = made.stamp(request(nonce=77))
    info = info_of(token)
    assert info['gen_time'].native == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert (info['nonce'].native, info['policy'].native) == (77, POLICY)
    kinds = {each['type'].native for each in token['content']['signer_infos'][0]['signed_attrs']}
    assert kinds == {'content_type', 'message_digest', 'signing_certificate_v2'}
    serials = {info_of(made.stamp(request()))['serial_number'].native for _ in range(20)}
    assert len(serials) == 20


@pytest.mark.parametrize('shift', [timedelta(days=400), -timedelta(days=1), None])
def test_wrong_clock_stamps_nothing(
    authority: Authority, pool: TokenPool, now: datetime, shift: timedelta | None
) -> None:
    at = now.replace(tzinfo=None) if shift is None else now + shift
    made = unit(authority, pool, KeyKind.P_256, now, clock=lambda: at)
    assert failure(made.respond(request().dump())) == {'time_not_available'}
    with pytest.raises(TimestampError, match='clock_wrong'):
        made.stamp(request())


def test_dead_token_stamps_nothing(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref = pool.generate(KeyKind.P_256, f'tsa-{secrets.token_hex(4)}')
    certificate = authority.issue_tsa(ref, title='时间戳', start=now, lifetime=YEAR)
    made = TimestampAuthority(pool, ref, certificate, authority.chain, policy=POLICY)
    pool.destroy(ref)
    assert failure(made.respond(request().dump())) == {'system_failure'}
    with pytest.raises(TimestampError) as caught:
        asyncio.run(TokenTimeStamper(made).async_timestamp(bytes(32), 'sha256'))
    assert (caught.value.code, caught.value.details) == ('tsa_failed', {'cause': 'key_missing'})


def test_only_a_time_stamping_certificate_will_do(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref = pool.generate(KeyKind.P_256, f'tsa-{secrets.token_hex(4)}', persistent=False)
    other = pool.generate(KeyKind.P_256, f'tsa-{secrets.token_hex(4)}', persistent=False)
    platform = authority.issue_platform(ref, title='平台', start=now, lifetime=YEAR)
    with pytest.raises(CertificateError, match='usage_unfit'):
        TimestampAuthority(pool, ref, platform, (), policy=POLICY)
    with pytest.raises(CertificateError, match='usage_unfit'):
        TimestampAuthority(pool, pool.find('esign-root'), authority.root, (), policy=POLICY)
    with pytest.raises(CertificateError, match='key_mismatch'):
        TimestampAuthority(pool, other, platform, (), policy=POLICY)


def test_stamper_in_process(tsa: TimestampAuthority) -> None:
    value = hashlib.sha384(b'y').digest()
    token = asyncio.run(TokenTimeStamper(tsa).async_timestamp(value, 'sha384'))
    assert info_of(token)['message_imprint']['hashed_message'].native == value
    assert len(token['content']['certificates']) == 3
    with pytest.raises(TimestampError) as caught:
        asyncio.run(TokenTimeStamper(tsa).async_timestamp(bytes(20), 'sha1'))
    assert (caught.value.code, caught.value.details) == ('tsa_refused', {'failure': 'bad_alg'})


def ask(url: str, **more: object) -> cms.ContentInfo:
    return asyncio.run(http_time_stamper(url, **more).async_timestamp(hashlib.sha256(b'x').digest(), 'sha256'))


def test_client_over_http(tsa: TimestampAuthority, serve: Serve) -> None:
    with serve(lambda body: (200, REPLY, tsa.respond(body))) as url:
        token = ask(url)
    assert info_of(token)['message_imprint']['hashed_message'].native == hashlib.sha256(b'x').digest()


def tampered(tsa: TimestampAuthority, body: bytes, **change: object) -> bytes:
    asked = tsp.TimeStampReq.load(body)
    for key, value in change.items():
        asked[key] = value
    return tsa.respond(asked.dump(force=True))


@pytest.mark.parametrize(
    ('case', 'code'),
    [
        ('nonce', 'tsa_answer_invalid'),
        ('imprint', 'tsa_answer_invalid'),
        ('status', 'tsa_answer_invalid'),
        ('type', 'tsa_answer_invalid'),
        ('junk', 'tsa_answer_invalid'),
        ('no token', 'tsa_answer_invalid'),
        ('huge', 'tsa_answer_invalid'),
        ('redirect', 'tsa_answer_invalid'),
        ('refused', 'tsa_refused'),
    ],
)
def test_client_refuses(tsa: TimestampAuthority, serve: Serve, case: str, code: str) -> None:
    other = request(value=bytes(32))['message_imprint']
    answers = {
        'nonce': lambda body: (200, REPLY, tampered(tsa, body, nonce=5)),
        'imprint': lambda body: (200, REPLY, tampered(tsa, body, message_imprint=other)),
        'status': lambda body: (500, REPLY, tsa.respond(body)),
        'type': lambda body: (200, 'text/html', tsa.respond(body)),
        'junk': lambda _body: (200, REPLY, b'junk'),
        'no token': lambda _body: (200, REPLY, Response({'status': {'status': 'granted'}}).dump()),
        'huge': lambda _body: (200, REPLY, bytes(2 << 20)),
        'redirect': lambda body: (302, REPLY, tsa.respond(body)),
        'refused': lambda _body: (200, REPLY, tsa.respond(request(algorithm='sha1').dump())),
    }
    with serve(answers[case]) as url, pytest.raises(TimestampError) as caught:
        ask(url)
    assert caught.value.code == code


def test_silent_authority_is_given_up(serve: Serve) -> None:
    gate = threading.Event()

    def answer(_body: bytes) -> tuple[int, str, bytes]:
        gate.wait(5)
        return 200, REPLY, b''

    began = time.monotonic()
    with serve(answer) as url:
        with pytest.raises(TimestampError, match='tsa_unreachable'):
            ask(url, seconds=0.2)
        assert time.monotonic() - began < 2
        gate.set()


def test_dripping_authority_is_given_up(tsa: TimestampAuthority, serve: Serve) -> None:
    ticks = iter(range(0, 1000, 60))
    with (
        serve(lambda body: (200, REPLY, tsa.respond(body))) as url,
        patch('signing.keys.timestamps.time.monotonic', lambda: next(ticks)),
        pytest.raises(TimestampError, match='tsa_unreachable'),
    ):
        ask(url, seconds=10)


def test_nobody_there_and_no_secret_told() -> None:  # R8.2
    with pytest.raises(TimestampError) as caught:
        ask('http://user:MARKED-SECRET@127.0.0.1:9/', auth=('user', 'MARKED-SECRET'))
    assert caught.value.code == 'tsa_unreachable'
    assert 'MARKED' not in f'{caught.value}{caught.value.details}'
    assert caught.value.__context__ is None
    with pytest.raises(TimestampError, match='tsa_url_invalid'):
        http_time_stamper('file:///etc/passwd')
    assert isinstance(http_time_stamper('https://tsa.example'), HttpTimeStamper)


def test_no_local_time_when_the_key_fails(tsa: TimestampAuthority) -> None:  # no fallback
    with (
        patch.object(TokenPool, 'sign', side_effect=TokenError('token_failed', 'gone')),
        pytest.raises(TimestampError, match='tsa_failed'),
    ):
        tsa.stamp(request())


def test_request_without_nonce_gets_none(tsa: TimestampAuthority) -> None:
    assert isinstance(info_of(tsa.stamp(request()))['nonce'], core.Void)
