from odoo import api, models
from odoo.fields import Domain

from odoo.addons.esign_base.tools.answer import Answer
from odoo.addons.esign_enterprise.models.esign_enterprise_role import LAUNCHERS

from .esign_contract_group import RUNNING

# Members who see what their enterprise signs, beside those who may use one of its seals.
READERS = ('administrator', 'legal_rep', 'seal_operator')
HANDED_OUT = (*RUNNING, 'done')
LOOKS = ('see', 'preview', 'trace', 'download', 'signatures')


class EsignContractGroup(models.Model):
    """Who launches; who sees a launched group, and what may be looked at."""

    _inherit = 'esign.contract.group'

    # Whose groups -----------------------------------------------------------------------------

    @api.model
    def _party_domain(self, identity):
        """Parties that an identity stands for and whose contracts it may see.

        In an enterprise these are its administrators and whoever may use one of its seals.
        """
        if not identity:
            return Domain.FALSE
        allowed = (
            identity.is_person or identity.has_role(*READERS) or bool(self.env['esign.seal']._usable_for(identity))
        )
        return Domain(self.env['esign.party']._domain_of(identity)) if allowed else Domain.FALSE

    @api.model
    def _launched_domain(self, identity):
        """Groups that the identity manages: see :meth:`_may_manage`."""
        if not identity or not identity.enterprise:
            return Domain.FALSE
        mine = Domain('initiator_id', '=', identity.enterprise.id)
        return mine if identity.has_role('administrator') else mine & Domain('initiated_by', '=', identity.person.id)

    @api.model
    def _launches(self, identity):
        """Whether the role is one that launches; staff and business systems act for the enterprise anyway."""
        if identity.is_staff or any(identity.has_role(role) for role in LAUNCHERS):
            return Answer.yes()
        return Answer.no(
            'NO_ROLE',
            self.env._('Your role does not launch contracts. Ask an administrator to make you a seal operator.'),
        )

    @api.model
    def _copies_domain(self, identity):
        """Copies that the person was sent."""
        if not identity or not identity.is_person:
            return Domain.FALSE
        return Domain('person_id', '=', identity.person.id) & Domain('told_at', '!=', False)

    def _relation(self, identity):
        """What the identity is to this group: ``initiator``, ``party``, ``copy`` or ''.

        A party is one from the moment it was told; before, the group is not its business.
        """
        self.ensure_one()
        group = self.sudo()
        if not identity:
            return ''
        if group._may_manage(identity):
            return 'initiator'
        here = Domain('group_id', '=', self.id)
        told = here & Domain('notified_at', '!=', False)
        if group.env['esign.party'].search_count(self._party_domain(identity) & told, limit=1):
            return 'party'
        return 'copy' if group.env['esign.copy'].search_count(here & self._copies_domain(identity), limit=1) else ''

    @api.model
    def _visible(self, group_id, identity):
        """The group with this number if the identity may see it, as superuser; else empty."""
        group = self.sudo().browse(group_id).exists()
        return group if group and group._relation(identity) else self.sudo().browse()

    def _may(self, action, identity):
        """Looking at a group: ``see``, ``preview``, ``trace``, ``download``, ``signatures``."""
        if action not in LOOKS:
            return super()._may(action, identity)
        self.ensure_one()
        standing, state = self._relation(identity), self.sudo().state
        if not standing:
            return Answer.no('NOT_YOURS', self.env._('This contract is not there, or not yours to see.'))
        if action == 'download':
            return self._may_download(standing, state)
        if action == 'signatures' and state != 'done':
            return Answer.no('WRONG_STATE', self.env._('The data of the seals is shown when everybody has signed.'))
        return Answer.yes()

    def _may_download(self, standing, state):
        if standing == 'copy':
            return Answer.no('COPY', self.env._('A copy is for reading; it cannot be downloaded.'))
        if state not in HANDED_OUT:
            return Answer.no('WRONG_STATE', self.env._('There is nothing to download in this state.'))
        return Answer.yes()

    # Who launches -----------------------------------------------------------------------------

    @api.model
    def _may_start(self, identity):
        """Whether the identity may launch: a certified enterprise does, by those who may bind it."""
        if not identity or not getattr(identity, 'enterprise', None):
            return Answer.no(
                'NOT_ENTERPRISE', self.env._('Only enterprises launch contracts. Switch to your enterprise.')
            )
        if identity.enterprise.sudo().state != 'certified':
            return Answer.no('NOT_CERTIFIED', self.env._('%s is not certified at present.', identity.enterprise.name))
        return self._launches(identity)
