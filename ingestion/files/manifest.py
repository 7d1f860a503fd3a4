"""The model of a manifest, which describes a set of files. It is checked before any file is opened.

What belongs here: the keys and the rules between them. docs/reference/manifest.md explains them to users.
What does not: reading files (reader.py) and making records (parser.py).
"""

import json
import re
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from common.errors import InputError
from common.settings import SourceMode
from ingestion.files.patterns import check_pattern, field_names
from ingestion.records import (
    DATASETS,
    UNITS,
    Coverage,
    Dataset,
    LabelConvention,
    PriceKind,
    RatioBasis,
    Scope,
)

_MANIFESTS_DIR = Path(__file__).parent / "manifests"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_CHOICES: dict[str, tuple[str, ...]] = {
    "price_kind": get_args(PriceKind),
    "basis": get_args(RatioBasis),
    "coverage": get_args(Coverage),
}

# Parts that pydantic adds to the location of a key when the key's value may have several types.
_UNION_MEMBER = re.compile(r"(bool|float|str|constrained-str)$|(dict|tuple)\[")

# In a wide file, this name stands for the column that has the name of the venue.
VENUE_COLUMN = "{venue}"
# The zone of a column whose cells each have their own offset.
IN_CELL = "in_cell"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Interval = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,4}[smhd]$")]
# One word for all venues, or one per venue with an optional `default`.
ByVenue = Text | dict[Text, Text]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeColumn(_Strict):
    """A column of times: its unit (s, ms, us, iso or a strptime format) and the time zone that it is written in."""

    column: Text
    unit: Text
    zone: Text = "UTC"

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in ("s", "ms", "us", "iso") and "%" not in unit:
            raise ValueError(
                f"unknown unit of time '{unit}'; use s, ms, us, iso or a strptime format such as '%d.%m.%Y'"
            )
        if "%Z" in unit:
            raise ValueError("%Z is ambiguous; write the zone's letters into the format and name it in 'zone'")
        return unit

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        _tzinfo(zone)
        return zone

    @model_validator(mode="after")
    def _zone_fits_unit(self) -> Self:
        if self.is_epoch and self.zone != "UTC":
            raise ValueError(f"unit '{self.unit}' counts from 1970 in UTC; remove 'zone'")
        if "%z" in self.unit and self.zone != IN_CELL:
            raise ValueError(f"unit '{self.unit}' reads an offset from each cell; write 'zone: {IN_CELL}'")
        return self

    @property
    def is_epoch(self) -> bool:
        """Whether the cells are numbers counted from 1970."""
        return self.unit in ("s", "ms", "us")

    @property
    def tzinfo(self) -> tzinfo | None:
        """The declared zone, or None when each cell has its own offset."""
        return _tzinfo(self.zone)


class TimeLabel(TimeColumn):
    """The source's own time label and its meaning (``label_convention``, see ``ingestion.records``)."""

    # The rules are part of a batch's identity, and landed batches call this key `habit`. A new name there would make
    # every file land again.
    label_convention: LabelConvention = Field(serialization_alias="habit")
    interval: Interval | None = None

    @model_validator(mode="after")
    def _bars_have_an_interval(self) -> Self:
        if self.label_convention != "instant" and self.interval is None:
            raise ValueError(
                f"label_convention '{self.label_convention}' labels a bar; state its length, such as 'interval: 4h'"
            )
        return self

    @property
    def interval_seconds(self) -> int | None:
        """The length of the bar, or the time between two instants, in seconds; None for irregular times."""
        return None if self.interval is None else int(self.interval[:-1]) * _SECONDS[self.interval[-1]]


class Venue(_Strict):
    """How to get the venue's native name: exactly one of the keys."""

    fixed: Text | None = None
    column: Text | None = None
    path: Text | None = None
    columns: tuple[Text, ...] | None = None
    columns_except: tuple[Text, ...] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _check_exactly_one(self, ("fixed", "column", "path", "columns", "columns_except"))
        return self

    @property
    def is_wide(self) -> bool:
        """Whether the file has one column per venue."""
        return self.columns is not None or self.columns_except is not None


class Symbol(_Strict):
    """How to get the symbol, and the steps to the venue's own symbol: strip, then rename, then template."""

    fixed: Text | None = None
    column: Text | None = None
    path: Text | None = None
    strip: Text | None = None
    rename: dict[Text, dict[Text, Text]] = Field(default_factory=dict)
    template: ByVenue = "{}"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _check_exactly_one(self, ("fixed", "column", "path"))
        templates = [self.template] if isinstance(self.template, str) else list(self.template.values())
        for template in templates:
            if template.count("{}") != 1:
                raise ValueError(f"template '{template}' must contain {{}} once, in the place of the symbol")
        return self


class Record(_Strict):
    """A record that each row makes: its value columns, the unit of its native values, and its constant columns."""

    values: dict[Text, Text] = Field(min_length=1)
    unit: ByVenue | None = None
    constants: dict[Text, bool | float | str] = Field(default_factory=dict)


class Manifest(_Strict):
    """The description of a set of files. docs/reference/manifest.md explains every key."""

    name: Name
    description: Text
    source: Name
    source_mode: SourceMode
    dataset: Text
    scope: Scope
    files: tuple[Text, ...] = Field(min_length=1)
    header: tuple[Text, ...] | None = None
    rows: Text | None = None
    time: TimeLabel
    observed: TimeColumn | None = None
    venue: Venue | None = None
    symbol: Symbol
    where: dict[Text, Text | tuple[Text, ...]] = Field(default_factory=dict)
    records: tuple[Record, ...] = Field(min_length=1)
    empty: Literal["missing", "reject"] = "reject"
    zero: Literal["value", "missing"] = "value"

    @field_validator("dataset")
    @classmethod
    def _known_dataset(cls, dataset: str) -> str:
        if dataset not in DATASETS:
            raise ValueError(f"unknown dataset '{dataset}'; use one of {', '.join(DATASETS)}")
        return dataset

    @field_validator("files")
    @classmethod
    def _readable_patterns(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in files:
            check_pattern(pattern)
        return files

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_venue()
        self._check_path_fields()
        for number, record in enumerate(self.records):
            _check_record(record, DATASETS[self.dataset], f"records.{number}")
            _check_venue_column(record, self.venue is not None and self.venue.is_wide, f"records.{number}")
        return self

    def _check_venue(self) -> None:
        has_venue = self.scope in ("instrument", "venue_total", "venue_segment")
        if has_venue and self.venue is None:
            raise ValueError(
                f"venue: scope '{self.scope}' is about a venue; name it, such as 'venue: {{fixed: binance}}'"
            )
        if not has_venue and self.venue is not None:
            raise ValueError(f"venue: scope '{self.scope}' is not about one venue; remove 'venue'")

    def _check_path_fields(self) -> None:
        for key, field in (("venue", self.venue and self.venue.path), ("symbol", self.symbol.path)):
            for pattern in self.files:
                if field and field not in field_names(pattern):
                    raise ValueError(
                        f"{key}.path: '{pattern}' has no field {{{field}}}; write it in the place of the {key}"
                    )

    @property
    def rules_json(self) -> str:
        """Canonical JSON of all keys that affect the records of a file: all except the description and the patterns."""
        return json.dumps(self.model_dump(mode="json", by_alias=True, exclude={"description", "files"}), sort_keys=True)


def load_manifest(path: Path) -> Manifest:
    """Read and check the manifest at ``path``.

    Raises InputError, in one line, with the file, the key and the correction.
    """
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}); correct it") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a manifest; its top level must be keys such as name, dataset and files")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_explain(error.errors())}") from error


def shipped_manifests() -> dict[str, Path]:
    """Return the manifests of the product as a map from name to path."""
    return {path.stem: path for path in sorted(_MANIFESTS_DIR.glob("*.yaml"))}


def _tzinfo(zone: str) -> tzinfo | None:
    if zone == IN_CELL:
        return None
    if zone == "UTC":
        return UTC
    if match := re.fullmatch(r"([+-])(\d{2}):([0-5]\d)", zone):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if offset < timedelta(hours=24):
            return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"unknown zone '{zone}'; use UTC, an offset such as '+06:00', a name such as Europe/London, or {IN_CELL}"
        ) from error


def _check_exactly_one(model: BaseModel, keys: tuple[str, ...]) -> None:
    given = [key for key in keys if getattr(model, key) is not None]
    if len(given) != 1:
        raise ValueError(f"needs exactly one of {', '.join(keys)}; it has {', '.join(given) or 'none'}")


def _check_record(record: Record, dataset: Dataset, where: str) -> None:
    _check_units(record, dataset, where)
    fields = {field.name: field for field in dataset.fields}
    allowed = [name for name in fields if name != "native_unit" and not dataset.values.get(name)]
    for name, value in record.constants.items():
        if name not in allowed or name in record.values:
            raise ValueError(f"{where}.constants.{name}: not a constant of {dataset.name}; use {', '.join(allowed)}")
        if value not in _CHOICES.get(name, (value,)):
            raise ValueError(f"{where}.constants.{name}: '{value}' is unknown; use one of {', '.join(_CHOICES[name])}")
        _check_constant_type(str(fields[name].type), value, f"{where}.constants.{name}")
    for name, field in fields.items():
        if not field.nullable and name != "native_unit" and name not in record.constants:
            raise ValueError(f"{where}.constants.{name}: missing; dataset {dataset.name} needs it")


def _check_constant_type(type_name: str, value: bool | float | str, where: str) -> None:
    wanted = {"string": str, "bool": bool, "double": float}[type_name]
    if type(value) is not wanted:
        raise ValueError(f"{where}: '{value}' must be a {type_name}")


def _check_units(record: Record, dataset: Dataset, where: str) -> None:
    for name in record.values:
        if name not in dataset.values:
            raise ValueError(f"{where}.values.{name}: not a value of {dataset.name}; use {', '.join(dataset.values)}")
    needs_unit = any(field.name == "native_unit" and not field.nullable for field in dataset.fields)
    with_unit = [name for name in record.values if dataset.values[name]]
    if record.unit is None:
        if with_unit or needs_unit:
            raise ValueError(f"{where}.unit: missing; state the unit of {', '.join(with_unit or record.values)}")
        return
    if not with_unit and not needs_unit:
        raise ValueError(f"{where}.unit: the unit of {', '.join(record.values)} is fixed; remove 'unit'")
    allowed = [unit for unit in UNITS if any(unit in units for units in dataset.values.values())]
    for unit in [record.unit] if isinstance(record.unit, str) else record.unit.values():
        if unit not in allowed:
            raise ValueError(f"{where}.unit: unknown unit '{unit}' of {dataset.name}; use one of {', '.join(allowed)}")


def _check_venue_column(record: Record, is_wide: bool, where: str) -> None:
    uses = VENUE_COLUMN in record.values.values()
    if is_wide and not uses:
        raise ValueError(
            f"{where}.values: one value must be '{VENUE_COLUMN}', which stands for the venue's column; add it"
        )
    if uses and not is_wide:
        raise ValueError(f"{where}.values: '{VENUE_COLUMN}' needs 'venue.columns' or 'venue.columns_except'")


def _explain(details: list[ErrorDetails]) -> str:
    """Return the errors of pydantic as ``key: what is wrong``, one for each key, in one line."""
    messages: dict[str, str] = {}
    for detail in details:
        where = ".".join(str(part) for part in detail["loc"] if not _UNION_MEMBER.match(str(part)))
        messages.setdefault(where, _message(detail))
    return "; ".join(f"{where}: {message}" if where else message for where, message in messages.items())


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if detail["type"] == "missing":
        return "missing; add it"
    if detail["type"] == "string_type":
        return f"must be text, not {detail['input']!r}; put it in quotes"
    return detail["msg"].removeprefix("Value error, ")
