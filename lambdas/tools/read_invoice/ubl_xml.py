"""Turns hostile text into a small tree, or refuses it: no DTD, no entities, no network, bounded size, depth and count.

The text is one that a stranger sent. Expat is driven directly, because refusing at the DOCTYPE is then one handler,
and counting elements happens while parsing, not after the memory is gone.
"""

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_ELEMENTS = 50_000
MAX_ATTRIBUTES = 32


@dataclass
class Element:
    """One element. `name` is `(namespace, local name)`; attributes are kept by local name."""

    name: tuple[str, str]
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The element's own text, trimmed."""
        return "".join(self.pieces).strip()


def parse(text: str) -> Element:
    """The document's root. Raises `ValueError` that says what is wrong and, where known, in which line."""
    data = _encoded(text)
    builder = _Builder()
    parser = _parser(builder)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"the document is not well-formed XML: {error}") from None
    if builder.root is None:  # expat itself refuses an empty document
        raise ValueError("the document is empty")
    return builder.root


def _encoded(text: str) -> bytes:
    """UTF-8 bytes within the size cap, without a byte order mark."""
    try:
        data = text.removeprefix("\ufeff").strip().encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"the document's text is broken at character {error.start}: send it as UTF-8") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"the document has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if not data:
        raise ValueError("the document is empty")
    return data


def _parser(builder: "_Builder") -> expat.XMLParserType:
    """An expat parser that takes UTF-8 whatever the declaration says: the text was decoded before it came here."""
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    return parser


def _refuse_doctype(*_declaration: object) -> NoReturn:
    """No UBL document has a DTD; entities, internal or external, can only come from one."""
    raise ValueError("the document has a DOCTYPE; invoices have none, and it is refused unread (entities, files, URLs)")


class _Builder:
    """Collects elements while it counts them."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Opens an element. Raises `ValueError` past a cap."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise ValueError(f"the document has more than {MAX_ELEMENTS:,} elements")
        if len(self._open) >= MAX_DEPTH:
            raise ValueError(f"the document's elements are nested more than {MAX_DEPTH} deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise ValueError(f"an element has {len(attributes)} attributes; at most {MAX_ATTRIBUTES} are read")
        namespace, _, local = name.rpartition(" ")
        element = Element((namespace, local), {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        """Closes the innermost element."""
        self._open.pop()

    def characters(self, data: str) -> None:
        """Keeps text under its own element."""
        self._open[-1].pieces.append(data)
