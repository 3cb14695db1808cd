import hashlib

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from ..errors import EsignError
from ..rules import otp
from ..signing import trace
from ..tools.machine import check_move

PURPOSE = 'esign.consent'
METHODS = [
    ('sms', 'SMS code'),
    ('ukey', 'UKey PIN'),
    ('silent', 'Standing authorisation'),
]
MOVES = {
    'asked': frozenset({'given', 'void'}),
    'given': frozenset({'used', 'void'}),
    'used': frozenset(),
    'void': frozenset(),
}


class ConsentMissing(EsignError):
    """No consent covers exactly this. No key is used."""

    code = 'CONSENT_MISSING'


class EsignConsent(models.Model):
    """The willingness of one person to sign exactly one thing.

    ``digest`` is the SHA-256 of the canonical description of what is signed: documents,
    placements, seals, signer. The code that was sent is bound to it, and so is the signature: the
    digest of this record stands in every signature made under it. A consent is used once.
    """

    _name = 'esign.consent'
    _description = 'Willingness confirmation'
    _order = 'id desc'
    _rec_name = 'digest'

    person_id = fields.Many2one('esign.person', 'Person', required=True, readonly=True, ondelete='restrict', index=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    reference = fields.Char('About', required=True, readonly=True, index=True, help='The act, as model,id.')
    digest = fields.Char('Digest of what is signed', required=True, readonly=True)
    state = fields.Selection(
        [('asked', 'Asked'), ('given', 'Given'), ('used', 'Used'), ('void', 'Void')],
        'Status',
        required=True,
        readonly=True,
        default='asked',
        index=True,
    )
    asked_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    given_at = fields.Datetime(readonly=True)
    used_at = fields.Datetime(readonly=True)
    mobile_masked = fields.Char('Sent to', readonly=True)
    address = fields.Char('From address', readonly=True)
    agent = fields.Char('Device', readonly=True)
    authority = fields.Char('Authorisation', readonly=True, help='The standing authorisation of a silent consent.')
    record = fields.Text('Hashed record', readonly=True, help='Canonical JSON (RFC 8785).')
    record_sha256 = fields.Char('SHA-256 of the record', readonly=True)

    @api.model
    def _ask_by_sms(self, person, digest, reference, title):
        """Send a code that allows exactly this and nothing else.

        :param digest: hex SHA-256 of what will be signed.
        :param title: what the message calls it.
        :raises RateLimited: codes are asked for too often.
        """
        person = person.sudo()
        person._check_verified()
        mine = [('reference', '=', reference), ('person_id', '=', person.id), ('state', '=', 'asked')]
        self.sudo().search(mine)._move('void')
        self.env['esign.otp']._issue(PURPOSE, person.mobile, digest, self._sms_text(title), own=True)
        return self.sudo().create(
            {
                'person_id': person.id,
                'method': 'sms',
                'reference': reference,
                'digest': digest,
                'mobile_masked': person.mobile_masked,
            }
        )

    @api.model
    def _by_authority(self, person, digest, reference, authority):
        """A consent given beforehand by a standing authorisation for silent signing.

        :param person: on whose authority: the operator the authorisation names.
        :param authority: reference of the authorisation; its holder checked that it is in force.
        """
        consent = self.sudo().create(
            {
                'person_id': person.id,
                'method': 'silent',
                'reference': reference,
                'digest': digest,
                'authority': authority,
            }
        )
        consent._given()
        return consent

    def _give(self, code):
        """Give the consent by the code that was sent.

        :raises CodeRefused: the code is wrong, used up, expired, or was sent for something else.
        """
        self.ensure_one()
        consent = self.sudo()
        consent._lock()
        if consent.state == 'given':
            return consent
        check_move(consent, MOVES, 'given')
        self.env['esign.otp']._check(PURPOSE, consent.person_id.mobile, code, consent.digest)
        consent._given()
        return consent

    def _sent_facts(self):
        """What the page that waits for the code shows: masked number, seconds until another, tries left."""
        self.ensure_one()
        consent, limit = self.sudo(), self.env['esign.rate.limit']
        subject = f'{PURPOSE}:{consent.person_id.mobile}'
        return {
            'mobile': consent.mobile_masked or '',
            'wait': limit._wait('otp.resend', subject, 1),
            'tries': limit._left('otp.try', subject, otp.TRIES),
        }

    def _given(self):
        now = fields.Datetime.now()
        values = {'given_at': now, 'state': 'given', **self._where()}
        body = trace.canonical(
            {
                'consent': self.id,
                'person': self.person_id.id,
                'name': self.person_id.name,
                'method': self.method,
                'mobile': self.mobile_masked or None,
                'authority': self.authority or None,
                'subject': self.reference,
                'digest': self.digest,
                'given_at': now.isoformat() + 'Z',
                'address': values.get('address'),
            }
        )
        self.write({**values, 'record': body.decode(), 'record_sha256': hashlib.sha256(body).hexdigest()})

    @api.model
    def _where(self):
        if not request:
            return {}
        agent = request.httprequest.user_agent.string or ''
        return {'address': request.httprequest.remote_addr, 'agent': agent[:250]}

    def _require(self, digest):
        """Return the digest of this consent's record, for the signatures made under it.

        :param digest: of what is about to be signed.
        :raises ConsentMissing: nothing was consented to, or something else was.
        """
        consent = self.sudo()
        if len(consent) != 1 or consent.state != 'given' or consent.digest != digest:
            raise ConsentMissing(
                self.env._('What is to be signed is not what was confirmed. Check it and confirm again.')
            )
        return bytes.fromhex(consent.record_sha256)

    def _use_up(self):
        """Mark it used: in the transaction that stores what was signed."""
        return self._move('used', used_at=fields.Datetime.now())

    def _void(self):
        """Withdraw what was not used."""
        return self.filtered(lambda consent: consent.sudo().state in ('asked', 'given'))._move('void')

    def _move(self, target, **values):
        for consent in self.sudo():
            consent._lock()
            check_move(consent, MOVES, target)
            consent.write({'state': target, **values})
        return self

    def _lock(self):
        # What was read before stays true: a row changed meanwhile fails here (REPEATABLE READ).
        self.env.cr.execute(SQL('SELECT 1 FROM esign_consent WHERE id = %s FOR UPDATE', self.id), log_exceptions=False)

    @api.model
    def _sms_text(self, title):
        # % signs in a title must not be taken for place holders.
        return self.env._(
            'You are about to sign: %(title)s. Your code is %(code)s, valid for 5 minutes. Never pass it on.',
            title=title.replace('%', '%%'),
            code='%(code)s',
        )
