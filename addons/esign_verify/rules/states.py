"""The states of this addon's machine; see :mod:`odoo.addons.esign_base.rules.states`."""

from odoo.addons.esign_base.rules.states import DONE, INFO, OK, RUNNING, State

TRACE_CHECK = {
    'running': State('Running', INFO, RUNNING),
    'done': State('Finished', OK, DONE),
}
