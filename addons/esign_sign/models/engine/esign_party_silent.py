from functools import partial

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.answer import Answer, attempt
from odoo.addons.esign_base.tools.said import listening

from ...tools.imprints import fits
from .esign_party import OPERATOR


class EsignParty(models.Model):
    """Signing for an enterprise without a person present, by an authorisation made for it."""

    _inherit = 'esign.party'

    silent_for = fields.Many2one(
        'res.users', 'Silent signing asked by', readonly=True, copy=False, ondelete='set null',
        help='Asked for while the documents were being prepared; done when it is the turn of the party.',
    )  # fmt: skip

    def _auto_sign(self, asked_by):
        """Sign everything the party has to sign, as a job. A second call finds what the first began.

        :param asked_by: login of the business system that asks.
        :return: the act; ``job`` names the job. Empty while the documents are being prepared: it follows then.
        :raises EsignError: not now, not for this party, or nobody may sign silently for it.
        """
        self.ensure_one()
        self._take_turns()
        acts = self.env['esign.signing.act'].sudo()
        earlier = acts.search([('party_id', '=', self.id), ('silent', '=', True)])
        begun = earlier.filtered(lambda act: act.state in ('consented', 'done'))[:1]
        if begun:
            return begun
        self._may_auto_sign().require()
        if self.sudo().blocked:
            raise EsignError(self._told_problem(), 'SIGNING_FAILED')
        if self.sudo().group_id.state == 'preparing':
            self._silent_identity(early=True)
            self.sudo().silent_for = asked_by
            return acts
        identity = self._silent_identity()
        act = acts._freeze(
            self, identity, self.sudo().signer_ids.contract_id, key=f'silent-{len(earlier) + 1:04d}', silent=True
        )
        return act._consent_by_authority(identity, asked_by)

    @listening()
    def _begin(self):
        """Do at once what was asked for while the documents were being prepared."""
        result = super()._begin()
        for party in self.sudo().filtered('silent_for'):
            asked_by = party.silent_for
            party.silent_for = False
            begun = partial(party._auto_sign, asked_by)
            attempt(self.env, begun, refused=EsignError, told=party._note_refusal)
        return result

    def _note_refusal(self, refusal):
        """Keep why silent signing could not begin; answer with it."""
        self._fail(self._failure_of(refusal))
        return Answer.refused(refusal)

    def _try_again(self, asked_by):
        """What failed for this party once more: an act that waits now, a silent one that ended anew."""
        party = self.sudo()
        acts = party.group_id.act_ids.filtered(lambda one: one.party_id == party).sorted('id')
        waiting, last = acts.filtered(lambda one: one.state == 'consented'), acts[-1:]
        if waiting:
            waiting[-1]._perform_later()
        elif last.silent and last.state == 'failed' and party.state == 'pending':
            party._mend()
            party._auto_sign(asked_by)

    def _may_auto_sign(self):
        """Whether silent signing is possible at all, apart from authorisations and turns."""
        party = self.sudo()
        if party.kind != 'enterprise':
            return Answer.no('NOT_SILENT', self.env._('Only enterprises sign silently; a person signs personally.'))
        if party.state == 'signed':
            return Answer.no('ALREADY', self.env._('You have signed or answered this already.'))
        free = party.signer_ids.contract_id.filtered(lambda one: not one.placed)
        if free:
            return Answer.no('NOT_PLACED', self.env._('Silent signing needs positions: “%s” has none.', free[0].name))
        return Answer.yes()

    def _silent_identity(self, *, early=False):
        """The operator whose authorisations for silent signing cover all seals asked for.

        :param early: the contract is not open for signatures yet; everything else must be right.
        :raises EsignError: the reason of the first who cannot, or that there is nobody.
        """
        party, problem = self.sudo(), None
        seals, business = self.env['esign.seal'], party.group_id.business_type_id
        wanted = party.signer_ids.placement_ids.seal_kind_id.mapped('code')
        for member in party._silent_operators():
            identity = party._worn_for(member)
            if not identity:
                continue
            answer = party._may_sign(identity, silent=True)
            if early and answer.outcome == 'WRONG_STATE':
                answer = Answer.yes()
            usable = [seal for seal, _answer in seals._usable_for(identity, silent=True, business=business)]
            if answer and all(any(fits(seal.kind_code, code) for seal in usable) for code in wanted):
                return identity
            if problem is None and not answer and answer.outcome != 'NO_SEAL':
                problem = answer
        if problem is not None:
            problem.require()
        raise EsignError(
            self.env._('Nobody authorised silent signing for “%s” with all the seals asked for.', party.name),
            'NO_SILENT_GRANT',
        )

    def _silent_operators(self):
        """Members whom an authorisation for silent signing names, by themselves or their department."""
        now = Domain('enterprise_id', '=', self.enterprise_id.id) & Domain('state', '=', 'active')
        grants = self.env['esign.seal.grant'].sudo().search(now & Domain('silent', '=', True), order='id')
        named = Domain('id', 'in', grants.member_ids.ids)
        if grants.department_ids:
            named |= Domain('department_id', 'child_of', grants.department_ids.ids)
        members = self.env['esign.enterprise.member'].sudo().search(now & named, order='id')
        return members.filtered(lambda member: OPERATOR in member._codes())

    def _worn_for(self, member):
        """What a member wears to sign for this party; None when they cannot."""
        available = self.env['esign.identity']._available(member.person_id.user_id)
        return next((one for one in available if self._is_worn_by(one)), None)
