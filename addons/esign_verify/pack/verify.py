#!/usr/bin/env python3

"""Offline verification of this evidence pack / 离线验证本证据包.

Needs Python 3.10 or later and the packages of ``pip install "pyhanko>=0.38" cryptography``; no network.
需要 Python 3.10 以上，以及 pip install "pyhanko>=0.38" cryptography；不联网。

    python verify.py                    the folder that this file is in / 本文件所在目录
    python verify.py PATH               another folder, or the .zip as it was downloaded / 其他目录或 zip 原件
    python verify.py --root SHA256      also compare the root certificate / 同时核对根证书指纹

Exit status 0: genuine. 1: something is wrong, and it says what. 2: could not be run.
"""

import argparse
import asyncio
import hashlib
import io
import json
import logging
import sys
import zipfile
import zlib
from pathlib import Path

try:
    from asn1crypto import cms, core, crl, x509
    from cryptography.exceptions import InvalidSignature
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.generic_cms import (
        async_validate_cms_signature,
        async_validate_detached_cms,
        validate_tst_signed_data,
    )
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import StandardCMSSignatureStatus
    from pyhanko_certvalidator.context import ValidationContext
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
except ImportError as missing:
    print(f'Missing package / 缺少软件包: {missing}. pip install "pyhanko>=0.38" cryptography')
    sys.exit(2)

logging.disable(logging.CRITICAL)
CONSENT_OID = '2.25.110571503246595894138431881137886989430'
USAGE = KeyUsageConstraints(key_usage={'non_repudiation', 'digital_signature'})
MANIFEST = 'manifest.json'
# What reading a damaged archive may raise.
DAMAGED = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError)


class Unreadable(Exception):
    """A file of the pack cannot be read."""


class Pack:
    """The files of a pack, by their names, wherever they are."""

    def __init__(self, place):
        self.archive = zipfile.ZipFile(place) if place.is_file() else None
        self.place = place

    def names(self):
        if self.archive:
            return {one.filename for one in self.archive.infolist() if not one.is_dir()}
        found = (one for one in self.place.rglob('*') if one.is_file() and '__pycache__' not in one.parts)
        return {one.relative_to(self.place).as_posix() for one in found}

    def twice(self):
        """Names that stand in the archive more than once: programs differ in which they take."""
        names = [one.filename for one in self.archive.infolist()] if self.archive else []
        return {one for one in names if names.count(one) > 1}

    def read(self, name):
        try:
            return self.archive.read(name) if self.archive else (self.place / name).read_bytes()
        except DAMAGED as cause:
            raise Unreadable(name) from cause


def stamp_in(signer_info):
    """The time stamp token over a signature (RFC 3161 appendix A), or None."""
    for attribute in signer_info['unsigned_attrs'] or ():
        if attribute['type'].native == 'signature_time_stamp_token':
            return attribute['values'][0]['content']
    return None


class Check:
    """All checks; what is wrong is collected, nothing stops at the first fault."""

    def __init__(self, pack):
        self.pack, self.faults, self.notes = pack, [], []
        self.present = pack.names()

    def fault(self, name, english, chinese):
        self.faults.append(f'{name}: {english} / {chinese}')

    def under(self, folder):
        return sorted(name for name in self.present if name.startswith(folder + '/'))

    def run(self):
        self.load_trust()
        self.check_manifest()
        if not self.faults:
            self.check_trace()
            consents = self.check_documents()
            self.check_consents(consents)
        return not self.faults

    # Trust ------------------------------------------------------------------------------------

    def load_trust(self):
        self.roots, self.others, self.crls = [], [], []
        for name in self.under('certificates') + self.under('revocation'):
            try:
                data = self.pack.read(name)
                if name.endswith('.crl'):
                    found = crl.CertificateList.load(data, strict=True)
                    _ = found.native  # parses all of it
                    self.crls.append(found)
                else:
                    found = x509.Certificate.load(data, strict=True)
                    _ = found.native
                    (self.roots if name.endswith('/root.cer') else self.others).append(found)
            except (ValueError, TypeError, Unreadable):
                pass  # the list of digests names it
        self.root_sha256 = self.roots[0].sha256.hex() if self.roots else ''

    def context(self, moment):
        policy = CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy('soft-fail'), retroactive_revinfo=True)
        return ValidationContext(
            trust_roots=self.roots, other_certs=self.others, crls=self.crls, moment=moment, revinfo_policy=policy
        )

    async def time_of(self, signer_info):
        """The time that a trusted time stamp over a signature states; None without one."""
        token = stamp_in(signer_info)
        if token is None:
            return None
        moment = token['encap_content_info']['content'].parsed['gen_time'].native
        signature = signer_info['signature'].native
        found = await validate_tst_signed_data(
            token, self.context(moment), lambda algorithm: hashlib.new(algorithm, signature).digest()
        )
        good = found['intact'] and found['valid'] and found['trust_problem_indic'] is None
        return moment if good else None

    # The list of files ------------------------------------------------------------------------

    def check_manifest(self):
        signatures = [one for one in self.present if one.startswith('manifest-') and one.endswith('.p7s')]
        if MANIFEST not in self.present or len(signatures) != 1:
            self.fault(MANIFEST, 'the list or its signature is missing', '清单或其签名缺失')
            return
        data = {}
        for name in (MANIFEST, signatures[0]):
            try:
                data[name] = self.pack.read(name)
            except Unreadable:
                self.fault(name, 'cannot be read', '无法读取')
                return
        listed, signature = data[MANIFEST], data[signatures[0]]
        # The name of the signature's file holds its own digest: no byte of it can change unseen.
        if hashlib.sha256(signature).hexdigest()[:16] != signatures[0][len('manifest-') : -len('.p7s')]:
            self.fault(signatures[0], 'was changed', '已被改动')
        else:
            self.check_manifest_signature(listed, signature)
        try:
            files = json.loads(listed)['files']
        except (ValueError, KeyError, TypeError):
            self.fault(MANIFEST, 'cannot be read', '无法读取')
            return
        self.check_files(files, signatures[0])

    def check_manifest_signature(self, listed, signature):
        try:
            signed = cms.ContentInfo.load(signature)['content']
            moment = asyncio.run(self.time_of(signed['signer_infos'][0]))
            if moment is None:
                self.fault('manifest-*.p7s', 'its time stamp does not hold', '时间戳无效')
                return
            status = asyncio.run(
                async_validate_detached_cms(
                    listed, signed, signer_validation_context=self.context(moment), key_usage_settings=USAGE
                )
            )
        except Exception as cause:  # noqa: BLE001 - whatever it is, the pack is not in order
            self.fault(MANIFEST, f'its signature cannot be checked ({type(cause).__name__})', '签名无法验证')
            return
        if not (status.intact and status.valid):
            self.fault(MANIFEST, 'was changed: the signature does not fit', '已被改动：与签名不符')
        elif not status.trusted:
            # A certificate in the pack that was changed is named by the list of digests.
            self.fault(MANIFEST, 'its signer does not lead to the root in this pack', '签名证书无法追溯到根证书')
        else:
            self.notes.append(f'Signed by / 签名者: {status.signing_cert.subject.native.get("common_name")}, {moment}')

    def check_files(self, files, signature):
        for name, facts in sorted(files.items()):
            if name not in self.present:
                self.fault(name, 'is missing', '缺失')
                continue
            try:
                data = self.pack.read(name)
            except Unreadable:
                self.fault(name, 'cannot be read', '无法读取')
                continue
            if len(data) != facts['size'] or hashlib.sha256(data).hexdigest() != facts['sha256']:
                self.fault(name, 'was changed', '已被改动')
        for name in sorted(self.present - set(files) - {MANIFEST, signature}):
            self.fault(name, 'does not belong to the pack', '不属于本证据包')
        for name in sorted(self.pack.twice()):
            self.fault(name, 'stands in the pack twice', '在证据包中重复出现')

    # Documents --------------------------------------------------------------------------------

    def check_documents(self):
        """Check every signature of every signed PDF; return the digests of consents found in them."""
        consents = set()
        signed = [one for one in self.under('documents') if one.endswith('/final.pdf')]
        for name in [*signed, 'report.pdf']:
            try:
                consents |= asyncio.run(self.check_document(name))
            except Exception as cause:  # noqa: BLE001 - odd files make libraries raise anything
                self.fault(name, f'cannot be read ({type(cause).__name__})', '无法读取')
        return consents

    async def check_document(self, name):
        data = self.pack.read(name)
        reader = PdfFileReader(io.BytesIO(data))
        units = {}
        for one in reader.embedded_signatures:
            units.setdefault((tuple(one.byte_range), one.pkcs7_content), one)
        if not units:
            self.fault(name, 'holds no signature', '没有签名')
            return set()
        consents, ends, proofs = set(), [], []
        for (span, _content), one in units.items():
            ends.append(span[2] + span[3])
            if one.sig_object_type == '/DocTimeStamp':
                proofs.append(await self.check_stamp(name, one))
            else:
                consents |= await self.check_signature(name, one)
        if max(ends) != len(data):
            self.fault(name, 'its last signature does not cover the whole file', '最后的签名未覆盖全文件')
        self.notes.append(f'{name}: {len(units) - len(proofs)} signatures / 签名, {len(proofs)} time stamps / 时间戳')
        return consents

    async def check_signature(self, name, one):
        moment = await self.time_of(one.signer_info)
        if moment is None:
            self.fault(name, f'{one.field_name}: no trusted time', '没有可信时间')
            return set()
        status = await async_validate_cms_signature(
            one.signed_data,
            status_cls=StandardCMSSignatureStatus,
            raw_digest=one.compute_digest(),
            validation_context=self.context(moment),
            key_usage_settings=USAGE,
        )
        if not (status.intact and status.valid and status.trusted):
            self.fault(name, f'{one.field_name}: the signature does not hold', '签名无效')
        found = set()
        for attribute in one.signer_info['signed_attrs']:
            if attribute['type'].dotted == CONSENT_OID:
                values = core.SetOf.load(attribute['values'].dump(), spec=core.OctetString)
                found.add(values[0].native.hex())
        return found

    async def check_stamp(self, name, one):
        token = one.signed_data
        moment = token['encap_content_info']['content'].parsed['gen_time'].native
        found = await validate_tst_signed_data(token, self.context(moment), lambda _algorithm: one.compute_digest())
        if not (found['intact'] and found['valid']) or found['trust_problem_indic'] is not None:
            self.fault(name, f'{one.field_name}: the time stamp does not hold', '时间戳无效')
        return moment

    def check_consents(self, in_signatures):
        for name in self.under('consents'):
            digest = hashlib.sha256(self.pack.read(name)).hexdigest()
            if digest not in in_signatures:
                self.fault(name, 'no signature was made under this consent', '没有签名引用该意愿记录')
        missing = in_signatures - {hashlib.sha256(self.pack.read(one)).hexdigest() for one in self.under('consents')}
        if missing:
            self.fault('consents', 'a record is missing', '缺少意愿确认记录')

    # Trace ------------------------------------------------------------------------------------

    def check_trace(self):
        name = 'trace/trace.json'
        try:
            trace = json.loads(self.pack.read(name))
            heads = self.check_chain(name, trace)
            for stamp in trace['stamps']:
                asyncio.run(self.check_head(name, stamp, heads))
            self.check_attested(name, trace, heads)
            self.check_given(name, trace, heads)
        except Exception as cause:  # noqa: BLE001 - whatever it is, the trace is not in order
            self.fault(name, f'cannot be checked ({type(cause).__name__})', '无法验证')

    def check_chain(self, name, trace):
        """SHA-256 over version (one byte), hash of the entry before (32 bytes), canonical JSON."""
        last, heads = bytes(32), {}
        for entry in trace['events']:
            body = bytes([entry['version']]) + last + entry['payload'].encode()
            last = hashlib.sha256(body).digest()
            number = json.loads(entry['payload'])['number']
            if last.hex() != entry['digest'] or number != len(heads) + 1:
                self.fault(name, f'event {number} does not fit its hash', '事件与其摘要不符')
                return heads
            heads[number] = last.hex()
        if last.hex() != trace['head']:
            self.fault(name, 'it does not end where it should', '链尾不符')
        self.notes.append(f'{name}: {len(heads)} events / 事件, {len(trace["stamps"])} stamps / 时间戳')
        return heads

    def check_attested(self, name, trace, heads):
        """Heads that the platform attested: each names its event, its rank, the one before it, and any stamp."""
        previous, ranks, stamps = None, 0, set()
        for one in trace['stamps']:
            token = cms.ContentInfo.load(self.pack.read(one['file'])).dump()
            stamps.add(hashlib.sha256(token).hexdigest())
        for one in trace['heads']:
            told, ranks = json.loads(one['statement']), ranks + 1
            fits = (told['trace'], told['rank'], told['previous']) == (trace['key'], ranks, previous)
            if not fits or heads.get(told['number']) != told['head'] or (told['stamp'] or '') not in {*stamps, ''}:
                self.fault(name, f'the attested head {ranks} does not fit the trace', '平台确认的链头与轨迹不符')
            previous = hashlib.sha256(one['statement'].encode()).hexdigest()
        self.notes.append(
            f'{name}: {ranks} attested heads. Their keyed proofs, and those of the consents, need the secret key of'
            ' the platform: only the platform can check them. / 链头及签署意愿的密钥证明只能由平台核验。'
        )

    def check_given(self, name, trace, heads):
        """Each consent stands in the trace before what was signed under it, and vouches for the trace before it."""
        events = [json.loads(one['payload']) for one in trace['events']]
        for path in self.under('consents'):
            data = self.pack.read(path)
            digest, history = hashlib.sha256(data).hexdigest(), json.loads(data).get('history')
            about = [one for one in events if one['consent'] == digest]
            if not about or (about[0]['kind'] != 'consent_given' and any(one['sha256'] for one in about)):
                self.fault(
                    path, 'the trace does not hold this consent before the signature', '轨迹中签名之前没有该意愿'
                )
            if history and heads.get(history['length']) != history['head']:
                self.fault(path, 'the trace before this consent is another one', '该意愿之前的轨迹已被改写')

    async def check_head(self, name, stamp, heads):
        token = cms.ContentInfo.load(self.pack.read(stamp['file']))['content']
        moment = token['encap_content_info']['content'].parsed['gen_time'].native
        # The hash of the event is itself the imprint of the token.
        found = await validate_tst_signed_data(
            token, self.context(moment), lambda _algorithm: bytes.fromhex(stamp['head'])
        )
        good = found['intact'] and found['valid'] and found['trust_problem_indic'] is None
        if heads.get(stamp['number']) != stamp['head'] or not good:
            self.fault(name, f'the time stamp over event {stamp["number"]} does not hold', '链上时间戳无效')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('place', nargs='?', type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument('--root', default='', help='SHA-256 of the root certificate that you trust')
    asked = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding='utf-8', errors='replace')
    try:
        check = Check(Pack(asked.place))
        good = check.run()
    except (*DAMAGED, InvalidSignature) as cause:
        print(f'{asked.place}: cannot be read / 无法读取: {cause}')
        return 2
    wanted = asked.root.replace(':', '').lower()
    if wanted and wanted != check.root_sha256:
        check.fault('certificates/root.cer', 'is not the root that you trust', '不是您信任的根证书')
        good = False
    for note in check.notes:
        print(note)
    print(f'Root certificate, SHA-256 / 根证书指纹: {check.root_sha256}')
    if not wanted:
        print('Compare it with what the platform publishes, or give it by --root. / 请与平台公布的指纹核对。')
    for fault in check.faults:
        print(f'NOT GENUINE / 不真实 - {fault}')
    if good:
        print('GENUINE / 真实: every file is as the platform issued it, and all signatures hold.')
        print('所有文件未被改动，签名全部有效。')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
