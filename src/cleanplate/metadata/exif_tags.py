"""Numbers of EXIF tags. Source: Exif 2.32, 4.6; TIFF 6.0."""

EXIF_HEADER = b"Exif\0\0"
ORIENTATION = 0x0112
DESCRIPTION, SOFTWARE, ARTIST, COPYRIGHT = 0x10E, 0x131, 0x13B, 0x8298
DESCRIPTIVE_TAGS = (DESCRIPTION, 0x10F, 0x110, ORIENTATION, SOFTWARE, 0x132, ARTIST, COPYRIGHT)
"""What a TIFF's first directory says of the picture and not of its rows. 0x10F: make, 0x110: model, 0x132:
date."""
DIRECTORY_TAGS = (0x8769, 0x8825)
"""Where the EXIF and the GPS directory lie."""
