"""The checks of the raw boundary: Great Expectations checks that loaded rows are as their dataset declares them.

What belongs here: the rules (rules, suites), the frames that they check (raw_frames) and the results (boundary).
What does not: comparisons of numbers between tables, which dbt makes (dbt_project/models/quality and its tests).
"""

from warehouse.quality.boundary import check_new_rows, check_raw_boundary
from warehouse.quality.results import CheckResult
from warehouse.quality.rules import Rule
from warehouse.quality.suites import RULES

__all__ = ["RULES", "CheckResult", "Rule", "check_new_rows", "check_raw_boundary"]
