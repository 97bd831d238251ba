"""Each figure the README states, as a command: measured beside its limit, in one run."""
