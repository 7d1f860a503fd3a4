"""Times of every unit and zone become the correct UTC instant, or an error that names the cell."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from files_support import UNTIMED
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InputError
from ingestion.files.manifest import TimeColumn
from ingestion.files.reader import Source
from ingestion.files.times import utc_instants


def make_source(cells: pa.Array | list[object]) -> Source:
    table = pa.table({"time": cells})
    return Source("data.csv", table, pa.array(range(2, 2 + table.num_rows)).to_numpy(), "line")


def read(cells: pa.Array | list[object], unit: str, zone: str = "UTC") -> list[datetime]:
    return utc_instants(make_source(cells), TimeColumn(column="time", unit=unit, zone=zone)).to_pylist()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("cell", "unit", "zone", "instant"),
    [
        ("1747339200", "s", "UTC", "2025-05-15 20:00:00"),
        ("1747339200.25", "s", "UTC", "2025-05-15 20:00:00.250000"),
        ("1747763045552", "ms", "UTC", "2025-05-20 17:44:05.552000"),
        ("1747763045552007", "us", "UTC", "2025-05-20 17:44:05.552007"),
        ("2024-06-20 03:00:00", "iso", "+06:00", "2024-06-19 21:00:00"),
        ("2024-06-20", "iso", "UTC", "2024-06-20 00:00:00"),
        ("2024-06-20T03:00:00Z", "iso", "UTC", "2024-06-20 03:00:00"),
        ("2025-06-26T16:50:29+01:00", "iso", "in_cell", "2025-06-26 15:50:29"),
        ("2025-06-26T16:50:29+01:00", "iso", "Europe/London", "2025-06-26 15:50:29"),
        ("2024-07-01 01:00:00", "iso", "Europe/London", "2024-07-01 00:00:00"),
        ("2024-01-01 01:00:00", "iso", "Europe/London", "2024-01-01 01:00:00"),
        ("2026-03-05 11:05:09.236186+00:00", "iso", "UTC", "2026-03-05 11:05:09.236186"),
        ("2026-06-20 11:16 UTC", "%Y-%m-%d %H:%M UTC", "UTC", "2026-06-20 11:16:00"),
        ("20.06.2026 11:16", "%d.%m.%Y %H:%M", "+03:00", "2026-06-20 08:16:00"),
        ("20.06.2026 11:16 -0500", "%d.%m.%Y %H:%M %z", "in_cell", "2026-06-20 16:16:00"),
    ],
)
def test_a_cell_is_its_instant(cell: str, unit: str, zone: str, instant: str) -> None:
    assert read([cell], unit, zone) == [utc(instant)]


def test_native_columns_keep_their_zone() -> None:
    moment = datetime(2025, 3, 6, 11, tzinfo=UTC)
    assert read(pa.array([moment], pa.timestamp("ns", "America/New_York")), "iso") == [utc("2025-03-06 11:00:00")]
    assert read(pa.array([moment.replace(tzinfo=None)], pa.timestamp("ms")), "iso", "+06:00") == [
        utc("2025-03-06 05:00:00")
    ]
    assert read(pa.array([moment.date()]), "iso") == [utc("2025-03-06 00:00:00")]
    assert read(pa.array([1741258800000]), "ms") == [utc("2025-03-06 11:00:00")]


@pytest.mark.parametrize(
    ("cells", "unit", "zone", "message"),
    [
        (["2024-03-31 01:30:00"], "iso", "Europe/London", "does not exist in Europe/London (daylight saving)"),
        (["2024-10-27 01:30:00"], "iso", "Europe/London", "occurs twice in Europe/London (daylight saving)"),
        (["2024-01-01 00:00:00+00:00", "2024-01-01"], "iso", "in_cell", "'2024-01-01' has no offset, but other cells"),
        (["2024-01-01 00:00:00"], "iso", "in_cell", "has no offset, but the zone is 'in_cell'"),
        (["2024-01-01T00:00:00+08:00"], "iso", "UTC", "is in another zone than the declared UTC"),
        (["2024-07-01T00:00:00+00:00"], "iso", "Europe/London", "is in another zone than the declared Europe/London"),
        (["now"], "iso", "UTC", "'now' is not a time in the form iso"),
        (["now"], "%Y-%m-%d", "UTC", "'now' is not a time in the form %Y-%m-%d"),
        (["today"], "%Y-%m-%d", "UTC", "'today' is not a time in the form %Y-%m-%d"),
        (["2024-13-01"], "iso", "UTC", "'2024-13-01' is not a time in the form iso"),
        (["2024-02-30"], "%Y-%m-%d", "UTC", "'2024-02-30' is not a time in the form %Y-%m-%d"),
        (["1747339200000", "soon"], "ms", "UTC", "line 3, column time: 'soon' is not a number"),
        (["1" * 30], "ms", "UTC", "is not a time in ms"),
        (["2024-01-01", " "], "iso", "UTC", "line 3, column time: ' ' is empty"),
        ([1747339200000], "iso", "UTC", "column time holds int64, not text"),
    ],
)
def test_a_wrong_cell_is_named(cells: list[object], unit: str, zone: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read(cells, unit, zone)
    assert message in str(raised.value)
    assert str(raised.value).startswith("data.csv: ")


def test_a_native_column_of_another_zone_than_declared_is_refused() -> None:
    with pytest.raises(InputError, match="column time is in zone UTC, not Europe/London"):
        read(pa.array([datetime(2025, 3, 6, tzinfo=UTC)], pa.timestamp("us", "UTC")), "iso", "Europe/London")
    with pytest.raises(InputError, match="write 'unit: iso'"):
        read(pa.array([datetime(2025, 3, 6, tzinfo=UTC)], pa.timestamp("us", "UTC")), "%Y")


instants = st.lists(
    st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 hypothesis bounds are naive
    min_size=1,
    max_size=5,
)
offsets = st.integers(-14 * 60, 14 * 60)


def offset_text(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


@UNTIMED
@given(instants, st.sampled_from([("s", 10**6), ("ms", 10**3), ("us", 1)]))
def test_epochs_of_every_unit_come_back(moments: list[datetime], unit: tuple[str, int]) -> None:
    name, size = unit
    whole = [(moment - datetime(1970, 1, 1)) // timedelta(microseconds=size) for moment in moments]  # noqa: DTZ001 epoch
    expected = [datetime(1970, 1, 1) + timedelta(microseconds=count * size) for count in whole]  # noqa: DTZ001 epoch
    assert read([str(count) for count in whole], name) == expected
    assert read(pa.array(whole), name) == expected


@UNTIMED
@given(instants, offsets)
def test_fixed_offsets_come_back(moments: list[datetime], minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    local = [moment.replace(tzinfo=UTC).astimezone(zone) for moment in moments]
    with_offset = [moment.isoformat(sep=" ") for moment in local]
    without = [moment.replace(tzinfo=None).isoformat() for moment in local]
    assert read(without, "iso", offset_text(minutes)) == moments
    assert read(with_offset, "iso", "in_cell") == moments
    assert read(with_offset, "iso", offset_text(minutes)) == moments
    assert (
        read(
            [moment.strftime("%d/%m/%Y %H:%M:%S.%f") for moment in local], "%d/%m/%Y %H:%M:%S.%f", offset_text(minutes)
        )
        == moments
    )


@UNTIMED
@given(instants, st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]))
def test_named_zones_come_back_or_are_refused_where_local_time_is_twice(moments: list[datetime], name: str) -> None:
    local = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name)) for moment in moments]
    cells = [moment.replace(tzinfo=None).isoformat() for moment in local]
    twice = any(moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset() for moment in local)
    if twice:
        with pytest.raises(InputError, match="occurs twice in"):
            read(cells, "iso", name)
    else:
        assert read(cells, "iso", name) == moments
    assert read([moment.isoformat() for moment in local], "iso", name) == moments
