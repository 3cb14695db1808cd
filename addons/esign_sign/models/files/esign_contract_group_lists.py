import datetime as dt

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.rules.clock import day_start
from odoo.addons.esign_base.rules.shown import shown_day

from ...rules import states
from .esign_contract_group_search import COUNT_UP_TO, RUNNING_LISTS

PAGE_ROWS = 20
LISTS = ('sign', 'others', 'done', 'void', 'copies', 'drafts')


class EsignContractGroup(models.Model):
    """文件管理: the lists of contracts as each identity sees them."""

    _inherit = 'esign.contract.group'

    name = fields.Char(index='trigram')
    number = fields.Char(index='trigram')

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

    # One page of a list -----------------------------------------------------------------------

    @api.model
    def _listed(self, identity, name, search='', filters=None, sort='new', page=1):
        """One page of a list, as plain values.

        :param search: part of the name, the number or a party's name.
        :param filters: ``business_type`` (id), ``date_from``, ``date_to`` (``YYYY-MM-DD``, day of the
            launch in Shanghai), ``state``; what cannot be read is ignored.
        :param sort: ``new``, ``old``, ``deadline`` or ``name``.
        :return: ``rows``, ``total`` (at most ``COUNT_UP_TO``), ``more`` (there are more than that),
            ``page``, ``pages``, ``size``.
        """
        narrow = self._search_domain(search) & self._filter_domain(filters or {})
        groups, found = self._list_page(identity, name, narrow, sort, max(1, page), PAGE_ROWS)
        total = min(found, COUNT_UP_TO)
        pages = max(1, -(-total // PAGE_ROWS))
        return {
            'rows': groups._rows(identity, name),
            'total': total,
            'more': found > total,
            'page': min(max(1, page), pages),
            'pages': pages,
            'size': PAGE_ROWS,
        }

    @api.model
    def _filter_domain(self, filters):
        domain = Domain.TRUE
        if str(filters.get('business_type') or '').isdigit():
            domain &= Domain('business_type_id', '=', int(filters['business_type']))
        if filters.get('state') in states.GROUP:
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
                'extension': group._extension() if name in RUNNING_LISTS else {},
                'late': group._is_late(now),
                'soon': bool(group.expires_at) and group.expires_at - now < dt.timedelta(days=3),
                'state': group.state,
                'state_label': labels[group.state],
                'tone': states.GROUP[group.state].tone,
                'reason': group.reason or group._told_problem(),
                'contracts': [{'id': one.id, 'name': one.name} for one in group.contract_ids],
                'sequential': group.sequential,
                'parties': [
                    {
                        'name': party.name or '',
                        'kind': party.kind,
                        'state': party.state,
                        'label': party_labels[party.state],
                        'tone': states.PARTY[party.state].tone,
                    }
                    for party in group.party_ids
                ],
                'actions': group._row_actions(identity, name, usable),
            }
            for group in self
        ]

    def _extension(self):
        """Between which days (``YYYY-MM-DD``) the deadline can be moved to, and the sentence that says so."""
        first = max(self._today(), self.deadline + dt.timedelta(days=1))
        last = self._latest_day(self.business_type_id)
        fault = self.env._('Choose a day from %(first)s to %(last)s.', first=shown_day(first), last=shown_day(last))
        return {'first': first.isoformat(), 'last': last.isoformat(), 'fault': fault}

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
