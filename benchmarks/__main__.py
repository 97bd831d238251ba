"""``make bench``: run every benchmark; ratios count, absolute figures are this machine's."""

from __future__ import annotations

import sys

from benchmarks import (
    faults,
    mapping,
    memory,
    moving,
    posting,
    reading,
    reading_sage200,
    sage200_standin,
)

ALL = {
    "reading": reading.main,
    "moving": moving.main,
    "mapping": mapping.main,
    "memory": memory.main,
    "reading-sage200": reading_sage200.main,
    "posting": posting.main,
    "faults": faults.main,
    "sage200": sage200_standin.main,
}


def main() -> None:
    """Print every figure beside its limit, or those that are named."""
    chosen = sys.argv[1:] or list(ALL)
    print("Ratios to the limit count; the rest is this machine, today.", flush=True)
    for name in chosen:
        print(flush=True)
        ALL[name]()


if __name__ == "__main__":
    main()
