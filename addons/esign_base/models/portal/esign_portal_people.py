from odoo import models

from ...tools.portal import HomeTask, MenuEntry


class EsignPortal(models.AbstractModel):
    """What persons and their identities add to the portal shell."""

    _inherit = 'esign.portal'

    def _esign_identity(self):
        if self.env.user._is_public():
            return None
        return self.env['esign.identity']._worn() or super()._esign_identity()

    def _esign_identities(self, identity):
        return self.env['esign.identity']._available(self.env.user) or super()._esign_identities(identity)

    def _esign_menu(self, identity):
        entries = super()._esign_menu(identity)
        if self._esign_person(identity):
            entries.append(MenuEntry('centre', self.env._('User centre'), '/my/esign/me', 'user', sequence=60))
        return entries

    def _esign_account_menu(self, identity):
        entries = super()._esign_account_menu(identity)
        if not self._esign_person(identity):
            return entries
        # The user centre has its own page for passwords; Odoo's would be a second way, for staff who sign too.
        entries = [entry for entry in entries if entry.key != 'security']
        return [
            *entries,
            MenuEntry('me', self.env._('Personal information'), '/my/esign/me', 'user', sequence=10),
        ]

    def _esign_centre_tabs(self, identity):
        """Tabs of the user centre: (key, label, address, count)."""
        return [
            ('me', self.env._('Personal information'), '/my/esign/me', 0),
            ('verify', self.env._('Real-name verification'), '/my/esign/me/verify', 0),
        ]

    def _esign_home_tasks(self, identity):
        tasks = super()._esign_home_tasks(identity)
        person = self._esign_person(identity)
        task = self._verification_tasks().get(person.sudo().state) if person else None
        return [*tasks, task] if task else tasks

    def _verification_tasks(self):
        url = '/my/esign/me/verify'
        title = self.env._('Real-name verification')
        start = self.env._('Only verified persons can sign contracts or certify an enterprise.')
        return {
            'draft': HomeTask('verify', title, start, url, self.env._('Verify now'), 'shield', 10),
            'pending': HomeTask(
                'verify',
                title,
                self.env._('Your request is under review.'),
                url,
                self.env._('View'),
                'clock',
                10,
            ),
            'rejected': HomeTask(
                'verify',
                title,
                self.env._('Your request was not passed.'),
                url,
                self.env._('Mend it'),
                'alert',
                10,
            ),
            'expired': HomeTask(
                'verify',
                title,
                self.env._('Your verification has expired.'),
                url,
                self.env._('Verify again'),
                'alert',
                10,
            ),
        }

    def _esign_person(self, identity):
        return getattr(identity, 'person', None)
