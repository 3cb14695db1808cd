import hashlib
import json
from contextlib import contextmanager, nullcontext

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.models.documents.esign_consent import ConsentUnproven
from odoo.addons.esign_base.models.people.esign_person import ACTING
from odoo.addons.esign_base.rules.states import moves, selection
from odoo.addons.esign_base.signing import trace
from odoo.addons.esign_base.tools.answer import Answer
from odoo.addons.esign_base.tools.signing_messages import explained

from ...rules import states

OPEN = ('frozen', 'consented')


class EsignSigningAct(models.Model):
    """One act of one party: which contracts, which seals where, by whom; confirmed, then signed.

    What will be signed is frozen first; the consent is bound to the digest of exactly that, and the
    digest is computed again from the records before a key is used. An act is done once: a repeated
    request (same ``key``), a second click or a restart finds the same record.
    """

    _name = 'esign.signing.act'
    _description = 'Signing act'
    _inherit = ['esign.moves']
    _order = 'id desc'
    _guarded = frozenset({'state', 'frozen', 'digest', 'consent_id', 'finish', 'party_id', 'person_id'})
    _states = states.ACT
    _moves = moves(states.ACT)

    group_id = fields.Many2one(
        'esign.contract.group', 'Group', required=True, readonly=True, ondelete='restrict', index=True
    )
    party_id = fields.Many2one('esign.party', 'Party', required=True, readonly=True, ondelete='restrict', index=True)
    person_id = fields.Many2one('esign.person', 'Signed by', required=True, readonly=True, ondelete='restrict')
    identity_key = fields.Char(required=True, readonly=True)
    key = fields.Char('Request', required=True, readonly=True, help='Names one request; repeating it changes nothing.')
    finish = fields.Boolean('Ends the signing', readonly=True)
    silent = fields.Boolean('Without a person present', readonly=True)
    state = fields.Selection(
        selection(states.ACT), 'Status', required=True, readonly=True, default='frozen', index=True
    )
    frozen = fields.Text('What is signed', readonly=True, help='Canonical JSON (RFC 8785).')
    digest = fields.Char('Digest of what is signed', readonly=True)
    consent_id = fields.Many2one('esign.consent', 'Confirmation', readonly=True, ondelete='restrict')
    line_ids = fields.One2many('esign.signing.act.line', 'act_id', 'Signatures', readonly=True)
    attempts = fields.Integer(readonly=True)
    done_at = fields.Datetime(readonly=True)

    _key_once = models.Constraint('UNIQUE(party_id, key)', 'This request was made already.')
    _waiting_idx = models.Index("(id) WHERE state = 'consented'")

    # Freezing ---------------------------------------------------------------------------------

    @api.model
    def _freeze(self, party, identity, contracts, *, key, seals=None, items=None, finish=True, silent=False):
        """Freeze what a party is about to sign.

        :param contracts: those of the group that the act covers.
        :param key: the caller's name for this request; the same key answers the same act.
        :param seals: for contracts with positions: seal type code → seal to use; the first usable
            one of the type where nothing is said.
        :param items: for contracts without positions: contract id → list of dicts ``kind``
            (seal, date, cross_page), ``seal`` (id), ``page``, ``x``, ``y``, ``width``, ``height``
            (mm), ``last_page``, ``style``.
        :param finish: the party has nothing more to add after this act.
        :raises EsignError: not now, not you, or what was placed cannot be used; says why.
        """
        party._take_turns()
        begun = self._begun(party, identity, key)
        known = begun.filtered(lambda act: act.key == key)
        if known:
            if known.identity_key != identity.key:
                raise EsignError(self.env._('This request belongs to somebody else.'), 'NOT_YOURS')
            return known
        usable = party._usable(identity, silent=silent)
        party._may_sign(identity, silent=silent, usable=usable).require()
        party = party.sudo()
        signers = party.signer_ids.filtered(lambda one: one.contract_id in contracts and one.state == 'open')
        if not signers or signers.contract_id != contracts:
            raise EsignError(self.env._('Choose contracts that you have not signed yet.'), 'CONTRACTS')
        begun._cancel_open()  # whoever starts anew gives up what was not confirmed
        act = self.sudo().create(
            {
                'group_id': party.group_id.id,
                'party_id': party.id,
                'person_id': identity.person.id,
                'identity_key': identity.key,
                'key': key,
                'finish': finish,
                'silent': silent,
            }
        )
        lines = self.env['esign.signing.act.line'].sudo()
        for signer in signers:
            lines._of_signer(act, signer, identity, usable, seals or {}, (items or {}).get(signer.contract_id.id))
        body = act._statement()
        act.write({'frozen': body.decode(), 'digest': hashlib.sha256(body).hexdigest()})
        return act

    @api.model
    def _begun(self, party, identity, key):
        """The party's act of this key, and what the person has begun for the party and not confirmed."""
        mine = (
            Domain('person_id', '=', identity.person.id) & Domain('state', '=', 'frozen') if identity else Domain.FALSE
        )
        return self.sudo().search_fetch(
            Domain('party_id', '=', party.id) & (Domain('key', '=', key) | mine), ['key', 'state', 'identity_key']
        )

    def _statement(self):
        """Canonical JSON of exactly what is signed, computed from the records as they are now."""
        self.ensure_one()
        act = self.sudo()
        return trace.canonical(
            {
                'act': act.id,
                'group': act.group_id.id,
                'number': act.group_id.number or None,
                'name': act.group_id.name,
                'party': act.party_id.id,
                'party_name': act.party_id.name,
                'person': act.person_id.id,
                'person_name': act.person_id.name,
                'finish': act.finish,
                'contracts': [line._statement() for line in act.line_ids.sorted('id')],
            }
        )

    # Consent ----------------------------------------------------------------------------------

    def _may_confirm(self, identity):
        """Whether this identity may confirm this act now."""
        self.ensure_one()
        act = self.sudo()
        if not identity or identity.key != act.identity_key or identity.person.id != act.person_id.id:
            return Answer.no('NOT_YOURS', self.env._('This signing was begun by somebody else.'))
        if act.state != 'frozen':
            return Answer.no('WRONG_STATE', self.env._('This signing is over. Open the contract again.'))
        return act.party_id._may_sign(identity)

    def _ask_consent(self, identity):
        """Send the code that allows exactly this act.

        Everything that another transaction may hold is locked before the code is counted: a replay
        after a serialization failure would be refused as a second code within a minute.
        """
        self.ensure_one()
        act = self._lock().sudo()
        act.group_id._hold_trace()
        act._may_confirm(identity).require()
        act.consent_id = self.env['esign.consent']._ask_by_sms(
            act.person_id, act.digest, f'{act._name},{act.id}', act.group_id.name
        )
        act.group_id._trace('consent_asked', identity=identity, data={'act': act.id})
        return act.consent_id

    def _confirm(self, identity, code):
        """Give the consent. The signing follows after commit (``_perform_apart``).

        :raises CodeRefused: wrong code; nothing has changed.
        """
        self.ensure_one()
        act = self._lock().sudo()
        if act.state in ('consented', 'done') and identity and identity.key == act.identity_key:
            return act
        act.group_id._hold_trace()  # before the try is counted: a replay must not count again
        act._may_confirm(identity).require()
        if not act.consent_id:
            raise EsignError(self.env._('Ask for a code first.'), 'CONSENT_MISSING')
        consent = act.consent_id._give(code, act.group_id._trace_head())
        act._move('consented')
        act.party_id._mend()
        act.group_id._trace('consent_given', identity=identity, consent=consent.record_sha256, data={'act': act.id})
        act._perform_after_commit()
        return act

    # Signing ----------------------------------------------------------------------------------

    def _perform(self):
        """Sign everything that was frozen, in this transaction: all of it or nothing.

        :raises EsignError: something changed since the consent, or cannot be signed now.
        """
        self.ensure_one()
        act = self._lock().sudo()
        if act.state == 'done':
            return act
        if act.state != 'consented':
            raise EsignError(self.env._('Nothing is signed without a confirmation.'), 'CONSENT_MISSING')
        identity = act._identity_now()
        usable = act.party_id._usable(identity, silent=act.silent)
        act.party_id._may_sign(identity, silent=act.silent, usable=usable).require()
        if hashlib.sha256(act._statement()).hexdigest() != act.digest:
            raise EsignError(
                self.env._('Something changed after you confirmed: nothing was signed. Open the contract again.'),
                'CHANGED_AFTER_CONSENT',
            )
        consent = act._require_consent()
        usabilities = act.line_ids._require_seals(identity, usable, silent=act.silent)
        act._require_authority(usabilities)
        act._sign_lines(identity, consent, usabilities)
        act.consent_id._use_up()
        act._move('done', done_at=fields.Datetime.now())
        act._mend()
        act.party_id._mend()
        act._advance(identity)
        act._stamp_trace()
        return act

    def _require_consent(self):
        """Digest of the consent's record, which is proven and stands in the trace before anything is signed.

        :raises ConsentMissing: there is none for exactly this; :raises ConsentUnproven: nothing proves it.
        """
        act, chain = self, self.group_id._chain()
        digest = act.consent_id._require(act.digest)
        if act.consent_id.reference != f'{act._name},{act.id}' or not chain._holds_consent(act.consent_id):
            raise ConsentUnproven(
                self.env._('The trace does not hold the confirmation: nothing was signed. The operator has been told.'),
                'CONSENT_UNTRACED',
            )
        return digest

    def _stamp_trace(self):
        """Stamp the trace with what has just been signed, in the same transaction."""
        with explained(self.env):
            self.group_id._chain()._stamp()

    def _require_authority(self, usabilities):
        """Refuse a silent act when the authorisations are not those it was begun under; a hook."""

    def _sign_lines(self, identity, consent, usabilities):
        """Sign the contracts on which something is placed; finishing without another seal uses no key."""
        lines = self.line_ids.filtered('items').sorted('id')
        if not lines:
            return
        with self._signatory(usabilities) as (signatory, certificate):
            for line in lines:
                line._sign(identity, signatory, certificate, consent, usabilities)

    def _identity_now(self):
        """The identity of the act as it is now; None when the person has lost it."""
        person = self.person_id
        person.fetch(ACTING)
        found = self.env['esign.identity']._available(person.user_id)
        return next((one for one in found if one.key == self.identity_key), None)

    @contextmanager
    def _signatory(self, usabilities):
        """(signatory, certificate row): the enterprise's certificate, or an event certificate for the person."""
        level = self.group_id.business_type_id.level
        certificate = next((usable.certificate for usable in usabilities.values() if usable.certificate), None)
        with self._key(certificate) as key:
            yield self.env['esign.signing']._signatory(key, level), key.row

    def _key(self, certificate):
        if self.party_id.kind == 'person':
            return self.env['esign.certificate']._event(self.person_id)
        if not certificate:
            raise EsignError(self.env._('No certificate of the enterprise can be used.'), 'CERTIFICATE')
        return nullcontext(certificate._signing_key())

    def _advance(self, identity):
        """Move contract, party and group on."""
        contracts = self.line_ids.signer_id.contract_id
        contracts._move('signing')
        if self.finish:
            self.line_ids.signer_id._move('signed', signed_at=fields.Datetime.now())
            self.group_id._trace(
                'finished', identity=identity, data={'contracts': sorted(contracts.ids), 'act': self.id}
            )
        self.group_id._move('signing')
        party = self.party_id
        if self.finish and all(signer.state == 'signed' for signer in party.signer_ids):
            party._has_finished()

    # The end ----------------------------------------------------------------------------------

    def _cancel_open(self):
        """Give up what was not signed: the group ended, or the signer began anew."""
        left = self.filtered(lambda act: act.sudo().state in OPEN)
        left._move('cancelled')
        left.sudo().consent_id._void()

    def _status(self, identity):
        """What the waiting page is told: ``state`` and, when it failed, why."""
        self.ensure_one()
        act = self.sudo()
        if not identity or identity.key != act.identity_key:
            return {'state': 'unknown'}
        return {'state': act.state, 'problem': act._told_problem()}

    def _seals_used(self):
        """Facts of the seals of these acts, for the signature data of completed contracts."""
        return [json.loads(act.frozen) for act in self.sudo() if act.frozen]
