"""DLST Studio: the command line and the window around `tracker_core`."""
