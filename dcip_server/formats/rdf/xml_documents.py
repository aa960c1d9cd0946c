"""RDF/XML before it is parsed: refused where it is dangerous or malformed, brought to UTF-8, and to texts in one piece."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar
from xml.parsers import expat
from xml.sax.saxutils import escape

from dcip_server.errors import SourceError

_MAX_XML_DEPTH = 1000
#: What pyoxigraph reads at most as one.
_MAX_TERM_BYTES = 16 << 20


class RefusedError(SourceError):
    """A document holds what is not read on purpose: ``what`` is ``doctype``, ``formula``, ``depth`` or ``context``."""

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what


#: A document's bytes, or the file that holds them.
_Data = TypeVar("_Data", bytes, Path)


def chunks(data: bytes | Path) -> Iterator[bytes]:
    """The document in parts."""
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


_CHUNK_BYTES = 1 << 20


def size_bytes(data: bytes | Path) -> int:
    """The length of the document."""
    return len(data) if isinstance(data, bytes) else data.stat().st_size


def without_interruptions(data: bytes) -> bytes:
    """The document with every text in one piece: no comments and processing instructions, no CDATA sections.

    pyoxigraph takes what stands before and behind one for two texts, and refuses that. The document has been checked.
    """
    return _INTERRUPTION.sub(lambda found: escape(found[1].decode()).encode() if found[1] else b"", data)


_INTERRUPTION = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def check_xml(data: _Data) -> _Data:
    """Refuse what makes XML dangerous, say where it is malformed, and bring it to UTF-8."""
    parser = expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_XML_DEPTH:
            raise RefusedError(
                f"line {parser.CurrentLineNumber}: XML nested deeper than {_MAX_XML_DEPTH} elements", "depth"
            )

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse_doctype(*_: object) -> None:
        raise RefusedError(
            f"line {parser.CurrentLineNumber}: DOCTYPE and entity declarations are not allowed", "doctype"
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        fed = 0
        for chunk in chunks(data):
            parser.Parse(chunk, False)
            fed += len(chunk)
            # expat looks through what is not ended again and again.
            if fed - parser.CurrentByteIndex > max(_MAX_TERM_BYTES, len(chunk)):
                raise SourceError(f"line {parser.CurrentLineNumber}: a single tag or comment is longer than 16 MiB")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise SourceError(f"line {error.lineno}, column {error.offset + 1}: not well-formed XML: {reason}") from None
    except (LookupError, UnicodeError, ValueError) as error:
        raise SourceError(f"not readable XML: {error}") from None
    encoding = _encoding_of_xml(next(chunks(data), b""))
    if encoding.lower().replace("-", "") in ("utf8", "usascii", "ascii"):
        return data
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    texts = _without_declaration(decoder.decode(chunk) for chunk in chunks(data))
    if isinstance(data, bytes):
        return "".join(texts).encode()
    written = data.with_suffix(".utf8")
    with written.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
    return written


def _encoding_of_xml(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*?\?>""", head)
    return declared[1].decode() if declared else "utf-8"


def _without_declaration(texts: Iterable[str]) -> Iterator[str]:
    """The parts of a text, the first without what says its encoding."""
    for number, text in enumerate(texts):
        yield text if number else re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
