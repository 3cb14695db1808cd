import json
from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from ...errors import EsignError
from ..common import SealCase

STROKES = json.dumps([[[0, 0, 0.5], [1, 1, 0.7], [2, 0.5, 0.4]], [[0.5, 2], [2, 2.5]]]).encode()


@tagged('post_install', '-at_install')
class TestHandwriting(SealCase):
    def _open(self, person=None):
        return self.env['esign.handwriting']._open(person or self.zhang)

    # R1.7
    def test_from_code_to_seal(self):
        record, token = self._open()
        self.assertEqual(record._status(), {'state': 'waiting', 'opened': False, 'picture': ''})
        self.env['esign.handwriting']._enter(token)
        self.assertTrue(record._status()['opened'])
        self.env['esign.handwriting']._write_strokes(token, STROKES)
        self.assertTrue(record._status()['picture'].startswith('data:image/png;base64,'))
        seal = record._keep()
        self.assertEqual((seal.state, seal.kind_code, seal.person_id), ('active', 'handwriting', self.zhang))
        self.assertFalse(record.sudo().strokes)

    def test_the_token_is_not_kept(self):
        record, token = self._open()
        self.env.flush_all()
        self.env.cr.execute('SELECT h::text FROM esign_handwriting h WHERE id = %s', [record.id])
        self.assertNotIn(token, self.env.cr.fetchone()[0])

    def test_a_link_takes_one_writing(self):
        _record, token = self._open()
        self.env['esign.handwriting']._write_strokes(token, STROKES)
        for again in (lambda: self.env['esign.handwriting']._write_strokes(token, STROKES),
                      lambda: self.env['esign.handwriting']._enter(token)):  # fmt: skip
            with self.assertRaises(EsignError) as caught:
                again()
            self.assertEqual(caught.exception.code, 'LINK_REFUSED')

    def test_a_link_dies_and_a_new_one_voids_the_old(self):
        record, token = self._open()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)), self.assertRaises(EsignError):
            self.env['esign.handwriting']._enter(token)
        self._open()
        self.assertEqual(record.state, 'expired')
        with self.assertRaises(EsignError):
            self.env['esign.handwriting']._enter(token)

    def test_nothing_to_keep(self):
        record, token = self._open()
        with self.assertRaises(EsignError):
            record._keep()
        self.env['esign.handwriting']._write_strokes(token, STROKES)
        record._keep()
        with self.assertRaises(EsignError):
            record._keep()

    def test_only_ones_own(self):
        record, _token = self._open()
        self.assertFalse(self.env['esign.handwriting']._of(self.li, record.id))
        self.assertTrue(self.env['esign.handwriting']._of(self.zhang, record.id))

    def test_what_is_no_writing_leaves_the_link_alive(self):
        record, token = self._open()
        for wrong in (b'', b'[]', b'{}', b'[[["a"]]]', b'[[[1,1]]]', b'[' * 5000, b'[[[NaN, 1], [1e400, 2]]]',
                      json.dumps([[[i, i] for i in range(30_000)]]).encode()):  # fmt: skip
            with self.assertRaises(EsignError):
                self.env['esign.handwriting']._write_strokes(token, wrong)
        self.assertEqual(record.state, 'waiting')

    def test_the_unverified_cannot_begin(self):
        wang = self._person('王五', '13900009903', verified=False)
        with self.assertRaises(EsignError):
            self._open(wang)
