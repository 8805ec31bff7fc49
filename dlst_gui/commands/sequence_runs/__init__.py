"""Runs of systems over the sequences of a benchmark, kept as they are finished: for `evaluate` and `effort`."""
