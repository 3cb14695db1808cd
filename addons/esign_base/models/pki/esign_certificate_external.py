import ssl
from datetime import UTC, datetime

from cryptography import x509

from odoo import api, fields, models

from ...errors import EsignError
from ...signing.keys.profiles import enterprise_name
from ...signing.keys.requests import import_certificate, signing_request
from ...signing.keys.tokens import KeyKind
from ...tools.certificate_facts import facts
from ...tools.signing_messages import explained
from ...tools.token import token_pool
from .esign_authority import _find_or_generate

COUNTRY = 'CN'


class EsignCertificate(models.Model):
    """Certificates of an external authority for keys in our token: request out, certificate in."""

    _inherit = 'esign.certificate'

    external = fields.Boolean('External authority', readonly=True)
    csr_pem = fields.Text('Request (PKCS #10)', readonly=True, copy=False)

    def _make_request(self):
        """Make the key (once) and the request that the external authority is given.

        :return: PEM text.
        """
        self.ensure_one()
        row = self.sudo()._lock()
        if not row.external or row.state != 'requested':
            raise EsignError(self.env._('This is not a request to an external authority.'), 'NOT_EXTERNAL')
        with explained(self.env):
            ref = _find_or_generate(token_pool(), row.key_label, KeyKind.RSA_2048)
            der = signing_request(token_pool(), ref, enterprise_name(COUNTRY, row.holder_name, row.uscc))
        row.csr_pem = ssl.DER_cert_to_PEM_cert(der).replace('CERTIFICATE', 'CERTIFICATE REQUEST')
        return row.csr_pem

    def _accept(self, certificate, chain, roots):
        """Take the certificate that came back.

        :param certificate: PEM or DER bytes; ``chain``, ``roots``: PEM bytes, any number in each.
        :raises CoreRefused: for another key, not valid now, unfit, or without a path to the roots.
        """
        self.ensure_one()
        row = self.sudo()._lock()
        if not row.external:
            raise EsignError(self.env._('This is not a request to an external authority.'), 'NOT_EXTERNAL')
        row._check_move('valid')
        with explained(self.env):
            found = import_certificate(
                token_pool().find(row.key_label),
                certificate,
                _each(chain),
                anchors=self._parsed(roots),
                now=datetime.now(UTC),
            )
        row._move(
            'valid',
            **facts(found.certificate),
            is_test=False,
            chain_pem=''.join(facts(one)['pem'] for one in found.chain),
            next_attempt_at=False,
        )
        row._on_issued()
        return True

    @api.model
    def _parsed(self, pem):
        try:
            return x509.load_pem_x509_certificates(pem)
        except ValueError:
            raise EsignError(self.env._('The roots must be given as PEM text.'), 'ROOTS_UNREADABLE') from None


def _each(pem):
    """Split PEM text into single certificates."""
    mark = b'-----BEGIN CERTIFICATE-----'
    return [mark + part for part in pem.split(mark)[1:]]
