select claim, article, statement, condition, outcome, horizon_hours, asserted_ratio, not_measurable_reason
from {{ ref("claim") }}
