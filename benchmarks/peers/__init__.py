"""Other ways to read the same pages; ``benchmarks.reading`` gives them their environment."""
