from odoo import api, models

from odoo.addons.esign_base.errors import ApiRefused, EsignError
from odoo.addons.esign_base.rules.names import LONGEST
from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import Choice, Day, Flag, Items, Maybe, Ref, Text

ROLES = (
    'administrator', 'seal_operator', 'seal_keeper', 'member_manager', 'template_manager', 'auditor', 'member',
)  # fmt: skip
# Kinds of seals: the interface's word → ours, where they differ.
OUR_KINDS = {'legal_rep': 'legal', 'personal': 'name'}
API_KINDS = {ours: theirs for theirs, ours in OUR_KINDS.items()}
ENTERPRISE_SEALS = ('official', 'contract', 'finance', 'hr', 'legal_rep', 'department', 'invoice')


class EsignApi(models.AbstractModel):
    """Enterprises, their members, and who may use their seals."""

    _inherit = 'esign.api'

    @remote(
        vouch='verified',
        ref=Ref(),
        name=Text(2 * LONGEST),
        uscc=Text(24),
        kind=(Choice(('internal', 'external')), 'internal'),
        legal_name=(Maybe(Text(2 * LONGEST)), None),
        administrator=Ref(),
        verified=(Flag(), False),
    )
    def sync_enterprise(self, ref, name, uscc, kind, legal_name, administrator, verified):
        """Make an enterprise known. ``verified`` needs the right to vouch: certificate and usual seals follow."""
        references = self.env['esign.api.reference']
        person = references._find('person', administrator, 'administrator')
        stated = self.env['esign.enterprise.certification']._stated(name, uscc, kind, legal_name)
        reference = references._claim('enterprise', ref, {**stated, 'administrator': administrator}).sudo()
        if not reference.res_id and not reference.certification_id:
            self._know_enterprise(reference, person, stated)
        if verified and not reference._record():
            reference.certification_id.sudo(False)._vouch()
        enterprise = reference._record()
        shown = enterprise or reference.certification_id
        # Of an enterprise that it may only name the system learns no more than that.
        seals = self._seals_of(enterprise) if reference.origin != 'known' else []
        return {'ref': ref, 'state': shown._states[shown.state].told_as or shown.state, 'seals': seals}

    @api.model
    def _know_enterprise(self, reference, person, stated):
        live = self.env['esign.enterprise']._live(stated)
        if live:
            reference._point(live, made=False)
        else:
            reference.certification_id = self.env['esign.enterprise.certification']._begin_for(person, stated)

    @api.model
    def _seals_of(self, enterprise):
        seals = enterprise.seal_ids.sorted('id') if enterprise else ()
        return [
            {
                'ref': seal.seal_no or str(seal.id),
                'kind': API_KINDS.get(seal.kind_code, seal.kind_code),
                'name': seal.name,
                'state': seal.state,
                'reason': seal.state_reason or '',
            }
            for seal in seals
        ]

    @remote(
        enterprise=Ref(),
        person=Ref(),
        roles=Items(Choice(ROLES), 1, len(ROLES)),
        department=(Maybe(Text(100)), None),
    )
    def sync_member(self, enterprise, person, roles, department):
        """Make a person a member with exactly these roles; without the right to vouch, apply for it."""
        references = self.env['esign.api.reference']
        company = references._find_acting(enterprise, 'enterprise')
        somebody = references._find('person', person, 'person')
        if not self._may_vouch():
            return self._apply_for_member(company, somebody, roles, department)
        unit = self.env['esign.department']._vouch(company, department) if department else None
        self.env['esign.enterprise.member']._vouch(company, somebody, roles, unit)
        return {'state': 'active'}

    @api.model
    def _apply_for_member(self, company, person, roles, department):
        member = company._member_of(person)
        if member and set(roles) <= member._codes():
            return {'state': 'active'}
        if member:
            self._require_vouch('roles')
        self.env['esign.enterprise.join']._apply(person.user_id, company, department or '', '', '')
        return {'state': 'pending'}

    @remote(
        enterprise=Ref(),
        seal_kind=Choice(ENTERPRISE_SEALS),
        operator=(Maybe(Ref()), None),
        silent=(Flag(), False),
        until=(Maybe(Day()), None),
    )
    def grant_seal(self, enterprise, seal_kind, operator, silent, until):
        """Authorise members to use a seal: at once where the caller may vouch, else an administrator confirms."""
        references = self.env['esign.api.reference']
        company = references._find_acting(enterprise, 'enterprise')
        seal = company.seal_ids.filtered(
            lambda one: one.kind_code == OUR_KINDS.get(seal_kind, seal_kind) and one.state == 'active'
        ).sorted('id')[:1]
        if not seal:
            raise EsignError(self.env._('seal_kind: the enterprise has no such seal in use.'), 'SEAL_STATE')
        member = None
        if operator:
            member = company._member_of(references._find('person', operator, 'operator'))
            if not member:
                raise ApiRefused('ESIGN_STATE', self.env._('operator: is no member of this enterprise.'))
        grant = self.env['esign.seal.grant']._ask_for(
            seal, member, silent=silent, until=until or False, vouched=self._may_vouch()
        )
        return {'grant': grant.reference, 'state': grant.state}
