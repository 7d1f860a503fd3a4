"""Ingestion of the Binance archive from a mirror, and from an HTTP server on loopback that can fail on request."""

import hashlib
import io
import shutil
import threading
import time
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest

from common.errors import InputError
from common.retry import RetryPolicy, parse_retry_after
from ingestion.archives.binance import ArchiveRequest, ingest_archive, plan
from ingestion.landing import list_batches, read_batch

utc = datetime.fromisoformat

OBSERVED_AT = utc("2026-11-01")
QUICK = RetryPolicy(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=2)
REQUEST = ArchiveRequest(
    market="um",
    dataset="metrics",
    symbols=("BTCUSDT",),
    first_day=date(2024, 1, 1),
    last_day=date(2024, 1, 5),
)
HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)


def zip_of(csv, members=1):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}.csv", csv)
    return buffer.getvalue()


def publish(mirror, file, content):
    """Write ``content`` and its correct checksum to the path of ``file`` in the archive."""
    path = mirror / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
    return path


def metrics_csv(file, *, last_oi_base=103):
    """Return three end-labelled rows of the day: 00:05, 00:10 and the midnight after the day."""
    start, end = file.period
    stamps = [start + timedelta(minutes=5), start + timedelta(minutes=10), end]
    rows = zip(stamps, [101, 102, last_oi_base], strict=True)
    return "\n".join([HEADER, *(f"{stamp},{file.symbol},{oi_base},5,1,1,1,1" for stamp, oi_base in rows)])


@pytest.fixture
def mirror(tmp_path):
    """A mirror directory with the five days of REQUEST."""
    for file in plan(REQUEST):
        publish(tmp_path / "mirror", file, zip_of(metrics_csv(file)))
    return tmp_path / "mirror"


class Site:
    """A site on loopback that serves a directory, counts requests and fails as ``faults`` says.

    ``faults`` maps a path to the responses before the correct one: an HTTP status, a (status, Retry-After) pair
    or ``"cut"`` for a body that ends early.
    """

    def __init__(self, root):
        self.root = root
        self.requests = []
        self.faults = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def times_of(self, path):
        return [at for requested, at in self.requests if requested == path]

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(site):  # noqa: N805 - self is the handler's below
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = unquote(self.path).lstrip("/")
                site.requests.append((path, time.monotonic()))
                fault = site.faults[path].pop(0) if site.faults[path] else None
                file = site.root / path
                if isinstance(fault, int):
                    self.respond(fault)
                elif isinstance(fault, tuple):
                    self.respond(fault[0], retry_after=fault[1])
                elif not file.is_file():
                    self.respond(404)
                else:
                    self.respond(200, file.read_bytes(), is_cut=fault == "cut")

            def respond(self, status, body=b"", *, retry_after=None, is_cut=False):
                self.send_response(status)
                if retry_after is not None:
                    self.send_header("Retry-After", retry_after)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if is_cut else body)

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def site(mirror):
    site = Site(mirror)
    yield site
    site.stop()


def ingest(landing, address, request=REQUEST, **options):
    return ingest_archive(request, landing, **{"site": address, "observed_at": OBSERVED_AT, "retry": QUICK} | options)


def landed_rows(landing, dataset):
    return [row for path in sorted(landing.glob(f"{dataset}/*/*/*.parquet")) for row in pq.read_table(path).to_pylist()]


def paths(request=REQUEST):
    return tuple(file.path for file in plan(request))


@pytest.mark.parametrize("kind", ["mirror", "site"])
def test_every_file_lands_once_and_a_second_run_changes_nothing(kind, mirror, site, tmp_path):
    address = mirror if kind == "mirror" else site.url
    landing = tmp_path / "landing"
    report = ingest(landing, address)
    assert (report.landed, report.unchanged, report.missing, report.failures) == (paths(), (), (), ())
    assert report.rows == {"open_interest": 15, "long_short_ratio": 60}
    assert len(landed_rows(landing, "open_interest")) == 15
    files = sorted(landing.rglob("*.parquet"))

    again = ingest(landing, address, observed_at=OBSERVED_AT + timedelta(days=1))
    assert (again.landed, again.unchanged, again.rows) == ((), paths(), {})
    assert sorted(landing.rglob("*.parquet")) == files


def test_a_run_from_the_mirror_is_known_to_a_run_from_the_site(mirror, site, tmp_path):
    ingest(tmp_path / "landing", mirror)
    assert ingest(tmp_path / "landing", site.url).unchanged == paths()
    assert {path for path, _ in site.requests} == {f"{path}.CHECKSUM" for path in paths()}


def test_batches_say_where_they_come_from(mirror, tmp_path):
    ingest(tmp_path, mirror)
    batches = [read_batch(path) for path in list_batches(tmp_path)]
    assert {(batch.dataset, batch.origin) for batch in batches} == {
        (dataset, path) for dataset in ("open_interest", "long_short_ratio") for path in paths()
    }
    assert {(batch.collector, batch.observed_at) for batch in batches} == {("binance_archive_um_metrics", OBSERVED_AT)}


def test_a_killed_run_goes_on_where_it_ended(site, tmp_path):
    request = replace(REQUEST, last_day=date(2024, 2, 9))
    files = plan(request)
    for file in files:
        publish(site.root, file, zip_of(metrics_csv(file)))

    def kill_after_seven(done, _total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(tmp_path / "landing", site.url, request, on_progress=kill_after_seven)
    fetched_first = {path for path, _ in site.requests if path.endswith(".zip")}
    assert 7 <= len(fetched_first) < len(files)

    site.requests.clear()
    progress = []
    report = ingest(tmp_path / "landing", site.url, request, on_progress=lambda *done: progress.append(done))
    assert len(report.unchanged) >= 7
    assert sorted(report.landed + report.unchanged) == sorted(paths(request))
    assert sorted(path for path, _ in site.requests if path.endswith(".zip")) == sorted(report.landed)
    assert len(landed_rows(tmp_path / "landing", "open_interest")) == 3 * len(files)
    assert progress == [(done, 40) for done in range(1, 41)]


def test_a_crash_between_the_two_datasets_of_a_file_is_made_good(mirror, tmp_path):
    ingest(tmp_path / "landing", mirror)
    shutil.rmtree(tmp_path / "landing/long_short_ratio")
    report = ingest(tmp_path / "landing", mirror)
    assert (report.landed, report.rows) == (paths(), {"long_short_ratio": 60})


def test_a_reissued_file_lands_as_a_newer_observation(mirror, tmp_path):
    first = plan(REQUEST)[0]
    ingest(tmp_path / "landing", mirror)
    publish(mirror, first, zip_of(metrics_csv(first, last_oi_base=999)))
    later = OBSERVED_AT + timedelta(days=1)
    report = ingest(tmp_path / "landing", mirror, observed_at=later)
    assert (report.landed, report.unchanged) == (paths()[:1], paths()[1:])
    seen = [
        (row["observed_at"], row["oi_native"])
        for row in landed_rows(tmp_path / "landing", "open_interest")
        if row["stamped_at"] == utc("2024-01-02")
    ]
    assert seen == [(OBSERVED_AT, 103.0), (later, 999.0)]


def test_midnight_in_two_neighbouring_files_is_two_observations(mirror, tmp_path):
    for file in plan(REQUEST)[:2]:
        start, end = file.period
        rows = [f"{stamp},BTCUSDT,103,5,1,1,1,1" for stamp in (start, end)]
        publish(mirror, file, zip_of("\n".join([HEADER, *rows])))
    ingest(tmp_path / "landing", mirror, replace(REQUEST, last_day=date(2024, 1, 2)))
    stamps = [row["stamped_at"].day for row in landed_rows(tmp_path / "landing", "open_interest")]
    assert sorted(stamps) == [1, 2, 2, 3]


def test_bad_files_are_reported_one_line_each_and_the_others_land(mirror, tmp_path):
    wrong, unchecked, broken, double, good = (mirror / path for path in paths())
    wrong.write_bytes(wrong.read_bytes() + b"\0")
    unchecked.with_name(f"{unchecked.name}.CHECKSUM").unlink()
    publish(mirror, plan(REQUEST)[2], broken.read_bytes()[:-40])
    publish(mirror, plan(REQUEST)[3], zip_of(double.read_bytes(), members=2))
    report = ingest(tmp_path / "landing", mirror)
    assert report.landed == (good.relative_to(mirror).as_posix(),)
    for failure, path, reason in zip(
        report.failures,
        paths(),
        ["wrong checksum", "it has no .CHECKSUM file", "broken zip", "holds 2 files"],
        strict=False,
    ):
        assert failure.startswith(path)
        assert reason in failure
        assert "\n" not in failure
    assert len(report.failures) == 4
    assert {row["stamped_at"].date() for row in landed_rows(tmp_path / "landing", "open_interest")} == {
        date(2024, 1, 5),
        date(2024, 1, 6),
    }
    assert len(list(list_batches(tmp_path / "landing"))) == 2


def test_a_file_with_a_bad_row_lands_nothing(mirror, tmp_path):
    file = plan(REQUEST)[0]
    publish(mirror, file, zip_of(metrics_csv(file, last_oi_base="oops")))
    report = ingest(tmp_path / "landing", mirror, replace(REQUEST, last_day=REQUEST.first_day))
    assert report.failures == (
        f"{file.path}, line 4, column sum_open_interest: 'oops' is not a number; "
        "the file is not loaded, fetch it again",
    )
    assert list(list_batches(tmp_path / "landing")) == []


@pytest.mark.parametrize("kind", ["mirror", "site"])
def test_a_day_that_the_archive_does_not_have_is_missing_and_no_failure(kind, mirror, site, tmp_path):
    (mirror / paths()[1]).unlink()
    (mirror / f"{paths()[1]}.CHECKSUM").unlink()
    report = ingest(tmp_path / "landing", mirror if kind == "mirror" else site.url)
    assert (report.missing, report.failures) == (paths()[1:2], ())
    assert len(report.landed) == 4


@pytest.mark.parametrize("fault", [408, 500, 503, "cut", (429, "0")])
def test_transient_failures_are_tried_again(fault, site, tmp_path):
    target = paths()[0]
    site.faults[target] = [fault, fault]
    report = ingest(tmp_path / "landing", site.url)
    assert (report.landed, report.failures) == (paths(), ())
    assert len(site.times_of(target)) == 3


def test_a_failure_that_lasts_is_reported_after_the_last_try_and_the_others_land(site, tmp_path):
    target = paths()[0]
    site.faults[target] = [503] * 10
    report = ingest(tmp_path / "landing", site.url)
    assert report.failures == (f"{target}: HTTP 503 from the site; run it again later",)
    assert report.landed == paths()[1:]
    assert len(site.times_of(target)) == QUICK.attempts


@pytest.mark.parametrize("status", [301, 400, 403, 410])
def test_permanent_failures_are_never_tried_again(status, site, tmp_path):
    target = paths()[0]
    site.faults[target] = [status]
    report = ingest(tmp_path / "landing", site.url)
    assert report.failures == (
        f"{target}: HTTP {status} from the site; check its address and whether the file is public",
    )
    assert len(site.times_of(target)) == 1


def test_the_pause_that_the_site_asks_for_is_kept(site, tmp_path):
    target = paths()[0]
    site.faults[target] = [(429, "1")]
    report = ingest(tmp_path / "landing", site.url)
    assert report.landed == paths()
    first, second = site.times_of(target)
    assert second - first >= 1


def test_a_pause_longer_than_the_cap_is_cut_to_it(site, tmp_path):
    site.faults[paths()[0]] = [(429, "86400")]
    assert (
        ingest(tmp_path / "landing", site.url, retry=QUICK.model_copy(update={"longest_wait_seconds": 0.05})).landed
        == paths()
    )


def test_a_site_that_cannot_be_reached_is_a_failure_of_every_file(site, tmp_path):
    site._server.server_close()
    report = ingest(tmp_path / "landing", site.url)
    assert len(report.failures) == 5
    assert all("run it again later" in failure for failure in report.failures)


def test_a_body_longer_than_any_archive_file_is_not_read(site, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.archives.binance.ingest._MAX_ZIP_BYTES", 100)
    report = ingest(tmp_path / "landing", site.url)
    assert report.failures == tuple(
        f"{path}: longer than 100 bytes, the limit for this archive; check the file at the site" for path in paths()
    )


def test_a_path_of_a_mirror_that_is_no_file_is_a_failure_of_it(mirror, tmp_path):
    (mirror / paths()[0]).unlink()
    (mirror / paths()[0]).mkdir()
    report = ingest(tmp_path / "landing", mirror)
    assert report.failures == (f"{paths()[0]}: cannot be read from the mirror (Is a directory); check the file",)


@pytest.mark.parametrize("address", ["nowhere", "ftp://example.org", "http://127.0.0.1:port"])
def test_an_address_that_is_neither_url_nor_directory_is_refused(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"neither an http\(s\) URL nor a directory|not a URL"):
        ingest(tmp_path / "landing", address)


@pytest.mark.parametrize("interval", ["daily", "monthly"])
def test_klines_and_funding_land_in_their_own_datasets(interval, tmp_path):
    request = replace(REQUEST, dataset="klines", interval="1h", granularity=interval, last_day=REQUEST.first_day)
    funding = replace(REQUEST, dataset="fundingRate", granularity="monthly", last_day=REQUEST.first_day)
    publish(tmp_path / "mirror", plan(request)[0], zip_of("1704067200000,1,2,0.5,1.5,10,1704070799999,15,1,5,7,0"))
    publish(
        tmp_path / "mirror",
        plan(funding)[0],
        zip_of("calc_time,funding_interval_hours,last_funding_rate\n1704067200000,8,0.0001"),
    )
    assert ingest(tmp_path / "landing", tmp_path / "mirror", request).rows == {"candle": 1}
    assert ingest(tmp_path / "landing", tmp_path / "mirror", funding).rows == {"funding_rate": 1}
    assert {path.parent.parent.name for path in list_batches(tmp_path / "landing")} == {
        "binance_archive_um_klines_1h",
        "binance_archive_um_funding_rate",
    }


def test_a_symbol_in_chinese_is_found_on_the_site(site, tmp_path):
    request = replace(REQUEST, symbols=("币安人生USDT",), last_day=REQUEST.first_day)
    (file,) = plan(request)
    publish(site.root, file, zip_of(metrics_csv(file)))
    assert ingest(tmp_path / "landing", site.url, request).landed == (file.path,)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("7", 7),
        ("Sun, 01 Nov 2026 00:00:30 GMT", 30),
        ("Sat, 31 Oct 2026 00:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert parse_retry_after(header, OBSERVED_AT.replace(tzinfo=UTC)) == seconds
