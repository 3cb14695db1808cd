import datetime as dt
import logging
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.modules.registry import Registry
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ...errors import CodeRefused, EsignError, RateLimited, SecretKeyMissing
from ...rules import otp as rule
from ...rules.tries import DAY
from ...tools import proofs, vault

_logger = logging.getLogger(__name__)
CONTEXT = 'esign.otp'


class EsignOtp(models.Model):
    """One-time codes sent by SMS or mail.

    A code is bound to its purpose, the number (or address) it went to, and a subject: what exactly
    it allows. Only keyed hashes are stored. Giving the right code uses it up in the caller's
    transaction, so two simultaneous uses cannot both succeed; wrong ones are counted elsewhere and
    survive a roll-back.
    """

    _name = 'esign.otp'
    _description = 'One-time code'
    _order = 'id desc'
    _rec_name = 'purpose'

    purpose = fields.Char('Purpose', required=True, readonly=True)
    number_hash = fields.Char('Number', required=True, readonly=True, groups=NO_ACCESS)
    subject_hash = fields.Char('Subject', required=True, readonly=True, groups=NO_ACCESS)
    code_hash = fields.Char('Code', required=True, readonly=True, groups=NO_ACCESS)
    expires_at = fields.Datetime('Expires', required=True, readonly=True, index=True)
    open = fields.Boolean('Can be used', default=True, readonly=True)

    _open_idx = models.Index('(purpose, number_hash) WHERE open')

    @api.model
    def _issue(self, purpose, number, subject_digest='', text=None, *, own=False):
        """Make a code and send it after commit; an earlier one for this purpose is void.

        :param number: mobile number (eleven digits) or e-mail address.
        :param subject_digest: what the code allows, as text; the same must be given to :meth:`_check`.
        :param text: translated message with ``%(code)s``; a general one when absent.
        :param own: the owner of the number is known to ask: it is that of the own login or link.
        :raises RateLimited: sooner than 60 seconds after the last one, or too many; see :meth:`_take_send`.
        """
        self._take_send(purpose, number, own=own)
        code = rule.new_code()
        with self._explained():
            kept = proofs.code_hash(purpose, number, subject_digest, code)
        otp, number_hash = self.sudo(), self._hash(number)
        otp.search([('purpose', '=', purpose), ('number_hash', '=', number_hash), ('open', '=', True)]).open = False
        otp.create(
            {
                'purpose': purpose,
                'number_hash': number_hash,
                'subject_hash': self._hash(subject_digest),
                'code_hash': kept,
                'expires_at': fields.Datetime.now() + dt.timedelta(seconds=rule.LIVES_SECONDS),
            }
        )
        self._send_after_commit(purpose, number, (text or self._text()) % {'code': code})

    @api.model
    def _tell(self, purpose, number, text):
        """Send a plain message under the limits of a code.

        For numbers that must not get one: whoever asks sees and waits for the same, and only the
        owner of the number learns why.
        """
        self._take_send(purpose, number)
        self._send_after_commit(purpose, number, text)

    @api.model
    def _check(self, purpose, number, code, subject_digest=''):
        """Use up a code.

        :raises CodeRefused: wrong, used, expired, or made for something else; the answer is the same,
            or void after five tries: a new code is needed.
        """
        self._checked(purpose, number, code, subject_digest)
        return True

    @api.model
    def _prove(self, purpose, number, code, subject_digest, statement):
        """Use up a code, and prove by it what its owner states.

        :param statement: JSON values; its ``digest`` is what the code was sent for.
        :return: :class:`...tools.proofs.Proven`.
        :raises CodeRefused: as :meth:`_check`; nothing is proven without the code itself.
        """
        used = self._checked(purpose, number, code, subject_digest)
        statement = {**statement, 'code_row': used.id}
        with self._explained():
            return proofs.by_code(statement, used.code_hash, purpose, number, subject_digest, rule.normal_code(code))

    @api.model
    def _checked(self, purpose, number, code, subject_digest):
        """The row of the code that was given, used up."""
        try:
            self.env['esign.rate.limit']._take('otp.try', f'{purpose}:{number}', rule.TRIES, rule.LIVES_SECONDS)
        except EsignError:
            raise CodeRefused(
                self.env._('Too many wrong codes: this code is void. Ask for a new one.'), 'CODE_VOID'
            ) from None
        found = self._open_code(purpose, number, subject_digest)
        with self._explained():
            good = found and proofs.code_fits(found.code_hash, purpose, number, subject_digest, rule.normal_code(code))
        if not good:
            self._refuse_code()
        self._use(found)
        return found

    @api.model
    def _open_code(self, purpose, number, subject_digest):
        return self.sudo().search_fetch(
            [
                ('purpose', '=', purpose),
                ('number_hash', '=', self._hash(number)),
                ('subject_hash', '=', self._hash(subject_digest)),
                ('open', '=', True),
                ('expires_at', '>', fields.Datetime.now()),
            ],
            ['code_hash'],
            limit=1,
        )

    def _use(self, otp):
        # A second user of the same code waits for this row lock and then fails to serialize.
        rows = self.env.execute_query(
            SQL('UPDATE esign_otp SET open = false WHERE id = %s AND open RETURNING id', otp.id)
        )
        otp.invalidate_recordset(['open'])
        if not rows:
            self._refuse_code()

    def _refuse_code(self):
        raise CodeRefused(self.env._('The code is wrong or has expired. Check it, or ask for a new one.'))

    @api.model
    def _take_send(self, purpose, number, *, own=False):
        """Count one message to a number.

        Anybody can ask for codes to anybody's number (log-in, reset, registration, a new number of their own
        account): of these there are three an hour and six a day for each purpose, and all of them together
        never use up more than half of what a number gets in a day. The rest is for its owner: to sign, to
        open a link, to change what is theirs.
        """
        limit = self.env['esign.rate.limit']
        per_day = int(self.env['ir.config_parameter'].sudo().get_param('esign.otp_per_day', rule.PER_DAY))
        self._take_turn(purpose, number)
        if not own:
            limit._take_by_rule('otp.hour', f'{purpose}:{number}')
            limit._take_by_rule('otp.purpose', f'{purpose}:{number}')
            limit._take('otp.strangers', number, rule.for_strangers(per_day), DAY)
        limit._take('otp.day', number, per_day, DAY)
        limit._clear('otp.try', f'{purpose}:{number}')

    @api.model
    def _take_turn(self, purpose, number):
        try:
            self.env['esign.rate.limit']._take('otp.resend', f'{purpose}:{number}', 1, rule.RESEND_SECONDS)
        except RateLimited as error:
            text = self.env._(
                'A code was sent less than a minute ago. Ask for another one in %s seconds.', error.details['wait']
            )
            raise RateLimited(text, **error.details) from None

    @api.model
    def _text(self):
        return self.env._('Your verification code is %(code)s, valid for 5 minutes. Never pass it on to anybody.')

    @api.model
    def _hash(self, value):
        """Keyed hash by which rows are found. That of a code is another one, which no method answers."""
        with self._explained():
            return vault.keyed_hash(value or '', CONTEXT)

    @contextmanager
    def _explained(self):
        try:
            yield
        except vault.VaultError as error:
            raise SecretKeyMissing(
                self.env._('No code can be sent: the server has no secret key. Tell the operator.')
            ) from error

    @api.model
    def _send_after_commit(self, purpose, number, text):
        """Hand over to the gateway once the code is committed; the text is held in memory only."""
        database, lang = self.env.cr.dbname, self.env.lang
        context = {'allowed_company_ids': self.env.company.ids, **self.env.context}

        def send():
            try:
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, api.SUPERUSER_ID, {**context, 'lang': lang})
                    env['esign.otp']._deliver(number, text)
            except Exception as error:  # noqa: BLE001 - whatever a gateway raises may hold the text: name only
                _logger.error('A one-time code (%s) could not be handed over: %s', purpose, type(error).__name__)
                # Nothing has reached the person: they may ask again at once.
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, api.SUPERUSER_ID, {})
                    env['esign.rate.limit']._clear('otp.resend', f'{purpose}:{number}')

        self.env.cr.postcommit.add(send)

    @api.model
    def _deliver(self, number, text):
        if '@' in number:
            self._deliver_mail(number, text)
        else:
            self.env['esign.sms']._send_code(number, text)

    @api.model
    def _deliver_mail(self, address, text):
        # Straight to the mail server: a stored mail would keep the code in clear.
        server = self.env['ir.mail_server'].sudo()
        message = server._build_email__(
            email_from=self.env['esign.notice']._sender(),
            email_to=[address],
            subject=self.env._('Verification code'),
            body=text,
        )
        server.send_email(message)

    @api.autovacuum
    def _gc_codes(self):
        self.search([('expires_at', '<', fields.Datetime.now() - dt.timedelta(days=1))]).unlink()
