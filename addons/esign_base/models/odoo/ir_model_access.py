from odoo import api, models, tools
from odoo.exceptions import AccessError

from ...rules import reach as rules
from .ir_code import CLOSED


class IrModelAccess(models.Model):
    """Rights that Odoo's modules give, less what the reach of a login takes away (``rules/reach``)."""

    _inherit = 'ir.model.access'

    @api.model
    @tools.ormcache('self.env.uid', 'mode')
    def _get_allowed_models(self, mode='read'):
        given = super()._get_allowed_models(mode)
        reach = self.env.user._esign_reach()
        return frozenset(name for name in given if rules.allowed(reach, name, mode)) if reach else given

    @api.model
    def _esign_admit_call(self, model, method):
        """Refuse a call by name that is out of the caller's reach.

        Asked for every call that comes by XML-RPC, JSON-2 or the web client (``tools/remote_calls``).

        :param model: name of the model. :raises AccessError: out of reach.
        """
        closed = self.env[CLOSED]
        if rules.closed_with_code(model, method) and closed._esign_code_is_closed():
            closed.with_context(lang=self.env.user.lang)._esign_refuse()
        reach = '' if self.env.su else self.env.user._esign_reach()
        if reach and not rules.callable_by_name(
            reach, model, method, ours=self._esign_is_ours(model, method), generic=hasattr(self.pool['base'], method)
        ):
            env = self.with_context(lang=self.env.user.lang).env  # the context of the call is not read yet
            raise AccessError(env._('Your login may not call “%(model)s.%(method)s”.', model=model, method=method))

    @api.model
    def _esign_is_ours(self, model, method):
        """Whether an addon of this system brought the method; extending one of Odoo's is not enough."""
        owners = [owner for owner in self.pool[model].__mro__ if method in vars(owner)]
        return bool(owners) and owners[-1].__module__.startswith('odoo.addons.esign_')
