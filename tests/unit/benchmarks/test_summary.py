"""Tables from single figures: means, ratios of sums, paired differences."""

import zlib
from dataclasses import replace

import numpy as np

from benchmarks import summary
from benchmarks.summary import Figures


def figures(case: str, way: str, psnr: float, style: float, line: float | None = None) -> Figures:
    kind = "blob" if line is None else "straight"
    return Figures(
        photos="set", group="small", photo=case, case=case, kind=kind, way=way,
        fingerprint=zlib.crc32(case.encode()), share=0.1,
        psnr=psnr, ssim=0.5, style=style, seam_made=psnr, seam_truth=10.0, line=line,
        seconds=0.25 if way == "ours" else 0.5, cpu_seconds=0.4,
    )  # fmt: skip


PAIRED = [
    figures("one", "ours", 21.0, 0.2),
    figures("one", "rival", 20.0, 0.4),
    figures("two", "ours", 32.0, 0.4),
    figures("two", "rival", 30.0, 0.8),
]


def cells(table: str, way: str) -> list[str]:
    line = next(line for line in table.splitlines() if line.startswith(f"| {way} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_line_for_each_way_with_its_means() -> None:
    assert cells(summary.table(PAIRED, "rival"), "ours") == [
        "ours", "26.50 [21.00, 32.00] dB", "0.500", "0.300 [0.200, 0.400] (0.50x)", "2.65", "2.65", "",
        "0.250 (0.50x)", "0.400 (1.00x)",
    ]  # fmt: skip


def test_the_seam_is_a_ratio_of_sums_beside_the_median_of_ratios() -> None:
    wide = replace(figures("three", "ours", 60.0, 0.1), seam_truth=40.0)
    row = cells(summary.table([*PAIRED, wide, figures("three", "rival", 1.0, 0.1)], "rival"), "ours")
    assert (row[4], row[5]) == ("1.88", "2.10")  # 113 / 60, and the middle of 2.1, 3.2 and 1.5


def test_lines_count_only_where_there_is_one() -> None:
    mixed = [
        figures("one", "rival", 20, 0.1),
        figures("two", "rival", 20, 0.1, line=0.5),
        figures("three", "rival", 20, 0.1, line=1.0),
    ]
    assert cells(summary.table(mixed, "rival"), "rival")[6] == "75%"


def test_kinds_have_a_line_each_and_ways_a_column_each() -> None:
    table = summary.kinds(
        [*PAIRED, figures("three", "ours", 10, 0.1, line=1.0), figures("three", "rival", 9, 1, line=1.0)]
    )
    assert table.splitlines()[0] == "| photos | PSNR dB, style | holes | ours | rival |"
    assert cells(table, "set | blob") == ["set", "blob", "2", "26.50, 0.300", "25.00, 0.600"]
    assert cells(table, "set | straight") == ["set", "straight", "1", "10.00, 0.100", "9.00, 1.000"]


def test_a_set_of_photographs_has_lines_of_its_own() -> None:
    other = [replace(one, photos="other", way="ours") for one in PAIRED[:1]]
    table = summary.kinds([*PAIRED, *other])
    assert cells(table, "set | blob")[2:] == ["2", "26.50, 0.300", "25.00, 0.600"]
    assert cells(table, "other | blob")[2:] == ["1", "21.00, 0.200", ""]


def test_figures_in_another_order_are_paired_by_case() -> None:
    shuffled = [PAIRED[2], PAIRED[0], PAIRED[1], PAIRED[3]]
    assert summary.differences(shuffled, "rival") == summary.differences(PAIRED, "rival")


def test_differences_are_taken_case_by_case() -> None:
    table = summary.differences(PAIRED, "rival")
    assert "| rival " not in table
    assert cells(table, "ours")[1] == "+1.50 [+1.00, +2.00]"
    assert cells(table, "ours")[3] == "-0.300 [-0.400, -0.200]"
    assert cells(table, "ours")[4] == "0.500 [0.500, 0.500]"


def test_cases_of_one_photo_count_as_less_than_as_many_photos() -> None:
    drawn = np.random.default_rng(3).normal(0.5, 1.0, 40)
    copies, names = np.repeat(drawn, 9), [f"{number}" for number in range(40) for _ in range(9)]
    alone, together = summary.interval(drawn), summary.interval(copies, names)
    assert np.allclose(np.diff(alone), np.diff(together), rtol=0.15)
    assert float(np.diff(summary.interval(copies))[0]) < 0.5 * float(np.diff(together)[0])


def test_the_interval_of_a_ratio_is_that_of_paired_cases() -> None:
    rival = np.random.default_rng(3).uniform(1, 9, 200)
    low, high = summary.multiple_interval(0.8 * rival, rival)
    assert (round(low, 6), round(high, 6)) == (0.8, 0.8)
    low, high = summary.multiple_interval(rival[::-1] * 0.8, rival)
    assert low < 0.8 < high


def test_the_interval_holds_the_mean_and_narrows_with_more_cases() -> None:
    drawn = np.random.default_rng(3).normal(0.5, 1.0, 400)
    low, high = summary.interval(drawn)
    assert low < drawn.mean() < high
    assert 0.15 < high - low < 0.25  # 2 * 1.96 / sqrt(400)
    few_low, few_high = summary.interval(drawn[:25])
    assert few_high - few_low > 2 * (high - low)
    assert summary.interval(drawn) == (low, high)
