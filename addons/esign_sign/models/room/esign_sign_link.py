import datetime as dt
import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.orm.models import NO_ACCESS

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.answer import Answer
from odoo.addons.esign_base.tools.locks import lock

from ..engine.esign_contract_group import RUNNING

# Live links of one party; another one takes the place of the oldest.
LIVE = 5
# How often one link may be opened.
OPENINGS = 30
# Wrong or old links that one address may try within an hour.
GUESSES = 30
PURPOSE = 'esign.link'
OPERATORS = 'esign_base.group_esign_operator'


class EsignSignLink(models.Model):
    """A link by which a person signs without an account's log-in: one party, one group, for a short time.

    The link holds 256 random bits; only their digest is kept. It names the person and proves nothing
    about the person: unless the business type says otherwise the contract is shown only after a code to the
    person's registered mobile, and no key is used without another code for exactly what is signed.
    Whoever has entered sees the signing room of this group and nothing else; who has signed by it sees
    what was signed for a short while (``esign_sign_link_result.py``).
    """

    _name = 'esign.sign.link'
    _description = 'Signing link'
    _order = 'id desc'

    party_id = fields.Many2one('esign.party', 'Party', required=True, readonly=True, ondelete='cascade', index=True)
    group_id = fields.Many2one(related='party_id.group_id', store=True, index=True)
    person_id = fields.Many2one(related='party_id.person_id', string='Person')
    token_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    expires_at = fields.Datetime('Expires', required=True, readonly=True)
    revoked = fields.Boolean(readonly=True)
    openings = fields.Integer('Times opened', readonly=True)
    opened_at = fields.Datetime('Last opened', readonly=True)

    _token_uniq = models.Constraint('UNIQUE(token_hash)', 'Links differ.')

    @api.depends('party_id.name', 'expires_at')
    def _compute_display_name(self):
        for link in self:
            link.display_name = link.party_id.name or ''

    # Making -----------------------------------------------------------------------------------

    @api.model
    def _make(self, party):
        """A new link for a party.

        :return: (record, address): the address is in this answer and nowhere else.
        :raises EsignError: not for this party, or not now.
        """
        party._lock()
        self._may_make(party).require()
        group, kind = party.sudo().group_id, party.sudo().group_id.business_type_id
        token, now = secrets.token_urlsafe(32), fields.Datetime.now()
        link = self.sudo().create(
            {
                'party_id': party.id,
                'token_hash': _digest(token),
                'expires_at': min(now + dt.timedelta(minutes=kind.link_minutes), group.expires_at),
            }
        )
        live = self.sudo().search([('party_id', '=', party.id), ('revoked', '=', False), ('expires_at', '>', now)])
        live[LIVE:]._revoke()
        group._trace('linked', note=party.sudo().name, data={'link': link.id})
        return link, f'{self.get_base_url()}/esign/sign#{token}'

    @api.model
    def _may_make(self, party):
        """Whether a link can be made for a party now."""
        party = party.sudo()
        if party.kind != 'person':
            return Answer.no('NOT_PERSON', self.env._('Links are for persons; the operator of an enterprise logs in.'))
        if party.group_id.business_type_id.link_access == 'none':
            return Answer.no('NOT_ALLOWED', self.env._('Contracts of this business type are signed after log-in only.'))
        return party._may_sign(party._linked_identity())

    def _revoke(self):
        """End links at once, for those who have entered by them as well."""
        self.sudo().write({'revoked': True})
        return True

    def action_revoke(self):
        """End these links."""
        if not self.env.user.has_group(OPERATORS):
            raise AccessError(self.env._('Only operators do this.'))
        return self._revoke()

    # Entering ---------------------------------------------------------------------------------

    @api.model
    def _by_token(self, token, address):
        """The link with this token, if it can be opened now.

        :param address: IP address, whose wrong tries are limited.
        :raises EsignError: ``LINK_REFUSED``: unknown, used, revoked, expired look the same.
        """
        link = self.sudo().search([('token_hash', '=', _digest(token or ''))], limit=1)
        if link and link._is_open() and link.openings < OPENINGS:
            return link
        self.env['esign.rate.limit']._take('link.guess', address, GUESSES, 3600)
        raise self._refusal()

    @api.model
    def _refusal(self):
        return EsignError(
            self.env._('This link is not valid any more. Ask whoever sent it for a new one, or log in.'), 'LINK_REFUSED'
        )

    def _is_open(self):
        """Whether the room is open to who has entered by the link: it lives, and the person has yet to answer."""
        self.ensure_one()
        return self._is_alive() and self.party_id.state == 'pending'

    def _is_alive(self):
        """Whether the link shows anything: neither revoked, expired nor forbidden, and the group is not void."""
        self.ensure_one()
        group = self.group_id
        alive = not self.revoked and self.expires_at > fields.Datetime.now() and self._access() != 'none'
        return alive and group.state in (*RUNNING, 'done') and not (group.state in RUNNING and group._is_late())

    def _enter(self):
        """Note that the link was opened; answers whether a code must come first."""
        self.ensure_one()
        lock(self)
        self.write({'openings': self.openings + 1, 'opened_at': fields.Datetime.now()})
        self.group_id._trace('link_opened', note=self.party_id.name, data={'link': self.id})
        return self._access() != 'open'

    def _access(self):
        return self.group_id.business_type_id.link_access

    @api.model
    def _of_visit(self, visit, *, inside=True, result=False):
        """The link that a session has entered by, while it may stay: asked at every request.

        :param visit: what the session holds: ``link``, the ``person`` it was opened for, ``inside`` (the way the
            room was entered, ``open`` or ``code``; empty before), ``act`` (what was confirmed).
        :param inside: the room must have been entered, in a way that is still allowed.
        :param result: its result is asked for as well.
        :raises EsignError: ``LINK_REFUSED``.
        """
        link = self.sudo().browse(visit.get('link') or []).exists()
        if not link or link.person_id.id != visit.get('person'):
            raise self._refusal()
        if not (link._is_open() or (result and link._shows_result(visit.get('act')))):
            raise self._refusal()
        way = visit.get('inside')
        if inside and not way:
            raise self._refusal()
        if inside and link._access() != 'open' and way != 'code':
            raise EsignError(
                self.env._('This contract is opened by a code now. Open the link again to get one.'), 'LINK_REFUSED'
            )
        return link

    def _send_code(self):
        """Send the code that opens the room to the person's registered mobile.

        :raises RateLimited: sooner than 60 seconds after the last one, or too many of a day.
        """
        self.ensure_one()
        # Who holds a link that was passed on does not use up what its person needs to sign.
        limits, key = self.env['esign.rate.limit'], str(self.id)
        if limits._left('otp.link', key, limits._number('otp.link')):
            self.env['esign.otp']._issue(PURPOSE, self.person_id.mobile, self._subject(), self._code_text(), own=True)
        limits._take_by_rule('otp.link', key)  # what was not sent within the minute is not counted

    def _check_code(self, code):
        """Use up the code.

        :raises CodeRefused: wrong, expired, or sent for another link.
        """
        self.ensure_one()
        self.env['esign.otp']._check(PURPOSE, self.person_id.mobile, code, self._subject())
        return True

    def _subject(self):
        return f'{self._name},{self.id}'

    def _code_text(self):
        # % signs in a title must not be taken for place holders.
        return self.env._(
            'To read “%(title)s” your code is %(code)s, valid for 5 minutes. Never pass it on.',
            title=self.group_id.name.replace('%', '%%'),
            code='%(code)s',
        )

    # Inside -----------------------------------------------------------------------------------

    def _identity(self):
        """What who has entered wears: the party's person, and nothing else that person may wear.

        :raises EsignError: ``LINK_REFUSED``: the person has lost the login.
        """
        self.ensure_one()
        identity = self.party_id._linked_identity()
        if not identity:
            raise self._refusal()
        return identity

    def _admits(self, group_id=None, act_id=None):
        """Whether a group, or an act, is the one this link is for."""
        self.ensure_one()
        if act_id is not None:
            act = self.env['esign.signing.act'].sudo().browse(act_id).exists()
            return bool(act) and act.party_id == self.party_id
        return group_id == self.group_id.id


class EsignParty(models.Model):
    """The links of a party."""

    _inherit = 'esign.party'

    link_ids = fields.One2many('esign.sign.link', 'party_id', 'Signing links', readonly=True)

    def _linked_identity(self):
        """The identity of the party's person, for links; None when the person has no login."""
        person = self.sudo().person_id
        available = self.env['esign.identity']._available(person.user_id)
        return next((one for one in available if one.is_person and one.person.id == person.id), None)


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
