"""Evidence of a real document, signed with the installation's keys: the report, the pack, and its own verifier."""

import ast
import hashlib
import importlib.util
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.identity import Identity
from odoo.addons.esign_base.signing.acts.act import Act
from odoo.addons.esign_base.signing.acts.archive import archive
from odoo.addons.esign_base.signing.acts.prepare import LaunchMode, prepare
from odoo.addons.esign_base.signing.acts.sign import sign
from odoo.addons.esign_base.signing.pages.artwork import Artwork
from odoo.addons.esign_base.signing.pages.geometry import Box, frames_of
from odoo.addons.esign_base.signing.pages.placements import Placement, PlacementKind, plan_fields
from odoo.addons.esign_base.tests.common import private_token, proven_consent
from odoo.addons.esign_base.tools.evidence import (
    ActFacts,
    ActLine,
    Case,
    FileFacts,
    PartyFacts,
    SealUse,
    SignatureFacts,
    Standing,
)

from ..models.esign_evidence_issue import STAFF
from .clean_python import clean_python

VERIFIER = Path(__file__).resolve().parents[1] / 'pack' / 'verify.py'
ALLOWED = {'pyhanko', 'pyhanko_certvalidator', 'asn1crypto', 'cryptography'}


def drawn(text='Contract', side=None):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=side or (595, 842))
    canvas.drawString(10, 20, text)
    canvas.save()
    return out.getvalue()


class EvidenceCase(TransactionCase):
    """One document, signed by one person, archived; its trace; hooks that tell of it."""

    @classmethod
    def setUpClass(cls):
        private_token()
        super().setUpClass()
        if not issubclass(cls, HttpCase):  # which does so by itself
            cls.registry_enter_test_mode_cls()
        cls.env['res.lang']._activate_lang('zh_CN')
        cls.env['ir.module.module']._load_module_terms(['esign_base', 'esign_verify'], ['zh_CN'])
        cls.user = new_test_user(cls.env, 'verify_party', groups='base.group_portal', name='张三丰')
        cls.stranger = new_test_user(cls.env, 'verify_stranger', groups='base.group_portal')
        cls.person = cls.env['esign.person'].create(
            {
                'user_id': cls.user.id, 'partner_id': cls.user.partner_id.id, 'name': '张三丰', 'mobile': '13912345678',
                'state': 'verified', **cls.env['esign.person']._id_values('resident', '110101199003070732'),
            }
        )  # fmt: skip
        cls.identity = Identity(f'person:{cls.person.id}', 'person', cls.user, cls.person, label='张三丰')
        cls._sign_document()
        cls._tell()

    @classmethod
    def _sign_document(cls):
        signing, source = cls.env['esign.signing'], drawn()
        cls.artwork = Artwork(drawn('SEAL', (119, 119)), 42, 42)
        with pikepdf.open(io.BytesIO(source)) as document:
            frames = frames_of(document)
        plans = tuple(plan_fields(frames, [Placement(PlacementKind.SEAL, 1, Box(20, 30, 42, 42), 's')], prefix='p1'))
        prepared = prepare(source, {'p1': plans}, signing._platform_signatory(), LaunchMode.CERTIFIED)
        cls.document = cls.env['esign.document']._store('合同', source)
        base = cls.document._append(prepared.content, 'prepared', base=cls.document._newest())
        cls.chain = cls.env['esign.trace.chain']._of(cls.document)
        cls.chain._append('launched', actor='平台', revision=base)
        length, head, key = cls.chain._hold()
        history = {'trace': key, 'length': length, 'head': head}
        cls.consent = proven_consent(cls.env, cls.person, history=history)
        cls.chain._append('consent_given', identity=cls.identity, consent=cls.consent.record_sha256)
        with cls.env['esign.certificate']._event(cls.person) as key:
            done = sign(
                base._bytes(),
                Act(plans=plans, artworks={'s': cls.artwork}, consent=bytes.fromhex(cls.consent.record_sha256),
                    base_sha256=base.sha256, group=('p1',)),
                signing._signatory(key),
            )  # fmt: skip
            cls.certificate = key.row
        cls.act = cls.document._append(done.content, 'act', base=base)
        cls.chain._append('signed', identity=cls.identity, revision=cls.act, consent=cls.consent.record_sha256)
        stamped = archive(done.content, signing._time_stamper(), signing._trust(), base_sha256=cls.act.sha256)
        cls.final = cls.document._append(stamped.content, 'archive', base=cls.act)
        cls.chain._append('completed')
        cls.fields, cls.before = frozenset(done.fields[0]), base

    @classmethod
    def _tell(cls):
        seal = SealUse('人名章', cls.artwork.sha256, cls.artwork.png(72))
        line = ActLine('合同', cls.before.sha256, cls.act.sha256, cls.fields, (seal,))
        cls.case = Case(
            number='HT001', title='采购合同', business='通用', initiator='北京甲公司', launched_by='李四',
            launched_at=cls.before.create_date, deadline=None, ended_at=cls.act.create_date, state='done',
            label='已完成', reason='', chain=cls.chain, files=(FileFacts('合同/一', cls.document),),
            parties=(
                PartyFacts('张三丰', '个人', '110***********0732', '已签署', (('张三丰', '人工', 'P1', None),),
                           (ActFacts('张三丰', cls.act.create_date, False, cls.consent, cls.certificate, (line,)),)),
            ),
        )  # fmt: skip
        told = type(cls.env['esign.evidence'])
        facts = SignatureFacts(cls.fields, '张三丰', '张三丰', True, (seal,))
        hooks = {
            '_chain_of': lambda _self, document: cls.chain if document == cls.document else cls.chain.browse(),
            '_may_see': lambda _self, chain, identity: getattr(identity, 'person', None) == cls.person,
            '_standing': lambda _self, document: Standing('HT001', '采购合同', 'done', '已完成'),
            '_signatures': lambda _self, document: [facts],
            '_case': lambda _self, chain: cls.case,
        }
        for name, hook in hooks.items():
            patcher = patch.object(told, name, hook)
            patcher.start()
            cls.addClassCleanup(patcher.stop)

    def issue(self, kind='pack', user=None, identity=None):
        env = self.env(user=user or self.user)
        return env['esign.evidence.issue']._issue(self.chain.id, kind, identity or self.identity)


@tagged('post_install', '-at_install')
class TestEvidence(EvidenceCase):  # R3.10 R8.3
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.python = clean_python(Path(home), VERIFIER)

    def run_verifier(self, folder, *arguments):
        """Run the pack's own program as somebody else would: a Python with the packages it names, off line."""
        done = subprocess.run(
            [str(self.python), '-I', '-B', str(Path(folder) / 'verify.py'), *arguments],
            capture_output=True, text=True, timeout=120, cwd='/', check=False,
            env={'PATH': os.defpath, 'LANG': 'C.UTF-8'},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def unpacked(self):
        name, data, _kind = self.issue()
        self.assertTrue(name.endswith('.zip'))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with zipfile.ZipFile(io.BytesIO(data)) as archive_file:
            archive_file.extractall(folder)
        return folder, data

    def test_report_is_signed_and_registered(self):
        name, data, mimetype = self.issue('report')
        self.assertEqual(mimetype, 'application/pdf')
        code = self.env['esign.verification']._check(data)[0].answer
        self.assertEqual(code, 'genuine')
        report = self.env['esign.report']._issued(hashlib.sha256(data).hexdigest())
        self.assertEqual((report.number, report.kind, report.chain_id), (name[:-4], 'evidence', self.chain))
        self.assertEqual(self.chain.event_ids[-1].kind, 'evidence')
        self.chain._check()

    def test_report_says_what_the_law_asks(self):
        text = self.text_of(self.issue('report')[1])
        for part in (
            'HT001', '采购合同', '北京甲公司', '张三丰', self.consent.record_sha256, self.certificate.serial,
            self.before.sha256, self.act.sha256, self.final.sha256, self.chain.event_ids[0].kind and 'RFC 3161',
        ):  # fmt: skip
            self.assertIn(part.replace(' ', ''), text, part)
        self.assertNotIn('110101199003070732', text)
        self.assertNotIn('13912345678', text)

    def test_the_code_on_the_report_leads_to_the_page_with_the_digest(self):
        self.env['ir.config_parameter'].sudo().set_param('web.base.url', 'https://sign.example.com')
        data = self.issue('report')[1]
        address = f'https://sign.example.com/esign/verify?sha256={self.final.sha256}'
        self.assertEqual(self.likeness(data, address), 1)
        other = f'https://sign.example.com/esign/verify?sha256={self.act.sha256}'
        self.assertLess(self.likeness(data, other), 0.95)

    def likeness(self, data, address):
        """How many modules of the QR code of an address stand in the report, wherever it fits best: 1 is all."""
        import numpy
        import pypdfium2
        import qrcode

        scale = 3
        code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(address)
        code.make(fit=True)
        modules = numpy.array(code.get_matrix())
        unit = 28 / 25.4 * 72 * scale / len(modules)
        index = (numpy.arange(round(unit * len(modules))) / unit).astype(int).clip(max=len(modules) - 1)
        wanted = numpy.where(modules[numpy.ix_(index, index)], -1.0, 1.0)
        centres = ((numpy.arange(len(modules)) + 0.5) * unit).astype(int)
        best, document = 0.0, pypdfium2.PdfDocument(data)
        for page in document:
            grey = page.render(scale=scale, grayscale=True).to_numpy().squeeze()
            shown = numpy.where(grey < 128, -1.0, 1.0)
            spectrum = numpy.fft.rfft2(shown) * numpy.conj(numpy.fft.rfft2(wanted, s=shown.shape))
            found = numpy.fft.irfft2(spectrum, s=shown.shape)
            top, left = numpy.unravel_index(found.argmax(), found.shape)
            if top + centres[-1] < shown.shape[0] and left + centres[-1] < shown.shape[1]:
                dark = shown[numpy.ix_(top + centres, left + centres)] < 0
                best = max(best, (dark == modules).mean())
        document.close()
        return best

    def test_void_is_marked(self):
        import dataclasses

        void = dataclasses.replace(self.case, state='void', label='已撤销', reason='不签了')
        told = type(self.env['esign.evidence'])
        with patch.object(told, '_case', lambda _self, chain: void):
            env = self.env(context={**self.env.context, 'lang': 'zh_CN'}, user=self.user)
            _name, data, _kind = env['esign.evidence.issue']._issue(self.chain.id, 'pack', self.identity)
        with zipfile.ZipFile(io.BytesIO(data)) as archive_file:
            self.assertIn('已作废-VOID.txt', archive_file.namelist())
            self.assertIn('已作废', self.text_of(archive_file.read('report.pdf')))

    def text_of(self, data):
        import pypdfium2

        document = pypdfium2.PdfDocument(data)
        text = ''.join(page.get_textpage().get_text_bounded() for page in document)
        document.close()
        return ''.join(text.split())

    def test_pack_verifies_itself(self):
        folder, data = self.unpacked()
        status, output = self.run_verifier(folder)
        self.assertEqual(status, 0, output)
        self.assertIn('GENUINE / 真实', output)
        packed = folder.parent / f'{folder.name}.zip'
        packed.write_bytes(data)
        self.addCleanup(packed.unlink)
        self.assertEqual(self.run_verifier(folder, str(packed))[0], 0)
        root = hashlib.sha256((folder / 'certificates/root.cer').read_bytes()).hexdigest()
        self.assertEqual(self.run_verifier(folder, '--root', root)[0], 0)
        self.assertEqual(self.run_verifier(folder, '--root', 'ab' * 32)[0], 1)

    def test_every_changed_file_is_named(self):
        folder, _data = self.unpacked()
        files = sorted(one for one in folder.rglob('*') if one.is_file())
        self.assertGreater(len(files), 12)
        for path in files:
            content = path.read_bytes()
            changed = bytearray(content)
            # In the program itself a comment is changed: it must still run to say so.
            at = content.index(b'Offline') if path.name == 'verify.py' else len(content) // 2
            changed[at] ^= 1
            path.write_bytes(bytes(changed))
            with self.subTest(path.name):
                status, output = self.run_verifier(folder)
                self.assertEqual(status, 1, output)
                name = path.relative_to(folder).as_posix()
                self.assertIn(f'- {name}:', output)
                self.assertNotIn('Traceback', output)
            path.write_bytes(content)

    def test_nothing_of_ours_is_in_reach_of_the_verifier(self):
        probe = 'import sys; print([name for name in sys.argv[1:] if __import__("importlib").util.find_spec(name)])'
        names = ('odoo', 'signing', 'pikepdf', 'reportlab', 'pkcs11', 'pyhanko', 'cryptography')
        command = [str(self.python), '-I', '-c', f'import importlib.util; {probe}', *names]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(ast.literal_eval(done.stdout), ['pyhanko', 'cryptography'])
        reach = 'import socket; socket.create_connection(("127.0.0.1", 9), 1)'
        done = subprocess.run([str(self.python), '-I', '-c', reach], capture_output=True, text=True, check=False)
        self.assertIn('no network here', done.stderr)

    def test_every_changed_file_of_the_zip_is_named(self):
        """The same in the ZIP as it was downloaded: damaged data, and data that was replaced."""
        verifier = self.verifier()
        _name, data, _kind = self.issue()
        place = Path(self.enterContext(tempfile.TemporaryDirectory())) / 'pack.zip'
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = {one.filename: (one, packed.read(one)) for one in packed.infolist()}
        for name, (entry, content) in entries.items():
            begin = entry.header_offset + 30 + len(name.encode())
            damaged = bytearray(data)
            damaged[begin + entry.compress_size // 2] ^= 1
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w') as packed:
                for other, (_entry, theirs) in entries.items():
                    packed.writestr(other, theirs[:-1] + bytes([theirs[-1] ^ 1]) if other == name else theirs)
            for kind, forged in (('damaged', bytes(damaged)), ('replaced', out.getvalue())):
                with self.subTest(f'{name}, {kind}'):
                    place.write_bytes(forged)
                    check = verifier.Check(verifier.Pack(place))
                    self.assertFalse(check.run())
                    self.assertIn(name, {fault.split(': ')[0] for fault in check.faults}, check.faults)
            self.assertTrue(content)

    def test_a_name_twice_in_the_zip_is_named(self):
        verifier = self.verifier()
        _name, data, _kind = self.issue()
        place = Path(self.enterContext(tempfile.TemporaryDirectory())) / 'pack.zip'
        place.write_bytes(data)
        with zipfile.ZipFile(place, 'a') as packed:
            genuine = packed.read('facts.json')
            with self.assertWarns(UserWarning):
                packed.writestr('facts.json', genuine)
        check = verifier.Check(verifier.Pack(place))
        self.assertFalse(check.run())
        self.assertEqual([fault.split(': ')[0] for fault in check.faults], ['facts.json'])

    def verifier(self):
        spec = importlib.util.spec_from_file_location('esign_pack_verify', VERIFIER)
        module = importlib.util.module_from_spec(spec)
        disabled = logging.root.manager.disable
        spec.loader.exec_module(module)
        logging.disable(disabled)  # the program silences its own process; ours goes on speaking
        return module

    def test_missing_and_foreign_files_are_named(self):
        folder, _data = self.unpacked()
        (folder / 'documents/more.pdf').write_bytes(b'x')
        (folder / 'facts.json').unlink()
        status, output = self.run_verifier(folder)
        self.assertEqual(status, 1)
        self.assertIn('- documents/more.pdf:', output)
        self.assertIn('- facts.json:', output)

    def test_a_pack_signed_anew_by_another_has_another_root(self):
        """Who forges everything cannot forge the root that is published elsewhere."""
        folder, _data = self.unpacked()
        listed = json.loads((folder / 'manifest.json').read_bytes())
        self.assertIn('certificates/root.cer', listed['files'])
        status, output = self.run_verifier(folder)
        self.assertIn(listed['files']['certificates/root.cer']['sha256'], output)
        self.assertEqual(status, 0)

    def test_the_verifier_needs_only_what_it_names(self):
        tree = ast.parse(VERIFIER.read_text(encoding='utf-8'))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        roots = {name.split('.')[0] for name in names}
        self.assertLessEqual(roots - set(sys.stdlib_module_names), ALLOWED)

    def test_no_secrets_and_no_whole_numbers(self):
        folder, _data = self.unpacked()
        for path in folder.rglob('*'):
            if path.is_file() and path.suffix in ('.json', '.txt'):
                content = path.read_text(encoding='utf-8')
                for secret in ('110101199003070732', '13912345678', 'otp', 'token'):
                    self.assertNotIn(secret, content, path.name)

    def test_only_for_those_concerned(self):
        other = Identity('person:0', 'person', self.stranger, self.env['esign.person'], label='x')
        with self.assertRaises(EsignError) as refused:
            self.issue(user=self.stranger, identity=other)
        self.assertEqual(refused.exception.code, 'NOT_YOURS')
        viewer = new_test_user(self.env, 'verify_viewer', groups='esign_base.group_esign_viewer')
        with self.assertRaises(EsignError):
            self.issue(user=viewer, identity=other)
        for group in STAFF.split(','):
            staff = new_test_user(self.env, f'verify_{group[-8:]}', groups=group)
            self.assertTrue(self.issue('report', user=staff, identity=other)[1])
        with self.assertRaises(EsignError):
            self.env(user=self.user)['esign.evidence.issue']._issue(10**9, 'pack', self.identity)

    def test_strangers_see_masks_parties_see_names(self):
        data = self.final._bytes()
        check = self.env(user=self.stranger)['esign.verification']
        record, _token = check._check(data)
        shown = record.with_user(self.stranger)._shown(None)
        self.assertEqual(shown['answer'], 'genuine')
        self.assertNotIn('张三丰', str(shown))
        self.assertNotIn('HT001', str(shown))
        self.assertNotIn('采购', str(shown))
        self.assertIn('**丰', str(shown))
        self.assertNotIn(self.certificate.serial.lower().lstrip('0'), str(shown).lower())
        self.assertFalse(any(one['seals'] for one in shown['signatures']))
        mine = record.with_user(self.user)._shown(self.identity)
        self.assertIn('张三丰', str(mine))
        self.assertIn('HT001', str(mine))
        self.assertTrue(any(one['seals'] for one in mine['signatures']))

    def test_the_pdf_of_a_strangers_verification_is_masked_too(self):
        _record, token = self.env['esign.verification']._check(self.final._bytes())
        checks = self.env(user=self.stranger, context={'lang': 'zh_CN'})['esign.verification']
        name, data = checks._report_of(token, None, '203.0.113.9')
        text = self.text_of(data)
        self.assertIn('真实有效', text)
        self.assertNotIn('张三丰', text)
        self.assertEqual(self.env['esign.verification']._check(data)[0].answer, 'genuine')
        self.assertTrue(self.env['esign.report'].search([('number', '=', name[:-4])]))

    def test_what_an_earlier_version_lacks(self):
        shown = self.env['esign.verification']._check(self.before._bytes())[0]._shown(None)
        self.assertEqual(shown['answer'], 'earlier')
        self.assertIn('**丰', ''.join(shown['reasons']))
        shown = self.env['esign.verification']._check(self.act._bytes())[0]._shown(None)
        self.assertEqual(shown['answer'], 'earlier')
