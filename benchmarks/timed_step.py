"""One timed step of the benchmark in a process of its own, so that its peak memory is its own.

``python -m benchmarks.timed_step NAME --home DIR ...`` prints one JSON document: ``seconds`` of work after start-up
(imports, dbt's parse), ``peak_memory_mib`` of the process, and the results of the step.
"""

import argparse
import importlib
import json
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.generated_data import Shape, land_bars, simulate
from common.errors import WarehouseError
from common.settings import Settings
from warehouse.build import BuildReport, build
from warehouse.connection import open_build, open_read_only
from warehouse.dbt_project import invoke, parse_ahead
from warehouse.loader import load

THREADS = 2
# The models of growth, share and the 30-day z-score. They compute more than the hand-written versions.
CORE_MODELS = ("fct_venue_open_interest", "fct_market_open_interest", "fct_venue_share", "fct_venue_oi_velocity")
_CORE_FROM_RAW = " ".join(f"+{model}" for model in CORE_MODELS)


def rows_path(settings: Settings) -> Path:
    """Return the path of the input of the hand-written versions."""
    return settings.home / "rows.parquet"


def output_dir(settings: Settings, library: str) -> Path:
    """Return the folder of the results of a hand-written version."""
    return settings.home / f"metrics_{library}"


def _generate(settings: Settings, shape: Shape) -> dict[str, Any]:
    started = time.perf_counter()
    rows = land_bars(settings.landing_dir, simulate(shape), 0, shape.bars)
    return {"seconds": time.perf_counter() - started, "rows": rows}


def _load(settings: Settings, _shape: Shape) -> dict[str, Any]:
    started = time.perf_counter()
    rows = _load_landed(settings)
    return {"seconds": time.perf_counter() - started, "rows": rows}


def _build(settings: Settings, _shape: Shape) -> dict[str, Any]:
    parse_ahead(settings)
    started = time.perf_counter()
    report = build(settings, is_full_refresh=True)
    return {"seconds": time.perf_counter() - started, **_node_seconds(report)}


def _core(settings: Settings, _shape: Shape) -> dict[str, Any]:
    """Rebuild the core models only, because the hand-written versions compute only theirs."""
    parse_ahead(settings)
    started = time.perf_counter()
    result = invoke(settings, ["run", "--full-refresh", "--select", *CORE_MODELS])
    if not result.success:
        raise WarehouseError("the core models were not built; correct them before measuring")
    return {"seconds": time.perf_counter() - started}


def _core_from_raw(settings: Settings, _shape: Shape) -> dict[str, Any]:
    """Build only the core metrics and their inputs, from raw rows to data tests."""
    parse_ahead(settings)
    started = time.perf_counter()
    report = build(settings, select=_CORE_FROM_RAW, is_full_refresh=True)
    return {"seconds": time.perf_counter() - started, **_node_seconds(report)}


def _core_increment(settings: Settings, shape: Shape) -> dict[str, Any]:
    """Add one bar to the core metrics and their inputs, and test them."""
    return _take_bar(settings, shape, shape.bars, select=_CORE_FROM_RAW)


def _increment(settings: Settings, shape: Shape) -> dict[str, Any]:
    """Add the next bar to all tables, and test them; the bar before it is also new, except to the core metrics."""
    return _take_bar(settings, shape, shape.bars + 1)


def _take_bar(settings: Settings, shape: Shape, bar: int, *, select: str | None = None) -> dict[str, Any]:
    parse_ahead(settings)
    simulation = simulate(shape)
    started = time.perf_counter()
    land_bars(settings.landing_dir, simulation, bar, bar + 1)
    rows = _load_landed(settings)
    loaded = time.perf_counter()
    report = build(settings, select=select)
    built = time.perf_counter()
    if report.is_full_refresh:
        raise WarehouseError("the increment became a full refresh: code or seeds changed while the benchmark ran")
    return {
        "seconds": built - started,
        "land_and_load_seconds": loaded - started,
        "build_seconds": built - loaded,
        "rows": rows,
        **_node_seconds(report),
    }


def _export(settings: Settings, _shape: Shape) -> dict[str, Any]:
    """Write the rows from which the warehouse computes its metrics, as input of the hand-written versions."""
    started = time.perf_counter()
    with open_read_only(settings.build_file, missing="run the build step") as con:
        (rows,) = con.execute(
            "copy (select source, venue, symbol, asset, event_at, oi_base, oi_usd from core.fct_open_interest "
            f"where not is_quarantined and oi_base is not null) to '{rows_path(settings)}' (format parquet)"
        ).fetchall()[0]
    return {"seconds": time.perf_counter() - started, "rows": rows}


def _by_hand(library: str) -> Callable[[Settings, Shape], dict[str, Any]]:
    def run(settings: Settings, _shape: Shape) -> dict[str, Any]:
        module = importlib.import_module(f"benchmarks.reference_{library}")
        started = time.perf_counter()
        module.compute_metrics(rows_path(settings), output_dir(settings, library))
        return {"seconds": time.perf_counter() - started}

    return run


STEPS: dict[str, Callable[[Settings, Shape], dict[str, Any]]] = {
    "generate": _generate,
    "load": _load,
    "build": _build,
    "core": _core,
    "core_from_raw": _core_from_raw,
    "export": _export,
    "polars": _by_hand("polars"),
    "pandas": _by_hand("pandas"),
    "core_increment": _core_increment,
    "increment": _increment,
}


def _load_landed(settings: Settings) -> int:
    with open_build(settings.build_file) as con:
        return sum(load(con, settings.landing_dir).rows.values())


def _node_seconds(report: BuildReport) -> dict[str, Any]:
    """Return seconds and share per model, slowest first, and the sums of models, seeds and data tests.

    Two nodes run at the same time. A failed data test does not change the speed and is only named. A model that was not
    built ends the benchmark.
    """
    failed = [node.unique_id for node in report.failed]
    if any(name.startswith("model.") for name in failed):
        raise WarehouseError(f"models were not built: {', '.join(failed)}; correct them before measuring")
    seconds: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for node in report.nodes:
        kind, _, name = node.unique_id.split(".", 2)
        seconds[kind][name] = node.seconds
    models = sorted(seconds["model"].items(), key=lambda item: -item[1])
    models_seconds = sum(seconds["model"].values())
    return {
        "models_seconds": models_seconds,
        "seeds_seconds": sum(seconds["seed"].values()),
        "data_tests_seconds": sum(seconds["test"].values()),
        "failed_data_tests": failed,
        "seconds_by_model": dict(models),
        "share_by_model": {name: round(each / models_seconds, 4) for name, each in models},
    }


def main() -> None:
    """Run the step that the command line names. Every step uses the same number of cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--home", type=Path, required=True)
    add_shape_arguments(parser)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    result = STEPS[arguments.step](Settings(home=arguments.home), parse_shape(arguments))
    # Linux reports KiB, macOS bytes.
    unit = 1024**2 if sys.platform == "darwin" else 1024
    result["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps(result))


def add_shape_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the amount of generated data."""
    defaults = Shape()
    for name, help_text in (
        ("days", "days of 5-minute bars, more than 30 for the 30-day windows"),
        ("venues", "number of venues, up to 5"),
        ("assets", "number of assets, up to 10"),
        ("seed", "seed of the random walks"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=getattr(defaults, name), help=f"{help_text} (default: %(default)s)"
        )


def parse_shape(arguments: argparse.Namespace) -> Shape:
    """Return the shape that the options give."""
    return replace(Shape(), days=arguments.days, venues=arguments.venues, assets=arguments.assets, seed=arguments.seed)


if __name__ == "__main__":
    main()
