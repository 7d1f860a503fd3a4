"""`oiw ingest`, `load`, `check`, `publish`, `reject`, `restore`: what they print, and how they end."""

import pytest

from ingestion.landing import list_batches
from warehouse.connection import open_build


def test_ingests_by_a_manifest_and_loads(oiw, files, settings):
    done = oiw("ingest", "files", str(files / "my.yaml"), "--root", str(files))
    assert (done.exit_code, done.err) == (0, "")
    assert done.out == ("my_open_interest: 1 files landed (2 rows, 0 duplicate rows dropped), 0 unchanged, 0 failed\n")
    again = oiw("ingest", "files", str(files / "my.yaml"), "--root", str(files))
    assert "0 files landed (0 rows, 0 duplicate rows dropped), 1 unchanged" in again.out
    assert oiw("load").out == "open_interest: 1 batches, 2 rows loaded\n"
    assert oiw("load").out == "nothing new to load\n"
    with open_build(settings.build_file) as con:
        assert con.execute("select source_mode, oi_native from raw.open_interest order by 2").fetchall() == [
            ("file", 1000.5),
            ("file", 1001.5),
        ]


def test_a_simulated_sample_is_labelled(oiw, files, settings, load_all):
    oiw("ingest", "files", str(files / "my.yaml"), "--root", str(files), "--source-mode", "simulated")
    load_all()
    with open_build(settings.build_file) as con:
        assert con.execute("select distinct source_mode from raw.open_interest").fetchall() == [("simulated",)]


def test_a_refused_file_is_named_and_the_others_land(oiw, files, settings):
    (files / "oi_ETHUSDT.csv").write_text("time,oi\n2025-07-01T00:00:00,lots\n")
    done = oiw("ingest", "files", str(files / "my.yaml"), "--root", str(files))
    assert done.exit_code == 3
    refused, summary = done.err.splitlines()
    assert refused.startswith("error: my_open_interest: oi_ETHUSDT.csv")
    assert summary == "error: 1 files could not be read (reasons above); the other files have landed"
    assert len(list(list_batches(settings.landing_dir))) == 1


def test_all_leaves_out_manifests_without_files(oiw, files):
    done = oiw("ingest", "files", "all", "--root", str(files))
    assert (done.exit_code, done.err) == (0, "")
    assert "coinalyze_candle: no files" in done.out.splitlines()


def test_a_manifest_named_alone_must_have_files(oiw, files):
    done = oiw("ingest", "files", "coinalyze_candle", "--root", str(files))
    assert done.exit_code == 3
    assert "no file below" in done.err


@pytest.mark.parametrize("root", [(), ("--root", "/nowhere/at/all")])
def test_the_folder_of_the_files_must_exist(oiw, root):
    done = oiw("ingest", "files", "all", *root)
    assert (done.exit_code, done.out) == (3, "")
    assert "--root DIR" in done.err


def test_archive_arguments_are_checked_in_one_line(oiw, tmp_path):
    command = ("ingest", "archive", "binance", "--market", "um", "--symbol", "BTCUSDT", "--from", "2025-01-02")
    swapped = oiw(*command, "--dataset", "metrics", "--to", "2025-01-01", "--mirror", str(tmp_path))
    assert (swapped.exit_code, swapped.err.count("\n")) == (3, 1)
    assert "is after last day" in swapped.err
    both = oiw(
        *command, "--dataset", "metrics", "--to", "2025-01-03", "--mirror", str(tmp_path), "--base-url", "http://x"
    )
    assert (both.exit_code, both.err) == (
        3,
        "error: --mirror and --base-url exclude each other; give only one of them\n",
    )
    assert oiw(*command, "--dataset", "trades", "--to", "2025-01-03").exit_code == 2


def test_archive_files_that_a_mirror_lacks_are_no_failure(oiw, tmp_path):
    done = oiw(
        *("ingest", "archive", "binance", "--market", "um", "--dataset", "fundingRate", "--symbol", "BTCUSDT"),
        *("--from", "2025-01-01", "--to", "2025-01-31", "--mirror", str(tmp_path)),
    )
    assert done.exit_code == 0
    assert done.out == "0 files landed (0 rows), 0 unchanged, 1 not in the archive, 0 failed\n"
    assert "BTCUSDT-fundingRate-2025-01.zip: not in the archive" in done.err


def test_check_passes_on_sound_rows(oiw, land, load_all):
    land("open_interest", [{}])
    load_all()
    done = oiw("check")
    assert (done.exit_code, done.err) == (0, "")
    assert done.out.endswith("checks passed; nothing is built yet\n")


def test_check_names_the_rule_and_the_rows_and_reject_is_the_way_out(oiw, land, load_all):
    land("open_interest", [{}])
    batch = land("open_interest", [{"oi_native": -1.0, "symbol": "BADUSDT"}], origin="bad.csv")
    load_all()
    done = oiw("check")
    assert (done.exit_code, done.out) == (5, "")
    failed, row, summary = done.err.splitlines()
    assert failed.startswith("failed: raw.open_interest.oi_native_is_not_negative: 1 rows.")
    assert "symbol=BADUSDT" in row
    assert f"batch_id={batch.batch_id}" in row
    assert summary.startswith("error: 1 blocking checks failed (above), nothing was published")
    rejected = oiw("reject", batch.batch_id, "--why", "negative")
    assert rejected.out == f"open_interest: 1 rows of batch {batch.batch_id} rejected; run `oiw build`\n"
    assert oiw("check").exit_code == 0
    assert oiw("load").out == "nothing new to load\n"
    assert oiw("restore", batch.batch_id).exit_code == 0
    assert oiw("load").out == "open_interest: 1 batches, 1 rows loaded\n"


def test_a_warning_stops_nothing(oiw, land, load_all):
    land("open_interest", [{"oi_native": None, "price_usd_native": None}])
    load_all()
    done = oiw("check")
    assert done.exit_code == 0
    assert done.err.startswith("warning: raw.open_interest.has_a_value: 1 rows.")


def test_publishes(oiw, built):
    done = oiw("publish")
    assert (done.exit_code, done.err) == (0, "")
    assert done.out.startswith(f"published {built.published_file}: 3 tables, 3 rows, ")
    assert done.out.endswith("as of 2025-07-01 01:00:00\n")


def test_a_build_file_in_use_is_one_clear_line(oiw, built, held_by_another_process):
    with held_by_another_process(built.build_file):
        for command in ("load", "publish", "check"):
            done = oiw(command)
            assert (done.exit_code, done.err.count("\n")) == (6, 1)
            assert f"{built.build_file} cannot be opened" in done.err
            assert "wait for the process that holds it" in done.err


def test_steps_out_of_order_say_what_to_do_first(oiw):
    for command, advice in (("publish", "run `oiw load`"), ("check", "run `oiw load` first"), ("status", "`oiw run`")):
        done = oiw(command)
        assert (done.exit_code, done.err.count("\n")) == (6, 1)
        assert advice in done.err
