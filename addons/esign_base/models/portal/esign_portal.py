from types import SimpleNamespace

from odoo import models

from ...tools.portal import HomeAction, HomeCard, HomeTask, Inbox, MenuEntry
from ...tools.states import state_of


class EsignPortal(models.AbstractModel):
    """What the portal shell shows to an identity.

    Other addons extend the `_esign_*` hooks, call `super()` and append. A page that does not exist yet
    has no entry: nothing in the shell leads nowhere. Every hook runs with the rights of the user and
    accepts `identity=None`, which is a visitor who has not logged in.
    """

    _name = 'esign.portal'
    _description = 'Portal shell of electronic contracts'

    def _esign_identity(self):
        """The identity worn in this request, None for a visitor."""
        user = self.env.user
        if user._is_public():
            return None
        worn = self.env['esign.identity']._worn()
        # Staff and logins without a person still see who they are.
        return worn or SimpleNamespace(key=f'user:{user.id}', kind='user', user=user, label=user.name)

    def _esign_identities(self, identity):
        """The identities this login may switch to, the worn one included."""
        return self.env['esign.identity']._available(self.env.user) if identity else []

    def _esign_is_ours(self, path) -> bool:
        """Whether a path, with or without a language before it, is a page of the portal.

        Visitors who ask for one are sent to the portal's own log-in.
        """
        parts = path.split('/')
        return 'esign' in parts[1:4] and 'odoo' not in parts

    def _esign_menu(self, identity) -> list[MenuEntry]:
        """Entries of the menu, in any order."""
        if not identity:
            return []
        return [MenuEntry('home', self.env._('Home'), '/my/esign', 'home', sequence=10)]

    def _esign_account_menu(self, identity) -> list[MenuEntry]:
        """Entries of the account menu, above 'Log out'."""
        entries = []
        if identity and self.env.user._is_internal():
            entries.append(MenuEntry('security', self.env._('Login and security'), '/my/security', 'lock', 60))
            entries.append(MenuEntry('staff', self.env._('Management'), '/odoo', 'settings', sequence=90))
        return entries

    def _esign_inbox(self, identity) -> Inbox | None:
        """The messages of the identity, None where there is no page to read them on."""
        return None

    def _esign_home_actions(self, identity) -> list[HomeAction]:
        """Buttons at the top of the home page."""
        return []

    def _esign_home_tasks(self, identity) -> list[HomeTask]:
        """What the user should do next."""
        return []

    def _esign_home_cards(self, identity) -> list[HomeCard]:
        """Counts of the lists."""
        return []

    def _esign_product_name(self):
        """The name of the product, as configured or as translated."""
        configured = self.env['ir.config_parameter'].sudo().get_param('esign.product_name')
        return configured or self.env._('Electronic Contract Signing System')

    def _esign_shell(self, identity):
        """Everything `esign_base.portal_shell` needs besides the page itself."""
        return {
            'state_of': state_of,
            'product_name': self._esign_product_name(),
            'identity': identity,
            'identities': self._esign_identities(identity),
            'menu': _in_order(self._esign_menu(identity)),
            'account_menu': _in_order(self._esign_account_menu(identity)),
            'inbox': self._esign_inbox(identity),
        }

    def _esign_home(self, identity):
        """Everything the home page shows."""
        return {
            'home_actions': _in_order(self._esign_home_actions(identity)),
            'home_tasks': _in_order(self._esign_home_tasks(identity)),
            'home_cards': _in_order(self._esign_home_cards(identity)),
        }


def _in_order(entries):
    return sorted(entries, key=lambda entry: (entry.sequence, entry.key))
