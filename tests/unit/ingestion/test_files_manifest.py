"""Manifests: a mistake is reported before any file is opened; the shipped and the documented manifests are valid."""

import json
import re
from pathlib import Path

import pytest
import yaml
from files_support import MANIFEST, RECORD, make_manifest

from common.errors import InputError
from ingestion.files.manifest import Manifest, load_manifest, shipped_manifests

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "manifest.md"
TIME = MANIFEST["time"]


def record(**changes: object) -> list[dict[str, object]]:
    return [RECORD | changes]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sorce": "x"}, "sorce: unknown key; remove it or correct its spelling"),
        ({"time": {**TIME, "zne": "UTC"}}, "time.zne: unknown key; remove it or correct its spelling"),
        ({"source": None}, "source: missing; add it"),
        ({"name": "Has Blank"}, "name: String should match pattern '^[a-z][a-z0-9_]*$'"),
        ({"dataset": "oi"}, "dataset: unknown dataset 'oi'; use one of open_interest, candle,"),
        ({"source_mode": "rumour"}, "source_mode: Input should be 'live', 'archive', 'vendor', 'file' or 'simulated'"),
        ({"scope": "planet"}, "scope: Input should be 'instrument',"),
        ({"time": {**TIME, "unit": "minutes"}}, "time.unit: unknown unit of time 'minutes'; use s, ms, us, iso or"),
        ({"time": {**TIME, "unit": "%Y %Z"}}, "time.unit: %Z is ambiguous"),
        (
            {"time": {**TIME, "unit": "%Y %z"}},
            "time: unit '%Y %z' reads an offset from each cell; write 'zone: in_cell'",
        ),
        ({"time": {**TIME, "zone": "Mars/Base"}}, "time.zone: unknown zone 'Mars/Base'; use UTC, an offset such as"),
        ({"time": {**TIME, "zone": "+25:00"}}, "time.zone: unknown zone '+25:00'"),
        ({"time": {**TIME, "zone": 360}}, "time.zone: must be text, not 360; put it in quotes"),
        ({"time": {**TIME, "unit": "ms", "zone": "+06:00"}}, "time: unit 'ms' counts from 1970 in UTC; remove 'zone'"),
        (
            {"time": {**TIME, "label_convention": "middle"}},
            "time.label_convention: Input should be 'instant', 'start', 'end' or 'dated'",
        ),
        (
            {"time": {"column": "t", "unit": "ms", "label_convention": "start"}},
            "time: label_convention 'start' labels a bar; state its length, such as 'interval: 4h'",
        ),
        ({"time": {**TIME, "interval": "4 hours"}}, "time.interval: String should match pattern"),
        ({"venue": None}, "venue: scope 'instrument' is about a venue; name it, such as 'venue: {fixed: binance}'"),
        ({"scope": "asset"}, "venue: scope 'asset' is not about one venue; remove 'venue'"),
        ({"venue": {}}, "venue: needs exactly one of fixed, column, path, columns, columns_except; it has none"),
        ({"venue": {"fixed": "a", "path": "b"}}, "venue: needs exactly one of fixed, column, path,"),
        (
            {"symbol": {"path": "asset"}},
            "symbol.path: 'data.csv' has no field {asset}; write it in the place of the symbol",
        ),
        ({"symbol": {"fixed": "A", "template": "USDT"}}, "symbol: template 'USDT' must contain {} once"),
        ({"files": ["data.txt"]}, "files: 'data.txt' has an unknown ending; use one of .csv,"),
        ({"files": ["../data.csv"]}, "files: '../data.csv' is outside the root folder; write a path below it"),
        ({"files": ["/data.csv"]}, "files: '/data.csv' is outside the root folder"),
        ({"files": ["{Asset}.csv"]}, "files: '{Asset}.csv' has a stray bracket"),
        ({"files": ["{a}_{a}.csv"]}, "files: '{a}_{a}.csv' names a field twice"),
        ({"records": record(values={"oi": "oi"})}, "records.0.values.oi: not a value of open_interest; use oi_native,"),
        ({"records": record(unit="lots")}, "records.0.unit: unknown unit 'lots' of open_interest; use one of base,"),
        ({"records": record(unit="percent")}, "records.0.unit: unknown unit 'percent' of open_interest"),
        ({"records": record(unit={"okx": "x"})}, "records.0.unit: unknown unit 'x' of open_interest"),
        ({"records": record(unit=5)}, "records.0.unit: must be text, not 5; put it in quotes"),
        ({"records": record(unit=None)}, "records.0.unit: missing; state the unit of oi_native"),
        (
            {"records": record(constants={})},
            "records.0.constants.native_field: missing; dataset open_interest needs it",
        ),
        (
            {"records": record(constants={"native_field": "a", "native_unit": "b"})},
            "records.0.constants.native_unit: not a constant of open_interest; use native_field",
        ),
        (
            {"records": record(constants={"native_field": True})},
            "records.0.constants.native_field: 'True' must be a string",
        ),
        ({"records": record(values={"oi_native": "{venue}"})}, "records.0.values: '{venue}' needs 'venue.columns' or"),
        ({"venue": {"columns": ["A"]}}, "records.0.values: one value must be '{venue}'"),
        (
            {"dataset": "liquidation", "records": record(values={"long_native": "a"}, constants={"coverage": "some"})},
            "records.0.constants.coverage: 'some' is unknown; use one of full, sampled, aggregate",
        ),
        (
            {"dataset": "candle", "records": record(values={"open_usd": "o"}, constants={"price_kind": "trade"})},
            "records.0.unit: the unit of open_usd is fixed; remove 'unit'",
        ),
    ],
)
def test_a_wrong_manifest_is_one_line_with_file_key_and_remedy(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in (MANIFEST | changes).items() if value is not None}))
    with pytest.raises(InputError) as raised:
        load_manifest(path)
    assert str(raised.value).startswith(f"{path}: {message}")
    assert len(str(raised.value).splitlines()) == 1


def test_several_mistakes_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(yaml.safe_dump(MANIFEST | {"sorce": "x", "empty": "zero"}))
    with pytest.raises(InputError, match=r"empty: Input should be .*; sorce: unknown key"):
        load_manifest(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "not valid YAML"), ("- a", "not a manifest"), ("", "not a manifest"), ("\xff\x00", "not valid YAML")],
)
def test_what_is_no_manifest_at_all(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sample.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=message):
        load_manifest(path)
    with pytest.raises(InputError, match="cannot be read \\(No such file or directory\\)"):
        load_manifest(tmp_path / "other.yaml")


def test_the_rules_do_not_depend_on_the_description_or_the_order_of_keys() -> None:
    def rules(**changes: object) -> str:
        return make_manifest(**changes).rules_json

    values = {"oi_native": "oi", "price_usd_native": "price"}
    assert rules(records=record(values=values)) == rules(records=record(values=dict(reversed(values.items()))))
    assert rules(description="Other words.") == rules()
    assert rules(zero="missing") != rules()
    # The former name of the label convention. Files that have landed by these rules do not land again.
    assert json.loads(rules())["time"]["habit"] == "instant"


@pytest.mark.parametrize("name", shipped_manifests())
def test_shipped_manifests_are_valid_and_named_as_their_file(name: str) -> None:
    assert load_manifest(shipped_manifests()[name]).name == name


def test_the_reference_documents_every_key_and_its_examples_are_valid(tmp_path: Path) -> None:
    text = REFERENCE.read_text()
    examples = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if block.startswith("name:")]
    assert len(examples) == 2
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example)
        load_manifest(path)
    for key in Manifest.model_fields:
        assert f"| `{key}` |" in text, f"docs/reference/manifest.md does not document {key}"
