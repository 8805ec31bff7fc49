"""Candidates as tables: CSV, and Parquet where pyarrow is installed; one frame as JSON."""
