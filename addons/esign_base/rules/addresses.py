"""By what a visitor is counted: an address of IPv4 as it is, the /64 of an address of IPv6."""

import ipaddress

# What a household or a server gets at least (RFC 6177 §2, RFC 7934): whoever has one address there has all of them.
PREFIX = 64
UNKNOWN = '?'


def network(address: str | None) -> str:
    """Bring an address to the network that limits count it by.

    An IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address; what is no address is ``?``.
    """
    try:
        one = ipaddress.ip_address((address or '').partition('%')[0].strip())
    except ValueError:
        return UNKNOWN
    if isinstance(one, ipaddress.IPv6Address):
        if one.ipv4_mapped:
            return str(one.ipv4_mapped)
        return str(ipaddress.ip_network((one, PREFIX), strict=False))
    return str(one)
