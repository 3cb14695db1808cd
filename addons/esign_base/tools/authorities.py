"""The authority of this process, and the register that it reads and writes.

One :class:`Authority` is kept per database and setting; it holds no secret (keys stay in the token)
and survives a fork, because the pool behind it does. Which database cursor it works on is told anew
for each use.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from cryptography import x509

from ..rules.clock import aware_utc
from ..signing.errors import TokenError
from ..signing.keys.authority import Addresses, Authority, AuthoritySettings
from ..signing.keys.revocation import Revoked
from .certificate_facts import facts, serial
from .token import setting, token_pool, token_settings

TEST_NOTICE = '测试证书，不具法律效力'
_FLAGS = {
    'unspecified': x509.ReasonFlags.unspecified,
    'key_compromise': x509.ReasonFlags.key_compromise,
    'affiliation_changed': x509.ReasonFlags.affiliation_changed,
    'superseded': x509.ReasonFlags.superseded,
    'cessation_of_operation': x509.ReasonFlags.cessation_of_operation,
    'privilege_withdrawn': x509.ReasonFlags.privilege_withdrawn,
}


class Register:
    """``Revocations`` of the core on the table ``esign_certificate``."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def using(self, env, target=None, **values) -> Iterator[list]:
        """Work on this environment; what is issued meanwhile goes into ``target`` or a new row.

        :param values: field values of a new row.
        :return: a list that gets the rows of what is issued.
        """
        before = getattr(self._local, 'state', None)
        made: list = []
        self._local.state = (env, target, values, made)
        try:
            yield made
        finally:
            self._local.state = before

    @property
    def _rows(self):
        return self._local.state[0]['esign.certificate'].sudo()

    def issued(self, certificate: x509.Certificate) -> None:
        """Write the certificate down before it is handed out."""
        _env, target, values, made = self._local.state
        known = {**facts(certificate), 'issued_here': True, 'is_test': is_test(), 'state': 'valid'}
        if target is not None:
            target.sudo().write(known)
            made.append(target.sudo())
        else:
            # No message about its creation, and nobody follows it: the row says all there is.
            rows = self._rows.with_context(tracking_disable=True, mail_create_nosubscribe=True)
            row = rows.create({'kind': 'platform', 'holder_name': _common_name(certificate), **known, **values})
            made.append(row.with_env(self._rows.env))

    def knows(self, number: int) -> bool:
        """Whether the serial is in the register as issued here."""
        return bool(self._find(number))

    def get(self, number: int) -> Revoked | None:
        """Return the revocation of a serial."""
        row = self._find(number)
        return _revoked(row) if row and row.revoked_at else None

    def all(self) -> Iterable[Revoked]:
        """Return every revocation."""
        rows = self._rows.search([('issued_here', '=', True), ('revoked_at', '!=', False)], order='id')
        return [_revoked(row) for row in rows]

    def add(self, revoked: Revoked) -> None:
        """Refuse: a certificate is revoked through its record, which knows why."""
        raise NotImplementedError

    def _find(self, number: int):
        return self._rows.search([('serial', '=', serial(number)), ('issued_here', '=', True)], limit=1)


def _revoked(row) -> Revoked:
    return Revoked(int(row.serial, 16), aware_utc(row.revoked_at), _FLAGS[row.reason or 'unspecified'])


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def is_test() -> bool:
    """Whether certificates say that they are tests: always, unless the server's configuration says
    ``ESIGN_AUTHORITY=real``."""
    return setting('authority') != 'real'


def authority_settings(base_url: str) -> AuthoritySettings:
    """How the authority names itself.

    :param base_url: address of this server; ``ESIGN_PKI_URL`` overrides where it publishes.
    """
    address = (setting('pki_url') or f'{base_url}/pki').rstrip('/')
    organisation = setting('authority_name') or ('E-contract Test' if is_test() else 'E-contract')
    return AuthoritySettings(
        organisation=organisation,
        addresses=Addresses(address),
        notice=TEST_NOTICE if is_test() else '',
        prefix=setting('authority_prefix') or 'esign',
    )


_kept: dict[tuple[object, ...], tuple[Authority, Register]] = {}


def load(env, settings: AuthoritySettings) -> tuple[Authority, Register]:
    """Return the authority of this process for this database.

    :raises TokenError: ``certificate_missing`` when the token holds none yet.
    """
    pool = token_pool()
    where = token_settings()
    key = (env.cr.dbname, where.module, where.label, settings)
    if key not in _kept:
        register = Register()
        with register.using(env):
            _kept[key] = Authority.load(pool, settings, register), register
    return _kept[key]


def create(env, settings: AuthoritySettings, now: datetime) -> None:
    """Make the authority in the token unless it is there already.

    The caller holds a lock that other nodes respect.
    """
    try:
        load(env, settings)
    except TokenError as error:
        if error.code != 'certificate_missing':
            raise
    else:
        return
    register = Register()
    with register.using(env, key_label=False):
        Authority.create(token_pool(), settings, register, now=now)
