import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from odoo import api, fields, models
from odoo.fields import Domain

from ...errors import EsignError
from ...signing.errors import SigningError, TokenError
from ...signing.keys.tokens import KeyKind
from ...tools.said import keep, listening
from ...tools.signing_messages import explain, explained
from ...tools.token import token_pool
from .esign_authority import _find_or_generate

_logger = logging.getLogger(__name__)

LIFETIME = timedelta(days=2 * 365)
EVENT_LIFETIME = timedelta(hours=1)
# What never changes of a certificate in use: where its key is, the parsed certificate, its chain.
_keys: dict[tuple, tuple] = {}
_KEPT = 256
RETRY_FIRST, RETRY_LAST = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class EventKey:
    """What an act signs with: the key's reference, its certificate, the chain, the register's row."""

    ref: Any
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    row: Any


class EsignCertificate(models.Model):
    """Issuing: request first (committed), key and certificate second (repeatable)."""

    _inherit = 'esign.certificate'

    issued_here = fields.Boolean('Issued by our authority', readonly=True)

    _serial_idx = models.Index('(serial) WHERE issued_here')

    @api.model
    def _request(self, **values):
        """Ask for a long-term certificate; it is issued after this transaction.

        The label of the key is drawn here and committed with the row, so that a repeated attempt
        finds the key of the first one, and no key is in the token without a row naming it.
        """
        row = self.sudo().create(
            {
                'kind': 'long_term',
                'state': 'requested',
                'key_label': f'esign-{secrets.token_hex(12)}',
                'next_attempt_at': fields.Datetime.now(),
                **values,
            }
        )
        self._wake()
        return row

    @api.model
    def _wake(self):
        cron = self.env.ref('esign_base.cron_issue_certificates', raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @listening()
    def _issue(self):
        """Issue one requested certificate. Repeatable: a key that is there is used again.

        :return: True when it is valid now; a refusal of the token is kept on the row, with the time
            of the next attempt.
        """
        self.ensure_one()
        row = self.sudo()._lock()
        if row.state not in ('requested', 'failed') or row.external:
            return row.state == 'valid'
        try:
            authority, register = self.env['esign.authority']._core()
            ref = _find_or_generate(token_pool(), row.key_label, KeyKind.RSA_2048)
            now = datetime.now(UTC)
            end = min(now + LIFETIME, authority.issuing.not_valid_after_utc)
            with register.using(self.env, row):
                authority.issue_enterprise(
                    ref, title=row.holder_name, credit_code=row.uscc, start=now, lifetime=end - now
                )
        except (SigningError, EsignError) as error:
            row._postpone(error)
            return False
        row.write({'problem': False, 'next_attempt_at': False})
        row._on_issued()
        return True

    def _postpone(self, error):
        text = str(explain(self.env, error)) if isinstance(error, SigningError) else str(error)
        wait = min(RETRY_FIRST * 2 ** min(self.attempts, 10), RETRY_LAST)
        _logger.warning('Certificate %s could not be issued: %s', self.id, error)
        self._move(
            'failed',
            attempts=self.attempts + 1,
            problem=keep(text),
            next_attempt_at=fields.Datetime.now() + wait,
        )

    def _on_issued(self):
        """Called when a long-term certificate became valid."""

    def _issue_all(self):
        """Issue each of these; a refusal stays on its row."""
        return [row._issue() for row in self.sudo()]

    def action_issue(self):
        """Button of staff: try again now."""
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise EsignError(self.env._('Only operators do this.'), 'FORBIDDEN')
        self._issue_all()
        return True

    @api.model
    def _cron_issue(self):
        """Issue what was requested."""
        due = (
            Domain('state', 'in', ('requested', 'failed'))
            & Domain('external', '=', False)
            & Domain('next_attempt_at', '<=', fields.Datetime.now())
        )
        self.env['ir.cron']._each_due(self.sudo(), due, lambda row: row._issue(), order='next_attempt_at')

    # Event certificates ------------------------------------------------------------------------

    @api.model
    @contextmanager
    def _event(self, person, *, lifetime=EVENT_LIFETIME) -> Iterator[EventKey]:
        """Lend a person a fresh key with a certificate for one act; the key is destroyed after.

        The key lives in the session of this process only: a crash destroys it too.

        :param lifetime: at most 24 hours.
        :raises EsignError: the person is not verified; :raises CoreRefused: the token cannot.
        """
        person._check_verified()
        pool = token_pool()
        ref = None
        try:
            with explained(self.env):
                authority, register = self.env['esign.authority']._core()
                ref = pool.generate(KeyKind.P_256, f'esign-event-{secrets.token_hex(12)}', persistent=False)
                made, row = self._issue_event(authority, register, person.sudo(), ref, lifetime)
            yield EventKey(ref, made, authority.chain, row)
        finally:
            if ref is not None:
                _destroy(pool, ref)

    def _issue_event(self, authority, register, person, ref, lifetime):
        values = {
            'kind': 'event',
            'holder_name': person.name,
            'person_id': person.id,
            'partner_id': person.partner_id.id,
            'key_place': 'gone',
        }
        with register.using(self.env, **values) as rows:
            made = authority.issue_person_event(
                ref,
                full_name=person.name,
                # Tells namesakes apart without saying anything about the ID number.
                identifier=f'P{person.id:08d}',
                start=datetime.now(UTC),
                lifetime=lifetime,
            )
        return made, rows[0]

    # Long-term keys ------------------------------------------------------------------------------

    def _signing_key(self):
        """What to sign with a long-term certificate of the token.

        :return: :class:`EventKey`.
        :raises EsignError: not valid (any more), or its key is not in the token.
        """
        self.ensure_one()
        row = self.sudo()
        if not row._valid_at(fields.Datetime.now()):
            raise EsignError(self.env._('The certificate of %s is not valid.', row.holder_name), 'CERTIFICATE')
        if row.key_place != 'token' or not row.key_label:
            raise EsignError(self.env._('The key of this certificate is not with the platform.'), 'KEY_ELSEWHERE')
        pool = token_pool()
        name = (self.env.cr.dbname, pool, row.key_label, row.pem, row.issued_here or row.chain_pem)
        found = _keys.get(name)
        if found is None:
            with explained(self.env):
                ref = pool.find(row.key_label)
                chain = self.env['esign.authority']._chain() if row.issued_here else row._imported_chain()
            if len(_keys) >= _KEPT:
                _keys.clear()
            found = ref, x509.load_pem_x509_certificate(row.pem.encode()), tuple(chain)
            _keys[name] = found
        return EventKey(*found, row)

    def _imported_chain(self):
        return x509.load_pem_x509_certificates(self.sudo().chain_pem.encode()) if self.sudo().chain_pem else []


def _destroy(pool, ref):
    try:
        pool.destroy(ref)
    except TokenError as error:
        # A session key ends with the session in any case.
        _logger.error('A session key could not be destroyed at once: %s', error)
