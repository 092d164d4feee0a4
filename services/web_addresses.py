"""Check addresses that people typed, before a client has to open them."""

from urllib.parse import urlsplit


def is_web_address(words: str) -> bool:
    """Return whether a text is an `http` or `https` address with a possible host and port."""
    if " " in words or not words.isprintable():  # urlsplit() would leave some of these out
        return False
    try:
        parts = urlsplit(words)
        named = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https")
