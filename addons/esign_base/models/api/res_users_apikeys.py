from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import AccessDenied
from odoo.tools import SQL

from odoo.addons.base.models.res_users import INDEX_SIZE

from ...errors import RateLimited
from ...tools.visitor import visitor_network
from ..people.res_users import KEY

WRONG_KEYS = 'key.address'


class ResUsersApikeys(models.Model):
    """Keys of business systems: who may have one, how many wrong ones are heard, and when one was last used.

    A key has 160 random bits: what is limited is the work of an address that sends wrong ones, which is then
    not heard for the rest of the hour. Wrong keys from elsewhere keep nobody out.
    """

    _inherit = 'res.users.apikeys'

    last_used_at = fields.Datetime('Last used', readonly=True)

    def init(self):
        super().init()  # the table is made by hand, its columns as well
        self.env.cr.execute(
            SQL('ALTER TABLE %s ADD COLUMN IF NOT EXISTS last_used_at timestamp', SQL.identifier(self._table))
        )

    def _check_credentials(self, *, scope, key):
        if self._name != 'res.users.apikeys':  # trusted devices of the second factor are made of the same stuff
            return super()._check_credentials(scope=scope, key=key)
        if not KEY.fullmatch(key or ''):
            return None
        self._check_address()
        user_id = super()._check_credentials(scope=scope, key=key)
        if user_id and self.env['res.users'].sudo().browse(user_id)._esign_may_have_keys():
            self._note_use(user_id, key)
            return user_id
        self._count_wrong()
        return None

    def _check_address(self):
        limits, network = self.env['esign.rate.limit'], visitor_network()
        if network and limits._wait(WRONG_KEYS, network, limits._number(WRONG_KEYS)):
            raise AccessDenied

    def _count_wrong(self):
        network = visitor_network()
        if not network:
            return
        try:
            self.env['esign.rate.limit']._take_by_rule(WRONG_KEYS, network)
        except RateLimited:
            raise AccessDenied from None

    @api.model
    def _note_use(self, user_id, key):
        """Note that a key was used, outside the transaction of the call; who comes second may skip it."""
        if not KEY.fullmatch(key or ''):
            return
        stale = SQL(
            "user_id = %s AND index = %s AND (last_used_at IS NULL OR last_used_at < now() AT TIME ZONE 'utc' - %s)",
            user_id,
            key[:INDEX_SIZE],
            SQL("interval '1 minute'"),
        )
        table = SQL.identifier(self._table)
        if not self.env.execute_query(SQL('SELECT 1 FROM %s WHERE %s', table, stale)):
            return
        try:
            with self.env.registry.cursor() as cr:
                cr.execute(
                    SQL("UPDATE %s SET last_used_at = now() AT TIME ZONE 'utc' WHERE %s", table, stale),
                    log_exceptions=False,
                )
        except SerializationFailure:
            return


class ResUsers(models.Model):
    """XML-RPC remembers keys that fit; their use is noted all the same."""

    _inherit = 'res.users'

    def _check_uid_passwd(self, uid, passwd):
        super()._check_uid_passwd(uid, passwd)
        self.env['res.users.apikeys']._note_use(uid, passwd)
