import datetime as dt

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL
from odoo.tools.misc import hmac

from ...errors import RateLimited
from ...rules.tries import HOUR, PARAMETER, TRIES

# More than there can be workers at one counter.
COLLISIONS = 200


class EsignRateLimit(models.Model):
    """Counters of tries, one row per purpose and subject.

    Counted on a cursor of their own, before the thing that is counted is tried: a roll-back does
    not erase a try, and a hundred simultaneous tries are a hundred.
    """

    _name = 'esign.rate.limit'
    _description = 'Counter of tries'
    _log_access = False
    _order = 'ends_at desc, id'
    _rec_name = 'purpose'

    purpose = fields.Char('Purpose', required=True, readonly=True)
    key_hash = fields.Char('Subject', required=True, readonly=True, groups=NO_ACCESS)
    about_hash = fields.Char('Whose', readonly=True, groups=NO_ACCESS)
    what = fields.Char('What is counted', compute='_compute_what')
    hits = fields.Integer('Tries', required=True, readonly=True)
    spent = fields.Boolean('No more tries', readonly=True)
    ends_at = fields.Datetime('Counts until', required=True, readonly=True, index=True)

    _key_uniq = models.UniqueIndex('(purpose, key_hash)', 'One counter per purpose and subject.')
    _about_idx = models.Index('(about_hash) WHERE about_hash IS NOT NULL')

    @api.depends('purpose')
    def _compute_what(self):
        names = self._names()
        for counter in self:
            first = counter.purpose.partition('.')[0]
            counter.what = names.get(counter.purpose) or names.get(first) or counter.purpose

    @api.model
    def _names(self):
        """A purpose, or its first word → what it is called, in the reader's language; each floor adds its own."""
        _ = self.env._
        return {
            'login': _('Log-ins'),
            'totp': _('Second factors'),
            'key': _('API keys'),
            'reset': _('Password resets'),
            'captcha': _('Proofs of work before a code'),
            'otp': _('Verification codes'),
            'verify': _('Real-name verifications'),
            'handwriting': _('Handwriting by phone'),
            'pki': _('Certificate and time stamp services'),
            'api': _('Calls of business systems'),
        }

    @api.model
    def _take_by_rule(self, purpose, key, *, about=None):
        """Count one try by a row of the table of limits (``rules/tries.py``); see :meth:`_take`."""
        rule = TRIES[purpose]
        number = self._number(purpose)
        return self._take(purpose, key, number, rule.seconds, lock=rule.lock or None, about=about)

    @api.model
    def _number(self, purpose):
        """How many tries the table allows, or the operator instead."""
        set_here = self.env['ir.config_parameter'].sudo().get_param(PARAMETER + purpose) or ''
        return max(1, int(set_here)) if set_here.strip().isdecimal() else TRIES[purpose].number

    @api.model
    def _take(self, purpose, key, limit, seconds, *, lock=None, about=None):
        """Count one try and refuse it when there were too many.

        :param limit: tries allowed within ``seconds``, counted from the first one.
        :param lock: when given, the try that reaches the limit starts a lock of this many seconds.
        :param about: whose limit it is, for :meth:`_lift` and :meth:`_spent`.
        :return: how many tries are left.
        :raises RateLimited: with the seconds to wait in ``details['wait']``;
            ``details['repeated']`` when this was not the first one too many.
        """
        now = fields.Datetime.now()
        end, locked = now + dt.timedelta(seconds=seconds), now + dt.timedelta(seconds=lock or 0)
        hits, ends_at = self._count(
            SQL(
                """
                    INSERT INTO esign_rate_limit AS r (purpose, key_hash, about_hash, hits, spent, ends_at)
                    VALUES (%(purpose)s, %(key)s, %(about)s, 1, %(limit)s <= 1, %(end)s)
                    ON CONFLICT (purpose, key_hash) DO UPDATE SET
                        hits = CASE WHEN r.ends_at <= %(now)s THEN 1 ELSE r.hits + 1 END,
                        spent = CASE WHEN r.ends_at <= %(now)s THEN 1 ELSE r.hits + 1 END >= %(limit)s,
                        ends_at = CASE
                            WHEN r.ends_at <= %(now)s THEN %(end)s
                            WHEN %(lock)s AND r.hits + 1 = %(limit)s THEN GREATEST(r.ends_at, %(locked)s)
                            ELSE r.ends_at END
                    RETURNING hits, ends_at
                    """,
                purpose=purpose,
                key=self._key_hash(purpose, key),
                about=about and self._key_hash('about', about),
                end=end,
                now=now,
                lock=bool(lock),
                limit=limit,
                locked=locked,
            )
        )
        if hits > limit:
            self._refuse((ends_at - now).total_seconds(), repeated=hits > limit + 1)
        return limit - hits

    @api.model
    def _own_cursor(self):
        """Where counting happens: apart from the transaction of what is counted."""
        return self.env.registry.cursor()

    @api.model
    def _count(self, query):
        """Run a counting statement on a cursor of its own; of those that collide one always gets through."""
        left = COLLISIONS
        while True:
            try:
                with self._own_cursor() as cr:
                    cr.execute(query, log_exceptions=False)
                    return cr.fetchone()
            except SerializationFailure:
                left -= 1
                if not left:
                    raise

    @api.model
    def _wait(self, purpose, key, limit):
        """Seconds until another try is allowed, 0 when it is allowed now. Counts nothing."""
        hits, ends_at = self._read(purpose, key)
        return max(0, int((ends_at - fields.Datetime.now()).total_seconds())) if hits >= limit else 0

    @api.model
    def _spent(self, purposes, abouts):
        """Those of many that have a spent counter of one of the purposes, wherever it was spent; one query."""
        hashes = {self._key_hash('about', about): about for about in abouts}
        if not hashes:
            return set()
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    'SELECT DISTINCT about_hash FROM esign_rate_limit'
                    ' WHERE purpose IN %s AND about_hash IN %s AND spent AND ends_at > %s',
                    tuple(purposes),
                    tuple(hashes),
                    fields.Datetime.now(),
                )
            )
            rows = cr.fetchall()
        return {hashes[row[0]] for row in rows}

    @api.model
    def _lift(self, about, step=''):
        """Forget every try about somebody, from everywhere, whose purpose begins with this step."""
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    'DELETE FROM esign_rate_limit WHERE about_hash = %s AND starts_with(purpose, %s)',
                    self._key_hash('about', about),
                    step,
                )
            )

    @api.model
    def _give_back(self, purpose, key):
        """Take one try out again: it was right, or not tried. Those of others stay."""
        self._count(
            SQL(
                'UPDATE esign_rate_limit SET hits = GREATEST(hits - 1, 0), spent = hits > %s'
                ' WHERE purpose = %s AND key_hash = %s RETURNING hits',
                self._number(purpose),
                purpose,
                self._key_hash(purpose, key),
            )
        )

    @api.model
    def _forget_refused(self, purpose, key):
        """Do not count what was refused by this counter: nothing was tried."""
        self._count(
            SQL(
                'UPDATE esign_rate_limit SET hits = hits - 1 WHERE purpose = %s AND key_hash = %s AND hits > %s'
                ' RETURNING hits',
                purpose,
                self._key_hash(purpose, key),
                self._number(purpose),
            )
        )

    @api.model
    def _mark(self, purpose, key, seconds):
        """Remember something for a while from now; see :meth:`_marked`."""
        self._count(
            SQL(
                'INSERT INTO esign_rate_limit (purpose, key_hash, hits, spent, ends_at) VALUES (%s, %s, 1, false, %s)'
                ' ON CONFLICT (purpose, key_hash) DO UPDATE SET hits = 1, ends_at = EXCLUDED.ends_at RETURNING hits',
                purpose,
                self._key_hash(purpose, key),
                fields.Datetime.now() + dt.timedelta(seconds=seconds),
            )
        )

    @api.model
    def _marked(self, purpose, key):
        """Whether :meth:`_mark` has been said of it and its time is not over."""
        return self._read(purpose, key)[0] > 0

    @api.model
    def _left(self, purpose, key, limit):
        """How many tries are left in the running window."""
        return max(0, limit - self._read(purpose, key)[0])

    @api.model
    def _clear(self, purpose, key):
        """Forget the tries of one counter."""
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    'DELETE FROM esign_rate_limit WHERE purpose = %s AND key_hash = %s',
                    purpose,
                    self._key_hash(purpose, key),
                )
            )

    @api.model
    def _read(self, purpose, key):
        now = fields.Datetime.now()
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    'SELECT hits, ends_at FROM esign_rate_limit WHERE purpose = %s AND key_hash = %s AND ends_at > %s',
                    purpose,
                    self._key_hash(purpose, key),
                    now,
                )
            )
            return cr.fetchone() or (0, now)

    @api.model
    def _key_hash(self, purpose, key):
        # No vault here: staff must be able to log in on a server whose secret key is missing.
        return hmac(self.env(su=True), f'esign.rate.limit:{purpose}', str(key))

    @api.model
    def _refuse(self, seconds, **details):
        seconds = max(1, int(seconds))
        if seconds < 120:
            text = self.env._('Too many tries. Please wait %s seconds and try again.', seconds)
        elif seconds < 2 * HOUR:
            text = self.env._('Too many tries. Please wait %s minutes and try again.', -(-seconds // 60))
        else:
            text = self.env._('Too many tries today. Please try again in %s hours.', -(-seconds // HOUR))
        raise RateLimited(text, wait=seconds, **details)

    @api.autovacuum
    def _gc_counters(self):
        self.env.cr.execute(SQL('DELETE FROM esign_rate_limit WHERE ends_at < %s', fields.Datetime.now()))
