import base64
import logging
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from odoo import api, fields, models
from odoo.tools import SQL

from ...errors import EsignError
from ...signing.errors import SigningError, TokenError
from ...signing.keys.timestamps import TimestampAuthority, TokenTimeStamper
from ...signing.keys.tokens import KeyKind
from ...tools import authorities
from ...tools.certificate_facts import facts, serial
from ...tools.signing_messages import explain, explained
from ...tools.token import token_pool

_logger = logging.getLogger(__name__)

# One lock for all nodes that share this database: the authority and its units are made once.
LOCK = 0x45534947
UNIT_LIFETIME = timedelta(days=5 * 365)
UNIT_RENEW = timedelta(days=60)
CRL_KEEP = timedelta(hours=6)
# What almost every use asks of the record: read at once.
READ = ['root_id', 'issuing_id', 'ocsp_id', 'tsa_id', 'platform_id', 'crl', 'crl_until', 'root_crl', 'root_crl_until']
_stampers = {}


class EsignAuthority(models.Model):
    """The certificate authority of this installation: public facts for people to see.

    The keys and the authority's own certificates are in the token; the record shows them, keeps the
    present CRL, and is where other code gets signers, stampers and answers. There is one record.
    """

    _name = 'esign.authority'
    _description = 'Certificate authority'

    name = fields.Char(required=True, readonly=True)
    is_test = fields.Boolean('Test certificates', readonly=True)
    address = fields.Char('Published at', readonly=True)
    root_id = fields.Many2one('esign.certificate', 'Root', readonly=True, ondelete='restrict')
    issuing_id = fields.Many2one('esign.certificate', 'Issuing authority', readonly=True, ondelete='restrict')
    ocsp_id = fields.Many2one('esign.certificate', 'OCSP responder', readonly=True, ondelete='restrict')
    tsa_id = fields.Many2one('esign.certificate', 'Time-stamping unit', readonly=True, ondelete='restrict')
    platform_id = fields.Many2one('esign.certificate', 'Platform certificate', readonly=True, ondelete='restrict')
    crl = fields.Binary(attachment=False, readonly=True)
    crl_until = fields.Datetime(readonly=True)
    root_crl = fields.Binary(attachment=False, readonly=True)
    root_crl_until = fields.Datetime(readonly=True)
    health = fields.Char('Key token', compute='_compute_health')
    health_ok = fields.Boolean(compute='_compute_health')

    _singleton = models.UniqueIndex('((TRUE))', 'There is one authority.')

    @api.depends_context('uid')
    def _compute_health(self):
        try:
            state = token_pool().health()
            ok, text = state.ok, state.token
            if not ok:
                text = str(explain(self.env, TokenError(state.code, 'unhealthy', {'token': state.token})))
        except SigningError as error:
            ok, text = False, str(explain(self.env, error))
        for record in self:
            record.health_ok, record.health = ok, text

    # Making ----------------------------------------------------------------------------------

    @api.model
    def _settings(self):
        base = self.env['ir.config_parameter'].sudo().get_param('web.base.url') or 'http://localhost:8069'
        return authorities.authority_settings(base)

    @api.model
    def _ready(self):
        """The one record, with everything behind it made: idempotent, safe on several nodes.

        :raises CoreRefused: the token cannot be used.
        """
        record = self.sudo().with_context(bin_size=False).search_fetch([], READ, limit=1)
        if not record or record._stale():
            record = self._establish()
        return record

    def _at_hand(self):
        """This record, if the caller made it :meth:`_ready`, else the one there is."""
        return self.sudo() if self else self._ready()

    def _stale(self):
        """Whether a unit's certificate must be renewed."""
        limit = fields.Datetime.now() + UNIT_RENEW
        units = self.tsa_id, self.platform_id, self.ocsp_id
        self.env['esign.certificate'].union(*units).fetch(['state', 'not_after', 'pem'])
        return any(not unit or unit.state != 'valid' or unit.not_after < limit for unit in units)

    @api.model
    def _establish(self):
        self.env.cr.execute(SQL('SELECT pg_advisory_xact_lock(%s)', LOCK))
        now = datetime.now(UTC)
        settings = self._settings()
        with explained(self.env):
            authorities.create(self.env, settings, now)
            authority, register = authorities.load(self.env, settings)
            values = {
                'name': settings.organisation,
                'is_test': authorities.is_test(),
                'address': settings.addresses.base,
                'root_id': self._row(authority.root).id,
                'issuing_id': self._row(authority.issuing).id,
            }
            with register.using(self.env):
                responder = authority.responder
                if responder.not_valid_after_utc - UNIT_RENEW < now:
                    responder = authority.renew_responder(now)
                values['ocsp_id'] = self._row(responder).id
            for role in ('tsa', 'platform'):
                values[f'{role}_id'] = self._unit(authority, register, settings, role, now).id
        record = self.sudo().search([], limit=1)
        if record:
            record.write(values)
            return record
        return self.sudo().create(values)

    @api.model
    def _unit(self, authority, register, settings, role, now):
        """The certificate row of a unit whose key is in the token, made or renewed if need be."""
        pool, label = token_pool(), settings.label(role)
        try:
            found = x509.load_der_x509_certificate(pool.certificate(label))
            if found.not_valid_after_utc - UNIT_RENEW > now and found.issuer == authority.issuing.subject:
                return self._row(found)
        except TokenError as error:
            if error.code != 'certificate_missing':
                raise
        ref = _find_or_generate(pool, label, KeyKind.RSA_2048)
        issue = {'tsa': authority.issue_tsa, 'platform': authority.issue_platform}[role]
        title = f'{settings.organisation} {"TSA" if role == "tsa" else "Platform"}'
        end = min(now + UNIT_LIFETIME, authority.issuing.not_valid_after_utc)
        with register.using(self.env):
            made = issue(ref, title=title, start=now, lifetime=end - now.replace(microsecond=0))
        pool.store_certificate(label, made.public_bytes(Encoding.DER))
        return self._row(made)

    @api.model
    def _row(self, certificate):
        """The register's row of one of the authority's own certificates."""
        rows = self.env['esign.certificate'].sudo()
        found = rows.search(
            [('serial', '=', serial(certificate.serial_number)), ('issuer', '=', certificate.issuer.rfc4514_string())],
            limit=1,
        )
        return found or rows.create(
            {
                **facts(certificate),
                'kind': 'platform',
                'state': 'valid',
                'holder_name': certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value,
                'is_test': authorities.is_test(),
                'issued_here': True,
            }
        )

    # Using -----------------------------------------------------------------------------------

    @api.model
    def _core(self):
        """The core's authority and the register; everything made.

        :return: (``signing.keys.authority.Authority``, ``Register``); use the first inside
            ``register.using(env)``.
        """
        self._at_hand()
        return authorities.load(self.env, self._settings())

    @api.model
    def _chain(self):
        """Certificates (``cryptography``) from the issuing authority to the root."""
        return self._core()[0].chain

    @api.model
    def _tsa(self):
        """The core's RFC 3161 authority on the token's key."""
        return self._stamping()[0]

    @api.model
    def _stamping(self):
        """This process's (authority, stamper); another certificate, policy or token makes others."""
        record, settings, pool = self._at_hand(), self._settings(), token_pool()
        name = (self.env.cr.dbname, record.tsa_id.pem, settings)
        if (known := _stampers.get(name)) and known[0] is pool:
            return known[1:]
        with explained(self.env):
            ref = pool.find(settings.label('tsa'))
            certificate = x509.load_pem_x509_certificate(record.tsa_id.pem.encode())
            unit = TimestampAuthority(pool, ref, certificate, record._chain(), policy=f'{settings.policy_arc}.3')
        _stampers[name] = pool, unit, TokenTimeStamper(unit)
        return _stampers[name][1:]

    @api.model
    def _time_stamper(self):
        """pyHanko's stamper on the own authority."""
        return self._stamping()[1]

    @api.model
    def _platform_key(self):
        """(key reference, certificate) of the platform, for its invisible signatures."""
        record = self._at_hand()
        with explained(self.env):
            ref = token_pool().find(self._settings().label('platform'))
        return ref, x509.load_pem_x509_certificate(record.platform_id.pem.encode())

    # Answering -------------------------------------------------------------------------------

    @api.model
    def _certificate_der(self, which):
        """DER of ``root`` or ``issuing`` for the public."""
        record = self.sudo().search([], limit=1)
        row = record[f'{which}_id'] if record and which in ('root', 'issuing') else record.root_id
        if not row:
            return b''
        return x509.load_pem_x509_certificate(row.pem.encode()).public_bytes(Encoding.DER)

    @api.model
    def _crl_der(self, which):
        """The CRL of ``issuing`` or ``root``: kept a while, made anew after each revocation."""
        record = self._at_hand()
        name = {'issuing': 'crl', 'root': 'root_crl'}[which]
        now, until = datetime.now(UTC), record[f'{name}_until']
        if record[name] and until and until > fields.Datetime.now():
            return base64.b64decode(record[name])
        authority, register = record._core()
        with register.using(self.env), explained(self.env):
            made = authority.root_crl(now) if which == 'root' else authority.crl(now)
        record.write({name: base64.b64encode(made), f'{name}_until': fields.Datetime.now() + CRL_KEEP})
        return made

    @api.model
    def _forget_crl(self):
        """Let the next request make the CRLs anew."""
        self.sudo().search([]).write({'crl': False, 'crl_until': False, 'root_crl': False, 'root_crl_until': False})

    @api.model
    def _ocsp_der(self, request):
        """Answer an OCSP request (DER) or speak about a ``cryptography`` certificate."""
        authority, register = self._core()
        with register.using(self.env), explained(self.env):
            return authority.ocsp(request, datetime.now(UTC))

    @api.model
    def _tsa_der(self, request):
        """Answer a time-stamp request (DER)."""
        return self._tsa().respond(request)

    def action_check(self):
        """Button of staff: make what is missing and show the state of the token."""
        if not self.env.user.has_group('esign_base.group_esign_administrator'):
            raise EsignError(self.env._('Only administrators do this.'), 'FORBIDDEN')
        record = self._ready()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': record.id,
            'view_mode': 'form',
            'name': self.env._('Certificate authority'),
        }


def _find_or_generate(pool, label, kind):
    try:
        return pool.find(label)
    except TokenError as error:
        if error.code != 'key_missing':
            raise
    return pool.generate(kind, label)
