"""What the guides are called; told without reading their descriptions."""

GUIDE_NAMES = ("nanotrack-v2", "nanotrack-v3", "vittrack", "fear-xs")
"""Descriptions that are shipped, as `resources/guides/NAME.toml`; their networks are not."""

GUIDE_FAMILIES = ("nanotrack", "vittrack", "fear-xs")
"""What is fetched at once."""
