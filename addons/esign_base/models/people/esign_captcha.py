import hmac
import time

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ...errors import FormRefused, SecretKeyMissing
from ...rules import captcha as rule
from ...rules.tries import HOUR
from ...tools import vault

CONTEXT = 'esign.captcha'
BY_ADDRESS, BY_NUMBER = 'captcha.address', 'captcha.number'


class EsignCaptcha(models.Model):
    """Work that a browser does before a code is sent or a password is tried: once, within five minutes.

    A puzzle is not stored: its token carries a keyed hash over what it is for (purpose and number), until
    when, and its answer. Stored is the digest of a token that was used, so that it is used once.
    """

    _name = 'esign.captcha'
    _description = 'Used puzzle'
    _rec_name = 'id'

    token_hash = fields.Char('Token', required=True, readonly=True, groups=NO_ACCESS)
    expires_at = fields.Datetime('Expires', required=True, readonly=True, index=True)

    _token_uniq = models.UniqueIndex('(token_hash)', 'Tokens are unique.')

    @api.model
    def _new(self, purpose, number, address):
        """Make a puzzle.

        :param purpose: what it will be used for; the same must be given to :meth:`_solve`.
        :param number: the mobile number it will be used for.
        :param address: network of the visitor, for the limit and the amount of work.
        :return: ``token``, ``salt``, ``rounds``, ``span`` and ``wanted``: the PBKDF2-HMAC-SHA-256 of the answer.
        :raises RateLimited: too many from this address.
        """
        limits = self.env['esign.rate.limit']
        left = limits._take_by_rule(BY_ADDRESS, address)
        span = rule.span(limits._number(BY_ADDRESS) - left - 1, limits._read(BY_NUMBER, number)[0])
        until = int(time.time()) + rule.LIVES_SECONDS
        luck, answer = rule.new_luck(), rule.new_answer(span)
        salt = luck + self._keyed('issued', purpose, number, until, luck)
        return {
            'token': f'{salt}.{until}.{self._keyed("answer", salt, answer)}',
            'salt': salt,
            'rounds': rule.ROUNDS,
            'span': span,
            'wanted': rule.shown(salt, answer),
        }

    @api.model
    def _solve(self, purpose, number, token, answer):
        """Take an answer; the puzzle is gone afterwards, right or wrong, whatever is rolled back.

        :raises FormRefused: on the field ``captcha``: wrong, used, too old, or for something else.
        """
        salt, until, signature = self._issued(purpose, number, token)
        right = self._same(signature, self._keyed('answer', salt, str(answer)[:12]))
        if not (salt and self._use(salt, until) and right):
            raise FormRefused({'captcha': self.env._('The check of this form is too old. Please try again.')})
        self.env['esign.rate.limit']._take(BY_NUMBER, number, 10**6, HOUR)

    @api.model
    def _issued(self, purpose, number, token):
        """(salt, until, signature) of a token that was made here for this, and is not too old; empty otherwise."""
        parts = str(token or '').split('.')
        if len(parts) == 3 and parts[1].isdecimal() and len(parts[1]) < 12:
            salt, until, signature = parts[0], int(parts[1]), parts[2]
            luck, issued = salt[: rule.LUCK_LENGTH], salt[rule.LUCK_LENGTH :]
            made_here = self._same(issued, self._keyed('issued', purpose, number, until, luck))
            if made_here and until >= time.time():
                return salt, until, signature
        return '', 0, ''

    @staticmethod
    def _same(one, other):
        return hmac.compare_digest(one.encode(), other.encode())

    @api.model
    def _use(self, salt, until):
        """Mark a puzzle used, outside of this transaction; false when it was used before."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    'INSERT INTO esign_captcha (token_hash, expires_at)'
                    " VALUES (%s, to_timestamp(%s) AT TIME ZONE 'utc')"
                    ' ON CONFLICT (token_hash) DO NOTHING RETURNING id',
                    self._keyed('used', salt),
                    until,
                )
            )
            return bool(cr.fetchone())

    @api.model
    def _keyed(self, *values):
        try:
            return vault.keyed_hash('\x1f'.join(map(str, values)), CONTEXT)
        except vault.VaultError as error:
            raise SecretKeyMissing(
                self.env._('This page cannot be used: the server has no secret key. Tell the operator.')
            ) from error

    @api.autovacuum
    def _gc_captchas(self):
        self.search([('expires_at', '<', fields.Datetime.now())]).unlink()
