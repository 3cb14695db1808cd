"""Benchmarks: ratios measured within one run, because absolute numbers belong to one machine."""
