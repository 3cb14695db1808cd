import datetime as dt
import json
import tempfile
import zipfile

from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import filenames
from odoo.addons.esign_base.rules.shown import shown_day, shown_time
from odoo.addons.esign_base.signing.pages.preview import page_picture
from odoo.addons.esign_base.tools.signing_messages import explained

BULK = 50
BULK_BYTES = 500 * 1024 * 1024
SPOOL = 16 * 1024 * 1024
# Events that are worth a place of their own on the line; the others stand between them.
PREVIEW_WIDTH = 1100


class EsignContractGroup(models.Model):
    """Reading a group: pages as pictures, its trace, the data of its seals; and handing it out."""

    _inherit = 'esign.contract.group'

    def _contract(self, contract_id):
        """A contract of this group; empty when it is none."""
        return self.sudo().contract_ids.filtered(lambda one: one.id == contract_id)

    def _preview(self, identity):
        """What the reading page shows.

        :raises EsignError: not for this identity.
        """
        self._may('preview', identity).require()
        group = self.sudo()
        return {
            'group': {'id': group.id, 'name': group.name, 'number': group.number or ''},
            'download': bool(self._may('download', identity)),
            'contracts': [
                {
                    'id': one.id,
                    'name': one.name,
                    'pages': [
                        {'number': number, 'width': frame.width_mm, 'height': frame.height_mm}
                        for number, frame in enumerate(one.document_id._frames(), 1)
                    ],
                }
                for one in group.contract_ids
                if one.document_id
            ],
        }

    def _page_picture(self, identity, contract_id, page):
        """One page as a picture (JPEG bytes); marked with the reader's name where the file is not handed out.

        :raises EsignError: not for this identity, or no such page.
        """
        self._may('preview', identity).require()
        contract = self._contract(contract_id)
        if not contract.document_id:
            raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')
        mark = '' if self._may('download', identity) or self.sudo().state == 'draft' else self._mark(identity)
        data = contract._newest()._bytes()
        with explained(self.env), self.env['esign.turn']._turn('preview'):
            return page_picture(data, page, width=PREVIEW_WIDTH, watermark=mark)

    @api.model
    def _mark(self, identity):
        return f'{identity.label} {shown_day(self._today())}'

    # Trace and seals --------------------------------------------------------------------------

    def _trace_rows(self, identity):
        """The trace as a time line, newest last.

        :raises EsignError: not for this identity.
        """
        self._may('trace', identity).require()
        chain = self.sudo().chain_id
        kinds = dict(chain.event_ids._fields['kind']._description_selection(self.env))
        return {
            'name': self.sudo().name,
            'number': self.sudo().number or '',
            'head': chain.head or '',
            'events': [
                {
                    'number': event.number,
                    'kind': event.kind,
                    'label': kinds[event.kind],
                    'at': shown_time(event.at),
                    'actor': self.env._('Platform') if event.actor == 'platform' else event.actor,
                    'address': event.address if event.person_id else '',
                    'note': event._shown_note(),
                    'certificate': event.certificate or '',
                    'digest': event.digest,
                }
                for event in chain.event_ids.sorted('number')
            ],
        }

    def _signature_rows(self, identity):
        """Data of every seal, date and cross-page seal of a completed group.

        :raises EsignError: not for this identity, or not completed.
        """
        self._may('signatures', identity).require()
        lines = self.sudo().act_ids.filtered(lambda act: act.state == 'done').line_ids.filtered('revision_id')
        return {
            'name': self.sudo().name,
            'number': self.sudo().number or '',
            'rows': [row for line in lines.sorted('id') for row in self._line_rows(line)],
        }

    def _line_rows(self, line):
        act, kinds = line.act_id, dict(self.env['esign.placement']._fields['kind']._description_selection(self.env))
        frozen = json.loads(act.frozen or '{}').get('contracts', [])
        told = next((one for one in frozen if one['contract'] == line.contract_id.id), {})
        for item in told.get('items', []):
            yield {
                'contract': line.contract_id.name,
                'party': act.party_id.name,
                'person': act.person_id.name,
                'kind': kinds[item['kind']],
                'seal': item.get('seal_name') or '',
                'page': item['page'] if item['page'] > 0 else line.contract_id.pages,
                'at': shown_time(act.done_at),
                'certificate': line.certificate_id.serial or '',
                'sha256': line.revision_id.sha256,
            }

    # Taking away, and many at once ------------------------------------------------------------

    def _hand_out(self, identity, contract_id=None):
        """(file name, bytes) of the group or one of its contracts; written into the trace.

        :raises EsignError: not for this identity, or not in this state.
        """
        self._may('download', identity).require()
        contract = self._contract(contract_id) if contract_id else None
        if contract_id and not contract:
            raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')
        name, data = self._download(contract)
        self._trace('downloaded', identity=identity, note=name)
        return name, data

    @api.model
    def _chosen(self, identity, ids):
        """The groups that were ticked and that the identity may see."""
        ids = list(dict.fromkeys(ids))
        if not ids:
            raise EsignError(self.env._('Choose at least one contract.'), 'NOTHING_CHOSEN')
        if len(ids) > BULK:
            raise EsignError(self.env._('Choose at most %s contracts at a time.', BULK), 'TOO_MANY')
        groups = self.sudo().browse(ids).exists()
        return groups.filtered(lambda group: group._relation(identity))

    @api.model
    def _hand_out_many(self, identity, ids):
        """(file name, open file) with the groups as one ZIP, a folder for each of several contracts.

        :raises EsignError: none of them can be downloaded, or they are too much together.
        """
        groups = self._chosen(identity, ids).filtered(lambda group: group._may('download', identity))
        if not groups:
            raise EsignError(self.env._('None of the chosen contracts can be downloaded.'), 'NOTHING')
        if sum(contract._newest().size for contract in groups.contract_ids) > BULK_BYTES:
            raise EsignError(self.env._('These are more than 500 MB together: choose fewer.'), 'TOO_MANY')
        packed = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - handed to the response
        paths = filenames.paths(
            (filenames.folder_name(group.number or '', group.name), [one._file_name() for one in group.contract_ids])
            for group in groups
        )
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
            for group_paths, group in zip(paths, groups, strict=True):
                for path, one in zip(group_paths, group.contract_ids, strict=True):
                    archive.writestr(path, one._newest()._bytes())
                group._trace('downloaded', identity=identity, note='ZIP')
        packed.seek(0)
        return f'{self._bundle_name()}_{self._today():%Y%m%d}.zip', packed

    @api.model
    def _bundle_name(self):
        return self.env._('Contracts')

    @api.model
    def _remind_many(self, identity, ids):
        """Remind the open parties of several groups: (names reminded, reasons why others were not)."""
        done, left = [], []
        for group in self._chosen(identity, ids):
            answer = group._may('remind', identity)
            if not answer:
                left.append(answer.message)
                continue
            names, reasons = group._remind(identity)
            done += names
            left += reasons
        return done, list(dict.fromkeys(left))

    def _extend_to(self, identity, text):
        """Move the deadline to a day written as ``YYYY-MM-DD``."""
        try:
            day = dt.date.fromisoformat(str(text or ''))
        except ValueError as error:
            raise EsignError(self.env._('Choose the last day for signing.'), 'DEADLINE') from error
        return self._extend(identity, day)
