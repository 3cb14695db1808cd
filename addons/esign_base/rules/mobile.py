"""Mainland mobile numbers."""

import re
import unicodedata

# Eleven digits; 1 and 3–9 (numbering plan of the Chinese mainland's mobile services).
_MOBILE = re.compile(r'^1[3-9][0-9]{9}$')
_PREFIX = re.compile(r'^(?:\+|00)86')
# Logins that `normal_mobile` takes for a number and no account belongs to, for PostgreSQL (whose \s knows Unicode too).
STRAY_LOGINS = r"""
SELECT id, login FROM res_users AS stray
WHERE regexp_replace(normalize(login, NFKC), '[\s-]', '', 'g') ~ '^((\+|00)86)?1[3-9][0-9]{9}$'
AND NOT EXISTS (SELECT FROM esign_account WHERE user_id = stray.id)
ORDER BY id
"""


def normal_mobile(text: str | None) -> str | None:
    """Bring a number to its eleven digits: spaces, hyphens and +86 go; None when it is none."""
    clean = re.sub(r'[\s\-]', '', unicodedata.normalize('NFKC', text or ''))
    clean = _PREFIX.sub('', clean)
    return clean if _MOBILE.match(clean) else None


def international(mobile: str) -> str:
    """E.164 form for gateways."""
    return f'+86{mobile}'
