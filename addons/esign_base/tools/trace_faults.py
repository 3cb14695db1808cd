"""What people read for the ways in which a trace, or what hangs on it, can be broken."""

from __future__ import annotations

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

GONE = 'trace_gone'
FAULTS = {
    'trace_version': _lt('An event is of an unknown form'),
    'trace_link': _lt('An event does not follow the one before it'),
    'trace_payload': _lt('An event was changed'),
    'trace_head': _lt('Events are missing, or the trace does not end where it should'),
    'trace_stamp': _lt('A time stamp does not fit its event'),
    'stamp_missing': _lt('Time stamps were removed'),
    'head_missing': _lt('Attested heads of the trace were removed'),
    'head_forged': _lt('A head of the trace is not attested by the platform'),
    'head_differs': _lt('The trace was rewritten: an event is not the one that was attested'),
    'witness_cut': _lt('The end of the trace was cut off: the witness log knows later events'),
    'witness_differs': _lt('The trace was rewritten: the witness log knows another event'),
    GONE: _lt('The whole trace was removed: only the witness log knows it'),
    'consent_unproven': _lt('The willingness to sign is not proven'),
    'consent_edited': _lt('A confirmation was changed after it was given'),
    'consent_other': _lt('A confirmation is not about what was signed'),
    'consent_untraced': _lt('The trace does not hold the confirmation before the signature'),
    'signature_untraced': _lt('The trace does not hold the signature'),
    'history_differs': _lt('The trace before a confirmation is not the one to which it was given'),
    'facts_differ': _lt('What is kept of the contract, its parties or signings differs from what the trace tells'),
}
