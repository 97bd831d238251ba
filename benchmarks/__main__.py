"""``make bench``: run every benchmark; ratios count, absolute figures are this machine's."""

from __future__ import annotations

from benchmarks import extracting, posting


def main() -> None:
    """Print every figure beside its limit."""
    print("Ratios to the limit count; the rest is this machine, today.\n", flush=True)
    extracting.main()
    print(flush=True)
    posting.main()


if __name__ == "__main__":
    main()
