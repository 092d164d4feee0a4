"""Detect the encoding of a text file, also of one that was put together from two."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

_CHUNK = 1 << 20
_FEW = 30
"""A file with fewer bytes beyond ASCII counts as European unless half of the words that have such
bytes have no ASCII letter."""
_LONGEST_SAMPLE = 200_000
_AS_CP1252 = "as-cp1252"
_STRANGE = re.compile(r"[^\x00-\x7f]")
_BYTE = re.compile(r"[\udc80-\udcff]")
"""Bytes that are not UTF-8, as Python's `surrogateescape` decodes them."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNS = "¿¡ªº°§€£–—’‘“”…«»·•´©®™²³½×\xa0"
# What is frequent beyond ASCII; in a wrong encoding it becomes rarer signs.
_WESTERN = set("äöüÄÖÜßéèêëÉÈÊàâÀÂçÇîïÎôÔûùÛÙœŒæÆáÁíÍóÓúÚñÑãÃõÕìòåÅøØ" + _SIGNS)
_CENTRAL_LETTERS = "ąćęłńóśźżáčďéěíňřšťúůýžäöüőűľôđăâîşţ"
_CENTRAL = set(_CENTRAL_LETTERS + _CENTRAL_LETTERS.upper() + "ß" + _SIGNS)
_EUROPEAN = {"cp1252": _WESTERN, "mac_roman": _WESTERN, "cp1250": _CENTRAL}
_CAPITALS = "".join(each for each in _WESTERN | _CENTRAL if each.isupper())
_QUOTES = "’‘“”„«»¿¡–—…•·\xa0"
_WITHIN_NO_WORD = re.compile(
    rf"(?<=[^\W\d_])[^\w’‘–—\xa0](?=[^\W\d_])|[^\w{_QUOTES}](?=[^\W\d_]{{2}})"
    rf"|(?<=[^\W\d_]{{3}})[ªº¹²³]|[a-z][{_CAPITALS}]"
)
"""Signs and capitals within words, such as in “Pawe³”, “£ukasz” and “HŽlŹne”."""
_NOT_WESTERN = re.compile(
    r"[aeiou][øèò][aeiouáéíóúý]|[ìù](?=[^\W\d_])|[aeiou][œæ](?![uie])|ÿ\B|õ(?![e\W])",
    re.IGNORECASE,
)
"""Letters where no Western language has them, such as in “Dvoøák”, “Zdenìk” and “Wiœniewski”."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to decode a file: its encoding, Python's error handler, and a remark for people."""

    name: str
    errors: str = "replace"
    remark: str = ""


def encoding_of(path: Path) -> Encoding:
    """Return the encoding: that of the byte order mark, UTF-8 if most decodes, or the likeliest."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return Encoding(encoding, _AS_CP1252 if encoding == "utf-8-sig" else "replace")
    if start.count(0) * 4 > len(start):
        return Encoding("utf-16-be" if start[:1] == b"\0" else "utf-16-le")
    good, bad = _count(path)
    if not bad:
        return Encoding("utf-8")
    if good > bad:
        return Encoding(
            "utf-8",
            _AS_CP1252,
            "Some letters of the file are not UTF-8: they are read as cp1252. If names look wrong,"
            " save the file as UTF-8 and import that.",
        )
    name = _one_byte(_sample(path))
    return Encoding(
        name,
        remark=f"The file is not UTF-8: it is read as {name}. If names look wrong, save it as UTF-8"
        " and import that.",
    )


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are not UTF-8, in files that were put together from two encodings."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_CP1252, _read_as_cp1252)


def _count(path: Path) -> tuple[int, int]:
    """Return how many characters beyond ASCII are UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    with path.open("rb") as file:
        more = True
        while more:
            more = bool(chunk := file.read(_CHUNK))
            text = decoder.decode(chunk, final=not more)
            if not text.isascii():
                wrong = len(_BYTE.findall(text))
                good, bad = good + len(_STRANGE.findall(text)) - wrong, bad + wrong
    return good, bad


def _sample(path: Path) -> bytes:
    """Return the lines that have bytes beyond ASCII, up to about 200 KB of them."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(_LONGEST_SAMPLE), b""):
            if not line.isascii():
                found.append(line)
                size += len(line)
            if size >= _LONGEST_SAMPLE:
                break
    return b"".join(found)


def _one_byte(sample: bytes) -> str:
    words = [word for word in re.findall(rb"[A-Za-z\x80-\xff]+", sample) if not word.isascii()]
    foreign = sum(len(word) > 2 and not re.search(rb"[A-Za-z]", word) for word in words)
    signs = sum(byte > 0x7F for word in words for byte in word)
    # In European words few letters have accents.
    if foreign * 5 < len(words) or (signs < _FEW and foreign * 2 < len(words)):
        return max(_EUROPEAN, key=lambda encoding: _likelihood(b" ".join(words), encoding))
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def _likelihood(words: bytes, encoding: str) -> int:
    text = words.decode(encoding, errors="replace")
    wrong = _WITHIN_NO_WORD.findall(text)
    if encoding != "cp1250":
        wrong += _NOT_WESTERN.findall(text)
    return sum(char in _EUROPEAN[encoding] for char in text) - 2 * len(wrong)
