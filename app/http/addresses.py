"""Which household an address belongs to, however a proxy writes it: rate limits count tries by household."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# An IPv4 address in the last 32 bits: mapped (RFC 4291), translated (RFC 2765), by NAT64 and SIIT (RFC 6052).
_HOLD_IPV4 = tuple(map(ip_network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_OBFUSCATED = re.compile(r"_[A-Za-z0-9._-]{1,255}")
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::[^:]*)?|([^:]*|[0-9A-Fa-f:]*:[0-9.]+\.[0-9]+):[^:]*")


def household(forwarded: str) -> str:
    """What all addresses of one household share, of an address as proxies write it.

    An IPv4 address itself, also inside an IPv6 one; of IPv6 the /64, because each household has 2^64 addresses; a
    proxy's own name for somebody (`_hidden`, RFC 7239 section 6.3) as it is. Whatever else there is ("unknown",
    garbage, nothing) is one household, whose people share their tries.
    """
    node = forwarded.strip().strip('"')
    if match := _WITH_PORT.fullmatch(node):
        node = match[1] or match[2] or ""
    if _OBFUSCATED.fullmatch(node):
        return node
    try:
        address = ip_address(node)
    except ValueError:
        return "unknown"
    low = int(address)  # without the zone of fe80::1%eth0, which only this machine knows
    if address.version == 4 or any(IPv6Address(low) in network for network in _HOLD_IPV4):
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(ip_network((low, 64), strict=False))
