from cryptography.hazmat.primitives.serialization import Encoding

from odoo import api, models

from ..signing.acts.signatory import Level, Signatory
from ..signing.acts.trust import Trust
from ..signing.keys.signers import TokenSigner
from ..signing.keys.timestamps import http_time_stamper
from ..tools.signing_messages import explained
from ..tools.token import setting, token_pool


class EsignSigning(models.AbstractModel):
    """Where the core's signers are put together: key, certificate, trust and time of this installation."""

    _name = 'esign.signing'
    _description = 'Signers of this installation'

    @api.model
    def _trust(self):
        """Trust anchors with present revocation data."""
        authority = self.env['esign.authority']
        issuing, root = authority._chain()
        return Trust(
            roots=(root.public_bytes(Encoding.DER),),
            certificates=(issuing.public_bytes(Encoding.DER),),
            crls=(authority._crl_der('root'), authority._crl_der('issuing')),
        )

    @api.model
    def _time_stamper(self):
        """The external time-stamping authority that is configured, otherwise our own unit.

        An external one that fails is a failure: nothing is replaced by local time.
        """
        url = setting('tsa_url')
        return http_time_stamper(url) if url else self.env['esign.authority']._time_stamper()

    @api.model
    def _signatory(self, key, level='B-LT'):
        """A signatory of the core.

        :param key: :class:`..esign_certificate_issue.EventKey`.
        :param level: PAdES level, ``B-T``, ``B-LT`` or ``B-LTA``.
        """
        with explained(self.env):
            signer = TokenSigner(token_pool(), key.ref, key.certificate, key.chain)
            return Signatory(signer, self._trust(), Level(level), self._time_stamper())

    @api.model
    def _platform_signatory(self, level='B-LT'):
        """The platform's own signatory, for its invisible signatures."""
        authority = self.env['esign.authority']
        ref, certificate = authority._platform_key()
        with explained(self.env):
            signer = TokenSigner(token_pool(), ref, certificate, authority._chain())
            return Signatory(signer, self._trust(), Level(level), self._time_stamper())
