from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odoo import api, models

from odoo.addons.esign_base.rules import filenames, limits
from odoo.addons.esign_base.signing.pages.anchors import find_keyword
from odoo.addons.esign_base.tools.positions import DATE_SIZE, Position
from odoo.addons.esign_base.tools.signing_messages import CoreRefused, explained

from ..engine.esign_contract_group_launch import LaunchRefused

# What goes where the caller names no type of seal.
USUAL = {'enterprise': 'contract', 'person': 'name'}


@dataclass(frozen=True, slots=True)
class StatedPosition:
    """Where a party signs: a spot on a page, or beside a keyword. Units: millimetres.

    :param seal_kind: code of a type of seal; None for the usual one of the party, or for a date.
    :param width: one of the type's widths; None for its usual one.
    :param keyword: None where page, ``x`` and ``y`` are stated.
    :param nth: which of the keyword's places, from 1.
    """

    kind: str
    seal_kind: str | None
    page: int
    last_page: int
    x: float | None
    y: float | None
    width: float | None
    keyword: str | None
    nth: int
    style: str


@dataclass(frozen=True, slots=True)
class StatedSigner:
    """A party on one contract; without positions it places its seals itself."""

    ref: str
    positions: Sequence[StatedPosition] = ()


@dataclass(frozen=True, slots=True)
class StatedContract:
    """One file; without a name it is called as the file."""

    ref: str
    name: str | None
    document: Any
    signers: Sequence[StatedSigner]


@dataclass(frozen=True, slots=True)
class StatedParty:
    """Who signs: ``who`` are the values of the party's own fields."""

    ref: str
    order: int
    can_refuse: bool
    who: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stated:
    """A group as a business system states it, with records in the place of its keys."""

    name: str
    business_type: Any
    deadline: Any
    sequential: bool
    contracts: Sequence[StatedContract]
    parties: Sequence[StatedParty]
    copies: Sequence[Any] = ()


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
        parties = {one.ref: group._add_stated_party(one) for one in stated.parties}
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
                'ref': one.ref,
                'order': one.order,
                'can_refuse': one.can_refuse,
                **one.who,
            }
        )

    def _add_stated_contract(self, number, one, parties):
        document = one.document._again()
        name = one.name or filenames.clean(document.name.rpartition('.')[0] or document.name)
        contract = self.env['esign.contract'].create(
            {
                'group_id': self.id,
                'ref': one.ref,
                'sequence': number,
                'name': (name or one.ref)[: limits.NAME_LENGTH],
                'placed': any(signer.positions for signer in one.signers),
            }
        )
        contract.document_id = document
        for index, stated in enumerate(one.signers):
            party = parties[stated.ref]
            signer = self.env['esign.contract.signer'].create({'contract_id': contract.id, 'party_id': party.id})
            path = f'contracts[{number}].parties[{index}]'
            for place, given in enumerate(stated.positions):
                contract._add_stated_place(signer, given, f'{path}.placements[{place}]')

    def _launch_stated(self, identity, stated):
        """Launch a group that was just stated; faults are named by the statement's own paths.

        :raises LaunchRefused: with every fault.
        """
        try:
            return self._launch(identity)
        except LaunchRefused as refused:
            order = [one.ref for one in stated.parties]
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
        placements = self.env['esign.placement']
        position = self._stated_position(signer.party_id, given, path)
        placement = placements.create({'signer_id': signer.id, **placements._position_values(position)})
        fault = placement._place_fault()
        if fault:
            self._refuse_place(path, fault)

    def _stated_position(self, party, given, path):
        pages = self.document_id.pages
        for name in ('page', 'last_page'):
            number = getattr(given, name)
            if not (number == -1 or 1 <= (number or 1) <= pages):
                self._refuse_place(f'{path}.{name}', self.env._('There is no such page.'))
        seal = self._stated_seal(party, given, path)
        width, height = self._stated_size(seal, given, path) if seal else DATE_SIZE
        page, x, y = self._stated_spot(given, width, height, path)
        return Position(
            given.kind, seal.code or '', page, x, y, width, height, last_page=given.last_page, style=given.style
        )

    def _stated_seal(self, party, given, path):
        kinds = self.env['esign.seal.kind'].sudo()
        if given.kind == 'date':
            if given.seal_kind:
                self._refuse_place(f'{path}.seal_kind', self.env._('A date has no type of seal.'))
            return kinds.browse()
        return kinds._of(given.seal_kind or USUAL[party.kind])

    def _stated_size(self, seal, given, path):
        sizes, width = seal.size_ids, given.width
        if width is None:
            return seal._usual_size()
        found = sizes.filtered(lambda one: abs(one.width_mm - width) < 0.05)[:1]
        if not found:
            offered = ', '.join(f'{one.width_mm:g}' for one in sizes) or '-'
            self._refuse_place(f'{path}.width', self.env._('This type of seal has these widths (mm): %s.', offered))
        return found.width_mm, found.height_mm

    def _stated_spot(self, given, width, height, path):
        """(page, x, y) as stated, or where the keyword stands: the seal lies over its middle."""
        if given.keyword is None:
            return given.page, round(given.x or 0, 2), round(given.y, 2)
        frames, nth = self.document_id._frames(), given.nth
        try:
            with explained(self.env):
                found = find_keyword(self._newest()._bytes(), frames, given.keyword).matches
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
