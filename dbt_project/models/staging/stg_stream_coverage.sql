{{
    newest_observations(
        source("raw", "stream_coverage"),
        ["covered_from", "payload::json ->> '$.refused[*]' as refused_symbols"],
        key=["covered_from"],
    )
}}
