from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.identity import STAFF

from ...tools.staff_identity import StaffIdentity

OPERATORS = 'esign_base.group_esign_operator'


class EsignIdentity(models.AbstractModel):
    """Staff act for internal enterprises, without a person of theirs."""

    _inherit = 'esign.identity'

    @api.model
    def _staff(self, enterprise):
        """The identity under which the current user drives contracts of an enterprise.

        :raises EsignError: ``NOT_ALLOWED`` for others than operators, ``NOT_INTERNAL`` for an
            enterprise whose contracts are its own people's matter.
        """
        user = self.env.user
        if not user.has_group(OPERATORS):
            raise EsignError(self.env._('Only operators do this.'), 'NOT_ALLOWED')
        enterprise = enterprise.sudo()
        if len(enterprise) != 1 or enterprise.kind != 'internal':
            raise EsignError(
                self.env._('Staff act for internal enterprises only. Others launch on the portal.'), 'NOT_INTERNAL'
            )
        return self._for_staff(user, enterprise)

    @api.model
    def _system(self, enterprise):
        """The identity under which a business system drives contracts of an enterprise.

        Whether it may is decided before, by what the system has made or was given.
        """
        return self._for_staff(self.env.user, enterprise.sudo())

    @api.model
    def _for_staff(self, user, enterprise):
        return StaffIdentity(
            key=f'{STAFF}:{user.id}:{enterprise.id}',
            kind=STAFF,
            user=user,
            person=self.env['esign.person'].sudo(),
            enterprise=enterprise,
            label=enterprise.name,
        )
