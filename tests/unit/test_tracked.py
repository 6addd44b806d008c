"""What is tracked is source, text and small pictures: no build output, no weights but our own, nothing of one
machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
BUILT = re.compile(
    r"whl|egg|py[cod]|so|dll|dylib|exe|o|a|class|jar|nb[ci]|zip|gz|bz2|xz|zst|tar|7z|pkl|pickle|np[yz]|onnx|bin|"
    r"param|pth?|ckpt|safetensors|db|sqlite3?|log"
)
TEXT = frozenset(["py", "md", "toml", "txt", "json", "cfg", "ini", "yml", "yaml", "sh", "run", "Makefile"])
MOST_BYTES, MOST_GALLERY_BYTES = 1_500_000, 2_000_000
GALLERY = PurePosixPath("docs/gallery")
OWN_WEIGHTS, MOST_OWN_BYTES = PurePosixPath("training/structure.pt"), 7_000_000
"""What `make train` goes on from."""
MACHINE = re.compile(r"(?<![\w.])/(?:root|work|Users|opt|mnt|home/(?!me/))/?\w|[A-Z]:\\Users\\")
"""Paths of somebody's machine; `/home/me` stands in examples."""
INDEX = re.compile(r"--(?:extra-)?index-url|https?://\S+/simple\b|pythonhosted|://pypi\.")


def complaints(path: PurePosixPath, data: bytes) -> Iterator[str]:
    """What is wrong with a tracked file."""
    if path == OWN_WEIGHTS:
        if len(data) > MOST_OWN_BYTES:
            yield f"{path}: {len(data)} bytes are too many"
        return
    kind = path.suffix.lstrip(".").lower()
    if BUILT.fullmatch(kind):
        yield f"{path}: a .{kind} is built or fetched, not tracked"
    if len(data) > (MOST_GALLERY_BYTES if path.is_relative_to(GALLERY) else MOST_BYTES):
        yield f"{path}: {len(data)} bytes are too many"
    if kind in TEXT or path.name in TEXT:
        text = data.decode()
        for what, pattern in (("a path of one machine", MACHINE), ("the address of an index", INDEX)):
            if found := pattern.search(text):
                yield f"{path}: {what}: {found[0]}"


def test_every_tracked_file() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    assert "pyproject.toml" in paths
    own = PurePosixPath(Path(__file__).relative_to(ROOT).as_posix())
    files = ((PurePosixPath(path), (ROOT / path).read_bytes()) for path in paths)
    assert [said for path, data in files if path != own for said in complaints(path, data)] == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("profiler-0.4.3-py3-none-any.whl", b""),
        ("src/cleanplate/kernels.so", b""),
        ("src/cleanplate/__pycache__/app.cpython-311.pyc", b""),
        ("weights/net.ONNX", b""),
        ("training/another.pt", b""),
        ("training/structure.pt", bytes(MOST_OWN_BYTES + 1)),
        ("docs/photo.png", bytes(MOST_BYTES + 1)),
        ("docs/gallery/all.jpg", bytes(MOST_GALLERY_BYTES + 1)),
        ("docs/erase.md", b"see /ro" + b"ot/notes.txt"),
        ("docs/erase.md", b"see `/home/somebody/notes.txt`"),
        ("Makefile", b"pip install --index-url http://10.0.0.1/x"),
        ("requirements/dev.txt", b"https://packages.example.com/simple"),
    ],
)
def test_what_is_refused(path: str, data: bytes) -> None:
    assert list(complaints(PurePosixPath(path), data))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("docs/gallery/all.jpg", bytes(MOST_GALLERY_BYTES)),
        ("tests/recorded.json", b'"file:///home/me/img.png"'),
        ("src/a.py", b"https://hub.example.com/root/x; the simple way; a.work/b; --no-emit-index-url"),
    ],
)
def test_what_is_not(path: str, data: bytes) -> None:
    assert not list(complaints(PurePosixPath(path), data))
