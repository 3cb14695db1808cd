"""The states of this addon's machines; see :mod:`odoo.addons.esign_base.rules.states`."""

from odoo.addons.esign_base.rules.states import BAD, DONE, INFO, OK, QUIET, RUNNING, VOID, WAIT, State

GROUP = {
    'draft': State('Draft', QUIET, to='preparing'),
    'preparing': State('Being prepared', INFO, to='pending failed revoked', told_as='pending'),
    'pending': State('To be signed', WAIT, RUNNING, to='signing refused revoked expired', event='contract.started'),
    'signing': State('Being signed', WAIT, RUNNING, to='signing done refused revoked expired'),
    'done': State('Completed', OK, DONE, event='contract.completed'),
    'refused': State('Refused', BAD, VOID, event='contract.refused'),
    'revoked': State('Revoked', QUIET, VOID, event='contract.revoked'),
    'expired': State('Expired', BAD, VOID, event='contract.expired'),
    'failed': State('Preparation failed', BAD, to='preparing revoked', event='contract.failed'),
}
PARTY = {
    'draft': State('Draft', QUIET, to='waiting pending revoked expired', told_as='waiting'),
    'waiting': State('Not its turn', QUIET, to='pending revoked expired'),
    'pending': State('To sign', WAIT, RUNNING, to='signed refused revoked expired'),
    'signed': State('Has signed', OK, DONE, event='contract.signed'),
    'refused': State('Has refused', BAD, VOID),
    'revoked': State('Revoked', QUIET, VOID),
    'expired': State('Expired', BAD, VOID),
}
CONTRACT = {
    'draft': State('Draft', QUIET, to='prepared void'),
    'prepared': State('Ready to sign', WAIT, RUNNING, to='signing void'),
    'signing': State('Being signed', WAIT, RUNNING, to='signing signed void'),
    'signed': State('Signed by all', OK, DONE),
    'void': State('Void', QUIET, VOID),
}
SIGNER = {
    'open': State('To be signed', WAIT, RUNNING, to='signed'),
    'signed': State('Signed', OK, DONE),
}
ACT = {
    'frozen': State('To be confirmed', WAIT, RUNNING, to='consented cancelled failed'),
    'consented': State('Being signed', INFO, RUNNING, to='done failed cancelled'),
    'done': State('Signed', OK, DONE),
    'failed': State('Failed', BAD, VOID),
    'cancelled': State('Cancelled', QUIET, VOID),
}
