"""Which address a name may lead to: checked at the connected socket, before a byte is sent.

A name can be made to resolve to an address inside our network after its URL was allowed
(faults.md, S-02); what counts is where the connection really ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# RFC 1918 and RFC 4193; neither loopback nor link-local, where cloud metadata services listen.
PRIVATE_NETWORKS: tuple[Network, ...] = (
    ip_network("10.0.0.0/8"),
    ip_network("172.16.0.0/12"),
    ip_network("192.168.0.0/16"),
    ip_network("fc00::/7"),
)

_UNICAST = IPv6Network("2000::/3")  # all that is assigned to the public (RFC 4291)
_NAT64 = IPv6Network(
    "64:ff9b::/96"
)  # a gateway turns it into the IPv4 address at its end (RFC 6052)


def may_be_reached(host: str, peer: str, networks: Sequence[Network]) -> bool:
    """Whether a connection for that host may end at that address.

    An address of a URL is itself and nothing else, ``localhost`` is this machine, and any other
    name is somewhere public or in one of the networks.
    """
    address = _plain(peer)
    if host == "localhost":
        return address.is_loopback
    try:
        return address == _plain(host)
    except ValueError:
        pass
    return _is_public(address) or any(address in network for network in networks)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _plain(text: str) -> IPv4Address | IPv6Address:
    """Return the address that a connection really leads to: an IPv4 one may be wrapped in it."""
    address = ip_address(text.partition("%")[0])
    if address.version == 4:
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
