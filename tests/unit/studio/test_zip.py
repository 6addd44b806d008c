"""The studio's zip writer in Node, read by Python's zipfile: beyond 4 GiB, and beyond 65535 files."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).parents[3] / "src/cleanplate/studio/static"
NODE = shutil.which("node")
WRITE = """
import { open } from "node:fs/promises";
import { ZipWriter } from "@static/batch/zip.js";

const disk = await open("@target", "w");
let at = 0;
/** Zeros are left out of the file, which is a hole there. */
async function write(pieces) {
  for (const piece of pieces) {
    if (piece.zeros) at += piece.size;
    else {
      const bytes = piece instanceof Uint8Array ? piece : new Uint8Array(await piece.arrayBuffer());
      await disk.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
  }
}
const chunk = new Uint8Array(2 ** 24);
function zeros(size) {
  let left = size;
  const stream = () => new ReadableStream({pull(control) {
    if (left <= 0) return control.close();
    control.enqueue(chunk.subarray(0, Math.min(left, chunk.length)));
    left -= chunk.length;
  }});
  return {zeros: true, size, stream};
}
const zip = new ZipWriter(write, new Date(2026, 10, 30, 15, 40, 10));
@body
await zip.end();
await disk.close();
console.log(JSON.stringify({size: zip.size, at}));
"""

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")


def node(folder: Path, source: str) -> Any:
    """What a module prints. The page's files are modules, which Node is told by a copy of them."""
    static = folder / "static"
    for name in ("batch", "mask", "save", "picture", "state"):
        shutil.copytree(STATIC / name, static / name)
    (folder / "package.json").write_text('{"type": "module"}')
    module = folder / "run.js"
    module.write_text(source.replace("@static", str(static)))
    done = subprocess.run([str(NODE), str(module)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def written(folder: Path, body: str) -> Path:
    target = folder / "made.zip"
    told = node(folder, WRITE.replace("@target", str(target)).replace("@body", body))
    assert told["size"] == told["at"] == target.stat().st_size
    return target


def test_small_files_are_as_they_were(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        'await zip.add("a.png", new Blob(["one"]));'
        'await zip.add("trip/日 2.png", new Blob(["twotwo"]));'
        'await zip.add("empty.png", new Blob([]));',
    )
    with zipfile.ZipFile(target) as read:
        assert read.testzip() is None
        assert read.namelist() == ["a.png", "trip/日 2.png", "empty.png"]
        assert [read.read(name) for name in read.namelist()] == [b"one", b"twotwo", b""]
        assert read.getinfo("a.png").date_time == (2026, 11, 30, 15, 40, 10)
        assert {one.extract_version for one in read.infolist()} == {20}
    assert b"PK\x06\x06" not in target.read_bytes()


def test_beyond_four_gibibytes_it_is_a_zip64(tmp_path: Path) -> None:
    large = 2**31 + 2**20
    target = written(
        tmp_path,
        f'await zip.add("0.bin", zeros({large})); await zip.add("1.bin", zeros({large}));'
        'await zip.add("behind.png", new Blob(["still here"]));'
        'await zip.add("last.png", new Blob(["and I"]));',
    )
    assert target.stat().st_size > 2**32
    with zipfile.ZipFile(target) as read:
        assert read.namelist() == ["0.bin", "1.bin", "behind.png", "last.png"]
        assert read.getinfo("behind.png").header_offset > 2**32
        assert (read.read("behind.png"), read.read("last.png")) == (b"still here", b"and I")
        assert read.getinfo("1.bin").file_size == large
        with read.open("0.bin") as zeros:  # checked against its sum at the end
            while piece := zeros.read(2**24):
                assert not piece.strip(b"\0")


def test_more_files_than_two_bytes_count(tmp_path: Path) -> None:
    count = 2**16 + 3
    body = f"for (let at = 0; at < {count}; at += 1) await zip.add(`${{at}}.png`, new Blob([String(at)]));"
    with zipfile.ZipFile(written(tmp_path, body)) as read:
        assert len(read.namelist()) == count
        assert read.read(f"{count - 1}.png") == str(count - 1).encode()


def test_a_file_that_no_zip_of_ours_takes_is_refused(tmp_path: Path) -> None:
    body = """
      const refused = await zip.add("x.bin", zeros(2 ** 32)).catch((error) => error);
      if (!(refused instanceof RangeError)) throw new Error("taken");
    """
    with zipfile.ZipFile(written(tmp_path, body)) as read:
        assert read.namelist() == []
