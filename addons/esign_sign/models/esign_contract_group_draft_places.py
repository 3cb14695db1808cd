import math

from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.date_pictures import date_picture

from ..tools.items import DATE_SIZE, FARTHEST, KINDS, STYLES

# Which owners' types of seals a kind of party signs with.
OWNERS = {'enterprise': ('enterprise',), 'department': ('enterprise', 'department'), 'person': ('person',)}
# A person's handwriting is one of his ways to sign where his name seal is asked for.
PERSONAL = ('name', 'handwriting')


class EsignContractGroup(models.Model):
    """Positions of a draft."""

    _inherit = 'esign.contract.group'

    def _save_places(self, _identity, values):
        """All positions on one contract."""
        contract = self._contract(int(values['contract']))
        if not contract:
            raise EsignError(self.env._('This file is not there any more. Reload the page.'), 'STALE')
        contract._set_places(list(values['items']))

    def _find_keyword(self, identity, contract_id, text):
        """Where a keyword stands on a contract: boxes in mm, in reading order.

        :raises EsignError: no such contract, or the keyword is empty or too common.
        """
        self._may('edit', identity).require()
        contract = self._contract(contract_id)
        if not contract.document_id:
            raise EsignError(self.env._('This file is not there any more. Reload the page.'), 'STALE')
        return contract._find_keyword(text)


class EsignContract(models.Model):
    """Positions on one file."""

    _inherit = 'esign.contract'

    def _set_places(self, items):
        """Replace all positions on this file.

        :raises EsignError: too many, or one that cannot be read.
        """
        self.ensure_one()
        most = self.env['esign.limits']._now().placements
        if len(items) > most:
            raise EsignError(self.env._('A contract has at most %s positions.', most), 'TOO_MANY')
        signers = {signer.party_id.id: signer for signer in self.signer_ids}
        rows = [self._placement_values(item, signers) for item in items]
        self.signer_ids.placement_ids.unlink()
        self.env['esign.placement'].create(rows)
        self.signer_ids.invalidate_recordset(['placement_ids'])

    def _placement_values(self, given, signers):
        """One position as the page sent it; nothing of it is trusted, sizes come from the type.

        :raises EsignError: a number out of range, or a type that does not go with the party.
        """
        kind, style = str(given['kind']), str(given.get('style') or 'arabic')
        page, last, pages = int(given['page']), int(given.get('last_page') or -1), self.document_id.pages
        x, y = float(given.get('x') or 0), float(given['y'])
        signer = signers.get(int(given['party']))
        inside = math.isfinite(x) and math.isfinite(y) and abs(x) < FARTHEST and abs(y) < FARTHEST
        on_page = (page == -1 or 1 <= page <= pages) and (last == -1 or 1 <= last <= pages)
        if not (signer and kind in KINDS and style in STYLES and inside and on_page):
            raise EsignError(self.env._('A seal was placed in a way that cannot be read. Place it again.'), 'ITEM')
        seal = (
            self.env['esign.seal.kind'] if kind == 'date' else self.env['esign.seal.kind']._of(str(given['seal_kind']))
        )
        if kind != 'date' and seal.owner not in OWNERS[signer.party_id._kind_of_owner()]:
            raise EsignError(self.env._('A seal was placed in a way that cannot be read. Place it again.'), 'ITEM')
        size = seal.size_ids[:1]
        width, height = (size.width_mm, size.height_mm) if kind != 'date' else DATE_SIZE
        return {
            'signer_id': signer.id,
            'kind': kind,
            'seal_kind_id': seal.id or False,
            'date_style': style,
            'page': page,
            'last_page': last,
            'x': round(x, 2),
            'y': round(y, 2),
            'width': width,
            'height': height,
        }

    def _placements_json(self, signers=None):
        """Positions on this file as the board takes them: all, or those of some signers."""
        self.ensure_one()
        return [
            {
                'id': placement.id,
                'party': signer.party_id.id,
                'kind': placement.kind,
                'seal_kind': placement.seal_kind_id.code or '',
                'page': placement.page,
                'last_page': placement.last_page,
                'x': placement.x,
                'y': placement.y,
                'width': placement._extent()[0],
                'height': placement._extent()[1],
                'style': placement.date_style or 'arabic',
            }
            for signer in (self.signer_ids if signers is None else signers)
            for placement in signer.placement_ids
        ]


class EsignParty(models.Model):
    """What a party signs with."""

    _inherit = 'esign.party'

    def _kind_of_owner(self):
        return 'department' if self.department_id else self.kind


class EsignPlacement(models.Model):
    """Types of seals to choose from."""

    _inherit = 'esign.placement'

    @api.model
    def _kinds_json(self):
        """Types of seals that a launcher may ask for, with their usual sizes in mm."""
        kinds = self.env['esign.seal.kind'].sudo().search([('code', '!=', 'handwriting')])
        return [
            {
                'code': kind.code,
                'name': kind.name,
                'parties': [party for party, owners in OWNERS.items() if kind.owner in owners],
                'shape': kind.size_ids[:1].shape or 'round',
                'width': kind.size_ids[:1].width_mm or DATE_SIZE[0],
                'height': kind.size_ids[:1].height_mm or DATE_SIZE[1],
            }
            for kind in kinds
        ]

    @api.model
    def _dates_json(self):
        """Pictures of today's date seals: style → data URI; all have one size (mm)."""
        day, (width, height) = self.env['esign.contract.group']._today(), DATE_SIZE
        return {
            'width': width,
            'height': height,
            'pictures': {style: date_picture(day, style) for style in sorted(STYLES)},
        }
