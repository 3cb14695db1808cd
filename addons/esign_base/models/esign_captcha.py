import base64
import datetime as dt
import hmac
import secrets

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ..errors import FormRefused, SecretKeyMissing
from ..rules import captcha as rule
from ..tools import vault

LIVES_SECONDS = 60
CONTEXT = 'esign.captcha'
# A question in words is easier for a machine: it gets a much smaller allowance per address.
PER_HOUR = {'picture': 300, 'question': 20}


class EsignCaptcha(models.Model):
    """A puzzle to be solved before a code is sent or a password is tried: once, within 60 seconds."""

    _name = 'esign.captcha'
    _description = 'Captcha'
    _rec_name = 'id'

    token_hash = fields.Char('Token', required=True, readonly=True, groups=NO_ACCESS)
    answer_hash = fields.Char('Answer', required=True, readonly=True, groups=NO_ACCESS)
    expires_at = fields.Datetime('Expires', required=True, readonly=True, index=True)

    _token_uniq = models.UniqueIndex('(token_hash)', 'Tokens are unique.')

    @api.model
    def _new(self, kind, address):
        """Make a puzzle.

        :param kind: ``picture`` or ``question``.
        :param address: of the visitor, for the limit.
        :return: token, and an image (data URI) or a question in words.
        """
        kind = kind if kind in PER_HOUR else 'picture'
        self.env['esign.rate.limit']._take(f'captcha.{kind}', address, PER_HOUR[kind], 3600)
        token = secrets.token_urlsafe(24)
        if kind == 'question':
            first, second = rule.new_sum()
            answer = str(first + second)
            shown = {'question': self.env._('What is %(a)s plus %(b)s?', a=first, b=second)}
        else:
            answer = rule.new_text()
            shown = {'image': 'data:image/png;base64,' + base64.b64encode(rule.draw(answer)).decode()}
        self.sudo().create(
            {
                'token_hash': self._hash(token),
                'answer_hash': self._hash(f'{token}:{rule.normal_answer(answer)}'),
                'expires_at': fields.Datetime.now() + dt.timedelta(seconds=LIVES_SECONDS),
            }
        )
        return {'token': token, 'seconds': LIVES_SECONDS, **shown}

    @api.model
    def _solve(self, token, answer):
        """Check an answer; the puzzle is gone afterwards, right or wrong, whatever is rolled back.

        :raises FormRefused: on the field ``captcha``.
        """
        token = str(token or '')
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    'DELETE FROM esign_captcha WHERE token_hash = %s RETURNING answer_hash, expires_at',
                    self._hash(token),
                )
            )
            row = cr.fetchone()
        given = self._hash(f'{token}:{rule.normal_answer(answer)}')
        if not row or row[1] < fields.Datetime.now() or not hmac.compare_digest(row[0], given):
            raise FormRefused({'captcha': self.env._('The characters are not right or too old. Try the new ones.')})

    @api.model
    def _hash(self, value):
        try:
            return vault.keyed_hash(value, CONTEXT)
        except vault.VaultError as error:
            raise SecretKeyMissing(
                self.env._('This page cannot be used: the server has no secret key. Tell the operator.')
            ) from error

    @api.autovacuum
    def _gc_captchas(self):
        self.search([('expires_at', '<', fields.Datetime.now())]).unlink()
