import datetime as dt

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.rules.periods import day_start

from ..rules.shown import literal, shown_day
from .esign_contract_group import RUNNING, VOID

PAGE_ROWS = 20
LISTS = ('sign', 'others', 'done', 'void', 'copies', 'drafts')
TONES = {
    'draft': 'quiet',
    'preparing': 'info',
    'failed': 'bad',
    'pending': 'wait',
    'signing': 'wait',
    'done': 'ok',
    'refused': 'bad',
    'revoked': 'quiet',
    'expired': 'quiet',
}
PARTY_TONES = {'pending': 'wait', 'signed': 'ok', 'refused': 'bad'}
ORDERS = {
    'new': 'id desc',
    'old': 'id',
    'deadline': 'expires_at, id desc',
    'name': 'name, id desc',
}
SEARCH_LENGTH = 100


class EsignContractGroup(models.Model):
    """文件管理: the lists of contracts as each identity sees them."""

    _inherit = 'esign.contract.group'

    name = fields.Char(index='trigram')
    number = fields.Char(index='trigram')

    _launched_by_idx = models.Index('(initiator_id, initiated_by, state, id)')

    # Which lists ------------------------------------------------------------------------------

    @api.model
    def _lists_for(self, identity):
        """The lists that an identity has: a person gets copies, an enterprise launches."""
        if not identity:
            return ()
        return tuple(name for name in LISTS if name != ('drafts' if identity.is_person else 'copies'))

    @api.model
    def _list_labels(self):
        """Their names, as the menu shows them."""
        _ = self.env._
        return {
            'sign': _('To be signed by me'),
            'others': _('Waiting for others'),
            'done': _('Completed signing'),
            'void': _('Voided'),
            'copies': _('Copied to me'),
            'drafts': _('Drafts'),
        }

    @api.model
    def _list_domain(self, identity, name):
        """The groups of a list. An identity that has no such list gets nothing."""
        if name not in self._lists_for(identity):
            return Domain.FALSE
        party, launched = self._party_domain(identity), self._launched_domain(identity)

        def mine(**conditions):
            wanted = Domain.AND(Domain(field, *condition) for field, condition in conditions.items())
            return Domain('party_ids', 'any', party & wanted) if not party.is_false() else Domain.FALSE

        to_sign = Domain('state', 'in', RUNNING) & mine(state=('=', 'pending'))
        if name == 'sign':
            return to_sign
        if name == 'others':
            begun = Domain('state', 'in', ('preparing', 'failed', *RUNNING))
            running = Domain('state', 'in', RUNNING) & mine(state=('=', 'signed'))
            return (running | (begun & launched)) & ~to_sign
        return {
            'done': Domain('state', '=', 'done') & (mine(state=('=', 'signed')) | launched),
            'void': Domain('state', 'in', VOID) & (mine(notified_at=('!=', False)) | launched),
            'copies': self._copy_domain(identity),
            'drafts': Domain('state', '=', 'draft') & launched,
        }[name]

    @api.model
    def _list_counts(self, identity):
        """List name → number of groups, for the home page and the tabs."""
        groups = self.sudo()
        return {name: groups.search_count(self._list_domain(identity, name)) for name in self._lists_for(identity)}

    # One page of a list -----------------------------------------------------------------------

    @api.model
    def _listed(self, identity, name, search='', filters=None, sort='new', page=1):
        """One page of a list, as plain values.

        :param search: part of the name, the number or a party's name.
        :param filters: ``business_type`` (id), ``date_from``, ``date_to`` (``YYYY-MM-DD``, day of the
            launch in Shanghai), ``state``; what cannot be read is ignored.
        :param sort: ``new``, ``old``, ``deadline`` or ``name``.
        :return: ``rows``, ``total``, ``page``, ``pages``, ``size``.
        """
        domain = self._list_domain(identity, name) & self._search_domain(search) & self._filter_domain(filters or {})
        groups = self.sudo()
        total = groups.search_count(domain)
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(1, page), pages)
        found = groups.search(
            domain, order=ORDERS.get(sort, ORDERS['new']), limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS
        )
        return {'rows': found._rows(identity, name), 'total': total, 'page': page, 'pages': pages, 'size': PAGE_ROWS}

    @api.model
    def _search_domain(self, text):
        text = ' '.join((text or '').split())[:SEARCH_LENGTH]
        if not text:
            return Domain.TRUE
        part = literal(text)
        return (
            Domain('name', 'ilike', part)
            | Domain('number', 'ilike', part)
            | Domain('party_ids', 'any', [('name', 'ilike', part)])
            | Domain('initiator_id', 'any', [('name', 'ilike', part)])
        )

    @api.model
    def _filter_domain(self, filters):
        domain = Domain.TRUE
        if str(filters.get('business_type') or '').isdigit():
            domain &= Domain('business_type_id', '=', int(filters['business_type']))
        if filters.get('state') in TONES:
            domain &= Domain('state', '=', filters['state'])
        first, last = _day(filters.get('date_from')), _day(filters.get('date_to'))
        if first:
            domain &= Domain('launched_at', '>=', day_start(first))
        if last:
            domain &= Domain('launched_at', '<', day_start(last + dt.timedelta(days=1)))
        return domain

    def _rows(self, identity, name):
        """These groups as a list shows them."""
        labels = dict(self._fields['state']._description_selection(self.env))
        party_labels = dict(self.env['esign.party']._fields['state']._description_selection(self.env))
        usable = name == 'sign' and bool(self.env['esign.seal']._usable_for(identity))
        now = fields.Datetime.now()
        return [
            {
                'id': group.id,
                'number': group.number or '',
                'name': group.name,
                'business_type': group.business_type_id.name,
                'initiator': group.initiator_id.name,
                'launched': shown_day(group.launched_at),
                'changed': shown_day(group.write_date),
                'ended': shown_day(group.ended_at),
                'deadline': shown_day(group.deadline),
                'late': group._is_late(now),
                'soon': bool(group.expires_at) and group.expires_at - now < dt.timedelta(days=3),
                'state': group.state,
                'state_label': labels[group.state],
                'tone': TONES[group.state],
                'reason': (group.problem if group.state == 'failed' else group.reason) or '',
                'contracts': [{'id': one.id, 'name': one.name} for one in group.contract_ids],
                'sequential': group.sequential,
                'parties': [
                    {
                        'name': party.name or '',
                        'kind': party.kind,
                        'state': party.state,
                        'label': party_labels[party.state],
                        'tone': PARTY_TONES.get(party.state, 'quiet'),
                    }
                    for party in group.party_ids
                ],
                'actions': group._row_actions(identity, name, usable),
            }
            for group in self
        ]

    def _row_actions(self, identity, name, usable):
        """What a row of this list offers; the rules of the engine answer for what changes something."""
        if name == 'drafts':
            return ['edit', 'delete']
        actions = ['sign'] if usable and not self._is_late() else []
        if self.contract_ids and self.state not in ('preparing', 'failed'):
            actions.append('preview')
        if name in ('sign', 'others', 'done') and self._may_download('party', self.state):
            actions.append('download')
        actions.append('trace')
        if name == 'done':
            actions.append('signatures')
        if name in ('sign', 'others'):
            actions += [action for action in ('remind', 'extend', 'retry', 'revoke') if self._may(action, identity)]
        return actions


def _day(text):
    try:
        return dt.date.fromisoformat(str(text or ''))
    except ValueError:
        return None


class EsignParty(models.Model):
    """Found by its name in the lists."""

    _inherit = 'esign.party'

    name = fields.Char(index='trigram')
