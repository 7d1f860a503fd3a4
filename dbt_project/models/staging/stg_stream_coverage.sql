{{ newest_observations(source("raw", "stream_coverage"), ["covered_from"], key=["covered_from"]) }}
