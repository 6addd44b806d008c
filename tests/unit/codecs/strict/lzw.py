"""LZW of GIF89a, appendix F, and of TIFF 6.0, section 13."""

from tests.unit.codecs.strict import demand


def unpacked(data: bytes, bits: int, wanted: int, *, tiff: bool) -> bytes:
    """All values; there must be just as many as wanted."""
    digits = "".join(f"{byte:08b}" if tiff else f"{byte:08b}"[::-1] for byte in data)
    clear, out, at, width = 1 << bits, bytearray(), 0, bits + 1
    table, before = _fresh(clear), b""
    while at + width <= len(digits):
        spelled = digits[at : at + width]
        code, at = int(spelled if tiff else spelled[::-1], 2), at + width
        if code == clear:
            table, before, width = _fresh(clear), b"", bits + 1
            continue
        if code == clear + 1:
            break
        demand(code < len(table) or (code == len(table) < 4096 and before), "code")
        value = table[code] if code < len(table) else before + before[:1]
        out += value
        if before and len(table) < 4096:
            table.append(before + value[:1])
            width += len(table) + tiff == 1 << width and width < 12
        before = value
    demand(len(out) == wanted, "values")
    return bytes(out)


def _fresh(clear: int) -> list[bytes]:
    return [*(bytes([value]) for value in range(clear)), b"", b""]
