"""What may be typed, as far as commands share it. Loads nothing heavy, so that `--help` answers at once."""
