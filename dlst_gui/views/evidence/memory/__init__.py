"""What the tracker knows: the samples of its memory as pictures."""
