"""Names in certificates that RFC 4518 knows nothing of are compared all the same.

asn1crypto prepares names for comparison as RFC 4518 says, whose tables end with Unicode 3.2 (2002), and
raises ValueError for every later character (Chinese extensions C and up, new letters) and for names that
mix scripts of both directions. People have such names. They are compared by compatibility form and
case (NFKC, case folding), which is what that preparation comes to for all other names.
"""

from __future__ import annotations

import unicodedata

from asn1crypto import x509

_PREPARE = x509.NameTypeAndValue._ldap_string_prep
# Marks what was prepared here: it equals nothing that was prepared by the standard.
_OURS = '\x00'


def _prepared(self: x509.NameTypeAndValue, text: str) -> str:
    try:
        return str(_PREPARE(self, text))
    except ValueError:
        return _OURS + ' '.join(unicodedata.normalize('NFKC', text).casefold().split())


def admit_all_names() -> None:
    """Let asn1crypto, and with it pyHanko, compare every name; once for the process."""
    x509.NameTypeAndValue._ldap_string_prep = _prepared
