"""Numbers of EXIF tags. Source: Exif 2.32, 4.6; TIFF 6.0."""

EXIF_HEADER = b"Exif\0\0"
ORIENTATION = 0x0112
DESCRIPTION, SOFTWARE, ARTIST, COPYRIGHT = 0x10E, 0x131, 0x13B, 0x8298
_MAKE, _MODEL, _DATE, _HOST, _RATING, _RATING_PERCENT = 0x10F, 0x110, 0x132, 0x13C, 0x4746, 0x4749
_WINDOWS_WORDS = (0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F)
"""Title, comment, author, keywords and subject."""
DESCRIPTIVE_TAGS = (
    *(DESCRIPTION, _MAKE, _MODEL, ORIENTATION, SOFTWARE, _DATE, ARTIST, COPYRIGHT),
    *(_HOST, _RATING, _RATING_PERCENT),
    *_WINDOWS_WORDS,
)
"""What a TIFF's first directory says of the picture and not of its rows."""
DIRECTORY_TAGS = (0x8769, 0x8825)
"""Where the EXIF and the GPS directory lie."""
TIFF_TAGS = frozenset({*DESCRIPTIVE_TAGS, *DIRECTORY_TAGS})
"""What the first directory of a TIFF that is written takes over from the EXIF of any file."""

ROW_TAGS = frozenset(
    {*range(0xFE, 0x10E), *range(0x111, 0x131), *range(0x13D, 0x15C), *range(0x200, 0x215), 0x2BC, 0x8773}
)
"""What a first directory says of the rows of its own file, resolution and profile among it, and XMP."""
