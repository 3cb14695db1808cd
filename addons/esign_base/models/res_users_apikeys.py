import re

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.base.models.res_users import INDEX_SIZE

# What a key looks like; a password is not compared with anything here.
KEY = re.compile(r'[0-9a-f]{40}')


class ResUsersApikeys(models.Model):
    """Keys of business systems say when they were last used, to the minute."""

    _inherit = 'res.users.apikeys'

    last_used_at = fields.Datetime('Last used', readonly=True)

    def init(self):
        super().init()  # the table is made by hand, its columns as well
        self.env.cr.execute(
            SQL('ALTER TABLE %s ADD COLUMN IF NOT EXISTS last_used_at timestamp', SQL.identifier(self._table))
        )

    def _check_credentials(self, *, scope, key):
        user_id = super()._check_credentials(scope=scope, key=key)
        if user_id:
            self._note_use(user_id, key)
        return user_id

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
