from odoo import fields, models
from odoo.fields import Domain

from ...tools.imprints import fits

# Certificates that are under way: the platform issues them by itself, within minutes.
UNDER_WAY = ('requested', 'failed')


class EsignParty(models.Model):
    """Whether a party has what it needs to sign, asked before a contract is launched.

    A seal counts that is in use, has a picture, and may be used by somebody who can log in. What comes
    by itself counts as there (a certificate that is being issued); what somebody would have to do first
    (make a seal, put it into use, authorise an operator) does not.
    """

    _inherit = 'esign.party'

    def _lacks_seal(self, code=None):
        """Why nobody can sign for this party with a seal of a type, as a sentence; '' when somebody can.

        :param code: type that a position asks for; None where the party places its seals itself.
        """
        self.ensure_one()
        party = self.sudo()
        return party._enterprise_lacks(code) if party.kind == 'enterprise' else party._person_lacks(code)

    def _stands(self):
        """Whether the party is verified or certified now: the launch says so first where it is not."""
        party = self.sudo()
        return (party.enterprise_id.state if party.kind == 'enterprise' else party.person_id.state) in (
            'certified',
            'verified',
        )

    def _person_lacks(self, code):
        if code == 'handwriting':
            return ''  # written by the person in a moment, without anybody's leave
        seals = self._seals_like([('person_id', '=', self.person_id.id), ('owner_kind', '=', 'person')], code)
        if seals.filtered(lambda seal: seal._state_usability() is None):
            return ''
        return self.env._(
            '%s has no seal that can be used. The person adds a handwritten signature (Personal seals) first.',
            self.name,
        )

    def _enterprise_lacks(self, code):
        owned = [('enterprise_id', '=', self.enterprise_id.id)]
        owned += [('department_id', 'in', [False, *self.department_id.ids])]
        seals = self._seals_like(owned, code)
        if not seals:
            return self._without_seal(code)
        ready = seals.filtered(lambda seal: seal._state_usability() is None)
        if not ready:
            return f'{self.name}: {seals[0]._state_usability().reason}'
        if not self._is_granted(ready):
            return self.env._(
                '%(party)s has authorised nobody to use its seal “%(seal)s” for this type of contract.',
                party=self.name, seal=ready[0].name,
            )  # fmt: skip
        if self._certificate_comes():
            return ''
        return self.env._('%s has no valid certificate: its seals cannot be used.', self.name)

    def _seals_like(self, owned, code):
        gone = Domain('state', 'not in', ('collected', 'destroyed', 'rejected'))
        found = self.env['esign.seal'].sudo().search(Domain(owned) & gone)
        return found.filtered(lambda seal: code is None or fits(seal.kind_code, code))

    def _without_seal(self, code):
        kind = self.env['esign.seal.kind']._of(code).name if code else ''
        if not kind:
            return self.env._('%s has no seal. Its administrator makes one first (Enterprise seals).', self.name)
        return self.env._(
            '%(party)s has no seal of the type “%(kind)s”. Its administrator makes one first, or choose another type.',
            party=self.name, kind=kind,
        )  # fmt: skip

    def _is_granted(self, seals):
        """Whether an authorisation in force lets somebody use one of the seals for contracts of this kind."""
        grants, now = self.env['esign.seal.grant'].sudo(), fields.Datetime.now()
        given = grants.search([('seal_id', 'in', seals.ids), ('state', '=', 'active')])
        members = given.member_ids
        if given.department_ids:
            members |= members.search([('department_id', 'child_of', given.department_ids.ids)])
        if self.department_id:
            members = members.filtered(lambda one: one.department_id == self.department_id)
        business = self.group_id.business_type_id
        return any(
            held._covering(business)
            for member in members.filtered(lambda one: one.state == 'active' and one.person_id.state == 'verified')
            for silent in (False, True)
            for held in grants._for(seals, member, now, silent=silent).values()
        )

    def _certificate_comes(self):
        certificates, code = self.env['esign.certificate'].sudo(), self.enterprise_id.uscc
        if certificates._current_of([code], fields.Datetime.now()):
            return True
        under_way = Domain('uscc', '=', code) & Domain('state', 'in', UNDER_WAY)
        return bool(certificates.search_count(under_way & Domain('external', '=', False), limit=1))
