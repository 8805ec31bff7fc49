"""Many videos: which belong to a list, how far each is, what it looks like, and the export of all. No Qt."""
