from odoo import api, models
from odoo.fields import Domain

from odoo.addons.esign_base.identity import DEPARTMENT, ENTERPRISE, Identity

# What is asked of a membership at every request: read at once.
ACTING = ['state', 'codes', 'person_id', 'enterprise_id', 'department_id']


class EsignIdentity(models.AbstractModel):
    """A login may also act as each certified enterprise, and department, that it belongs to."""

    _inherit = 'esign.identity'

    @api.model
    def _available(self, user):
        """Append one identity a membership; read afresh, so a removed member has lost it at once."""
        found = super()._available(user)
        person = found[0].person if found else None
        if not person or person.state != 'verified':
            return found
        domain = Domain('user_id', '=', user.id) & Domain('state', '=', 'active')
        members = self.env['esign.enterprise.member'].sudo().search_fetch(domain, ACTING)
        members.enterprise_id.fetch(['name', 'kind', 'state', 'uscc'])
        for member in members:
            if member.enterprise_id.state != 'certified' or not member.codes:
                continue
            found.append(self._of_member(user, person, member))
            if member.department_id.active and member.enterprise_id.kind == 'internal':
                found.append(self._of_member(user, person, member, member.department_id))
        return found

    def _of_member(self, user, person, member, department=None):
        enterprise = member.enterprise_id
        return Identity(
            key=f'{DEPARTMENT}:{department.id}' if department else f'{ENTERPRISE}:{enterprise.id}',
            kind=DEPARTMENT if department else ENTERPRISE,
            user=user,
            person=person,
            enterprise=enterprise,
            department=department,
            member=member,
            roles=member._codes(),
            label=f'{enterprise.name} · {department.name}' if department else enterprise.name,
        )
