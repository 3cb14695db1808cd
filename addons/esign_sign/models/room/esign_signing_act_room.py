import re

from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.tools.answer import attempt

# What the browser makes to name one request; nobody else's can be guessed or taken over by it.
KEY = re.compile(r'[0-9A-Za-z-]{16,64}')


class EsignSigningAct(models.Model):
    """What the signing room asks of an act: one method for each request, plain values in and out."""

    _inherit = 'esign.signing.act'

    @api.model
    def _room_freeze(self, identity, group_id, key, contracts, *, code=False, **asked):
        """Freeze what the page shows, and send the code for it.

        :param key: made by the browser; repeated by reloads, double clicks and lost connections.
        :param contracts: ids of the contracts that are signed now.
        :param code: send the code in the same transaction, unless this act has been sent one. Where none
            can be sent the act is frozen all the same, and ``refused`` says why.
        :param asked: ``items`` (contract id → items), ``seals`` (type → seal), ``finish``.
        :return: the act, see :meth:`_room_facts`.
        :raises EsignError: says what to mend.
        """
        group = self.env['esign.contract.group']._room_of(identity, group_id)
        party = group._room_party(identity)
        if not party:
            raise EsignError(self.env._('This contract is not yours to sign.'), 'NOT_YOURS')
        if not KEY.fullmatch(str(key)):
            raise EsignError(self.env._('This request cannot be read. Reload the page.'), 'REQUEST')
        chosen = {one for one in contracts or [] if isinstance(one, int)}
        act = self._freeze(
            party,
            identity,
            group.contract_ids.filtered(lambda one: one.id in chosen),
            key=str(key),
            seals=self._room_chosen(asked.get('seals')),
            items=self._room_items(asked.get('items')),
            finish=bool(asked.get('finish', True)),
        )
        refused = act._room_code(identity) if code and act.state == 'frozen' and not act.consent_id else {}
        return {**act._room_facts(), **refused}

    def _room_code(self, identity):
        """Send the code; why none was sent, as values."""
        sent = attempt(self.env, lambda: self._ask_consent(identity))
        return {} if sent else {'refused': sent.as_json()}

    @api.model
    def _room_items(self, given):
        """Contract id → list of what was placed, of a size that can be handled."""
        items = {}
        for name, placed in given.items() if isinstance(given, dict) else ():
            if not str(name).isdecimal() or not isinstance(placed, list):
                raise EsignError(self.env._('This request cannot be read. Reload the page.'), 'REQUEST')
            if len(placed) > limits.PLACEMENTS:
                raise EsignError(self.env._('A contract has at most %s positions.', limits.PLACEMENTS), 'TOO_MANY')
            items[int(name)] = placed
        return items

    @api.model
    def _room_chosen(self, given):
        chosen = given.items() if isinstance(given, dict) else ()
        return {str(code): seal for code, seal in chosen if isinstance(seal, int)}

    @api.model
    def _room_act(self, identity, act_id):
        """The act with this id, if the identity began it.

        :raises EsignError: ``NOT_FOUND``, whether it is not there or somebody else's.
        """
        act = self.sudo().search_fetch([('id', '=', act_id)])
        mine = act and identity and act.identity_key == identity.key and act.person_id.id == identity.person.id
        if not mine:
            raise EsignError(self.env._('This signing is not there any more. Open the contract again.'), 'NOT_FOUND')
        return act

    @api.model
    def _room_consent(self, identity, act_id):
        """Send the code. While one was sent a moment ago, nothing is sent and the page shows the wait."""
        act = self._room_act(identity, act_id)
        if act.state == 'frozen':
            act._ask_consent(identity)
        return act._room_facts()

    @api.model
    def _room_confirm(self, identity, act_id, code):
        """Give the code; the signing follows."""
        return self._room_act(identity, act_id)._confirm(identity, str(code or ''))._room_facts()

    @api.model
    def _room_status(self, identity, act_id):
        """How far the act is."""
        act = self._room_act(identity, act_id)
        return {**act._room_facts(), **act._status(identity)}

    @api.model
    def _room_open_of(self, party, identity):
        """The act that this person has begun here and not ended: a reloaded page goes on with it."""
        mine = [
            ('party_id', '=', party.id),
            ('person_id', '=', identity.person.id),
            ('identity_key', '=', identity.key),
            ('state', 'in', ('frozen', 'consented')),
        ]
        act = self.sudo().search(mine, limit=1)
        return act._room_facts() if act else None

    def _room_facts(self):
        """The act for the page: state, what is signed in numbers, and what is known of the code."""
        self.ensure_one()
        act = self.sudo()
        return {
            'id': act.id,
            'key': act.key,
            'group': act.group_id.id,
            'state': act.state,
            'finish': act.finish,
            'problem': act._told_problem(),
            'contracts': [
                {'id': line.contract_id.id, 'name': line.contract_id.name, 'seals': len(line.items or [])}
                for line in act.line_ids.sorted('id')
            ],
            'consent': act.consent_id._sent_facts() if act.consent_id and act.state == 'frozen' else None,
        }
