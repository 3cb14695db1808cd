"""State machines of this addon: one table of allowed moves a model."""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.esign_base.tools.machine import check_move


class EsignMoves(models.AbstractModel):
    """A record whose ``state`` changes along a table only.

    ``_moves`` maps each state to the states that may follow it. ``state`` is written by
    :meth:`_move` alone: nobody, staff included, may write it over RPC or in a form.
    """

    _name = 'esign.moves'
    _description = 'State machine'
    _moves: dict[str, frozenset[str]] = {}
    # Fields that only methods of ours (as superuser) write.
    _guarded: frozenset[str] = frozenset({'state'})

    def _lock(self):
        """Wait for the rows and keep them until the transaction ends.

        A transaction whose rows were changed meanwhile fails here with a serialization error, and
        the request is replayed against what is true now. So what it has read of them before stays
        true: transactions see one snapshot (REPEATABLE READ), and nothing is read again.
        """
        if self:
            self.env.cr.execute(
                SQL(
                    'SELECT id FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE',
                    SQL.identifier(self._table),
                    tuple(self.ids),
                ),
                log_exceptions=False,  # a serialization failure is no fault: the request is replayed
            )
        return self

    def _move(self, target, **values):
        """Move every record to ``target`` and write ``values`` with it.

        :raises IllegalMove: the move is not in the table.
        """
        for record in self._lock():
            check_move(record.sudo(), self._moves, target)
        self.sudo().write({'state': target, **values})
        return self

    def _refuse_guarded(self, vals_list, initial=()):
        if self.env.su:
            return
        for vals in vals_list:
            touched = {name for name in vals if name in self._guarded and (name, vals[name]) not in initial}
            if touched:
                raise AccessError(self.env._('%s is set by the system only.', ', '.join(sorted(touched))))

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_guarded(vals_list, initial=(('state', 'draft'),))
        return super(EsignMoves, self._without_guarded_defaults()).create(vals_list)

    def _without_guarded_defaults(self):
        """Drop ``default_…`` keys of guarded fields: the context is the caller's word, too."""
        guarded = {f'default_{name}' for name in self._guarded}
        if self.env.su or guarded.isdisjoint(self.env.context):
            return self
        kept = {key: value for key, value in self.env.context.items() if key not in guarded}
        return self.with_env(self.env(context=kept))

    def write(self, vals):
        self._refuse_guarded([vals])
        return super().write(vals)
