import json

from odoo import api, fields, models
from odoo.http import request

from ...errors import EsignError
from ...rules import otp, states
from ...rules.states import moves, selection
from ...tools import proofs
from ...tools.locks import WHOLE, lock

PURPOSE = 'esign.consent'
METHODS = [
    ('sms', 'SMS code'),
    ('ukey', 'UKey PIN'),
    ('silent', 'Standing authorisation'),
]


class ConsentMissing(EsignError):
    """No consent covers exactly this. No key is used."""

    code = 'CONSENT_MISSING'


class ConsentUnproven(ConsentMissing):
    """A row says that somebody consented, and nothing proves it. No key is used; staff is told."""

    code = 'CONSENT_UNPROVEN'


class EsignConsent(models.Model):
    """The willingness of one person to sign exactly one thing.

    ``digest`` is the SHA-256 of the canonical description of what is signed: documents,
    placements, seals, signer. The code that was sent is bound to it, and so is the signature: the
    digest of this record stands in every signature made under it. A consent is used once.

    A row proves nothing. What proves is ``proof``, a keyed hash over ``record`` that only the check
    of a code, or proven standing authorisations, can make (:mod:`...tools.proofs`). The facts are
    written once; a trigger in the database lets the state go forward alone.
    """

    _name = 'esign.consent'
    _inherit = ['esign.moves', 'esign.forward.only']
    _description = 'Willingness confirmation'
    _states = states.CONSENT
    _order = 'id desc'
    _rec_name = 'digest'
    _written_once = frozenset({'given_at', 'used_at', 'address', 'agent', 'record', 'record_sha256', 'proof'})
    _forward = {'state': moves(states.CONSENT)}
    _moves = moves(states.CONSENT)

    person_id = fields.Many2one('esign.person', 'Person', required=True, readonly=True, ondelete='restrict', index=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    reference = fields.Char('About', required=True, readonly=True, index=True, help='The act, as model,id.')
    digest = fields.Char('Digest of what is signed', required=True, readonly=True)
    state = fields.Selection(
        selection(states.CONSENT),
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
    proof = fields.Char('Keyed proof', readonly=True, help='HMAC-SHA-256 over the record, with a key outside.')

    # Asking -----------------------------------------------------------------------------------

    @api.model
    def _ask_by_sms(self, person, digest, reference, title):
        """Send a code that allows exactly this and nothing else.

        :param person: ``esign.person``, verified.
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

    # Giving -----------------------------------------------------------------------------------

    @api.model
    def _by_authority(self, person, digest, reference, authority, warrants, history=None):
        """A consent given beforehand by standing authorisations for silent signing.

        :param person: on whose authority: the operator the authorisation names.
        :param authority: references of the authorisations; its holder checked that they are in force.
        :param warrants: their statements with proofs (:class:`...tools.proofs.Proven`).
        :param history: see :meth:`_give`.
        :raises ConsentUnproven: an authorisation is not proven.
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
        now = fields.Datetime.now()
        try:
            proven = proofs.by_warrants(consent._statement(now, history), warrants)
        except proofs.NotProvenError:
            raise ConsentUnproven(
                self.env._('The authorisation for silent signing is not proven. Withdraw it and give it again.')
            ) from None
        return consent._keep(now, proven)

    def _give(self, code, history=None):
        """Give the consent by the code that was sent.

        :param history: head of the trace before this consent, ``{'trace', 'length', 'head'}``: the
            signatures made under the consent then vouch for the trace as well.
        :raises CodeRefused: the code is wrong, used up, expired, or was sent for something else.
        """
        self.ensure_one()
        consent = self.sudo()
        consent._lock()
        if consent.state == 'given':
            return consent
        consent._check_move('given')
        now = fields.Datetime.now()
        proven = self.env['esign.otp']._prove(
            PURPOSE, consent.person_id.mobile, code, consent.digest, consent._statement(now, history)
        )
        return consent._keep(now, proven)

    def _statement(self, moment, history):
        """What the person states by consenting; who proves it adds how it was proven."""
        return {
            'consent': self.id,
            'person': self.person_id.id,
            'name': self.person_id.name,
            'mobile': self.mobile_masked or None,
            'authority': self.authority or None,
            'subject': self.reference,
            'digest': self.digest,
            'given_at': moment.isoformat() + 'Z',
            'address': self._where().get('address'),
            'history': history,
        }

    def _keep(self, moment, proven):
        """Keep what was proven; anything else that is kept here is found by :meth:`_fault`."""
        return self._move(
            'given',
            given_at=moment,
            record=proven.body.decode(),
            record_sha256=proven.sha256,
            proof=proven.proof,
            **self._where(),
        )

    @api.model
    def _where(self):
        if not request:
            return {}
        agent = request.httprequest.user_agent.string or ''
        return {'address': request.httprequest.remote_addr, 'agent': agent[:250]}

    # Believing --------------------------------------------------------------------------------

    def _fault(self):
        """Why this is no proof of a consent: ``consent_unproven``, ``consent_edited``, or '' when it is one."""
        self.ensure_one()
        consent = self.sudo()
        if not consent.record or not consent.proof:
            return 'consent_unproven'
        body = consent.record.encode()
        if not proofs.holds(proofs.CONSENT, body, consent.proof):
            return 'consent_edited' if consent.proof.startswith('v1.') else 'consent_unproven'
        return '' if consent._told() == consent._columns() and consent._is_digest(body) else 'consent_edited'

    def _is_digest(self, body):
        return proofs.Proven(body, '').sha256 == self.record_sha256

    def _told(self):
        told = json.loads(self.record)
        return {name: told.get(name) for name in self._columns()}

    def _columns(self):
        """The columns that the proven record states as well."""
        return {
            'consent': self.id,
            'person': self.person_id.id,
            'method': self.method,
            'mobile': self.mobile_masked or None,
            'authority': self.authority or None,
            'subject': self.reference,
            'digest': self.digest,
            'given_at': self.given_at.isoformat() + 'Z' if self.given_at else None,
            'address': self.address or None,
        }

    def _history(self):
        """Head of the trace before the consent, as it was proven; None when it states none."""
        return json.loads(self.sudo().record or '{}').get('history')

    def _warrants(self):
        """Digests of the standing authorisations by which it was proven."""
        return frozenset(json.loads(self.sudo().record or '{}').get('warrants') or ())

    def _require(self, digest):
        """Return the digest of this consent's record, for the signatures made under it.

        :param digest: of what is about to be signed.
        :raises ConsentMissing: nothing was consented to, or something else was.
        :raises ConsentUnproven: a row says so, and nothing proves it.
        """
        consent = self.sudo()
        if len(consent) != 1 or consent.state != 'given' or consent.digest != digest:
            raise ConsentMissing(
                self.env._('What is to be signed is not what was confirmed. Check it and confirm again.')
            )
        if consent._fault() or not consent._went_to_the_person():
            raise ConsentUnproven(
                self.env._('The willingness to sign is not proven: nothing was signed. The operator has been told.')
            )
        return bytes.fromhex(consent.record_sha256)

    def _went_to_the_person(self):
        """Whether the code had gone to the number that the person has now: nobody proves by another number."""
        number = json.loads(self.record).get('number')
        return self.method == 'silent' or number == proofs.number_hash(self.person_id.mobile or '')

    # Moving on --------------------------------------------------------------------------------

    def _use_up(self):
        """Mark it used: in the transaction that stores what was signed."""
        return self._move('used', used_at=fields.Datetime.now())

    def _void(self):
        """Withdraw what was not used."""
        return self.filtered(lambda consent: consent.sudo().state in ('asked', 'given'))._move('void')

    def _lock(self):
        # Nobody begins to stand on it either while it is decided.
        return lock(self, strength=WHOLE)

    @api.model
    def _sms_text(self, title):
        # % signs in a title must not be taken for place holders.
        return self.env._(
            'You are about to sign: %(title)s. Your code is %(code)s, valid for 5 minutes. Never pass it on.',
            title=title.replace('%', '%%'),
            code='%(code)s',
        )
