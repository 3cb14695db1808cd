import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ...errors import ApiRefused, EsignError, SecretKeyMissing
from ...tools import vault
from ...tools.api_values import Misfit, Ref

CONTEXT = 'esign.api.reference'


class EsignApiReference(models.Model):
    """What a business system calls by its own key: system, kind and key → record.

    A row is written by the call that made the record, or that named one it knew (``known``: it may
    be a party, and nothing is decided for it), or by an administrator who shares a record. A system
    sees and touches what it has a row for, nothing else.
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
    record = fields.Reference('_selection_record', 'Record', compute='_compute_record')
    record_name = fields.Char('Name of the record', compute='_compute_record_name')
    res_id = fields.Many2oneReference('Record number', model_field='res_model', readonly=True, index=True)
    res_model = fields.Char('Model', compute='_compute_res_model', store=True)
    origin = fields.Selection(
        [
            ('made', 'Made by the system'),
            ('known', 'Was there before, the system knew it'),
            ('shared', 'Shared by the operator'),
        ],
        'Origin', required=True, readonly=True, default='shared',
    )  # fmt: skip
    notes = fields.Json(readonly=True, help='What was noticed about it then (codes): a repeated call is told the same.')
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

    @api.constrains('kind', 'res_id', 'origin', 'user_id', 'ref')
    def _check_shared(self):
        for reference in self.filtered(lambda one: one.origin == 'shared'):
            if not reference._record():
                raise ValidationError(self.env._('Choose the record that is shared.'))
            if not reference.user_id.has_group('esign_base.group_esign_integration'):
                raise ValidationError(self.env._('Choose the login of a business system.'))
            try:
                Ref().read(reference.ref, 'ref')
            except Misfit as error:
                reason = f'{reference.ref}: {self.env._(error.reason) % error.values}'
                raise ValidationError(reason) from error

    @api.model
    def _selection_record(self):
        labels = dict(self._fields['kind']._description_selection(self.env))
        return [(model, labels[kind]) for kind, model in self._models().items()]

    @api.depends('kind', 'res_id')
    def _compute_record(self):
        records = self._records()
        for reference in self:
            found = records.get(reference)
            reference.record = f'{found._name},{found.id}' if found else False

    @api.depends('kind', 'res_id')
    def _compute_record_name(self):
        """The names that the reader may see, for lists: by as many queries as there are kinds."""
        records = self._records()
        for model in self._models().values():
            ids = [record.id for record in records.values() if record._name == model]
            readable = set(self.env[model].browse(ids)._filtered_access('read')._ids)
            for reference, record in records.items():
                if record._name == model:
                    reference.record_name = record.display_name if record.id in readable else ''
        for reference in self.filtered(lambda one: one not in records):
            reference.record_name = ''

    def _records(self):
        """Reference → its record, as superuser; nothing for those that have none."""
        records = {}
        for kind, model in self._models().items():
            rows = {one: one._target() for one in self if one.kind == kind}
            found = {record.id: record for record in self.env[model].sudo().browse(set(rows.values()) - {0}).exists()}
            records |= {one: found[number] for one, number in rows.items() if number in found}
        return records

    def _target(self):
        """Number of the record behind a row, 0 while there is none."""
        self.ensure_one()
        return self.sudo().res_id

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._shared_values(vals) for vals in vals_list])

    @api.model
    def _shared_values(self, vals):
        """Field values of a row that an administrator writes: the record is named, the rest follows."""
        if self.env.su or not isinstance(vals.get('record'), str):
            return vals
        model, _comma, number = vals['record'].partition(',')
        kind = next((kind for kind, name in self._models().items() if name == model), None)
        return {
            'user_id': vals.get('user_id'),
            'ref': (vals.get('ref') or '').strip(),
            'kind': kind,
            'res_id': int(number) if kind and number.isdigit() else False,
            'origin': 'shared',
        }

    @api.ondelete(at_uninstall=False)
    def _only_shared(self):
        if not self.env.su and any(reference.origin != 'shared' for reference in self):
            raise EsignError(self.env._('Only what was shared by hand can be taken back.'), 'NOT_ALLOWED')

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
                ' (user_id, kind, ref, res_model, content_hash, origin, create_uid, create_date, write_uid, write_date)'
                " VALUES (%(user)s, %(kind)s, %(ref)s, %(model)s, %(digest)s, 'made',"
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

    def _point(self, record, made):
        """Tie the row to the record that the call made, or found."""
        self.ensure_one()
        self.sudo().write({'res_id': record.id, 'origin': 'made' if made else 'known'})
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
