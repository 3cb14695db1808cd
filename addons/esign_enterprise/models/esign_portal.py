from odoo import models

from odoo.addons.esign_base.tools.portal import HomeTask, MenuEntry

from .esign_enterprise_join import DECIDERS


class EsignPortal(models.AbstractModel):
    """Entries and tasks of enterprises in the portal shell."""

    _inherit = 'esign.portal'

    def _esign_is_ours(self, path):
        parts = path.split('/')[1:4]
        return super()._esign_is_ours(path) or ('my' in parts and bool({'enterprise', 'enterprises'} & {*parts}))

    def _esign_menu(self, identity):
        """An enterprise has its centre; a person finds their enterprises in the user centre."""
        entries = super()._esign_menu(identity)
        if getattr(identity, 'enterprise', None):
            waiting = 0
            if identity.has_role(*DECIDERS):
                waiting = (
                    self.env['esign.enterprise.join']
                    .sudo()
                    .search_count([('enterprise_id', '=', identity.enterprise.id), ('state', '=', 'pending')])
                )
            entries.append(
                MenuEntry('enterprise', self.env._('Enterprise centre'), '/my/enterprise', 'building', 55, waiting)
            )
        return entries

    def _esign_centre_tabs(self, identity):
        """我的企业 in the user centre."""
        return [
            *super()._esign_centre_tabs(identity),
            ('enterprises', self.env._('My enterprises'), '/my/enterprises', 0),
        ]

    def _esign_home_tasks(self, identity):
        """What a person has to do about their enterprises."""
        tasks = super()._esign_home_tasks(identity)
        if getattr(identity, 'kind', '') != 'person' or identity.person.sudo().state != 'verified':
            return tasks
        person = identity.person.sudo()
        offers = (
            self.env['esign.enterprise.admin.change']
            .sudo()
            .search([('member_id.person_id', '=', person.id), ('state', '=', 'waiting')])
        )
        for offer in offers:
            tasks.append(
                HomeTask(
                    f'offer_{offer.id}',
                    self.env._('You are to become administrator of %s', offer.enterprise_name),
                    self.env._('Accept or decline within 7 days under My enterprises.'),
                    '/my/enterprises?tab=joined', self.env._('Decide'), 'switch', 20,
                )
            )  # fmt: skip
        rejected = (
            self.env['esign.enterprise.certification']
            .sudo()
            .search([('person_id', '=', person.id), ('state', '=', 'rejected')])
        )
        for record in rejected:
            tasks.append(
                HomeTask(
                    f'certification_{record.id}', self.env._('The certification of %s was rejected', record.name),
                    record.reason or '', f'/my/enterprises/certification/{record.id}', self.env._('Mend'), 'alert', 20,
                )
            )  # fmt: skip
        return tasks
