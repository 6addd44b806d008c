from pathlib import Path

from tests.unit.cli.conftest import Run


def test_the_webhook_secret_stays_the_same(run: Run, tmp_path: Path) -> None:
    for data in (tmp_path, tmp_path / "other"):
        run("keys", "create", "--data", data)
    first = run("keys", "webhook-secret", "--data", tmp_path)
    assert first.code == 0
    assert first.out.startswith("whsec_")
    assert run("keys", "webhook-secret", "--data", tmp_path).out == first.out
    assert run("keys", "webhook-secret", "--data", tmp_path / "other").out != first.out
