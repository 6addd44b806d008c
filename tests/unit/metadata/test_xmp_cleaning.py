"""XMP: pictures and promises go, properties stay, and a packet without either stays byte for byte."""

import base64

import pytest
from tests.unit.metadata.made_blocks import thing

from cleanplate.metadata.xmp_cleaning import clean_xmp

SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpGImg": "http://ns.adobe.com/xap/1.0/g/img/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "Container": "http://ns.google.com/photos/1.0/container/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "GDepth": "http://ns.google.com/photos/1.0/depthmap/",
    "GImage": "http://ns.google.com/photos/1.0/image/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "dcterms": "http://purl.org/dc/terms/",
    "own": "urn:own",
}
CODED = base64.b64encode(thing()).decode()
LINES = "&#xA;".join(CODED[start : start + 72] for start in range(0, len(CODED), 72))
TITLE = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Über dem Meer</rdf:li></rdf:Alt></dc:title>'


def packet(attributes: str = "", elements: str = "") -> bytes:
    used = "".join(f' xmlns:{name}="{space}"' for name, space in SPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{used} xmp:Rating="4" {attributes}>{TITLE}{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta>\n   \n<?xpacket end="w"?>'
    ).encode()


@pytest.mark.parametrize(
    ("attributes", "elements", "name"),
    [
        (
            "",
            f"<xmp:Thumbnails><rdf:Alt><rdf:li>{LINES}</rdf:li></rdf:Alt></xmp:Thumbnails>",
            "XMP thumbnail",
        ),
        (
            "",
            "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'/></rdf:Alt></xmp:Thumbnails>",
            "thumb",
        ),
        (f'xmpGImg:image="{CODED}"', "", "XMP thumbnail"),
        ('hdrgm:Version="1.0" hdrgm:GainMapMax="2.3"', "", "Ultra HDR gain map"),
        ("", "<hdrgm:Gamma><rdf:Seq><rdf:li>1</rdf:li></rdf:Seq></hdrgm:Gamma>", "Ultra HDR gain map"),
        (
            "",
            '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource">'
            '<Container:Item Item:Semantic="GainMap"/></rdf:li></rdf:Seq></Container:Directory>',
            "list of the file's pictures",
        ),
        ('GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"', "", "motion photo video"),
        ('GCamera:MicroVideo="1" GCamera:MicroVideoOffset="99"', "", "motion photo video"),
        ('GDepth:Format="RangeInverse" GDepth:Near="1"', f"<GDepth:Data>{CODED}</GDepth:Data>", "depth map"),
        ("", f"<GImage:Data>{CODED}</GImage:Data>", "original picture"),
        ('xmpNote:HasExtendedXMP="0123456789ABCDEF"', "", "extended XMP"),
        ('dcterms:provenance="self#jumbf=c2pa"', "", "C2PA manifest"),
        (f'own:icon="data:image/jpeg;base64,{CODED}"', "", "icon"),
        ("", f"<own:icon><![CDATA[{CODED}]]></own:icon>", "icon"),
        ("", f"<own:icon>{thing().hex()}</own:icon>", "icon"),
    ],
)
def test_pictures_and_promises_go_and_the_rest_stays(attributes: str, elements: str, name: str) -> None:
    kept, gone = clean_xmp(packet(attributes, elements))
    assert len(gone) == 1
    assert name in gone[0]
    assert kept is not None
    text = kept.decode()
    assert TITLE in text
    assert 'xmp:Rating="4"' in text
    assert text.startswith("<?xpacket begin")
    assert text.endswith('<?xpacket end="w"?>')
    for word in (
        "/9j/",
        "hdrgm",
        "Container",
        "MotionPhoto",
        "MicroVideo",
        "GDepth",
        "Extended",
        "jumbf",
        "ffd8",
    ):
        assert word not in text.replace(SPACES["Container"], "")
    assert clean_xmp(kept) == (kept, ())


def test_without_either_it_stays_byte_for_byte() -> None:
    plain = packet('own:words="/9j/ is how it begins" GCamera:hdrp="AAECAwQF"')
    assert clean_xmp(plain) == (plain, ())


def test_what_is_no_xml_stays_only_where_nothing_is_in_it() -> None:
    for good in (b'<a tiff:Orientation="6"/>', b"<open>", b"words"):
        assert clean_xmp(good) == (good, ())
    for bad in (
        f"<open>{CODED}".encode(),
        b'<open hdrgm:Version="1.0">',
        packet().replace(b"<x:", b"<!DOCTYPE a><x:", 1),
    ):
        assert clean_xmp(bad) == (None, ("XMP (broken)",))


def test_ten_thousand_elements_in_each_other_do_no_harm() -> None:
    deep = b"<a>" * 10_000 + thing() + b"</a>" * 10_000
    assert clean_xmp(deep)[0] is None
    assert clean_xmp(b"<a>" * 10_000 + b"</a>" * 10_000)
