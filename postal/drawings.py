"""PURE: whether a drawn signature is a picture that a printer can show: a small, whole PNG. Nothing of it is trusted before that."""
import zlib

BEGINNING = b"\x89PNG\r\n\x1a\n"
WIDEST, HIGHEST = 2000, 1000  # pixels; the pad on the page has 600 by 200
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def is_whole(picture: bytes) -> bool:
    """Whether it is a PNG of at most WIDEST by HIGHEST pixels whose parts are undamaged and whose pixels are all there."""
    chunks = _chunks(picture)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        return False
    size = _bytes_unpacked(chunks[0][1])
    pixels = zlib.decompressobj()
    try:
        unpacked = pixels.decompress(b"".join(body for name, body in chunks if name == b"IDAT"), size + 1)
    except zlib.error:
        return False
    return size > 0 and len(unpacked) == size


def _chunks(picture: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a PNG; none where one is damaged or something follows the last."""
    if not picture.startswith(BEGINNING):
        return []
    found, at = [], len(BEGINNING)
    while at + 12 <= len(picture):
        length = int.from_bytes(picture[at:at + 4], "big")
        name, body = picture[at + 4:at + 8], picture[at + 8:at + 8 + length]
        if len(body) != length or picture[at + 8 + length:at + 12 + length] != zlib.crc32(name + body).to_bytes(4, "big"):
            return []
        found.append((name, body))
        at += 12 + length
    return found if at == len(picture) else []


def _bytes_unpacked(header: bytes) -> int:
    """Bytes of the pixels, each line with its filter's; 0 for what a browser's canvas does not write."""
    wide, high = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour, interlaced = header[8], header[9], header[12]
    if not (0 < wide <= WIDEST and 0 < high <= HIGHEST) or depth != 8 or colour not in CHANNELS or interlaced:
        return 0
    return high * (1 + wide * CHANNELS[colour])
