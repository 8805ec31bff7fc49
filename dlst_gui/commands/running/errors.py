"""The one exception of a command that was asked for something it cannot do."""


class CommandError(Exception):
    """Bad input to a command: one line for the user, exit status 2."""
