{{ newest_observations(source("raw", "listening"), ["listened_from"], key=["listened_from"]) }}
