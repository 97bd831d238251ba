"""Many Sage users at once, for tests: random changes of every table that readers watch."""
