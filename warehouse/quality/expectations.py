"""Great Expectations in memory, on pandas frames. It writes no file and sends no usage statistics.

What belongs here: every call of its API. It reads pandas frames because its SQL access to DuckDB is broken in 1.24.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.errors import WarehouseError
from warehouse.quality.results import FAILING_ROWS_SHOWN
from warehouse.quality.rules import Rule

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult


@dataclass(frozen=True)
class Verdict:
    """The number of rows of a frame that break a rule, and the positions of the first ones."""

    failing_count: int
    positions: tuple[int, ...]


class Judge:
    """Judges frames by rules. Creating a judge imports Great Expectations, which takes seconds: create one per run."""

    def __init__(self) -> None:
        """Start Great Expectations in memory."""
        import great_expectations as gx  # noqa: PLC0415 - takes seconds, and most commands do not need it
        from great_expectations.data_context.types.base import (  # noqa: PLC0415 - as above
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )

        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
        )
        context = gx.get_context(mode="ephemeral", project_config=config)
        rows = context.data_sources.add_pandas("raw").add_dataframe_asset("rows")
        self._gx = gx
        self._batches = rows.add_batch_definition_whole_dataframe("all")

    def judge(self, frame: "pd.DataFrame", rules: Sequence[Rule]) -> dict[str, Verdict]:
        """Return the verdict of each rule by its name. Raises WarehouseError when a rule does not fit the frame."""
        expectations = [
            getattr(self._gx.expectations, rule.expectation)(**rule.arguments, meta={"rule": rule.name})
            for rule in rules
        ]
        suite = self._gx.ExpectationSuite(name="rules", expectations=expectations)
        batch = self._batches.get_batch({"dataframe": frame.reset_index(drop=True)})
        outcome = batch.validate(
            suite, result_format={"result_format": "SUMMARY", "partial_unexpected_count": FAILING_ROWS_SHOWN}
        )
        return dict(_verdict(result) for result in outcome.results)


def _verdict(result: "ExpectationValidationResult") -> tuple[str, Verdict]:
    """Return the name of the rule and its verdict."""
    config, found = result.expectation_config, result.result
    if config is None or "unexpected_count" not in found:
        raise WarehouseError(
            f"a rule of the raw boundary cannot be evaluated; correct it: {config}, {result.exception_info}"
        )
    return config.meta["rule"], Verdict(found["unexpected_count"], tuple(found["partial_unexpected_index_list"]))
