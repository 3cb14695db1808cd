import base64
import hashlib
import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS

from ...errors import EsignError
from ...rules import states
from ...rules.states import moves, selection
from ...tools import seal_artist
from ...tools.signing_messages import explained

_logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=5)
KEEP = timedelta(minutes=30)
MAX_BYTES = 512 * 1024
PER_HOUR = 20
PREVIEW_DPI = 150


class EsignHandwriting(models.Model):
    """One writing of a signature on a phone, for the page on the computer that showed the code.

    The link in the code holds 256 random bits; only their digest is kept. It lives five minutes and
    takes one writing. What was written becomes a seal only when the person, logged in on the
    computer, confirms it: whoever merely saw the code cannot make a seal with it.
    """

    _name = 'esign.handwriting'
    _description = 'Handwritten signature being taken'
    _states = states.HANDWRITING
    _inherit = ['esign.moves']
    _order = 'id desc'
    _moves = moves(states.HANDWRITING)

    person_id = fields.Many2one('esign.person', 'Person', required=True, ondelete='cascade', index=True)
    token_hash = fields.Char(required=True, groups=NO_ACCESS, index=True)
    state = fields.Selection(
        selection(states.HANDWRITING),
        required=True,
        default='waiting',
    )
    opened_at = fields.Datetime()
    expires_at = fields.Datetime(required=True, index=True)
    strokes = fields.Binary(attachment=True, groups=NO_ACCESS)

    @api.model
    def _open(self, person):
        """Begin a writing; earlier ones of the person that still wait are void.

        :return: (record, token): the token is shown in the code and never again.
        """
        person._check_verified()
        self.env['esign.rate.limit']._take('handwriting', str(person.id), PER_HOUR, 3600)
        self.sudo().search([('person_id', '=', person.id), ('state', 'in', ('waiting', 'written'))])._void()
        token = secrets.token_urlsafe(32)
        record = self.sudo().create(
            {
                'person_id': person.id,
                'token_hash': _digest(token),
                'expires_at': fields.Datetime.now() + LIFETIME,
            }
        )
        return record, token

    def _void(self):
        self._move('expired', strokes=False)

    @api.model
    def _by_token(self, token):
        """The waiting record of a link.

        :raises EsignError: unknown, used or expired; the three look the same.
        """
        found = self.sudo().search([('token_hash', '=', _digest(token or '')), ('state', '=', 'waiting')], limit=1)
        if not found or found.expires_at < fields.Datetime.now():
            raise EsignError(
                self.env._('This link was used or has expired. Show a new code on the computer and scan it.'),
                'LINK_REFUSED',
            )
        return found

    @api.model
    def _enter(self, token):
        """The phone opened the page: the computer shows that."""
        record = self._by_token(token)
        if not record.opened_at:
            record.opened_at = fields.Datetime.now()
        return record

    @api.model
    def _write_strokes(self, token, payload):
        """Take what was written; the link is used up.

        :param payload: JSON text, ``[[[x, y, pressure], …], …]``: strokes of points, x and y in
            units of the pad's height, pressure 0 to 1.
        :raises EsignError: bad link; :raises CoreRefused: nothing written or not strokes at all.
        """
        record = self._by_token(token)._lock()
        if record.state != 'waiting':
            return self._by_token('')
        with explained(self.env):
            artwork = seal_artist.draw_handwriting(payload)
        _logger.info('Handwriting %s taken (%s)', record.id, artwork.sha256[:12])
        record._move('written', strokes=base64.b64encode(payload), expires_at=fields.Datetime.now() + KEEP)
        return record

    def _of(self, person, handwriting_id):
        """The person's own writing, or an empty record."""
        return self.sudo().search([('id', '=', handwriting_id), ('person_id', '=', person.id)], limit=1)

    def _status(self):
        """What the computer's page shows: state, whether the phone is there, and the picture."""
        self.ensure_one()
        record = self.sudo()
        state = record.state
        if state in ('waiting', 'written') and record.expires_at < fields.Datetime.now():
            state = 'expired'
        picture = ''
        if state == 'written':
            picture = 'data:image/png;base64,' + base64.b64encode(record._artwork().png(PREVIEW_DPI)).decode()
        return {'state': state, 'opened': bool(record.opened_at), 'picture': picture}

    def _artwork(self):
        with explained(self.env):
            return seal_artist.draw_handwriting(base64.b64decode(self.sudo().with_context(bin_size=False).strokes))

    def _keep(self, name=None):
        """Make the written signature a seal of the person.

        :raises EsignError: nothing was written, or it is too late.
        """
        self.ensure_one()
        record = self.sudo()._lock()
        if record.state != 'written' or record.expires_at < fields.Datetime.now():
            raise EsignError(
                self.env._('There is no signature to keep. Show a new code and write again.'), 'NOT_WRITTEN'
            )
        seal = self.env['esign.seal']._make_handwriting(record.person_id, record._artwork(), name)
        record._move('kept', strokes=False)
        return seal

    @api.autovacuum
    def _gc(self):
        """Remove what is over: the strokes are biometric data and not kept beside the seal."""
        self.sudo().search([('expires_at', '<', fields.Datetime.now() - KEEP)], limit=1000).unlink()


def _digest(token):
    # The token has 256 random bits: a plain digest cannot be searched backwards.
    return hashlib.sha256(token.encode()).hexdigest()
