"""Requests to addresses that somebody typed in: never into a network that is ours (SSRF).

A name is resolved, every address it has is judged, and the connection is made to an address that
was judged: what a name server says a moment later does not matter. Redirects are not followed, no
proxy is asked, and of the answer only the status is read, within one deadline for all of it.

Forbidden is whatever is not a public unicast address. The operator of the server may allow networks
of their own by ``ESIGN_CALLBACK_NETWORKS`` (or ``callback_networks`` of ``[esign]``): prefixes joined by
commas. This machine itself, link-local addresses (where clouds keep their credentials) and the like
stay forbidden even then; only a development installation may reach its own machine.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..rules.callbacks import target_of
from ..rules.coded import CodedError
from .token import setting

HEAD_LIMIT = 16384
_STATUS = re.compile(rb'HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n')
_HOST = re.compile(r'[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.?|[0-9a-f:.]+')
_UNICAST6 = ipaddress.ip_network('2000::/3')
_SPECIAL4 = tuple(ipaddress.ip_network(one) for one in ('192.0.0.0/24', '192.88.99.0/24'))
_NEVER = tuple(ipaddress.ip_network(one) for one in ('0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(CodedError):
    """An address must not be, or cannot be, reached. ``code`` says why; the text holds nothing secret.

    Codes: ``address`` (not one we can use), ``insecure`` (no https), ``unresolved``, ``internal``,
    ``unreachable``, ``tls``, ``timeout``, ``broken_answer``.
    """


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart."""

    url: str
    secure: bool
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Target:
        """Take an address apart.

        :raises OutboundError: ``address``.
        """
        if not re.fullmatch(r'[\x21-\x7e]{1,1000}', url or ''):
            raise OutboundError('address')
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise OutboundError('address') from None
        host = parts.hostname or ''
        plain = not parts.username and parts.password is None and not parts.fragment and '@' not in parts.netloc
        if parts.scheme not in ('http', 'https') or not plain or not _HOST.fullmatch(host) or port == 0:
            raise OutboundError('address')
        secure = parts.scheme == 'https'
        return cls(url, secure, host, port or (443 if secure else 80))

    @property
    def authority(self) -> str:
        """What the header ``Host`` says."""
        host = f'[{self.host}]' if ':' in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f'{host}:{self.port}'


@dataclass(frozen=True, slots=True)
class Response:
    """Status of the answer, and the address that was asked."""

    status: int
    address: str


def forbidden(address: Address, *, loopback: bool = False, networks: tuple = ()) -> bool:
    """Whether an address is none of the public, unicast ones and not allowed otherwise.

    :param loopback: this machine may be asked (development).
    :param networks: what the operator allows.
    """
    if address.is_loopback:
        return not loopback
    if isinstance(address, ipaddress.IPv6Address):
        inside = any(address in one for one in networks if one.version == 6)
        hidden = address.sixtofour or address.teredo or address.ipv4_mapped or address.is_link_local
        public = address in _UNICAST6 and address.is_global
        return bool(hidden) or address.is_multicast or address.is_unspecified or not (public or inside)
    if any(address in one for one in _NEVER):
        return True
    inside = any(address in one for one in networks if one.version == 4)
    return not inside and (not address.is_global or any(address in one for one in _SPECIAL4))


def allowed_networks() -> tuple:
    """The networks that the operator of the server allows.

    :raises OutboundError: ``address``: the setting cannot be read, so nothing is allowed at all.
    """
    try:
        return tuple(
            ipaddress.ip_network(one.strip()) for one in setting('callback_networks').split(',') if one.strip()
        )
    except ValueError:
        raise OutboundError('address') from None


def checked(url: str, *, loopback: bool, timeout: float) -> tuple[Target, list[str]]:
    """An address with the addresses of its host, all of which may be asked.

    :raises OutboundError: one of them may not, or there is none.
    """
    target = Target.of(url)
    found = _resolved(target, timeout)
    networks = allowed_networks()
    if any(forbidden(one, loopback=loopback, networks=networks) for one in found):
        raise OutboundError('internal')
    if not target.secure and not all(one.is_loopback for one in found):
        raise OutboundError('insecure')
    return target, [str(one) for one in found]


def post(url: str, body: bytes, headers: Mapping[str, str], *, loopback: bool, timeout: float) -> Response:
    """Post a body; all of it within ``timeout`` seconds.

    :raises OutboundError: the address may not be asked, or no status came back.
    """
    end = time.monotonic() + timeout
    target, addresses = checked(url, loopback=loopback, timeout=timeout)
    connection, address = _connected(target, addresses, end)
    try:
        with connection:
            connection.settimeout(_left(end))
            connection.sendall(_request(target, body, headers))
            return Response(_status(connection, end), address)
    except TimeoutError:
        raise OutboundError('timeout') from None
    except ssl.SSLError:
        raise OutboundError('tls') from None
    except OSError:
        raise OutboundError('broken_answer') from None


def _resolved(target: Target, timeout: float) -> list[Address]:
    """All addresses of the host. Forms such as 2130706433 or 0x7f.1 are resolved as the system does."""
    found: list[str] = []

    def ask():
        with suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(row[4][0] for row in rows))

    asking = threading.Thread(target=ask, daemon=True)  # a name server may take its time
    asking.start()
    asking.join(timeout)
    if not found or asking.is_alive():
        raise OutboundError('unresolved')
    return [ipaddress.ip_address(one.partition('%')[0]) for one in found]


def _connected(target: Target, addresses: list[str], end: float) -> tuple[socket.socket, str]:
    """(connection, address): to the first of the judged addresses that answers."""
    for address in addresses:
        try:
            plain = socket.create_connection((address, target.port), timeout=_left(end))
        except TimeoutError:
            raise OutboundError('timeout') from None
        except OSError:
            continue
        return (_wrapped(plain, target, end), address) if target.secure else (plain, address)
    raise OutboundError('unreachable')


def _wrapped(plain: socket.socket, target: Target, end: float) -> ssl.SSLSocket:
    """TLS with the name that was asked for, whatever the address."""
    try:
        plain.settimeout(_left(end))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except OSError as error:
        plain.close()
        raise OutboundError('timeout' if isinstance(error, TimeoutError) else 'tls') from None


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    path, query = target_of(target.url)
    lines = [f'POST {path}{"?" + query if query else ""} HTTP/1.1', f'Host: {target.authority}']
    given = {**headers, 'User-Agent': 'esign-callback/1', 'Content-Length': str(len(body)), 'Connection': 'close'}
    lines += [f'{name}: {value}' for name, value in given.items()]
    return '\r\n'.join([*lines, '', '']).encode('ascii') + body


def _status(connection: socket.socket, end: float) -> int:
    """The status of the final answer; what follows it is not read."""
    head = b''
    while len(head) < HEAD_LIMIT:
        found = _STATUS.match(head)
        if found and found[1][:1] != b'1':
            return int(found[1])
        if found and b'\r\n\r\n' in head:  # an interim answer: the final one follows
            head = head.partition(b'\r\n\r\n')[2]
            continue
        connection.settimeout(_left(end))
        part = connection.recv(4096)
        if not part:
            break
        head += part
    raise OutboundError('broken_answer')


def _left(end: float) -> float:
    """Seconds until the deadline.

    :raises OutboundError: ``timeout``.
    """
    left = end - time.monotonic()
    if left <= 0:
        raise OutboundError('timeout')
    return left
