from odoo import api, models

from odoo.addons.esign_base.errors import ApiRefused
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import (
    Choice,
    Day,
    Flag,
    Items,
    Maybe,
    Number,
    Ref,
    Struct,
    Text,
    Whole,
)
from odoo.addons.esign_base.tools.positions import FARTHEST, KINDS, STYLES
from odoo.addons.esign_enterprise.models.esign_api import ENTERPRISE_SEALS, OUR_KINDS

from ..engine.esign_contract_group_launch import LaunchRefused
from .esign_contract_group_statement import Stated, StatedContract, StatedParty, StatedPosition, StatedSigner

SEALS = (*ENTERPRISE_SEALS, 'personal', 'handwriting')
PLACEMENT = Struct(
    kind=Choice(tuple(sorted(KINDS))),
    seal_kind=(Maybe(Choice(SEALS)), None),
    page=(Maybe(Whole(-1, 100_000)), None),
    last_page=(Whole(-1, 100_000), -1),
    x=(Maybe(Number(-FARTHEST, FARTHEST)), None),
    y=(Maybe(Number(-FARTHEST, FARTHEST)), None),
    width=(Maybe(Number(1, 1000)), None),
    keyword=(Maybe(Text(100)), None),
    nth=(Whole(1, 1000), 1),
    style=(Choice(tuple(sorted(STYLES))), 'arabic'),
)
CONTRACT = Struct(
    ref=Ref(),
    name=(Maybe(Text(limits.NAME_LENGTH)), None),
    file=(Maybe(Ref()), None),
    template=(Maybe(Ref()), None),
    values=(Struct(), {}),
    parties=Items(Struct(ref=Ref(), placements=(Items(PLACEMENT), [])), 1, limits.HIGHEST.parties, 'ref'),
)
PARTY = Struct(
    ref=Ref(),
    kind=Choice(('enterprise', 'person', 'unregistered')),
    enterprise=(Maybe(Ref()), None),
    person=(Maybe(Ref()), None),
    name=(Maybe(Text(40)), None),
    mobile=(Maybe(Text(24)), None),
    id_number=(Maybe(Text(40)), None),
    department=(Maybe(Text(100)), None),
    order=(Whole(1, 1000), 1),
    can_refuse=(Flag(), True),
)


class EsignApi(models.AbstractModel):
    """Making a contract group."""

    _inherit = 'esign.api'

    @remote(
        ref=Ref(),
        name=Text(limits.NAME_LENGTH),
        business_type=(Maybe(Text(64)), None),
        deadline=Day(),
        initiator=Ref(),
        contracts=Items(CONTRACT, 1, limits.HIGHEST.files, 'ref'),
        parties=Items(PARTY, 1, limits.HIGHEST.parties, 'ref'),
        cc=(Items(Ref(), 0, limits.HIGHEST.parties), []),
        sequential=(Flag(), False),
        launch=(Flag(), True),
    )
    def create_group(self, ref, name, business_type, deadline, initiator, contracts, parties, cc, sequential, launch):
        """Make a contract group from files, and launch it unless told otherwise."""
        references = self.env['esign.api.reference']
        said = [name, business_type, deadline, initiator, contracts, parties, cc, sequential]
        reference = references._claim('group', ref, said)
        group = reference._record()
        if not group:
            enterprise = references._find_acting(initiator, 'initiator')
            stated = Stated(
                name=name,
                business_type=self._business_type(business_type),
                deadline=deadline,
                sequential=sequential,
                contracts=[
                    self._stated_contract(one, {party['ref'] for party in parties}, f'contracts[{index}]')
                    for index, one in enumerate(contracts)
                ],
                parties=[self._stated_party(one, f'parties[{index}]') for index, one in enumerate(parties)],
                copies=[references._find('person', one, f'cc[{index}]') for index, one in enumerate(cc)],
            )
            identity = self.env['esign.identity']._system(enterprise)
            group = reference._point(self.env['esign.contract.group']._from_stated(identity, stated), made=True)
            if launch:
                group._launch_stated(identity, stated)
        elif launch and group.state == 'draft':
            group._launch(self._driver_of(group))
        return {'group': ref, 'number': group.number or '', 'state': group.state}

    @api.model
    def _business_type(self, code):
        if code is None:
            return None
        found = self.env['esign.business.type'].sudo().search([('code', '=', code)], limit=1)
        if not found:
            raise ApiRefused(
                'ESIGN_NOT_FOUND', self.env._('business_type: there is no business type with this code: %s.', code)
            )
        return found

    @api.model
    def _stated_contract(self, one, parties, path):
        if one['template'] is not None:
            raise ApiRefused(
                'ESIGN_UNAVAILABLE', self.env._('%s: templates are not offered yet. Give a file.', f'{path}.template')
            )
        if one['file'] is None:
            raise self._invalid(f'{path}.file', self.env._('is missing'))
        if one['values']:
            raise self._invalid(f'{path}.values', self.env._('only templates have values'))
        for index, signer in enumerate(one['parties']):
            if signer['ref'] not in parties:
                raise self._invalid(f'{path}.parties[{index}].ref', self.env._('no party has this key'))
        self._check_placements(one, path)
        return StatedContract(
            ref=one['ref'],
            name=one['name'],
            document=self.env['esign.api.reference']._find('file', one['file'], f'{path}.file'),
            signers=[
                StatedSigner(signer['ref'], [self._stated_position(place) for place in signer['placements']])
                for signer in one['parties']
            ],
        )

    @api.model
    def _check_placements(self, contract, path):
        placed = [bool(signer['placements']) for signer in contract['parties']]
        if any(placed) and not all(placed):
            where = f'{path}.parties[{placed.index(False)}].placements'
            raise self._invalid(where, self.env._('on one contract all parties are given positions, or none'))
        for index, signer in enumerate(contract['parties']):
            for number, place in enumerate(signer['placements']):
                self._check_spot(place, f'{path}.parties[{index}].placements[{number}]')

    @api.model
    def _check_spot(self, place, path):
        if place['keyword'] is not None:
            for name in ('page', 'x', 'y'):
                if place[name] is not None:
                    raise self._invalid(f'{path}.{name}', self.env._('is found by the keyword: leave it out'))
            return
        needed = ('y',) if place['kind'] == 'cross_page' else ('page', 'x', 'y')
        for name in needed:
            if place[name] is None:
                raise self._invalid(f'{path}.{name}', self.env._('is missing'))
        if place['page'] == 0:
            raise self._invalid(f'{path}.page', self.env._('pages count from 1; −1 is the last one'))
        if place['last_page'] == 0:
            raise self._invalid(f'{path}.last_page', self.env._('pages count from 1; −1 is the last one'))

    @api.model
    def _stated_position(self, place):
        page = 1 if place['page'] is None else place['page']
        return StatedPosition(
            **{**place, 'page': page, 'seal_kind': OUR_KINDS.get(place['seal_kind'], place['seal_kind'])}
        )

    @api.model
    def _stated_party(self, one, path):
        kind = one['kind']
        if kind == 'unregistered':
            raise ApiRefused(
                'ESIGN_UNAVAILABLE',
                self.env._('%s: unregistered parties are not offered yet. Use sync_person first.', f'{path}.kind'),
            )
        for name in {'enterprise', 'person', 'department', 'name', 'mobile', 'id_number'} - {
            kind, *(['department'] if kind == 'enterprise' else [])
        }:  # fmt: skip
            if one[name] is not None:
                raise self._invalid(f'{path}.{name}', self.env._('does not go with this kind of party'))
        if one[kind] is None:
            raise self._invalid(f'{path}.{kind}', self.env._('is missing'))
        who = self.env['esign.api.reference']._find(kind, one[kind], f'{path}.{kind}')
        values = {'kind': kind, f'{kind}_id': who.id}
        if one['department'] is not None:
            values['department_id'] = self._department_of(who, one['department'], f'{path}.department').id
        return StatedParty(one['ref'], one['order'], one['can_refuse'], values)

    @api.model
    def _department_of(self, enterprise, name, path):
        found = self.env['esign.department']._named(enterprise, name)
        if not found:
            raise ApiRefused(
                'ESIGN_NOT_FOUND', self.env._('%(path)s: there is no department “%(name)s”.', path=path, name=name)
            )
        return found

    def _told_rule(self, error, spec):
        """A refused launch names the place of its first fault."""
        told = super()._told_rule(error, spec)
        if isinstance(error, LaunchRefused) and error.details.get('faults'):
            path, reason = error.details['faults'][0]
            return ApiRefused(told.code, f'{path}: {reason}')
        return told
