"""Figures that an earlier run stored, beside those of this run."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from benchmarks.summary import Figures
from benchmarks.ways import OURS

BEFORE = f"{OURS}, before"


def read(path: Path) -> list[Figures]:
    """All figures of an earlier run, its `OURS` called `BEFORE`.

    Raises:
        ValueError: the file is not what `quality` stores.
    """
    names = [field.name for field in fields(Figures)]
    try:
        rows = json.loads(path.read_text("utf-8"))["rows"]
        stored = [Figures(**{name: row[name] for name in names}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no figures of an earlier run ({type(error).__name__})") from error
    return [replace(one, way=BEFORE) if one.way == OURS else one for one in stored]


def beside(figures: Sequence[Figures], earlier: Sequence[Figures]) -> tuple[list[Figures], int]:
    """The figures of all cases that the earlier run had too, with its own way and with those not run now.

    A case is the same where its pixels and its hole are, whatever its set of photographs was called. A way of
    then that lacks some cases of a group is left out of that group.

    Returns:
        (figures, how many cases of this run the earlier one did not have).
    """
    known = {one.fingerprint for one in earlier if one.way == BEFORE}
    cases = {one.fingerprint: one for one in figures}
    found = [one for one in figures if one.fingerprint in known]
    ran = {one.way for one in figures}
    for group in dict.fromkeys(one.group for one in found):
        wanted = {one.fingerprint for one in found if one.group == group}
        for way in dict.fromkeys(one.way for one in earlier if one.way not in ran):
            theirs = {one.fingerprint: one for one in earlier if one.way == way}
            if wanted <= theirs.keys():
                found += [_called_as(theirs[case], cases[case]) for case in wanted]
    return found, len(cases.keys() - known)


def _called_as(earlier: Figures, now: Figures) -> Figures:
    return replace(earlier, photos=now.photos, group=now.group, photo=now.photo, case=now.case, kind=now.kind)
