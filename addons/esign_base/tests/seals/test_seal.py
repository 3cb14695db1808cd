import io

from PIL import Image

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...errors import EsignError, IllegalMove
from ...rules import states
from ...rules.states import SEAL, moves
from ...signing.errors import SealError
from ...tools import seal_artist
from ...tools.seal_artist import SealText
from ..common import REFUSED_BY_DATABASE, SealCase


@tagged('post_install', '-at_install')
class TestSeal(SealCase):
    # R1.7
    def test_verification_makes_a_name_seal_once(self):
        seals = self.env['esign.seal']._owned(self.zhang)
        self.assertEqual((seals.kind_code, seals.state, seals.is_default), ('name', 'active', True))
        self.assertEqual((seals.width_mm, seals.height_mm), (20, 10))
        self.zhang._move('verified')
        self.assertEqual(self.env['esign.seal']._owned(self.zhang), seals)

    # R1.7
    def test_another_name_makes_another_seal(self):
        old = self.env['esign.seal']._owned(self.zhang)
        self.zhang._move('verified', name='张三丰')
        self.assertEqual(old.state, 'collected')
        new = self.env['esign.seal']._owned(self.zhang)
        self.assertEqual(new.state, 'active')
        self.assertNotEqual(new.artwork_id.sha256, old.artwork_id.sha256)

    # R1.7
    def test_a_name_without_glyph_is_explained(self):
        person = self._person('王𰀀', '13900009909')  # U+30000, in no common font
        seal = self.env['esign.seal'].search([('person_id', '=', person.id)])
        self.assertEqual(seal.state, 'failed')
        self.assertIn('𰀀', seal.state_reason)
        self.assertRegex(seal.state_reason, 'handwritten|手写')

    def test_every_move_that_the_table_does_not_hold_raises(self):
        seal = self.env['esign.seal']._owned(self.zhang)
        for source in SEAL:
            for target in SEAL:
                seal.sudo().write({'state': source})
                if target in moves(states.SEAL)[source]:
                    self.assertTrue(seal._move(target))
                else:
                    with self.assertRaises(IllegalMove):
                        seal._move(target)

    # R1.10
    def test_every_size_of_the_table_is_drawn_as_it_says(self):
        for size in self.env['esign.seal.size'].search([('kind_id.from_template', '=', True)]):
            kind = size.kind_id
            text = SealText(
                kind.code, '张三' if kind.code in ('name', 'legal') else '北京智慧云签信息科技有限公司',
                text=kind.text or ('市场部' if kind.code == 'department' else None), tax_number='91110108MA01ABCD2X',
            )  # fmt: skip
            with self.subTest(kind=kind.code, size=size.display_name):
                artwork = self.env['esign.seal']._draw(text, size, 'red')
                drawn = (round(artwork.width_mm, 6), round(artwork.height_mm, 6))
                self.assertEqual(drawn, (size.width_mm, size.height_mm))
                picture = Image.open(io.BytesIO(artwork.png(200))).getchannel('A')
                corner = picture.crop((0, 0, 4, 4)).getextrema()[1] > 128
                self.assertEqual(corner, size.shape in ('square', 'rectangle'), 'only frames have corners')

    def test_names_are_unique_for_an_owner(self):
        kind = self.env['esign.seal.kind']._of('handwriting')
        self.env['esign.seal']._new(self.zhang, kind, '我的签名')
        with self.assertRaises(EsignError):
            self.env['esign.seal']._new(self.zhang, kind, '我的签名')
        self.assertTrue(self.env['esign.seal']._new(self.li, kind, '我的签名'))
        with self.assertRaises(ValidationError):
            self.env['esign.seal']._new(self.li, kind, '<b>x</b>')

    def test_police_code_has_thirteen_digits(self):
        seal = self.env['esign.seal']._owned(self.zhang).sudo()
        seal.police_code = '3501001234567'
        for wrong in ('123', '35010012345678', '350100123456x', '３５０１００１２３４５６７'):
            with self.assertRaises(ValidationError):
                seal.police_code = wrong

    def test_pictures_are_kept_and_checked(self):
        seal = self.env['esign.seal']._owned(self.zhang)
        self.assertEqual(seal._artwork().sha256, seal.artwork_id.sha256)
        with self.assertRaises(UserError):
            seal.artwork_id.sudo().write({'sha256': 'x'})
        with self.assertRaises(UserError):
            seal.artwork_id.sudo().unlink()
        attachment = (
            self.env['ir.attachment']
            .sudo()
            .search(
                [
                    ('res_model', '=', 'esign.seal.artwork'),
                    ('res_id', '=', seal.artwork_id.id),
                    ('res_field', '=', 'pdf'),
                ]
            )
        )
        attachment.raw = b'%PDF-1.7 another'
        seal.artwork_id.invalidate_recordset()
        with self.assertRaises(UserError):
            seal._artwork()

    # R1.10
    def test_a_personal_seal_serves_its_owner_alone(self):
        seal = self.env['esign.seal']._owned(self.zhang)
        self.assertTrue(seal._usability(self._identity(self.zhang)))
        self.assertEqual(seal._usability(self._identity(self.li)).code, 'not_yours')
        self.assertEqual(seal._usability(None).code, 'not_yours')
        self.assertEqual(seal._usability(self._identity(self.zhang), silent=True).code, 'silent_refused')
        self.zhang._move('frozen')
        self.assertEqual(seal._usability(self._identity(self.zhang)).code, 'person_not_verified')
        seal._suspend('丢失')
        answer = seal._usability(self._identity(self.zhang))
        self.assertEqual(answer.code, 'seal_suspended')
        self.assertTrue(answer.reason)

    # R1.10
    def test_the_log_of_uses_is_append_only(self):
        seal = self.env['esign.seal']._owned(self.zhang)
        identity = self._identity(self.zhang)
        row = self.env['esign.seal.usage']._log(
            seal, 'ok', identity, seal._usability(identity), document='HT-1', page=1, x_mm=10, y_mm=20
        )
        self.env.flush_all()
        self.assertEqual((row.person_name, row.image_sha256), ('张三', seal.artwork_id.sha256))
        with self.assertRaises(UserError):
            row.sudo().write({'document': 'HT-2'})
        with self.assertRaises(UserError):
            row.sudo().unlink()
        for statement in ('UPDATE esign_seal_usage SET document = 1', 'DELETE FROM esign_seal_usage'):
            with self.assertRaisesRegex(*REFUSED_BY_DATABASE), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    # R1.10
    def test_uploads_that_are_no_picture_of_a_seal(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for data in (svg, b'<html></html>', b'%PDF-1.7', b'', b'\x89PNG\r\n\x1a\n' + b'x' * 100):
            with self.assertRaises(SealError):
                seal_artist.clean_upload(data, 40, 'red')
        with self.assertRaises(SealError) as caught:
            seal_artist.clean_upload(b'\x89PNG' + bytes(50 * 1024 * 1024), 40, 'red')
        self.assertEqual(caught.exception.code, 'picture_too_large')

    def test_one_answer_for_many_seals_costs_the_same(self):
        kind = self.env['esign.seal.kind']._of('handwriting')
        identity = self._identity(self.zhang)
        few = self.env['esign.seal']._owned(self.zhang)
        for number in range(30):
            self.env['esign.seal']._new(self.zhang, kind, f'签名{number}')
        many = self.env['esign.seal']._owned(self.zhang)
        costs = []
        for seals in (few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            seals._usabilities(identity, fields.Datetime.now())
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*costs)
