"""Prepared files and what people are told about each: the table is the specification."""

import datetime as dt
import io
import zipfile

import pikepdf

from odoo.tests import tagged

from odoo.addons.esign_base.errors import FormRefused

from .common import FilesCase, other_world

HEADLINES = {
    'genuine': '真实有效',
    'earlier': '真实有效，但不是最新版本',
    'altered': '已被篡改',
    'untrusted': '签名不可信',
    'foreign': '非本平台签署',
    'unsigned': '无签名',
    'unreadable': '无法识别',
}


@tagged('post_install', '-at_install')
class TestPreparedFiles(FilesCase):  # R4.1 R8.3
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('zh_CN')
        cases, support, world = cls.kit.cases, cls.kit.support, cls.world
        cls.certified = cases.Contract(world, cases.LaunchMode.CERTIFIED, form=True).all_sign()
        cls.free = cases.Contract(world, cases.LaunchMode.FREE, form=True).all_sign()
        cls.archived = cls._archived(cls.certified.content)
        cls.foreign_world = other_world(support)
        cls.elsewhere = cases.Contract(cls.foreign_world, parties=1).all_sign()

    def setUp(self):
        super().setUp()
        self.env = self.env(context={**self.env.context, 'lang': 'zh_CN'})
        self.know(self.certified, self.free)
        self.register(
            '甲', *self.certified.revisions, self.archived, kinds=['prepared', 'act', 'act', 'act', 'archive']
        )
        self.register('乙', *self.free.revisions)

    @classmethod
    def _archived(cls, content):
        from signing.acts.archive import archive

        base = cls.kit.cases.sha(content)
        return archive(content, cls.world.stamper(), cls.world.trust(), base_sha256=base).content

    def check_all(self, table):
        for name, make, expected in table:
            with self.subTest(name):
                code, shown = self.answer(make())
                self.assertEqual(code, expected, f'{name}: {shown["reasons"]} {shown["changes"]}')
                self.assertEqual(shown['title'], HEADLINES[expected])
                self.assertTrue(shown['lead'])

    # Sound ------------------------------------------------------------------------------------

    def test_sound_at_every_stage(self):
        self.check_all(
            [
                ('prepared, nobody has signed', lambda: self.certified.revisions[0], 'earlier'),
                ('one of three has signed', lambda: self.certified.revisions[1], 'earlier'),
                ('two of three have signed', lambda: self.certified.revisions[2], 'earlier'),
                ('all have signed, archived since', lambda: self.certified.revisions[3], 'earlier'),
                ('archived', lambda: self.archived, 'genuine'),
                ('free mode, prepared', lambda: self.free.revisions[0], 'earlier'),
                ('free mode, one has signed', lambda: self.free.revisions[1], 'earlier'),
                ('free mode, all have signed', lambda: self.free.content, 'genuine'),
            ]
        )

    def test_sound_at_every_level(self):
        cases, support = self.kit.cases, self.kit.support
        for level in ('B-B', 'B-T', 'B-LT'):
            contract = cases.Contract(self.world, parties=1, level=cases.Level(level)).all_sign()
            self.register(level, *contract.revisions)
            code, shown = self.answer(contract.content)
            self.assertEqual(code, 'genuine', level)
            self.assertIn(level, str(shown['signatures']))
        self.assertTrue(support)

    # Attacks ----------------------------------------------------------------------------------

    def attacks_on(self, contract, content):
        forgeries = self.kit.forgeries
        for attack, kind in forgeries.ATTACKS:
            code, shown = self.answer(forgeries.edited(content, attack))
            with self.subTest(attack.__name__):
                self.assertEqual(code, 'altered')
                self.assertEqual(shown['title'], '已被篡改')
                self.assertTrue(shown['changes'], kind)

    def test_attacks_on_the_certified_document(self):
        self.attacks_on(self.certified, self.certified.content)

    def test_attacks_on_the_free_document(self):
        self.attacks_on(self.free, self.free.content)

    def test_other_ways_to_alter(self):
        forgeries, content = self.kit.forgeries, self.free.content
        stranger = self.foreign_world.signatory('外人', number=40)

        def flipped(pattern, new):
            index = content.index(pattern)
            return content[:index] + new + content[index + len(new) :]

        def rewritten():
            out = io.BytesIO()
            with pikepdf.open(io.BytesIO(content)) as document:
                document.save(out)
            return out.getvalue()

        def annotated_archive():
            return forgeries.edited(self.archived, forgeries.add_annotation)

        self.check_all(
            [
                ('one digit in the text', lambda: flipped(b'/MediaBox [ 0 0 595', b'/MediaBox [ 0 0 596')
                 if b'/MediaBox [ 0 0 595' in content else content.replace(b'595', b'596', 1), 'altered'),
                ('saved anew by another program', rewritten, 'altered'),
                ('bytes behind the end', lambda: content + b'\n% more', 'altered'),
                ('a signature of a stranger added', lambda: forgeries.stock_signed(content, stranger), 'altered'),
                ('a note on the archived file', annotated_archive, 'altered'),
                ('edited, then archived', self._archived_forgery, 'altered'),
                ('cut in the middle', lambda: content[: len(content) // 2], 'altered'),
                ('its last bytes missing', lambda: content[:-5000], 'altered'),
            ]
        )  # fmt: skip

    def _archived_forgery(self):
        forgeries = self.kit.forgeries
        return self._stamped(forgeries.edited(self.free.content, forgeries.edit_content))

    def _stamped(self, content):
        return self.kit.forgeries.stock_stamped(content, self.world.stamper())

    def test_one_byte_anywhere(self):
        content = self.free.content
        for offset in range(2000, len(content), len(content) // 12):
            forged = bytearray(content)
            forged[offset] ^= 1
            code, _shown = self.answer(bytes(forged))
            self.assertIn(code, ('altered', 'unreadable', 'foreign'), offset)

    # Others -----------------------------------------------------------------------------------

    def test_files_of_others(self):
        kinds, content = self.kit.kinds, self.elsewhere
        forgeries = self.kit.forgeries
        certificate_elsewhere = lambda: forgeries.stock_signed(  # noqa: E731
            self.kit.support.pdf(), self.world.signatory('张三', number=41)
        )
        self.check_all(
            [
                ('another authority', lambda: content.content, 'foreign'),
                ('another authority, not all signed', lambda: content.revisions[0], 'foreign'),
                (
                    'another authority, altered',
                    lambda: forgeries.edited(content.content, forgeries.edit_content),
                    'foreign',
                ),
                ('self-signed', kinds.approved, 'foreign'),
                ('self-signed certification P1', kinds.certified_p1, 'foreign'),
                ('self-signed certification P2', kinds.certified_p2, 'foreign'),
                ('self-signed with scripts', kinds.signed_javascript, 'foreign'),
                ('self-signed, junk behind', kinds.signed_damaged, 'foreign'),
                ('a trusted certificate, used elsewhere', certificate_elsewhere, 'foreign'),
                (
                    'saved for the web by Acrobat, then signed',
                    lambda: kinds._signed(base=kinds.linearised()),
                    'foreign',
                ),
                ('self-signed and encrypted', kinds.signed_encrypted, 'unreadable'),
            ]
        )

    def test_a_foreign_file_is_marked_and_judged(self):
        _code, shown = self.answer(self.elsewhere.content)
        self.assertIn('不能确认', ''.join(shown['reasons']))
        altered = self.kit.forgeries.edited(self.elsewhere.content, self.kit.forgeries.edit_content)
        _code, shown = self.answer(altered)
        self.assertIn('签署后', ''.join(shown['reasons']))
        self.assertEqual(shown['standing'], [])

    # Certificates -----------------------------------------------------------------------------

    def one_signed(self, signatory):
        return self.kit.forgeries.stock_signed(self.kit.support.pdf(), signatory)

    def test_expired_without_a_time_stamp(self):
        support, world = self.kit.support, self.world
        key, certificate = world.certificate('过期', number=42, days=2, start=world.now - dt.timedelta(days=10))
        signer = support.MemorySigner(key, support.der(certificate), [support.der(world.ca)])
        content = self.one_signed(type('S', (), {'signer': signer}))
        self.assertEqual(self.answer(content)[0], 'foreign')
        self.register('过期', content)
        code, shown = self.answer(content)
        self.assertEqual((code, shown['title']), ('untrusted', '签名不可信'))

    def test_not_yet_valid(self):
        support, world = self.kit.support, self.world
        key, certificate = world.certificate('将来', number=43, start=world.now + dt.timedelta(days=10))
        signer = support.MemorySigner(key, support.der(certificate), [support.der(world.ca)])
        content = self.one_signed(type('S', (), {'signer': signer}))
        self.register('将来', content)
        self.assertEqual(self.answer(content)[0], 'untrusted')

    def test_wrong_usage(self):
        support, world = self.kit.support, self.world
        key, certificate = world.certificate('用途', number=44, usage=False)
        signer = support.MemorySigner(key, support.der(certificate), [support.der(world.ca)])
        content = self.one_signed(type('S', (), {'signer': signer}))
        self.register('用途', content)
        self.assertEqual(self.answer(content)[0], 'untrusted')

    def test_revoked_before_and_after(self):
        contract = self.kit.cases.Contract(self.world, parties=1).all_sign()
        self.register('吊销', *contract.revisions)
        serial = contract.signatories[0].certificate.serial_number
        now = self.world.now
        for when, expected in ((now - dt.timedelta(hours=2), 'untrusted'), (now + dt.timedelta(days=1), 'genuine')):
            self.trusted = self.world.trust(revoked=[(serial, when)])
            with self.subTest(expected):
                code, shown = self.answer(contract.content)
                self.assertEqual(code, expected, shown)

    # Without signatures -----------------------------------------------------------------------

    def test_unsigned_files(self):
        kinds = self.kit.kinds
        names = (
            'text_pdf', 'linearised', 'object_streams', 'pdf_2_0', 'cid_font', 'javascript', 'xfa',
            'need_appearances', 'attachment', 'portfolio', 'layers', 'external_stream', 'reference_form',
            'rewritten_by_pyhanko', 'bomb', 'nested_bomb', 'huge_image', 'cyclic_pages', 'many_pages',
        )  # fmt: skip
        self.check_all([(name, getattr(kinds, name), 'unsigned') for name in names])

    def test_unreadable_files(self):
        kinds = self.kit.kinds

        def zipped():
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
                archive.writestr('zeros', bytes(50 * 2**20))
            return out.getvalue()

        self.check_all(
            [
                ('encrypted', kinds.encrypted, 'unreadable'),
                ('owner password', kinds.owner_password, 'unreadable'),
                ('truncated', kinds.truncated, 'unreadable'),
                ('wrong start of the table', kinds.wrong_startxref, 'unreadable'),
                ('two kinds of tables that disagree', kinds.hybrid_xref, 'unreadable'),
                ('no end mark', kinds.missing_eof, 'unreadable'),
                ('a picture', lambda: b'GIF89a' + bytes(100), 'unreadable'),
                (
                    'SVG with a script',
                    lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>',
                    'unreadable',
                ),
                ('a web page', lambda: b'<!doctype html><p>contract', 'unreadable'),
                ('a zip of zeros', zipped, 'unreadable'),
                ('a header and nothing else', lambda: b'%PDF-1.7', 'unreadable'),
                ('noise behind a header', lambda: b'%PDF-1.7\n' + bytes(range(256)) * 200, 'unreadable'),
                (
                    'an empty document',
                    lambda: b'%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF',
                    'unreadable',
                ),
                ('one byte', lambda: b'%', 'unreadable'),
            ]
        )

    def test_empty_and_oversize_are_refused(self):
        checks = self.env['esign.verification']
        for data, words in ((b'', '空'), (bytes(50 * 2**20 + 1), '50 MB'), (bytes(200 * 2**20), '50 MB')):
            with self.assertRaises(FormRefused) as refused:
                checks._check(data)
            self.assertIn(words, str(refused.exception))
        self.assertFalse(checks.search([]))
