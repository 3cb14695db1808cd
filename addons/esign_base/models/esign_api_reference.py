import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ..errors import ApiRefused, SecretKeyMissing
from ..tools import vault

CONTEXT = 'esign.api.reference'


class EsignApiReference(models.Model):
    """What a business system calls by its own key: system, kind and key → record.

    A row is written by the call that made the record, or by an administrator who shares a record
    that was there before (``shared``). A system sees and touches what it has a row for, nothing else.
    """

    _name = 'esign.api.reference'
    _description = 'Reference of a business system'
    _order = 'id desc'
    _rec_name = 'ref'

    user_id = fields.Many2one('res.users', 'System', required=True, index=True, ondelete='restrict')
    kind = fields.Selection(
        [('person', 'Person'), ('file', 'File')], 'Kind', required=True, help='What the key stands for.'
    )
    ref = fields.Char('Key of the system', required=True)
    res_id = fields.Many2oneReference('Record number', model_field='res_model', readonly=True, index=True)
    res_model = fields.Char('Model', compute='_compute_res_model', store=True)
    shared = fields.Boolean('Shared by the operator', readonly=True)
    content_hash = fields.Char(readonly=True, groups=NO_ACCESS, help='Keyed digest of what the call said.')

    _once = models.UniqueIndex('(user_id, kind, ref)', 'This system uses this key already.')

    @api.model
    def _models(self):
        """Kind → model; upper floors add theirs together with the selection."""
        return {'person': 'esign.person', 'file': 'esign.document'}

    @api.depends('kind')
    def _compute_res_model(self):
        models_of = self._models()
        for reference in self:
            reference.res_model = models_of.get(reference.kind, False)

    @api.constrains('kind', 'res_id', 'shared')
    def _check_shared(self):
        for reference in self.filtered('shared'):
            if not reference._record():
                raise ValidationError(self.env._('Choose the record that is shared.'))

    def _record(self):
        """The record, as superuser; empty when there is none."""
        self.ensure_one()
        return self.env[self._models()[self.kind]].sudo().browse(self.sudo().res_id or []).exists()

    # What the façade asks ----------------------------------------------------------------------

    @api.model
    def _of(self, kind, ref):
        """The caller's row for a key; empty when it has none."""
        return self.sudo().search([('user_id', '=', self.env.uid), ('kind', '=', kind), ('ref', '=', ref)], limit=1)

    @api.model
    def _find(self, kind, ref, path):
        """The record behind a key, as superuser.

        :raises ApiRefused: unknown to this system; the same words whether another one knows it.
        """
        found = self._of(kind, ref)
        record = found._record() if found else None
        if not record:
            raise ApiRefused(
                'ESIGN_NOT_FOUND',
                self.env._('%(path)s: your system has nothing called “%(ref)s”.', path=path, ref=ref),
            )
        return record

    @api.model
    def _claim(self, kind, ref, content):
        """The row of a key, made now or found with the same content.

        Two calls at once: the second waits for the first one's row, is replayed by the server and
        finds it. A row is the first thing a call writes, and each call writes one: no deadlock.

        :param content: JSON values of everything the call says.
        :raises ApiRefused: the key stands for other content.
        """
        digest = self._digest(kind, content)
        found = self._of(kind, ref) or self._insert(kind, ref, digest)
        if found.content_hash != digest:
            raise ApiRefused(
                'ESIGN_CONFLICT', self.env._('ref: “%s” was used before with other content. Use a new key.', ref)
            )
        return found

    @api.model
    def _insert(self, kind, ref, digest):
        rows = self.env.execute_query(
            SQL(
                'INSERT INTO esign_api_reference'
                ' (user_id, kind, ref, res_model, content_hash, shared, create_uid, create_date, write_uid, write_date)'
                ' VALUES (%(user)s, %(kind)s, %(ref)s, %(model)s, %(digest)s, false,'
                " %(user)s, now() AT TIME ZONE 'utc', %(user)s, now() AT TIME ZONE 'utc')"
                ' ON CONFLICT (user_id, kind, ref) DO NOTHING RETURNING id',
                user=self.env.uid,
                kind=kind,
                ref=ref,
                model=self._models()[kind],
                digest=digest,
            )
        )
        return self.sudo().browse(rows[0])

    def _point(self, record):
        """Tie the row to the record that the call made."""
        self.ensure_one()
        self.sudo().res_id = record.id
        return record

    @api.model
    def _digest(self, kind, content):
        # Keyed: names and numbers of persons could be guessed from a plain digest.
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(',', ':'), default=_canonical)
        try:
            return vault.keyed_hash(f'{kind}:{text}', CONTEXT)
        except vault.VaultError as error:
            raise SecretKeyMissing(
                self.env._('Identity data cannot be stored: the server has no secret key. Tell the operator.')
            ) from error


def _canonical(value):
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
