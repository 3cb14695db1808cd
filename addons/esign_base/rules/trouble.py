"""Which failures only the operator of the server can mend, and outsiders therefore read nothing more of."""

from __future__ import annotations

# Beginnings of codes: the key token, time stamps, the place where files are examined, secrets and stored files.
OF_OPERATOR = (
    'TOKEN_', 'PIN_', 'MODULE_', 'KEY_MISSING', 'KEY_AMBIGUOUS', 'KEY_EXISTS', 'PADDING_', 'DIGEST_', 'TSA_',
    'TIMESTAMP_', 'TIMESTAMPER_', 'CLOCK_', 'SANDBOX_', 'SECRET_KEY_', 'STORED_FILE',
)  # fmt: skip


def is_of_operator(code: str) -> bool:
    """Whether a failure with this code, of any case, is the operator's to mend."""
    return code.upper().startswith(OF_OPERATOR)
