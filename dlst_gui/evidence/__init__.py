"""What trackers saw, kept: in memory, beside a project and in files of its own (`.dlsttrace`). No Qt."""
