import datetime as dt

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS

from ...rules.clock import local, naive_utc
from ...signing.acts.verdict import Kind, Reason, TimeSource
from ...signing.apart.verify_apart import verify_apart
from ...signing.errors import FileRefused
from ...tools.signing_messages import explained

# Signatures that hold by themselves, and yet are worth nothing.
REFUSED = {
    Reason.REVOKED: 'signed_revoked',
    Reason.NOT_YET_VALID: 'signed_not_yet',
    Reason.WRONG_USAGE: 'signed_usage',
}


class EsignDocument(models.Model):
    """A document that was signed before it came here: what its signatures are worth."""

    _inherit = 'esign.document'

    earlier = fields.Json(
        readonly=True, copy=False, groups=NO_ACCESS, help='Signatures that the file carried when it was taken in.'
    )

    @api.model
    def _judge_earlier(self, data):
        """What the signatures of an upload are worth by what this platform trusts.

        :param data: a file that the core's intake let in: its signatures hold, whoever made them.
        :return: list of dicts ``fields``, ``signer``, ``stamp``, ``time`` (ISO 8601 or ''), ``stated`` (the time is
            only the signer's word), ``confirmed`` (who signed is known).
        :raises CoreRefused: one of them is worth nothing.
        """
        with explained(self.env):
            verdict = verify_apart(data, self.env['esign.signing']._trust())
            found = sorted((*verdict.signatures, *verdict.timestamps), key=lambda one: one.revision)
            for one in found:
                if not one.holds:
                    raise FileRefused(REFUSED.get(one.reason, 'signed_unclear'), 'a signature is worth nothing')
            if not found:
                raise FileRefused('signed_unclear', 'its signatures cannot be judged')
        return [
            {
                'fields': list(one.fields),
                'signer': one.signer,
                'stamp': one.kind is Kind.DOCUMENT_TIMESTAMP,
                'time': one.time.isoformat() if one.time else '',
                'stated': one.time_source in (TimeSource.CLAIMED, TimeSource.NONE),
                'confirmed': one.sound,
            }
            for one in found
        ]

    def _earlier_fields(self):
        """Names of the fields that earlier signatures fill."""
        self.ensure_one()
        return frozenset(name for one in self.sudo().earlier or [] for name in one['fields'])

    def _earlier_texts(self):
        """A sentence for each earlier signature: who, when, and what it is worth."""
        self.ensure_one()
        return [self._earlier_text(one) for one in self.sudo().earlier or []]

    @api.model
    def _earlier_text(self, one):
        _ = self.env._
        words = {'name': one['signer'] or '?', 'time': self._earlier_time(one)}
        if one['stamp']:
            if one['confirmed']:
                return _('Carries a time stamp of %(name)s, %(time)s: valid.', **words)
            return _(
                'Carries a time stamp of %(name)s, %(time)s: intact, but whose it is cannot be confirmed.', **words
            )
        if one['confirmed']:
            return _('Signed before by %(name)s, %(time)s: valid.', **words)
        return _('Signed before by %(name)s, %(time)s: intact, but who signed cannot be confirmed.', **words)

    @api.model
    def _earlier_time(self, one):
        if not one['time']:
            return self.env._('time not stated')
        shown = f'{local(naive_utc(dt.datetime.fromisoformat(one["time"]))):%Y-%m-%d %H:%M}'
        return self.env._('%s by its own statement', shown) if one['stated'] else shown
