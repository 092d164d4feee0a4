"""Which host names mean this machine."""

import re
from ipaddress import ip_address

_HOST = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|([^:\[\]]+)(?::\d+)?|([0-9a-fA-F:.]+)")
"""An IPv6 address in brackets, a name or IPv4 address, or a bare IPv6 address."""


def is_loopback(host: str) -> bool:
    """Return whether a host, with or without a port, is a loopback address of this machine.

    A foreign page whose DNS name now resolves to 127.0.0.1 still sends that name as `Host`.
    """
    found = _HOST.fullmatch(host)
    name = next(filter(None, found.groups()), "") if found else ""
    try:
        return name.lower() == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
