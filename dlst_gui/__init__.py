"""DLST Studio: the command line and the window around `tracker_core`."""


def __getattr__(name: str) -> str:
    """`__version__` when it is asked for (PEP 562)."""
    if name == "__version__":
        from dlst_gui.settings.program_version import program_version  # noqa: PLC0415

        return program_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
