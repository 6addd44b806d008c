"""XMP without pictures, and without words about pictures that are no longer in the file.

Format: ISO 16684-1; the namespaces are those of Adobe, Google, Apple and makers of phones.
"""

import re
from collections.abc import Iterator, Mapping
from xml.dom.minidom import Attr, Document, Element, Node, parseString
from xml.parsers.expat import ExpatError

from cleanplate.metadata import dropped_metadata as names
from cleanplate.metadata.embedded_pictures import holds_picture

_GOOGLE = "http://ns.google.com/photos/"
_GONE_SPACES: Mapping[str, str] = {
    "http://ns.adobe.com/xap/1.0/g/img/": names.XMP_THUMBNAIL,
    "http://ns.adobe.com/hdr-gain-map/1.0/": names.GAIN_MAP,
    "http://ns.apple.com/HDRGainMap/1.0/": names.GAIN_MAP,
    "http://ns.apple.com/pixeldatainfo/1.0/": names.GAIN_MAP,
    "http://ns.apple.com/depthData/1.0/": names.DEPTH_MAP,
    "http://ns.apple.com/depthBlurEffect/1.0/": names.DEPTH_MAP,
    f"{_GOOGLE}1.0/container/": names.XMP_PICTURE_LIST,
    f"{_GOOGLE}1.0/container/item/": names.XMP_PICTURE_LIST,
    f"{_GOOGLE}1.0/depthmap/": names.DEPTH_MAP,
    f"{_GOOGLE}1.0/image/": names.XMP_ORIGINAL,
    f"{_GOOGLE}1.0/audio/": names.XMP_SOUND,
    f"{_GOOGLE}dd/1.0/": names.DEPTH_MAP,
    "http://ns.xiaomi.com/photos/1.0/camera/": names.XMP_PICTURE_LIST,
}
_GONE_NAMES = (
    ("http://ns.adobe.com/xap/1.0/", re.compile("Thumbnails$"), names.XMP_THUMBNAIL),
    ("http://ns.adobe.com/xmp/note/", re.compile("HasExtendedXMP$"), names.EXTENDED_XMP),
    ("http://purl.org/dc/terms/", re.compile("provenance$"), names.MANIFEST),
    ("", re.compile("MotionPhoto|MicroVideo|OLivePhoto|VideoLength"), names.MOTION_VIDEO),
)
"""Namespace ("" is any), beginning of the name, what it is."""
_PROMISES = re.compile(
    rb"hdrgm:|HDRGainMap|GContainer|Container:Directory|GDepth|GImage|GAudio|MotionPhoto|MicroVideo"
    rb"|HasExtendedXMP|Thumbnails|xmpGImg|<!DOCTYPE"
)
_XMLNS = "http://www.w3.org/2000/xmlns/"


def clean_xmp(packet: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    """The packet as it can stay, and names for what is gone from it.

    A packet that has nothing to lose comes back byte for byte. None for one that holds a picture which cannot
    be cut out, or that is broken and looks as if it held one.
    """
    parsed = _parse(packet)
    if parsed is None:
        bad = _PROMISES.search(packet) or holds_picture(packet)
        return (None, (names.name_broken(names.XMP),)) if bad else (packet, ())
    gone = tuple(dict.fromkeys(_cut_elements(parsed)))
    try:
        kept = b"".join(node.toxml().encode() for node in parsed.childNodes) if gone else packet
    except RecursionError:
        return None, (names.name_broken(names.XMP),)
    if holds_picture(kept):
        return None, (names.name_picture_in(names.XMP),)
    return kept, gone


def _parse(packet: bytes) -> Document | None:
    """None for what is no XML. A document type is refused: entities can grow without bound."""
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        return parseString(packet.strip(b"\0 \r\n\t"))  # noqa: S318 - without entities it cannot grow
    except (ExpatError, ValueError, LookupError, RecursionError):
        return None


def _cut_elements(parsed: Document) -> Iterator[str]:
    """Take out what must go, and say what it was."""
    waiting: list[Element] = [node for node in parsed.childNodes if isinstance(node, Element)]
    while waiting:
        element = waiting.pop()
        why = _reason_to_cut(element.namespaceURI, element.localName, _text(element))
        if why and element.parentNode is not None:
            yield why
            element.parentNode.removeChild(element)
            continue
        yield from _cut_attributes(element)
        waiting.extend(node for node in element.childNodes if isinstance(node, Element))


def _cut_attributes(element: Element) -> Iterator[str]:
    attributes: list[Attr] = list(element.attributes.values())
    for attribute in attributes:
        if attribute.namespaceURI == _XMLNS:
            # a name that nobody uses is no reason to write the packet anew
            if _dropped_space(attribute.value):
                element.removeAttributeNode(attribute)
            continue
        why = _reason_to_cut(attribute.namespaceURI, attribute.localName, attribute.value)
        if why:
            element.removeAttributeNode(attribute)
            yield why


def _reason_to_cut(space: str | None, name: str | None, text: str) -> str:
    """Why a property must go, "" when it may stay."""
    known = _dropped_space(space or "")
    if known:
        return known
    for wanted, pattern, what in _GONE_NAMES:
        if wanted in ("", space) and pattern.match(name or ""):
            return what
    return names.name_picture_in(names.xmp_property(name)) if holds_picture(text.encode()) else ""


def _dropped_space(space: str) -> str:
    return next((what for start, what in _GONE_SPACES.items() if space.startswith(start)), "")


def _text(element: Element) -> str:
    """What stands in it directly, between its tags."""
    kinds = (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)
    return "".join(node.nodeValue or "" for node in element.childNodes if node.nodeType in kinds)
