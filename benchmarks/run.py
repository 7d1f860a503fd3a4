"""``python -m benchmarks.run``: measure the warehouse and the hand-written metrics, print one JSON document.

Progress goes to stderr. The exit code is 1 if the results of the three implementations differ, because times of
different results cannot be compared. The document says whether the bounds are met. The exit code ignores them, because
they depend on the machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.comparison import TOLERANCE, compare_outputs, is_agreed
from benchmarks.generated_data import Shape
from benchmarks.timed_step import CORE_MODELS, STEPS, THREADS, add_shape_arguments, output_dir, parse_shape
from common.settings import PROJECT_ROOT, Settings
from warehouse.connection import open_read_only

LIBRARIES = ("polars", "pandas")
CORE_BOUND_RATIO = 2.0
WHOLE_BOUND_RATIO = 3.0
CORE_INCREMENT_BOUND_SECONDS = 5.0
INCREMENT_BOUND_SECONDS = 8.0
# The smallest shape in which a 30-day window fills up and more than one venue has a share.
QUICK = {"days": 40, "venues": 2, "assets": 2}


def run_benchmark(settings: Settings, shape: Shape) -> dict[str, Any]:
    """Run every step in a process of its own, compare the results, and return the document.

    ``settings.home`` must be an empty folder.
    """
    steps: dict[str, Any] = {}
    comparison: dict[str, Any] = {}
    for name in STEPS:
        steps[name] = _run_step(name, settings, shape)
        if name in LIBRARIES:
            # The increment adds rows that the hand-written versions do not have, so the results are compared before it.
            with open_read_only(settings.build_file, missing="run the build step") as con:
                comparison[name] = compare_outputs(con, output_dir(settings, name))
    core_seconds = steps["core"]["seconds"]
    ratios = {f"core_metrics_vs_{library}": core_seconds / steps[library]["seconds"] for library in LIBRARIES}
    ratios["whole_project_vs_core_metrics"] = steps["build"]["seconds"] / steps["core_from_raw"]["seconds"]
    return {
        "machine": _machine(),
        "shape": {**asdict(shape), "rows": steps["generate"]["rows"]},
        "core_models": CORE_MODELS,
        "steps": steps,
        "results_agree": all(is_agreed(result) for result in comparison.values()),
        "tolerance": TOLERANCE,
        "max_difference": max(output["max_difference"] for result in comparison.values() for output in result.values()),
        "comparison": comparison,
        "ratios": ratios,
        "bounds": {
            "core_metrics_vs_polars": _bound(ratios["core_metrics_vs_polars"], CORE_BOUND_RATIO),
            # Both times go from raw rows to data tests.
            "whole_project_vs_core_metrics": _bound(ratios["whole_project_vs_core_metrics"], WHOLE_BOUND_RATIO),
            # The time after start-up to land, load, build and test a new bar.
            "core_increment_seconds": _bound(steps["core_increment"]["seconds"], CORE_INCREMENT_BOUND_SECONDS),
            "increment_seconds": _bound(steps["increment"]["seconds"], INCREMENT_BOUND_SECONDS),
        },
    }


def _run_step(name: str, settings: Settings, shape: Shape) -> dict[str, Any]:
    print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
    options = [text for option, value in asdict(shape).items() for text in (f"--{option}", str(value))]
    process = subprocess.run(  # noqa: S603  # our own module with our own arguments
        [sys.executable, "-m", "benchmarks.timed_step", name, "--home", str(settings.home), *options],
        cwd=PROJECT_ROOT,
        env={**os.environ, "POLARS_MAX_THREADS": str(THREADS)},
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    print(f"{result['seconds']:.2f} s, {result['peak_memory_mib']:.0f} MiB", file=sys.stderr)
    return result


def _machine() -> dict[str, Any]:
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "threads_used": THREADS,
        "memory_gib": round(memory_bytes / 1024**3, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in ("duckdb", "dbt-core", "polars", "pandas")},
    }


def _bound(value: float, bound: float) -> dict[str, Any]:
    return {"value": value, "bound": bound, "is_met": value <= bound}


def main() -> None:
    """Run the benchmark in a temporary folder, or in ``--home``, which keeps the warehouse."""
    parser = argparse.ArgumentParser(description="Measure the warehouse on generated data; prints JSON.")
    add_shape_arguments(parser)
    parser.add_argument("--quick", action="store_true", help="use a small shape, to test the benchmark itself")
    parser.add_argument(
        "--home", type=Path, help="empty folder for the warehouse, which is kept (default: a temporary folder)"
    )
    arguments = parser.parse_args()
    shape = parse_shape(arguments)
    if arguments.quick:
        shape = replace(shape, **QUICK)
    with tempfile.TemporaryDirectory(prefix="oiw-benchmark-") as scratch:
        document = run_benchmark(Settings(home=arguments.home or Path(scratch)), shape)
    print(json.dumps(document, indent=2))
    sys.exit(0 if document["results_agree"] else 1)


if __name__ == "__main__":
    main()
