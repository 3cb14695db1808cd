import datetime as dt
import hashlib
import json
import re

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits

STEPS = ('files', 'parties', 'order', 'places')
PATH = re.compile(r'^contracts\[(\d+)\](?:\.parties\[(\d+)\])?')


class EsignContractGroup(models.Model):
    """A draft as the launch page edits it: plain values out, one part at a time back in.

    Every change raises ``draft_version``; a page that knows an older one is refused, so that two
    tabs never undo each other. The same save sent again (a lost answer) is recognised and answered.
    """

    _inherit = 'esign.contract.group'

    draft_version = fields.Integer(readonly=True, copy=False, default=0)
    draft_saved = fields.Char(readonly=True, copy=False, help='Digest of the last saved part.')

    # Beginning --------------------------------------------------------------------------------

    @api.model
    def _unnamed(self):
        return self.env._('New contract')

    @api.model
    def _start_draft(self, identity):
        """A new draft of the worn enterprise."""
        self._may_start(identity).require()
        kind = self.env['esign.business.type'].sudo().search([('scene', '=', 'enterprise')], limit=1)
        if not kind:
            raise EsignError(self.env._('No business type can be used. Tell the operator.'), 'NO_BUSINESS_TYPE')
        group = self.sudo().create(
            {
                'name': self._unnamed(),
                'business_type_id': kind.id,
                'initiator_id': identity.enterprise.id,
                'department_id': identity.department.id if identity.department else False,
                'initiated_by': identity.person.id,
                'deadline': self._today() + dt.timedelta(days=kind.default_days),
            }
        )
        group._trace('created', identity=identity)
        return group

    @api.model
    def _draft_of(self, group_id, identity):
        """The group with this number if the identity manages it, as superuser; else empty."""
        group = self.sudo().browse(group_id).exists()
        return group if group and group._may_manage(identity) else self.sudo().browse()

    def _delete_draft(self, identity):
        """Throw a draft away."""
        self._require('edit', identity).unlink()

    # Out --------------------------------------------------------------------------------------

    def _draft(self, identity):
        """Everything the launch page shows.

        :raises EsignError: not editable by this identity.
        """
        self._may('edit', identity).require()
        group = self.sudo()
        return {
            'id': group.id,
            'version': group.draft_version,
            'enterprise': group.initiator_id.name,
            'task': {
                'name': '' if group._is_unnamed() else group.name,
                'business_type': group.business_type_id.id,
                'deadline': str(group.deadline),
            },
            'files': [one._draft_json() for one in group.contract_ids],
            'sequential': group.sequential,
            'parties': [party._draft_json() for party in group.party_ids],
            'copies': [{'id': copy.id, **copy.person_id._pick_label()} for copy in group.copy_ids],
            'placements': {one.id: one._placements_json() for one in group.contract_ids},
            'faults': group._draft_faults(),
        }

    @api.model
    def _draft_choices(self):
        """What does not change while one draft is edited: types, limits, formats."""
        kinds = self.env['esign.business.type'].sudo().search([('scene', '=', 'enterprise')])
        allowed = self.env['esign.limits']._now()
        return {
            'business_types': [
                {'id': kind.id, 'name': kind.name, 'days': kind.default_days, 'longest': kind.longest_days}
                for kind in kinds
            ],
            'today': str(self._today()),
            'formats': self.env['esign.document']._formats(),
            'limits': {
                'files': allowed.files,
                'file_mib': allowed.file_mib,
                'group_mib': allowed.group_mib,
                'parties': allowed.parties,
                'name': limits.NAME_LENGTH,
            },
            'seal_kinds': self.env['esign.placement']._kinds_json(),
            'dates': self.env['esign.placement']._dates_json(),
        }

    def _draft_faults(self):
        """The launch's faults, each with the step and the place on the page where it is shown."""
        group = self.sudo()
        return [
            {**group._fault_place(fault.path), 'path': fault.path, 'reason': fault.reason}
            for fault in group._launch_faults()
        ] + group._unnamed_fault()

    def _is_unnamed(self):
        """Whether nobody has named it yet, in whichever language it was begun."""
        languages = {'en_US', *(code for code, _label in self.env['res.lang'].sudo().get_installed())}
        return self.name in {self.with_context(lang=code)._unnamed() for code in languages}

    def _unnamed_fault(self):
        if not self._is_unnamed():
            return []
        reason = self.env._('Name the task in 1 to %s characters.', limits.NAME_LENGTH)
        return [{'step': 'files', 'place': 'name', 'path': 'name', 'reason': reason}]

    def _fault_place(self, path):
        if path in ('name', 'deadline', 'initiator', 'contracts'):
            return {'step': 'files', 'place': 'files' if path == 'contracts' else path}
        found = PATH.match(path)
        if not found:
            number = re.match(r'^parties\[(\d+)\]', path)
            party = self.party_ids[int(number[1])] if number else None
            return {'step': 'parties', 'place': f'party:{party.id}' if party else path}
        contract = self.contract_ids[int(found[1])]
        if found[2] is None:
            step = 'parties' if contract.document_id else 'files'
            return {'step': step, 'place': f'file:{contract.id}'}
        signer = contract.signer_ids[int(found[2])]
        return {'step': 'places', 'place': f'place:{contract.id}:{signer.party_id.id}'}

    # In ---------------------------------------------------------------------------------------

    def _save_draft(self, identity, version, part, values):
        """Save one part of the draft and answer with the whole.

        :param version: the ``version`` of the draft that the page shows.
        :param part: ``task``, ``parties``, ``order`` or ``places``.
        :raises EsignError: not editable, changed elsewhere meanwhile, or not readable.
        """
        saves = {
            'task': self._save_task,
            'parties': self._save_parties,
            'order': self._save_order,
            'places': self._save_places,
        }
        if part not in saves or not isinstance(values, dict):
            raise EsignError(self.env._('This page is out of date. Please reload it.'), 'UNREADABLE')
        group = self._require('edit', identity)
        digest = hashlib.sha256(json.dumps([part, values], sort_keys=True, default=str).encode()).hexdigest()
        if version != group.draft_version:
            if digest == group.draft_saved:
                return self._draft(identity)
            raise EsignError(
                self.env._('This draft was changed in another window or on another device. Reload the page to go on.'),
                'STALE',
            )
        try:
            saves[part](identity, values)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EsignError(self.env._('This page is out of date. Please reload it.'), 'UNREADABLE') from error
        self._draft_changed(digest)
        self.env.flush_all()
        return self._draft(identity)

    def _draft_changed(self, digest=''):
        group = self.sudo()
        group.write({'draft_version': group.draft_version + 1, 'draft_saved': digest})

    def _save_task(self, _identity, values):
        """Name, business type, deadline; names and order of the files."""
        group = self.sudo()
        name = ' '.join(str(values.get('name') or '').split())[: limits.NAME_LENGTH]
        kind = (
            self.env['esign.business.type']
            .sudo()
            .search([('id', '=', int(values['business_type'])), ('scene', '=', 'enterprise')])
        )
        changed = {'name': name or self._unnamed()}
        if kind:
            changed['business_type_id'] = kind.id
        if values.get('deadline'):
            changed['deadline'] = dt.date.fromisoformat(str(values['deadline']))
        group.write(changed)
        own = {contract.id: contract for contract in group.contract_ids}
        for number, given in enumerate(values.get('files') or []):
            contract = own.get(int(given['id']))
            title = ' '.join(str(given.get('name') or '').split())[: limits.NAME_LENGTH]
            if contract:
                contract.write({'sequence': number, 'name': title or contract.name})
        group.invalidate_recordset(['contract_ids'])

    # Leaving ----------------------------------------------------------------------------------

    def _draft_file(self, identity, contract_id):
        """The attachment of a file of the draft; empty where it is not the identity's to see."""
        contract = self._contract(contract_id) if self._may('edit', identity) else None
        return contract._newest().file_id if contract and contract.document_id else None

    def _launch_message(self):
        """(text, tone) for the page after launching."""
        group, _ = self.sudo(), self.env._
        if group.state == 'failed':
            return _(
                '“%(name)s” could not be prepared: %(reason)s', name=group.name, reason=group._told_problem()
            ), 'bad'
        if group.state == 'preparing':
            return _(
                '“%s” is launched. The files are being prepared; the parties are told right after.', group.name
            ), 'ok'
        return _('“%s” is launched. The parties are told.', group.name), 'ok'
