"""The list of videos as one sees it."""
