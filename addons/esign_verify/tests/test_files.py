"""Prepared files and what people are told about each: the table is the specification."""

import datetime as dt
import io
import zipfile

import pikepdf

from odoo.tests import tagged

from odoo.addons.esign_base.errors import FormRefused
from odoo.addons.esign_base.signing.acts.verdict import ChangeKind

from .common import FilesCase

HEADLINES = {
    'genuine': '真实有效',
    'earlier': '真实有效，但不是最新版本',
    'altered': '已被篡改',
    'untrusted': '签名不可信',
    'foreign': '非本平台签署',
    'foreign_altered': '在其他平台签署后被修改',
    'unclear': '无法判断',
    'unsigned': '无签名',
    'unreadable': '无法识别',
}
REFUSED = 'refused'  # before anything is read
SAID = {
    ChangeKind.CONTENT: '页面内容被修改',
    ChangeKind.ANNOTATION: '页面上增加了批注',
    ChangeKind.FIELD_ADDED: '增加了表单域',
    ChangeKind.SEAL_MOVED: '印章被移动',
    ChangeKind.SEAL_SWAPPED: '印章图样被替换',
    ChangeKind.SIGNATURE_REMOVED: '签名被删除',
    ChangeKind.SIGNATURE_REUSED: '签名被复制到其他位置',
}
BYTES = '签署后文件字节被改动'
GREW = '其后的内容与本平台出具的不一致'
INTACT = '有效'
UNKNOWN_ISSUER = '不能确认签署人身份'
PICTURE = '仅有印章图片不能证明任何事实'
DAMAGED = '文件已损坏或不完整'
PASSWORD = '文件受密码保护'
NO_PDF = '不是 PDF 文件'


def spoken(shown):
    """All that a reader is told, but headline and numbers."""
    signatures = [text for one in shown['signatures'] for text in (one['state'], *(value for _, value in one['facts']))]
    return '\n'.join([shown['lead'], *shown['reasons'], *shown['changes'], *signatures])


@tagged('post_install', '-at_install')
class TestPreparedFiles(FilesCase):  # R4.1 R8.3
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('zh_CN')
        cls.env['ir.module.module']._load_module_terms(['esign_base', 'esign_verify'], ['zh_CN'])
        cases, world = cls.kit.cases, cls.world
        cls.certified = cases.Contract(world, cases.LaunchMode.CERTIFIED, form=True).all_sign()
        cls.free = cases.Contract(world, cases.LaunchMode.FREE, form=True).all_sign()
        cls.archived = cls._archived(cls.certified.content)
        cls.foreign_world = cls.kit.elsewhere.Stranger()
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
        for name, make, expected, *words in table:
            with self.subTest(name):
                data = make()
                if expected == REFUSED:
                    with self.assertRaises(FormRefused) as refused:
                        self.env['esign.verification']._check(data)
                    self.assertIn(words[0], str(refused.exception))
                    continue
                code, shown = self.answer(data)
                self.assertEqual(code, expected, f'{name}: {shown["reasons"]} {shown["changes"]}')
                self.assertEqual(shown['title'], HEADLINES[expected])
                for text in words:
                    self.assertIn(text, spoken(shown), name)

    # The table: name, how the file is made, the answer, and words that must stand in it ---------

    def sound(self):
        certified, free = self.certified.revisions, self.free.revisions
        missing, stamp = '缺少：其后加盖的签名', '缺少：归档时加盖的时间戳'
        yield 'prepared, nobody has signed', lambda: certified[0], 'earlier', missing
        yield 'one of three has signed', lambda: certified[1], 'earlier', missing
        yield 'two of three have signed', lambda: certified[2], 'earlier', missing
        yield 'all have signed, archived since', lambda: certified[3], 'earlier', stamp, INTACT
        yield 'archived', lambda: self.archived, 'genuine', '长期归档', INTACT
        yield 'free mode, prepared', lambda: free[0], 'earlier', missing
        yield 'free mode, one has signed', lambda: free[1], 'earlier', missing
        yield 'free mode, all have signed', lambda: self.free.content, 'genuine', INTACT
        for level in ('B-B', 'B-T', 'B-LT'):
            yield f'level {level}', lambda level=level: self._at_level(level), 'genuine', level, INTACT

    def _at_level(self, level):
        cases = self.kit.cases
        contract = cases.Contract(self.world, parties=1, level=cases.Level(level)).all_sign()
        self.register(level, *contract.revisions)
        return contract.content

    def attacks(self):
        edited = self.kit.forgeries.edited
        for mode, contract in (('certified', self.certified), ('free', self.free)):
            for attack, kind in self.kit.forgeries.ATTACKS:
                make = lambda a=attack, c=contract: edited(c.content, a)  # noqa: E731
                yield f'{mode}: {attack.__name__}', make, 'altered', SAID[kind], GREW

    def other_alterations(self):
        forgeries, content = self.kit.forgeries, self.free.content
        stranger = self.foreign_world.signatory('外人', number=40)
        signed_after = forgeries.stock_signed
        yield 'one digit in the text', lambda: self._one_digit(content), 'altered', BYTES, '被签内容已改动'
        yield 'saved anew by another program', lambda: self._saved_anew(content), 'altered', BYTES
        yield 'bytes behind the end', lambda: content + b'\n% more', 'altered', GREW
        yield 'a signature of a stranger added', lambda: signed_after(content, stranger), 'altered', GREW
        yield 'a note on the archived file', self._annotated_archive, 'altered', '页面上增加了批注'
        yield 'edited, then archived', self._archived_forgery, 'altered', '页面内容被修改'
        yield 'edited, then signed', self._signed_forgery, 'altered', '页面内容被修改'
        yield 'cut in the middle', lambda: content[: len(content) // 2], 'altered', GREW
        yield 'its last bytes missing', lambda: content[:-5000], 'altered', GREW

    @staticmethod
    def _one_digit(content):
        index = content.index(b'/MediaBox')
        return content[:index] + content[index:].replace(b'595', b'596', 1)

    @staticmethod
    def _saved_anew(content):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(content)) as document:
            document.save(out)
        return out.getvalue()

    def _annotated_archive(self):
        return self.kit.forgeries.edited(self.archived, self.kit.forgeries.add_annotation)

    def _forgery(self):
        return self.kit.forgeries.edited(self.free.content, self.kit.forgeries.edit_content)

    def _archived_forgery(self):
        return self.kit.forgeries.stock_stamped(self._forgery(), self.world.stamper())

    def _signed_forgery(self):
        return self.kit.forgeries.stock_signed(self._forgery(), self.world.signatory('攻击者', number=45))

    def others(self):
        kinds, updates, content, forgeries = self.kit.kinds, self.kit.updates, self.elsewhere, self.kit.forgeries
        unknown, changed = UNKNOWN_ISSUER, '已不是签署时的样子'
        yield 'another authority', lambda: content.content, 'foreign', unknown
        yield 'another authority, not all signed', lambda: content.revisions[0], 'foreign', unknown
        altered = lambda: forgeries.edited(content.content, forgeries.edit_content)  # noqa: E731
        yield 'another authority, altered', altered, 'foreign_altered', changed
        yield 'self-signed', kinds.approved, 'foreign', unknown
        yield 'self-signed certification P1', kinds.certified_p1, 'foreign', unknown
        yield 'self-signed certification P2', kinds.certified_p2, 'foreign', unknown
        yield 'self-signed with scripts', kinds.signed_javascript, 'foreign'
        yield 'self-signed, junk behind', kinds.signed_damaged, 'foreign_altered', changed
        elsewhere = lambda: self.one_signed(self.world.signatory('张三', number=41))  # noqa: E731
        yield 'a trusted certificate, used elsewhere', elsewhere, 'foreign', '证书为本平台所知'
        linearised = lambda: kinds._signed(base=kinds.linearised())  # noqa: E731
        yield 'saved for the web, then signed', linearised, 'foreign', unknown
        for make in (updates.linearised_both_roots, updates.linearised_both_roots_streams):
            saved = lambda m=make: kinds._signed(base=m())  # noqa: E731
            yield f'{make.__name__}, then signed', saved, 'foreign', unknown
        yield 'self-signed, under an owner password', kinds.signed_encrypted, 'foreign', unknown
        junk = lambda: b'HTTP/1.1 200 OK\r\n\r\n' + kinds.approved()  # noqa: E731
        yield 'self-signed, junk in front', junk, 'foreign_altered', changed
        yield 'signature that cannot be read', self._unreadable_container, 'unclear', '签名无法读取'
        dotted = lambda: kinds._signed(base=kinds._signed(base=updates.dotted_field()), name='Sig2')  # noqa: E731
        yield 'versions that cannot be compared', dotted, 'unclear', '无法比对'
        noted = self.kit.elsewhere.signed_elsewhere
        permitted = self.kit.elsewhere.MDP.ANNOTATE
        certified = lambda: forgeries.edited(  # noqa: E731
            noted(self.foreign_world, kinds.text_pdf(), permission=permitted), forgeries.add_annotation
        )
        yield 'a note that the certification permits', certified, 'foreign', '批注可能遮住正文'

    def _unreadable_container(self):
        content = self.kit.kinds.approved()
        at = content.rindex(b'/Contents <') + len(b'/Contents <')
        return content[:at] + b'00' * 100 + content[at + 200 :]

    def one_signed(self, signatory):
        return self.kit.forgeries.stock_signed(self.kit.support.pdf(), signatory)

    def certificates(self):
        day = dt.timedelta(days=1)
        old = {'number': 42, 'days': 2, 'start': self.world.now - 10 * day}
        yield 'expired, no time stamp, not ours', lambda: self._by(old), 'foreign'
        yield 'expired, no time stamp', lambda: self._by(old, '过期'), 'untrusted', '无法证明在证书有效期内签署'
        future = {'number': 43, 'start': self.world.now + 10 * day}
        yield 'not valid yet', lambda: self._by(future, '将来'), 'untrusted', '证书尚未生效'
        yield (
            'for another use',
            lambda: self._by({'number': 44, 'usage': False}, '用途'),
            'untrusted',
            '证书用途不包含签名',
        )
        hours = dt.timedelta(hours=2)
        yield 'revoked before it signed', lambda: self._revoked(-hours), 'untrusted', '证书已被吊销'
        yield 'revoked after it signed', lambda: self._revoked(day), 'genuine', INTACT

    def _by(self, options, registered=''):
        support, world = self.kit.support, self.world
        key, certificate = world.certificate(registered or '他', **options)
        held = support.MemoryKey(key, support.der(certificate), [support.der(world.ca)])
        content = self.one_signed(type('S', (), {'key': held}))
        if registered:
            self.register(registered, content)
        return content

    def _revoked(self, later):
        contract = self.kit.cases.Contract(self.world, parties=1).all_sign()
        self.register('吊销', *contract.revisions)
        serial = contract.signatories[0].certificate.serial_number
        self.trusted = self.world.trust(revoked=[(serial, self.world.now + later)])
        return contract.content

    def unsigned(self):
        names = (
            'text_pdf', 'linearised', 'object_streams', 'pdf_2_0', 'cid_font', 'javascript', 'xfa',
            'need_appearances', 'attachment', 'portfolio', 'layers', 'external_stream', 'reference_form',
            'rewritten_by_pyhanko', 'bomb', 'nested_bomb', 'huge_image', 'many_pages', 'junk_before', 'owner_password',
        )  # fmt: skip
        for name in names:
            yield name, getattr(self.kit.kinds, name), 'unsigned', PICTURE

    def unreadable(self):
        kinds = self.kit.kinds
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'
        empty = b'%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF'
        yield 'encrypted', kinds.encrypted, 'unreadable', PASSWORD
        yield 'for holders of certificates', kinds.encrypted_for_certificates, 'unreadable', '仅对特定证书的持有人加密'
        yield 'locked otherwise', kinds.encrypted_otherwise, 'unreadable', PASSWORD
        yield 'a page tree without end', kinds.cyclic_pages, 'unreadable', DAMAGED
        yield 'contents of a page damaged', self.kit.updates.broken_contents, 'unreadable', DAMAGED
        yield 'a page that is not where it should be', self.kit.updates.lost_page, 'unreadable', DAMAGED
        yield 'truncated', kinds.truncated, 'unreadable', DAMAGED
        yield 'wrong start of the table', kinds.wrong_startxref, 'unreadable', DAMAGED
        yield 'two kinds of tables that disagree', kinds.hybrid_xref, 'unreadable', DAMAGED
        yield 'no end mark', kinds.missing_eof, 'unreadable', DAMAGED
        yield 'a picture', lambda: b'GIF89a' + bytes(100), 'unreadable', NO_PDF
        yield 'SVG with a script', lambda: svg, 'unreadable', NO_PDF
        yield 'a web page', lambda: b'<!doctype html><p>contract', 'unreadable', NO_PDF
        yield 'a zip of zeros', self._zip_bomb, 'unreadable', NO_PDF
        yield 'a header and nothing else', lambda: b'%PDF-1.7', 'unreadable', DAMAGED
        yield 'noise behind a header', lambda: b'%PDF-1.7\n' + bytes(range(256)) * 200, 'unreadable', DAMAGED
        yield 'an empty document', lambda: empty, 'unreadable', DAMAGED
        yield 'one byte', lambda: b'%', 'unreadable', NO_PDF
        yield 'an empty file', lambda: b'', REFUSED, '文件为空'
        yield 'a byte more than 50 MB', lambda: bytes(50 * 2**20 + 1), REFUSED, '文件超过 50 MB'
        yield '200 MB', lambda: bytes(200 * 2**20), REFUSED, '文件超过 50 MB'

    @staticmethod
    def _zip_bomb():
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr('zeros', bytes(50 * 2**20))
        return out.getvalue()

    # Its tests ----------------------------------------------------------------------------------

    GROUPS = ('sound', 'attacks', 'other_alterations', 'others', 'certificates', 'unsigned', 'unreadable')

    def test_the_table_is_long(self):
        names = [row[0] for group in self.GROUPS for row in getattr(self, group)()]
        self.assertEqual(len(set(names)), len(names))
        self.assertGreaterEqual(len(names), 100)
        self.assertEqual({row[2] for group in self.GROUPS for row in getattr(self, group)()}, {*HEADLINES, REFUSED})

    def test_sound(self):
        self.check_all(self.sound())

    def test_attacks(self):
        self.check_all(self.attacks())

    def test_other_alterations(self):
        self.check_all(self.other_alterations())

    def test_others(self):
        self.check_all(self.others())

    def test_certificates(self):
        self.check_all(self.certificates())

    def test_unsigned(self):
        self.check_all(self.unsigned())

    def test_unreadable(self):
        self.check_all(self.unreadable())

    def test_changed_places_are_shown(self):
        forgeries = self.kit.forgeries
        _code, shown = self.answer(forgeries.edited(self.certified.content, forgeries.add_annotation))
        (sheet,) = shown['sheets']
        self.assertEqual((sheet['page'], sheet['title']), (1, '第 1 页：页面上增加了批注'))
        (mark,) = sheet['marks']
        self.assertAlmostEqual(mark['x'], 3.5, delta=0.1)  # 10 points
        self.assertAlmostEqual(mark['y'] + mark['height'], 842 * 25.4 / 72 - 3.5, delta=0.2)
        self.assertEqual(mark['text'], '页面上增加了批注')

    def test_one_byte_anywhere(self):
        content = self.free.content
        for offset in range(2000, len(content), len(content) // 12):
            forged = bytearray(content)
            forged[offset] ^= 1
            code, _shown = self.answer(bytes(forged))
            self.assertIn(code, ('altered', 'unreadable', 'foreign'), offset)

    def test_a_foreign_file_shows_nothing_of_the_register(self):
        _code, shown = self.answer(self.elsewhere.content)
        self.assertEqual(shown['standing'], [])
