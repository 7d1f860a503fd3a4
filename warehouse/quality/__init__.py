"""Great Expectations on the raw boundary: are the rows that were loaded what their dataset says they are?

What belongs here: the rules (rules, suites), the frames that they judge (raw_frames) and their results (boundary).
What does not: whether numbers make sense beside others, which is dbt's (dbt_project/models/quality and its tests).
"""

from warehouse.quality.boundary import check_new_rows, check_raw_boundary
from warehouse.quality.results import CheckResult
from warehouse.quality.rules import Rule
from warehouse.quality.suites import RULES

__all__ = ["RULES", "CheckResult", "Rule", "check_new_rows", "check_raw_boundary"]
