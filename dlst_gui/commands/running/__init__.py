"""What several commands do when they run: the first box, the tracker, Ctrl+C, what is said."""
