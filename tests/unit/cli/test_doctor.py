import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.inpainters import like
from tests.postgres import PostgresServer
from tests.runtimes import anew, here, plug_in, without
from tests.s3_server import BUCKET
from tests.unit.fill.inpainters.pulled import pulled

from cleanplate.app import build
from cleanplate.database import Purpose, open_server_database, transaction
from cleanplate.database.schema import HEAD
from cleanplate.edits.base import Edit, Parameters
from cleanplate.edits.catalogue import edits
from cleanplate.fill.base import Inpainter
from cleanplate.fill.catalogue import AUTO, inpainters
from cleanplate.models.base import Model
from cleanplate.models.catalogue import models
from cleanplate.runtime import devices
from cleanplate.settings import Settings, load

Run = Callable[..., Any]


def after(text: str, what: str) -> str:
    """What the report says of something, with the line below it."""
    lines = text.splitlines()
    (number,) = (i for i, line in enumerate(lines) if line[4:36].strip() == what)
    return " ".join("\n".join(lines[number : number + 2]).split())


def with_card(name: str, **facts: Any) -> Model:
    """The model of this name, its card changed."""
    model = models(here())[name]
    return replace(model, card=replace(model.card, **facts))


def not_here(name: str) -> Model:
    """The model of this name, its weights nowhere."""
    files = models(here())[name].card.files
    return with_card(name, files=tuple(replace(file, path=f"none/{file.path}") for file in files))


def test_it_says_who_does_the_work_of_each_edit(run: Run, tmp_path: Path) -> None:
    said = run("doctor", "--data", tmp_path).out
    assert after(said, "edit erase").startswith("ok edit erase patchmatch fills")
    assert "ok edit erase (find-text) ppocr-v6 does it" in after(said, "edit erase (find-text)")
    for name in edits(here()):
        assert f"edit {name}" in said


def test_what_is_not_pulled_is_no_reason_to_worry(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANPLATE_MODELS", str(tmp_path))
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 0
    told = after(ran.out, "edit erase (erase)")
    assert told == ("-- edit erase (erase) lama: its weights are not here -> cleanplate models pull lama")


def test_what_would_make_fills_better(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = after(run("doctor", "--data", tmp_path).out, "fills")
    better = "lama (208 MB, Apache-2.0) makes wide holes better"
    assert told == f"-- fills patchmatch; {better} -> cleanplate models pull lama"
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    assert after(run("doctor", "--data", tmp_path).out, "fills").startswith("ok fills patchmatch ok edit")


def test_what_a_pulled_network_is_for(run: Run, tmp_path: Path) -> None:
    with pulled(tmp_path / "weights"):
        said = run("doctor", "--data", tmp_path).out
    assert after(said, "fills").startswith("ok fills lama for wide holes, patchmatch for others ok edit")
    assert after(said, "edit erase").startswith("ok edit erase lama and patchmatch fill ")


@pytest.mark.usefixtures("pack")
def test_a_plug_in_that_does_all_fills(run: Run, tmp_path: Path) -> None:
    said = run("doctor", "--data", tmp_path).out
    assert after(said, "fills").startswith("ok fills test-pack ok edit")
    assert after(said, "edit expand").startswith("ok edit expand test-pack fills")


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("telea", 0, "ok fills telea, as CLEANPLATE_FILL_ENGINE says"),
        ("photoshop", 1, "!! fills CLEANPLATE_FILL_ENGINE: there is no 'photoshop'; choose one of auto"),
        (
            "lama",
            1,
            "!! fills CLEANPLATE_FILL_ENGINE: the model lama cannot run here: its weights are not here",
        ),
    ],
)
def test_what_the_settings_want_to_fill(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, told: str
) -> None:
    monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", name)
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == code
    assert after(ran.out, "fills").startswith(told)
    assert after(ran.out, "edit erase").startswith("!!" if code else "ok edit erase telea fills")


def test_a_role_that_nobody_knows(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, Inpainter, "lama", "migan")
    told = after(run("doctor", "--data", tmp_path).out, "edit erase (erase)")
    assert told.startswith("-- edit erase (erase) no model that can erase is known")
    assert "docs/plugins.md" in told


def test_an_engine_that_does_not_load_needs_mending(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(monkeypatch, like("telea", missing="no native library"))
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    assert after(ran.out, "engine telea").startswith("!! engine telea no native library -> pip install")


def test_where_and_how_models_run(run: Run, tmp_path: Path) -> None:
    said = run("doctor", "--data", tmp_path).out
    assert "models may take 6.0 GiB of memory" in after(said, "device")
    assert "cleanplate/models" in after(said, "weights folder")


def test_a_gpu_has_a_bound_of_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anew(monkeypatch)
    monkeypatch.setattr(devices, "best_device", lambda: "cuda")
    monkeypatch.setattr(devices, "gpu_bytes", lambda: 20 * 2**30)
    said = after(run("doctor", "--data", tmp_path).out, "device")
    assert "cuda, bfloat16" in said
    assert "6.0 GiB of memory, 18.0 GiB on the GPU" in said


def test_a_gpu_that_is_asked_for_and_not_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew(monkeypatch)
    monkeypatch.setattr(devices, "best_device", lambda: "cpu")
    monkeypatch.setenv("CLEANPLATE_DEVICE", "cuda")
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    assert after(ran.out, "device").startswith("!! device CLEANPLATE_DEVICE is cuda")


def test_what_fills_without_words_is_well_and_says_what_words_need(run: Run, tmp_path: Path) -> None:
    said = run("doctor", "--data", tmp_path).out
    assert after(said, "edit inpaint").startswith(
        "ok edit inpaint patchmatch fills; with a prompt a model is"
    )
    assert after(said, "edit inpaint (inpaint)").startswith("-- edit inpaint (inpaint) flux-klein:")
    listed = " ".join(run("edit", "--help").out.split())
    assert "make what the mask covers anew, as the prompt says (with a prompt not yet: see" in listed


def test_several_packages_that_are_missing_are_plural(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for needs, said in ((("no_such",), "is"), (("no_such", "none_such"), "are")):
        with monkeypatch.context() as patch:
            plug_in(patch, with_card("ddcolor", needs=needs, extra="torch"))
            told = after(run("doctor", "--data", tmp_path).out, "edit colorize (colorize)")
        assert (
            f"ddcolor: {', '.join(needs)} {said} not installed -> pip install 'cleanplate[torch]', then"
            in told
        )


def test_nothing_is_ok_whose_engine_or_finder_cannot_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("patchmatch", "telea"):
        plug_in(monkeypatch, like(name, missing="no native library"))
    plug_in(monkeypatch, with_card("ppocr-v6", needs=("no_such",)))
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    for name in ("erase", "expand", "inpaint"):
        assert after(ran.out, f"edit {name}").startswith(f"!! edit {name} nobody fills -> see fills, above")
    assert after(ran.out, "fills").startswith("!! fills nobody -> see the engines above")
    assert after(ran.out, "engine patchmatch").startswith("!! engine patchmatch no native library")
    assert "-- edit remove_text" in after(ran.out, "edit remove_text")
    assert "no_such is not installed -> pip install no_such" in after(ran.out, "edit remove_text")


def test_a_package_that_is_there_and_does_not_load_needs_mending(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torn_runtime.py").write_text("raise OSError('libtorn.so: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    plug_in(monkeypatch, with_card("ppocr-v6", needs=("torn_runtime",)))
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    told = after(ran.out, "package torn_runtime")
    assert "it does not load: OSError: libtorn.so: cannot open shared object file" in told
    assert "pip install --force-reinstall torn_runtime" in told
    assert "ppocr-v6: torn_runtime does not load" in after(ran.out, "edit erase (find-text)")


def test_an_edit_of_a_plug_in_is_asked_whatever_its_roles_say(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = replace(
        edits(here())["remove_text"], name="own", engine="", missing=lambda runtime: "no key: buy one"
    )
    plug_in(monkeypatch, card)
    assert after(run("doctor", "--data", tmp_path).out, "edit own") == "-- edit own no key -> buy one"


def test_what_takes_least_is_offered_first(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best one for styles is 16 GB and wants a GPU; the other's package is only another release."""
    plug_in(monkeypatch, not_here("multistyle26"))
    told = after(run("doctor", "--data", tmp_path).out, "edit stylize (stylize)")
    assert told.endswith("multistyle26: its weights are not here -> cleanplate models pull multistyle26")


def test_a_better_network_is_offered(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, not_here("span"))
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 0
    told = after(ran.out, "edit upscale (upscale)")
    assert told.startswith(
        "ok edit upscale (upscale) realesrgan-video does it -> cleanplate models pull span"
    )


def test_a_format_that_cannot_be_read_is_not_promised(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    assert "heif" not in after(ran.out, "reads").split("writes")[0]
    assert after(ran.out, "reads heif").startswith("!! reads heif the package pi_heif does not load")


def test_it_reports_without_the_compiler_too(tmp_path: Path) -> None:
    """In a process of its own, for here the kernels are long imported."""
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from cleanplate.cli.entry import main\n"
        f"main(['doctor', '--data', {str(tmp_path)!r}])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert after(ran.stdout, "engine patchmatch").startswith("!! engine patchmatch the package numba does")
    assert after(ran.stdout, "edit erase").startswith("ok edit erase telea fills")


@pytest.mark.parametrize(("setting", "line"), [("DATA", "data folder"), ("MODELS", "weights folder")])
def test_a_folder_that_is_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, line: str
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv(f"CLEANPLATE_{setting}", str(file))
    ran = run("doctor")
    assert ran.code == 1
    assert after(ran.out, line).startswith(f"!! {line} {file} is no folder")


@pytest.mark.parametrize("name", edits(here()))
def test_every_edit_says_what_it_needs(name: str) -> None:
    """An edit that can lack something names the roles that it lacks; one may need nothing."""
    edit = edits(here())[name]
    assert edit.engine in {"", AUTO, *inpainters(here())}
    needs_nothing = Edit(name, "", Parameters, edit.run)
    if any(getattr(edit, what) != getattr(needs_nothing, what) for what in ("missing", "limited", "lacking")):
        assert edit.roles or edit.engine


def test_a_server_and_its_folder(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    build(Settings(data=data)).state.close()
    told = run("doctor", "--data", data).out
    assert after(told, "database").startswith(f"ok database {data}/cleanplate.db")
    assert after(told, "database schema").startswith(f"ok database schema {HEAD}")
    assert after(told, "files").startswith("ok files they are those of the database")
    (data / "objects" / "database").write_bytes(b"7")
    ran = run("doctor", "--data", data)
    assert ran.code == 1
    assert "-> put its backup back, or `cleanplate serve --new-database`" in after(ran.out, "files")
    (data / "cleanplate.db").write_bytes(b"no database at all, however long it may be" * 100)
    assert "is not a database" in after(run("doctor", "--data", data).out, "database")


@pytest.fixture
def of_cluster(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """What the report says of a cluster's part; keywords are settings."""
    store = tmp_path / "store"
    store.mkdir()
    monkeypatch.setenv("CLEANPLATE_DATABASE_URL", postgres.new_database())
    monkeypatch.setenv("CLEANPLATE_STORE", str(store))

    def told(run: Run, what: str, **settings: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"CLEANPLATE_{name.upper()}", value)
            return after(run("doctor", "--data", tmp_path / "data").out, what)

    return told


def test_a_cluster_that_is_new_and_one_that_is_served(
    run: Run, tmp_path: Path, of_cluster: Callable[..., str]
) -> None:
    assert of_cluster(run, "database").startswith("ok database Postgres answers")
    assert of_cluster(run, "database schema").startswith("-- database schema there are no tables yet -> ")
    assert "the next start takes the place" in of_cluster(run, "files")
    build(load(data=tmp_path / "data")).state.close()
    assert of_cluster(run, "database rights").startswith("ok database rights the role has all")
    assert of_cluster(run, "database schema").startswith(f"ok database schema {HEAD}")
    assert of_cluster(run, "files").startswith("ok files they are those of the database")
    engine = open_server_database(
        os.environ["CLEANPLATE_DATABASE_URL"], connections=1, purpose=Purpose.MOVE_INTO
    )
    with transaction(engine) as connection:
        connection.execute(text("UPDATE installation SET unfinished = 'a store'"))
    assert (
        of_cluster(run, "database schema")
        .partition(" -> ")[2]
        .startswith("run the same `cleanplate migrate --to` again")
    )
    with transaction(engine) as connection:
        connection.execute(text("UPDATE installation SET unfinished = NULL, oldest_revision = '9999'"))
    assert of_cluster(run, "database schema").endswith(
        "a newer version of cleanplate -> install that version; going back needs the backup made before it"
    )
    with transaction(engine) as connection:
        connection.execute(text("UPDATE installation SET oldest_revision = :oldest"), {"oldest": HEAD})
    engine.dispose()
    mistyped = tmp_path / "stroe"
    mistyped.mkdir()
    told = of_cluster(run, "files", store=str(mistyped))
    assert told.startswith("!! files there are none of the database's, which has them in another store -> ")
    assert "--new-store" in told
    assert list(mistyped.iterdir()) == []
    (mistyped / "database").write_bytes(b"7")
    assert of_cluster(run, "files", store=str(mistyped)).startswith("!! files they belong to another")
    assert "needs one, where all machines" in of_cluster(run, "store", store="")


def test_a_database_that_is_not_reached_or_lacks_rights(
    run: Run, tmp_path: Path, of_cluster: Callable[..., str], postgres: PostgresServer
) -> None:
    told = of_cluster(run, "database", database_url="postgresql://me@127.0.0.1:1/name")
    assert told.startswith("!! database the database cannot be used: ")
    assert "Connection refused -> start it, or mend" in told
    build(load(data=tmp_path / "data")).state.close()
    postgres.sql("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN")
    weak = os.environ["CLEANPLATE_DATABASE_URL"].replace("postgres@", "weak@")
    told = of_cluster(run, "database rights", database_url=weak)
    assert told.startswith("!! database rights the role weak lacks ")
    assert 'docs/cluster.md, "Roles in Postgres"' in told


def test_the_store_of_files_is_asked(
    run: Run, tmp_path: Path, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "store" not in [line[4:36].strip() for line in run("doctor", "--data", tmp_path).out.splitlines()]
    monkeypatch.setenv("CLEANPLATE_STORE", f"s3://{BUCKET}/doctor")
    told = after(run("doctor", "--data", tmp_path).out, "store")
    assert told.startswith(f"ok store s3://{BUCKET}/doctor; result links lead to the server")
    monkeypatch.setenv("CLEANPLATE_STORE", "s3://no-such-bucket")
    ran = run("doctor", "--data", tmp_path)
    assert ran.code == 1
    told = after(ran.out, "store")
    assert told.startswith("!! store s3://no-such-bucket cannot be used: ")
    assert told.endswith("NoSuchBucket: The specified bucket does not exist -> see docs/object-storage.md")
