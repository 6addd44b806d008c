"""Keys: what can never be a path outside of a store."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanplate.storage.base import check_key, check_range, is_segment


@given(st.text(max_size=300))
def test_no_key_leads_out(key: str) -> None:
    try:
        check_key(key)
    except ValueError:
        return
    for path in (PurePosixPath("/root") / key, PureWindowsPath("C:/root") / key):
        assert ".." not in path.parts
        assert path.parts[1] == "root"
        assert len(path.parts) == 2 + len(key.split("/"))


@given(st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", fullmatch=True))
def test_segments(name: str) -> None:
    assert is_segment(name)
    check_key(f"a/{name}/b")
    assert not is_segment("." + name)
    assert not is_segment(name + "\n")


def test_ranges() -> None:
    check_range(0, None)
    check_range(0, 0)
    for start, length in ((-1, None), (0, -1)):
        with pytest.raises(ValueError, match="not a range"):
            check_range(start, length)
