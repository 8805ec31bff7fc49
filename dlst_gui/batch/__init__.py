"""Many videos on many processors, over Dask: jobs, the work they are cut into, its results. No Qt."""
