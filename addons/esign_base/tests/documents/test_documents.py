import hashlib
from pathlib import Path

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...errors import EsignError
from ...models.documents.esign_document import RevisionMovedError
from ...models.documents.esign_document_revision import StoredFileChangedError
from ..common import REFUSED_BY_DATABASE


@tagged('-at_install', 'post_install')
class TestDocuments(TransactionCase):
    """Revisions only ever grow, and nothing is signed that the file store changed."""

    # R3.14 R8.3

    def setUp(self):
        super().setUp()
        self.document = self.env['esign.document']._store('合同.pdf', b'%PDF-one', pages=1)

    def test_revisions_follow_one_another(self):
        first = self.document._newest()
        second = self.document._append(b'%PDF-one two', 'prepared', base=first, reference='x,1')
        self.assertEqual((first.number, second.number), (0, 1))
        self.assertEqual(self.document._newest(), second)
        self.assertEqual(second._bytes(), b'%PDF-one two')
        self.assertEqual(len(second.sha256), 64)

    def test_a_moved_base_is_refused(self):
        first = self.document._newest()
        self.document._append(b'a', 'act', base=first)
        with self.assertRaises(RevisionMovedError):
            self.document._append(b'b', 'act', base=first)
        self.assertEqual(self.document.revision_number, 1)

    def test_the_register_knows_only_what_was_issued(self):
        first = self.document._newest()
        issued = self.document._append(b'issued', 'act', base=first)
        register = self.env['esign.document.revision']
        self.assertEqual(register._issued(issued.sha256), issued)
        self.assertFalse(register._issued(first.sha256), 'an upload is not vouched for')

    def test_changed_file_is_found(self):
        revision = self.document._newest()
        revision.file_id.raw = b'%PDF-other'
        with self.assertRaises(StoredFileChangedError):
            revision._bytes()

    def test_a_file_of_another_ones_checksum_is_refused_clearly(self):
        """Two files of one SHA-1 can be made by anybody; the file store has room for one of them."""
        data = b'%PDF-made to collide'
        files = self.env['ir.attachment']
        _, path = files._get_path(data, hashlib.sha1(data, usedforsecurity=False).hexdigest())
        Path(path).write_bytes(b'%PDF-the other one')
        self.addCleanup(Path(path).unlink)
        with self.assertRaises(EsignError) as caught:
            self.env['esign.document']._store('b.pdf', data)
        self.assertEqual(caught.exception.code, 'FILE_COLLISION')

    def test_nobody_changes_a_revision(self):
        revision = self.document._newest().sudo()
        for attempt in (lambda: revision.write({'size': 1}), revision.unlink):
            with self.assertRaises(EsignError):
                attempt()
        for statement in (
            'UPDATE esign_document_revision SET size = 1',
            'DELETE FROM esign_document_revision',
            'TRUNCATE esign_document_revision CASCADE',
        ):
            with (
                self.assertRaisesRegex(*REFUSED_BY_DATABASE),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
