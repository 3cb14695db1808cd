import threading

from cryptography.hazmat.primitives.serialization import Encoding

from odoo import api, models

from ...signing.acts.signatory import Level, Signatory
from ...signing.acts.trust import Trust
from ...signing.keys.port import open_key
from ...signing.keys.timestamps import http_time_stamper
from ...tools.signing_messages import explained
from ...tools.token import setting

_KEPT = 64
_local = threading.local()


class EsignSigning(models.AbstractModel):
    """Where the core's signers are put together: key, certificate, trust and time of this installation."""

    _name = 'esign.signing'
    _description = 'Signers of this installation'

    @api.model
    def _trust(self):
        """Trust anchors with present revocation data."""
        return self._trust_of(self.env['esign.authority']._ready())

    @api.model
    def _trust_of(self, authority):
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
        return self._time_stamper_of(self.env['esign.authority'])

    @api.model
    def _time_stamper_of(self, authority):
        url = setting('tsa_url')
        return http_time_stamper(url) if url else authority._time_stamper()

    @api.model
    def _signatory(self, key, level='B-LT'):
        """A signatory of the core.

        :param key: :class:`...esign_certificate_issue.EventKey`.
        :param level: PAdES level, ``B-T``, ``B-LT`` or ``B-LTA``.
        """
        return self._of_key(key.ref, key.certificate, key.chain, level, keep=key.row.kind != 'event')

    @api.model
    def _of_key(self, ref, certificate, chain, level, *, keep):
        """A signatory, for keys that last the one that this thread made before.

        A signatory knows its trust: a new CRL, after a revocation, or another time-stamping unit
        makes a new one. Its certificates are validated anew every minute; whether the certificate may
        be used at all is asked of its record, each time, by whoever lends the key.

        :param keep: the key is used again.
        """
        with explained(self.env):
            authority = self.env['esign.authority']._ready()
            trust, stamper = self._trust_of(authority), self._time_stamper_of(authority)
            clock = setting('tsa_url') or stamper
            own, *others = (one.public_bytes(Encoding.DER) for one in (certificate, *chain))
            name = (self.env.cr.dbname, ref.uri, own, level, trust, clock)
            kept = _local.__dict__.setdefault('kept', {})
            if name in kept:
                return kept[name]
            signatory = Signatory(open_key(ref.uri, own, others), trust, Level(level), stamper)
        if keep:
            if len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            kept[name] = signatory
        return signatory

    @api.model
    def _platform_signatory(self, level='B-LT'):
        """The platform's own signatory, for its invisible signatures."""
        authority = self.env['esign.authority']._ready()
        ref, certificate = authority._platform_key()
        return self._of_key(ref, certificate, authority._chain(), level, keep=True)
