"""Tables from single figures: means, ratios of sums, paired differences."""

from dataclasses import replace

import numpy as np

from benchmarks import summary
from benchmarks.summary import Figures


def figures(case: str, way: str, psnr: float, style: float, line: float | None = None) -> Figures:
    kind = "blob" if line is None else "straight"
    return Figures(
        case, kind, way, psnr, 0.5, style, seam_made=psnr, seam_truth=10.0, line=line, seconds=0.25
    )


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
        "ours", "26.50 dB", "0.500", "0.300 (0.50x)", "2.65", "2.65", "", "0.250",
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
    assert table.splitlines()[0] == "| PSNR dB, style | ours | rival |"
    assert cells(table, "blob") == ["blob", "26.50, 0.300", "25.00, 0.600"]
    assert cells(table, "straight") == ["straight", "10.00, 0.100", "9.00, 1.000"]


def test_differences_are_taken_case_by_case() -> None:
    table = summary.differences(PAIRED, "rival")
    assert "| rival " not in table
    assert cells(table, "ours")[1] == "+1.50 [+1.00, +2.00]"
    assert cells(table, "ours")[3] == "-0.300 [-0.400, -0.200]"


def test_the_interval_holds_the_mean_and_narrows_with_more_cases() -> None:
    drawn = np.random.default_rng(3).normal(0.5, 1.0, 400)
    low, high = summary.interval(drawn)
    assert low < drawn.mean() < high
    assert 0.15 < high - low < 0.25  # 2 * 1.96 / sqrt(400)
    few_low, few_high = summary.interval(drawn[:25])
    assert few_high - few_low > 2 * (high - low)
    assert summary.interval(drawn) == (low, high)
