"""The states of this addon's machines; see :mod:`odoo.addons.esign_base.rules.states`."""

from odoo.addons.esign_base.rules.states import BAD, DONE, OK, QUIET, RUNNING, VOID, WAIT, State

ENTERPRISE = {
    'certified': State('Certified', OK, RUNNING, to='frozen expired revoked', told_as='verified'),
    'frozen': State('Frozen', WAIT, RUNNING, to='certified expired revoked'),
    'expired': State('Expired', WAIT, RUNNING, to='certified revoked'),
    'revoked': State('Revoked', BAD, VOID),
}
CERTIFICATION = {
    'draft': State('Draft', QUIET, to='pending withdrawn'),
    'pending': State('Pending review', WAIT, RUNNING, to='certified rejected draft withdrawn'),
    'certified': State('Certified', OK, DONE, to='superseded', told_as='verified'),
    'rejected': State('Rejected', BAD, to='draft withdrawn'),
    'withdrawn': State('Withdrawn', QUIET, VOID, to='draft', told_as='draft'),
    'superseded': State('Replaced', QUIET, VOID, told_as='verified'),
}
JOIN = {
    'pending': State('Pending approval', WAIT, RUNNING, to='approved rejected withdrawn expired'),
    'approved': State('Approved', OK, DONE),
    'rejected': State('Rejected', BAD, VOID),
    'withdrawn': State('Withdrawn', QUIET, VOID),
    'expired': State('Expired', QUIET, VOID),
}
MEMBER = {
    'active': State('Active', OK, RUNNING, to='left removed'),
    'left': State('Left', QUIET, VOID),
    'removed': State('Removed', QUIET, VOID),
}
ADMIN_CHANGE = {
    'waiting': State('Waiting for acceptance', WAIT, RUNNING, to='done declined cancelled expired'),
    'pending': State('Pending review', WAIT, RUNNING, to='done rejected withdrawn cancelled'),
    'done': State('Done', OK, DONE),
    'declined': State('Declined', BAD, VOID),
    'rejected': State('Rejected', BAD, VOID),
    'withdrawn': State('Withdrawn', QUIET, VOID),
    'cancelled': State('Cancelled', QUIET, VOID),
    'expired': State('Expired', QUIET, VOID),
}
SEAL_REQUEST = {
    'pending': State('Waiting for approval', WAIT, RUNNING, to='approved rejected withdrawn'),
    'approved': State('Approved', OK, DONE),
    'rejected': State('Rejected', BAD, VOID),
    'withdrawn': State('Withdrawn', QUIET, VOID),
}
GRANT = {
    'pending': State('Not in force yet', WAIT, to='active expired cancelled'),
    'active': State('In force', OK, RUNNING, to='suspended expired cancelled', event='seal.grant_effective'),
    'suspended': State('Suspended', WAIT, RUNNING, to='active expired cancelled'),
    'expired': State('Over', QUIET, VOID, event='seal.grant_expired'),
    'cancelled': State('Cancelled', QUIET, VOID, event='seal.grant_expired'),
}
