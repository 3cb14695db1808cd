import hashlib
from dataclasses import astuple, replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS

from ...errors import EsignError
from ...rules.limits import MIB
from ...signing.apart.intake import DEFAULT_LIMITS, inspect
from ...signing.pages.geometry import PageFrame, Rect
from ...tools.locks import WHOLE, lock
from ...tools.signing_messages import explained

# What is asked of the newest revision: read at once.
STATED = ['document_id', 'number', 'kind', 'sha256', 'size', 'file_id']


class RevisionMovedError(EsignError):
    """The revision that a change was based on is not the newest one any more: do it again."""

    code = 'REVISION_MOVED'


class EsignDocument(models.Model):
    """One PDF on its way from upload to archive: a list of revisions that only ever grows."""

    _name = 'esign.document'
    _description = 'Document'
    _order = 'id desc'

    name = fields.Char(required=True, readonly=True)
    revision_ids = fields.One2many('esign.document.revision', 'document_id', 'Revisions', readonly=True)
    revision_number = fields.Integer('Newest revision', default=-1, readonly=True)
    pages = fields.Integer(readonly=True)
    frames = fields.Json(readonly=True, help='Of each page: visible box in user space, rotation, user unit.')
    stored_files = fields.Boolean(store=False, groups=NO_ACCESS, help='Owner of the rows that hold the bytes.')
    has_text = fields.Boolean(readonly=True, help='Keywords can be searched for.')

    @api.model
    def _store(self, name, data, *, pages=0, **facts):
        """A new document with its first revision.

        :param name: file name as shown to people.
        :param data: bytes of the PDF.
        """
        document = self.sudo().create({'name': name, 'pages': pages, **facts})
        document._append(data, 'original', base=None)
        return document

    @api.model
    def _take_in(self, name, data):
        """Take a PDF within the limits in force: inspected, normalised where needed, both forms kept.

        A signed one stays as it is.

        :param data: bytes as uploaded.
        :return: (document, codes of what was changed or noticed).
        :raises CoreRefused: it cannot be signed, and why.
        """
        allowed = replace(DEFAULT_LIMITS, size=self.env['esign.limits']._now().file_mib * MIB)
        with explained(self.env), self.env['esign.turn']._turn('intake'):
            found = inspect(data, limits=allowed)
        frames = [[[*astuple(frame.visible)], frame.rotation, frame.user_unit] for frame in found.frames]
        earlier = self._judge_earlier(found.data) if found.signed else False
        document = self._store(name, data, pages=found.pages, frames=frames, has_text=found.has_text, earlier=earlier)
        if found.rewritten:
            document._append(found.data, 'normalised', base=document._newest())
        return document, list(found.warnings)

    def _again(self):
        """Another document with the same original, for a use of its own; it was examined before."""
        self.ensure_one()
        document = self.sudo()
        twin = document.create(
            {
                'name': self.name,
                'pages': self.pages,
                'frames': self.frames,
                'has_text': self.has_text,
                'earlier': document.earlier,
            }
        )
        base = None
        for revision in document.revision_ids.sorted('number'):
            base = twin._append(revision._bytes(), revision.kind, base=base)
        return twin

    def _frames(self):
        """Page frames of the core, of every page in order."""
        self.ensure_one()
        return [PageFrame(Rect(*box), rotation, unit) for box, rotation, unit in self.sudo().frames or []]

    def _newest(self):
        """The newest revision; empty for a document without any."""
        self.ensure_one()
        wanted = [('document_id', '=', self.id), ('number', '=', self.sudo().revision_number)]
        return self.env['esign.document.revision'].sudo().search_fetch(wanted, STATED, order='id', limit=1)

    def _lock(self):
        """Lock the document until the transaction ends.

        Two parties that sign at the same time follow one another: whoever comes second is replayed on
        the new revision (:func:`...tools.locks.lock`).
        """
        self.ensure_one()
        return lock(self, strength=WHOLE)

    def _require_place(self, data):
        """Odoo's file store names files by their SHA-1: one made to collide with another cannot be kept beside it.

        :raises EsignError: the store holds other bytes under this name.
        """
        files = self.env['ir.attachment'].sudo()
        if files._storage() != 'file':
            return
        try:
            files._get_path(data, hashlib.sha1(data, usedforsecurity=False).hexdigest())
        except UserError as error:
            text = self.env._('The file cannot be told from another one by its checksum. Save it as PDF once more.')
            raise EsignError(text, 'FILE_COLLISION') from error

    def _append(self, data, kind, *, base, reference=''):
        """Append a revision made from `base`.

        :param data: bytes of the whole file.
        :param base: the revision it was made from; None for the first one.
        :param reference: which act made it, as ``model,id``.
        :raises RevisionMovedError: when somebody else appended meanwhile; redo it on the newest one.
        """
        self._lock()
        document = self.sudo()
        expected = (base.document_id.id, base.number) if base else (document.id, -1)
        if expected != (document.id, document.revision_number):
            raise RevisionMovedError(
                self.env._('Somebody else has just signed this document. It will be done again on the new version.')
            )
        number = document.revision_number + 1
        document._require_place(data)
        file = document.env['ir.attachment'].create(
            {
                'name': f'{document.id}-{number}.pdf',
                'raw': data,
                'mimetype': 'application/pdf',
                'res_model': self._name,
                'res_id': document.id,
                'res_field': 'stored_files',  # a closed field: nobody reads the row past our own checks
            }
        )
        revision = document.env['esign.document.revision'].create(
            {
                'document_id': document.id,
                'number': number,
                'kind': kind,
                'reference': reference,
                'file_id': file.id,
                'sha256': hashlib.sha256(data).hexdigest(),
                'size': len(data),
            }
        )
        document.revision_number = number
        return revision
