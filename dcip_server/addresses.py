"""Which addresses and hosts the whole Internet can reach; nothing here asks the network."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote, urlsplit

#: NAT64 and the old "IPv4-compatible" addresses: the last 32 bits are an IPv4 address.
_HOLDING_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))

#: Names that by their definition lead to this machine, this link or this site (RFC 6761, 6762, 8375; ICANN 2024).
_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "home.arpa")


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole Internet can reach."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour
        if any(ip in network for network in _HOLDING_IPV4):
            within = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = within or ip
    return ip.is_global and not ip.is_multicast


def is_public_host(host: str) -> bool:
    """Whether a URL's host may be public as it is written: a name that is not local, or a public address in any spelling."""
    host = unicodedata.normalize("NFKC", unquote(host)).strip("[]").rstrip(".").lower()
    if not host:
        return False
    address = _ipv4_of_any_spelling(host) or host
    try:
        return is_public(address)
    except ValueError:
        return not any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def is_loopback_host(host: str) -> bool:
    """Whether a URL's host leads to the machine that reads it, in any spelling: ``localhost.``, ``127.1``, ``[::1]``."""
    host = unicodedata.normalize("NFKC", unquote(host)).strip("[]").rstrip(".").lower()
    try:
        ip = ipaddress.ip_address(_ipv4_of_any_spelling(host) or host)
    except ValueError:
        return host in _OWN_NAMES or host.endswith(".localhost")
    within = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = within or ip
    return ip.is_loopback or ip.is_unspecified


def is_public_url(url: str) -> bool:
    """Whether the host of an absolute URL may be public; a URL that cannot be read is not."""
    try:
        return is_public_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


def authority_of(url: str) -> str | None:
    """The host and port that a URL names, without user info, ``""`` where it names none; ``None`` for what no reader of URLs takes."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return None


_OWN_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


def _ipv4_of_any_spelling(host: str) -> str | None:
    """``127.1``, ``2130706433`` or ``0x7f.0.0.1`` as ``127.0.0.1``: what resolvers make of them; else ``None``."""
    parts = host.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    *first, last = numbers
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    value = sum(number << (24 - 8 * place) for place, number in enumerate(first)) + last
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
