"""State machines: one table of allowed moves for each model."""

from odoo import api, models
from odoo.exceptions import AccessError

from ...errors import IllegalMove
from ...tools.locks import lock


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
        """Lock the rows until the transaction ends (:func:`...tools.locks.lock`)."""
        return lock(self)

    def _check_move(self, target):
        """Refuse a move that the table does not hold.

        :raises IllegalMove: with the labels of both states, for the page.
        """
        self.ensure_one()
        source = self.sudo().state
        if target in self._moves.get(source, frozenset()):
            return
        labels = dict(self._fields['state']._description_selection(self.env))
        raise IllegalMove(
            self.env._(
                'This cannot go from “%(from_state)s” to “%(to_state)s”. Reload to see the present state.',
                from_state=labels.get(source, source),
                to_state=labels.get(target, target),
            ),
            source=source,
            target=target,
        )

    def _move(self, target, **values):
        """Move every record to ``target`` and write ``values`` with it.

        :raises IllegalMove: the move is not in the table.
        """
        for record in self._lock():
            record._check_move(target)
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
