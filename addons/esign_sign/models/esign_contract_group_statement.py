from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo import api, models

from odoo.addons.esign_base.signing.pages.anchors import find_keyword
from odoo.addons.esign_base.tools.signing_messages import CoreRefused, explained

from ..rules import filenames, limits
from ..tools.items import DATE_SIZE
from .esign_contract_group_launch import LaunchRefused

# What goes where the caller names no type of seal.
USUAL = {'enterprise': 'contract', 'person': 'name'}


@dataclass(frozen=True, slots=True)
class Stated:
    """A group as a business system states it, with records in the place of its keys.

    :param contracts: dicts of ``ref``, ``name`` (or None), ``document`` and ``parties``, a list of
        (party key, list of positions as plain values).
    :param parties: dicts of ``ref``, ``order``, ``can_refuse`` and field values under ``who``.
    """

    name: str
    business_type: Any
    deadline: Any
    sequential: bool
    contracts: list[Mapping[str, Any]]
    parties: list[Mapping[str, Any]]
    copies: list[Any] = field(default_factory=list)


class EsignContractGroup(models.Model):
    """Groups that a business system states as a whole."""

    _inherit = 'esign.contract.group'

    @api.model
    def _from_stated(self, identity, stated):
        """A draft with everything that was stated.

        :raises LaunchRefused: a position that does not fit, under the path of the statement.
        """
        group = self._start_draft(identity)
        group.write(
            {
                'name': stated.name,
                'deadline': stated.deadline,
                'sequential': stated.sequential,
                **({'business_type_id': stated.business_type.id} if stated.business_type else {}),
            }
        )
        parties = {one['ref']: group._add_stated_party(one) for one in stated.parties}
        for number, one in enumerate(stated.contracts):
            group._add_stated_contract(number, one, parties)
        for person in dict.fromkeys(stated.copies):
            group.env['esign.copy'].create({'group_id': group.id, 'person_id': person.id})
        self.env.flush_all()
        group.invalidate_recordset()
        return group

    def _add_stated_party(self, one):
        return self.env['esign.party'].create(
            {
                'group_id': self.id,
                'ref': one['ref'],
                'order': one['order'],
                'can_refuse': one['can_refuse'],
                **one['who'],
            }
        )

    def _add_stated_contract(self, number, one, parties):
        document = one['document']._again()
        name = one['name'] or filenames.clean(document.name.rpartition('.')[0] or document.name)
        contract = self.env['esign.contract'].create(
            {
                'group_id': self.id,
                'ref': one['ref'],
                'sequence': number,
                'name': (name or one['ref'])[: limits.NAME_LENGTH],
                'placed': any(places for _ref, places in one['parties']),
            }
        )
        contract.document_id = document
        for index, (ref, places) in enumerate(one['parties']):
            signer = self.env['esign.contract.signer'].create({'contract_id': contract.id, 'party_id': parties[ref].id})
            path = f'contracts[{number}].parties[{index}]'
            for place, given in enumerate(places):
                contract._add_stated_place(signer, given, f'{path}.placements[{place}]')

    def _launch_stated(self, identity, stated):
        """Launch a group that was just stated; faults are named by the statement's own paths.

        :raises LaunchRefused: with every fault.
        """
        try:
            return self._launch(identity)
        except LaunchRefused as refused:
            order = [one['ref'] for one in stated.parties]
            moved = {
                f'parties[{index}]': f'parties[{order.index(party.ref)}]' for index, party in enumerate(self.party_ids)
            }
            faults = [(moved.get(path, path), reason) for path, reason in refused.details['faults']]
            raise LaunchRefused(str(refused), refused.code, faults=faults) from None


class EsignContract(models.Model):
    """Positions that a business system states."""

    _inherit = 'esign.contract'

    def _add_stated_place(self, signer, given, path):
        """Store one position.

        :raises LaunchRefused: under ``path``, what is wrong with it.
        """
        values = self._stated_place(signer.party_id, given, path)
        placement = self.env['esign.placement'].create({'signer_id': signer.id, **values})
        fault = placement._fault(signer.party_id, self.document_id._frames())
        if fault:
            self._refuse_place(path, fault)

    def _stated_place(self, party, given, path):
        kind, pages = given['kind'], self.document_id.pages
        for name in ('page', 'last_page'):
            if not (given[name] == -1 or 1 <= (given[name] or 1) <= pages):
                self._refuse_place(f'{path}.{name}', self.env._('There is no such page.'))
        seal = self._stated_seal(party, given, path)
        size = self._stated_size(seal, given, path)
        # Without a type there is nothing but the date.
        width, height = (size.width_mm, size.height_mm) if size else DATE_SIZE
        page, x, y = self._stated_spot(given, width, height, path)
        return {
            'kind': kind,
            'seal_kind_id': seal.id if seal else False,
            'date_style': given['style'],
            'page': page,
            'last_page': given['last_page'],
            'x': x,
            'y': y,
            'width': width,
            'height': height,
        }

    def _stated_seal(self, party, given, path):
        kinds = self.env['esign.seal.kind'].sudo()
        if given['kind'] == 'date':
            if given['seal_kind']:
                self._refuse_place(f'{path}.seal_kind', self.env._('A date has no type of seal.'))
            return kinds.browse()
        return kinds._of(given['seal_kind'] or USUAL[party.kind])

    def _stated_size(self, seal, given, path):
        sizes, width = seal.size_ids, given['width']
        if width is None:
            return sizes[:1]
        found = sizes.filtered(lambda one: abs(one.width_mm - width) < 0.05)[:1]
        if not found:
            offered = ', '.join(f'{one.width_mm:g}' for one in sizes) or '-'
            self._refuse_place(f'{path}.width', self.env._('This type of seal has these widths (mm): %s.', offered))
        return found

    def _stated_spot(self, given, width, height, path):
        """(page, x, y) as stated, or where the keyword stands: the seal lies over its middle."""
        if given['keyword'] is None:
            return given['page'], round(given['x'] or 0, 2), round(given['y'], 2)
        frames, nth = self.document_id._frames(), given['nth']
        try:
            with explained(self.env):
                found = find_keyword(self._newest()._bytes(), frames, given['keyword']).matches
        except CoreRefused as refusal:
            self._refuse_place(f'{path}.keyword', str(refusal))
        if len(found) < nth:
            text = self.env._('The keyword stands in %s places of the file.', len(found))
            self._refuse_place(f'{path}.{"nth" if found else "keyword"}', text)
        match = found[nth - 1]
        frame, box = frames[match.page - 1], match.box
        x = min(max(box.x + box.width / 2 - width / 2, 0), frame.width_mm - width)
        y = min(max(box.y + box.height / 2 - height / 2, 0), frame.height_mm - height)
        return match.page, round(x, 2), round(y, 2)

    def _refuse_place(self, path, reason):
        raise LaunchRefused(reason, faults=[(path, reason)])
