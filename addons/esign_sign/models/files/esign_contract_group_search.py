from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.esign_base.rules.names import folded
from odoo.addons.esign_base.rules.shown import literal
from odoo.addons.esign_base.rules.states import DONE
from odoo.addons.esign_base.rules.states import VOID as VOIDED

from ...rules import states
from ..engine.esign_contract_group import RUNNING, VOID

# Lists are counted up to here (whole pages), and paged no further: whoever has more than that searches.
COUNT_UP_TO = 10_000
# What stands beside the name of a list is counted up to here: it is on every page.
GLANCE = 1_000
FEW_OWNERS = 100
SEARCH_LENGTH = 100
RUNNING_LISTS = ('sign', 'others')
BEGUN = ('preparing', 'failed', *RUNNING)
# sort → columns of the group, each with its direction; the number of the record decides what is equal.
SORTS = {
    'new': [('id', 'DESC')],
    'old': [('id', 'ASC')],
    'deadline': [('expires_at', 'ASC'), ('id', 'DESC')],
    'name': [('name', 'ASC'), ('id', 'DESC')],
}


class EsignContractGroup(models.Model):
    """How the lists find their groups among very many.

    A list is the union of branches, each of which the database reads along one index: the parties or
    copies of one owner, or the groups that were launched by the owner. One condition with OR over them would make it
    read every group there is.
    """

    _inherit = 'esign.contract.group'

    search_text = fields.Char(
        'Found by', compute='_compute_search_text', store=True, copy=False, prefetch=False, index='trigram'
    )

    _launched_by_idx = models.Index('(initiator_id, initiated_by, state, id)')

    @api.depends('name', 'number', 'party_ids.name')
    def _compute_search_text(self):
        """What the search of the lists looks into: small letters, a line for each name, parties folded too."""
        for group in self.sudo():
            parties = group.party_ids.mapped('name')
            found_by = [one.lower() for one in (group.name, group.number, *parties) if one]
            group.search_text = '\n'.join(dict.fromkeys([*found_by, *(folded(one) for one in parties if one)]))

    @api.model
    def _search_domain(self, text):
        """Groups whose name, number, initiator or one of whose parties has this text in it."""
        text = ' '.join((text or '').split())[:SEARCH_LENGTH]
        if not text:
            return Domain.TRUE
        enterprises = self.env['esign.enterprise'].sudo()
        named = enterprises._named_like(text)
        owners = enterprises.search(named, limit=FEW_OWNERS + 1)
        # A short list of numbers lets the database use an index where a query inside an OR would not.
        owned = (
            Domain('initiator_id', 'any', named)
            if len(owners) > FEW_OWNERS
            else Domain('initiator_id', 'in', owners.ids)
        )
        spellings = dict.fromkeys((text.lower(), folded(text)))
        return Domain.OR(Domain('search_text', 'like', literal(one)) for one in spellings if one) | owned

    # Branches ---------------------------------------------------------------------------------

    @api.model
    def _list_branches(self, identity):
        """List name → (branches, branches whose groups are left out), for the lists that the identity has.

        A branch is (model, domain on it, whether it may name a group twice).
        """
        party, launched = self._party_domain(identity), self._launched_domain(identity)
        # An enterprise and a department of it may both be parties of a group.
        twice = bool(identity and identity.department)

        def mine(outcome, condition):
            return 'esign.party', party & condition & Domain('outcome', '=', outcome), twice

        def own(*states):
            return self._name, launched & Domain('state', 'in', states), False

        signed, to_sign = Domain('state', '=', 'signed'), mine(False, Domain('state', '=', 'pending'))
        table = {
            'sign': ([to_sign], []),
            'others': ([mine(False, signed), own(*BEGUN)], [to_sign]),
            'done': ([mine('done', signed), own('done')], []),
            'void': ([mine('void', Domain('notified_at', '!=', False)), own(*VOID)], []),
            'copies': ([('esign.copy', self._copies_domain(identity), False)], []),
            'drafts': ([own('draft')], []),
        }
        return {name: table[name] for name in self._lists_for(identity)}

    def _branch_sql(self, branch, narrow=Domain.TRUE, left_out=()):
        """The numbers of the groups of a branch, each once, without those of the branches left out."""
        model, domain, twice = branch
        records, column = self.env[model].sudo(), 'group_id'
        if model == self._name:
            domain, column = domain & narrow, 'id'
        elif not narrow.is_true():
            domain &= Domain('group_id', 'any', narrow)
        query, number = records._search(domain), SQL.identifier(records._table, column)
        for other in left_out:
            # The inner query hides its tables, so that the number is that of the outer one.
            query.add_where(
                SQL('NOT EXISTS (SELECT FROM (%s) AS other WHERE other.id = %s)', self._branch_sql(other), number)
            )
        return query.select(SQL('DISTINCT %s AS id' if twice else '%s AS id', number))

    def _union_sql(self, branches, left_out, narrow, limit):
        """The union of branches, of each no more than ``limit`` (an ORDER BY and LIMIT) lets through."""
        kept = [branch for branch in branches if not branch[1].is_false()] or branches[:1]
        return SQL(' UNION ').join(SQL('(%s%s)', self._branch_sql(one, narrow, left_out), limit) for one in kept)

    # Counting and paging ----------------------------------------------------------------------

    @api.model
    def _list_counts(self, identity, names=None, up_to=GLANCE):
        """List name → number of groups, for the home page and the tabs: one query.

        What is more than ``up_to`` counts as one more than that.
        """
        table = self._list_branches(identity)
        names = [name for name in table if names is None or name in names]
        if not names:
            return {}
        limit = SQL(' LIMIT %s', up_to + 1)
        counts = SQL(', ').join(
            SQL('(SELECT count(*) FROM (%s) AS found)', self._union_sql(*table[name], Domain.TRUE, limit))
            for name in names
        )
        (row,) = self.env.execute_query(SQL('SELECT %s', counts))
        return {name: min(count, up_to + 1) for name, count in zip(names, row, strict=True)}

    @api.model
    def _list_page(self, identity, name, narrow, sort, page, size):
        """(groups of a page, number of groups found): one query. A page too far is the last one.

        Of a list that is longer than ``COUNT_UP_TO`` the newest (or oldest) are sorted and shown; by
        the deadline, which matters for what still runs, all are.
        """
        table = self._list_branches(identity)
        if name not in table:
            return self.sudo().browse(), 0
        order = SORTS.get(sort if sort != 'deadline' or name in RUNNING_LISTS else 'new', SORTS['new'])
        by_number = order[0][0] == 'id'
        limit = SQL(' ORDER BY 1 %s LIMIT %s', SQL('ASC' if sort == 'old' else 'DESC'), COUNT_UP_TO + 1)
        found = self._union_sql(*table[name], narrow, SQL() if order is SORTS['deadline'] else limit)
        if order is SORTS['name']:
            found = SQL('SELECT id FROM (%s) AS every%s', found, limit)  # the newest of all branches together
        query = SQL(
            """WITH found AS MATERIALIZED (%s), total AS (SELECT LEAST(count(*), %s) AS groups FROM found)
               SELECT (SELECT count(*) FROM found), ARRAY(
                   SELECT found.id FROM found %s ORDER BY %s LIMIT %s
                   OFFSET (SELECT LEAST(%s, GREATEST(0, (groups - 1) / %s * %s)) FROM total))""",
            found, COUNT_UP_TO,
            SQL() if by_number else SQL('JOIN %s AS sorted ON sorted.id = found.id', SQL.identifier(self._table)),
            SQL(', ').join(self._sort_sql('found' if by_number else 'sorted', *one) for one in order),
            size, (page - 1) * size, size, size,
        )  # fmt: skip
        ((count, ids),) = self.env.execute_query(query)
        return self.sudo().browse(ids), min(count, COUNT_UP_TO + 1)

    def _sort_sql(self, alias, column, direction):
        return SQL('%s %s', SQL.identifier(alias, column, to_flush=self._fields[column]), SQL(direction))


class EsignParty(models.Model):
    """What the lists read of a party without looking at its group: all of it stands in one index."""

    _inherit = 'esign.party'

    name = fields.Char(index='trigram')
    outcome = fields.Selection(
        [('done', 'Completed'), ('void', 'Voided')],
        'Outcome of the group',
        compute='_compute_outcome',
        store=True,
        help='Empty while it may still be signed.',
    )

    _person_idx = models.Index(
        '(person_id, outcome, state, group_id) INCLUDE (notified_at) WHERE person_id IS NOT NULL'
    )
    _enterprise_idx = models.Index(
        '(enterprise_id, outcome, state, group_id) INCLUDE (department_id, notified_at) WHERE enterprise_id IS NOT NULL'
    )

    @api.depends('group_id.state')
    def _compute_outcome(self):
        for party in self.sudo():
            outcome = states.GROUP[party.group_id.state].outcome
            party.outcome = outcome if outcome in (DONE, VOIDED) else False
