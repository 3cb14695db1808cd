from odoo import api, models
from odoo.http import request

from ...errors import EsignError
from ...identity import PERSON, SESSION_KEY, Identity, choose


class EsignIdentity(models.AbstractModel):
    """Which identities a login may wear, and which one it wears.

    Other floors extend :meth:`_available` and append theirs. Nothing is cached: a right that was
    taken away is gone at the next request.
    """

    _name = 'esign.identity'
    _description = 'Identity worn on the portal'

    @api.model
    def _available(self, user) -> list[Identity]:
        """All identities of a login, its person first; empty for logins without a person."""
        person = self.env['esign.person']._of_user(user)
        if not person:
            return []
        return [
            Identity(
                key=f'{PERSON}:{person.id}',
                kind=PERSON,
                user=user,
                person=person.with_user(user),
                label=person.name or person.mobile_masked or user.name,
            )
        ]

    @api.model
    def _worn(self) -> Identity | None:
        """The identity of this request; None for staff and visitors."""
        key = request.session.get(SESSION_KEY) if request else None
        return choose(self._available(self.env.user), key)

    @api.model
    def _wear(self, key: str) -> Identity:
        """Put on another identity for this session.

        :raises EsignError: when the login does not have it (any more).
        """
        found = [one for one in self._available(self.env.user) if one.key == key]
        if not found:
            raise EsignError(
                self.env._('You cannot act for this identity any more. Choose another one.'),
                'IDENTITY_REFUSED',
            )
        request.session[SESSION_KEY] = key
        return found[0]
