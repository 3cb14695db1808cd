from odoo import models
from odoo.fields import Domain

from odoo.addons.portal.controllers.portal import pager

from .esign_enterprise_join import DECIDERS
from .esign_enterprise_role import ADMINISTRATOR, EARNED, MEMBER

CENTRE = '/my/enterprise'


class EsignEnterprise(models.Model):
    """What portal pages show of an enterprise, a constant number of queries a page."""

    _inherit = 'esign.enterprise'

    def _of_person(self, person):
        """Return the applications and memberships of a person for 我的企业."""
        certifications = (
            self.env['esign.enterprise.certification']
            .sudo()
            .search([('person_id', '=', person.id), ('state', '!=', 'superseded')])
        )
        members = (
            self.env['esign.enterprise.member'].sudo().search([('person_id', '=', person.id), ('state', '=', 'active')])
        )
        joins = (
            self.env['esign.enterprise.join']
            .sudo()
            .search([('person_id', '=', person.id), ('state', '!=', 'approved')], limit=50)
        )
        changes = (
            self.env['esign.enterprise.admin.change']
            .sudo()
            .search(
                (Domain('member_id', 'in', members.ids) | Domain('former_member_id', 'in', members.ids))
                & Domain('state', 'in', ('waiting', 'pending'))
            )
        )
        administered = members.filtered('is_administrator')
        in_force = certifications.filtered(lambda c: c.state == 'certified')
        return {
            'open_certifications': certifications - in_force,
            'administered': administered,
            'former': in_force.filtered(lambda c: c.enterprise_id not in administered.enterprise_id),
            'waiting_renewals': set(
                (certifications.filtered(lambda c: c.state in ('draft', 'pending', 'rejected'))).enterprise_id.ids
            ),
            'joined': members - administered,
            'joins': joins,
            'offers': changes.filtered(lambda c: c.state == 'waiting' and c.member_id in members),
            'offered': changes.filtered(lambda c: c.state == 'waiting' and c.former_member_id in members),
            'applications': {c.enterprise_id.id: c for c in changes if c.state == 'pending' and c.member_id in members},
        }

    def _centre_tabs(self, identity):
        """Return the tabs of the enterprise centre that ``identity`` may open: (key, label, url, count)."""
        enterprise = self.sudo()
        tabs = [('overview', self.env._('Overview'), CENTRE, 0)]
        if identity.has_role(*DECIDERS):
            waiting = (
                self.env['esign.enterprise.join']
                .sudo()
                .search_count([('enterprise_id', '=', enterprise.id), ('state', '=', 'pending')])
            )
            tabs.append(('members', self.env._('Members'), f'{CENTRE}/members', 0))
            tabs.append(('joins', self.env._('Applications to join'), f'{CENTRE}/joins', waiting))
            if enterprise.kind == 'internal':
                tabs.append(('departments', self.env._('Departments'), f'{CENTRE}/departments', 0))
        if identity.has_role(ADMINISTRATOR):
            tabs.append(('transfer', self.env._('Transfer the administrator role'), f'{CENTRE}/transfer', 0))
        return tabs

    def _member_page(self, user, page, size, text=''):
        """Return one page of active members for an administrator or member manager."""
        actor = self._require(user, *DECIDERS)
        domain = Domain('enterprise_id', '=', self.id) & Domain('state', '=', 'active')
        text = (text or '').strip()
        if text:
            domain &= Domain('person_id.name', 'ilike', text) | Domain('work_number', 'ilike', text)
        members = self.env['esign.enterprise.member'].sudo()
        total = members.search_count(domain)
        where = pager(url=f'{CENTRE}/members', total=total, page=page, step=size, url_args={'q': text} if text else {})
        rows = members.search(domain, limit=size, offset=where['offset'], order='id')
        return {'members': rows, 'pager': where, 'q': text, 'total': total, **self._choices(actor)}

    def _join_page(self, user):
        """Return the applications that wait, and the last decided ones."""
        actor = self._require(user, *DECIDERS)
        joins = self.env['esign.enterprise.join'].sudo()
        waiting = joins.search([('enterprise_id', '=', self.id), ('state', '=', 'pending')], order='id', limit=100)
        decided = joins.search([('enterprise_id', '=', self.id), ('state', '!=', 'pending')], limit=20)
        return {'waiting': waiting, 'decided': decided, **self._choices(actor)}

    def _department_page(self, user):
        """Return the departments with their numbers of members."""
        actor = self._require(user, *DECIDERS)
        return self._choices(actor)

    def _transfer_page(self, user):
        """Return who may become administrator, and the offer that waits."""
        actor = self._require(user, ADMINISTRATOR)
        members = self.sudo().member_ids.filtered(lambda m: m.state == 'active' and not m.is_administrator)
        waiting = (
            self.env['esign.enterprise.admin.change']
            .sudo()
            .search([('former_member_id', '=', actor.id), ('state', '=', 'waiting')], limit=1)
        )
        return {
            'candidates': members.filtered(lambda m: m.person_id.state == 'verified'),
            'offer': waiting,
            'actor': actor,
            'chosen': 0,
            'problem': '',
            'sent_to': '',
        }

    def _choices(self, actor):
        """Return roles and departments that ``actor`` may choose from."""
        fixed = set(EARNED) | {MEMBER} | ({ADMINISTRATOR} if actor.enterprise_id.kind == 'external' else set())
        roles = self.env['esign.enterprise.role'].search([('code', 'not in', list(fixed))])
        if ADMINISTRATOR not in actor._codes():
            roles = roles.browse()
        departments = self.env['esign.department'].sudo().search([('enterprise_id', '=', self.id)])
        return {'roles': roles, 'departments': departments, 'actor': actor, 'kept': fixed}
