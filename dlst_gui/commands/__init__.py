"""The commands of the command line: a module or folder each, listed in `table`. Only opening a window needs Qt.

A command's `command.py` (or the module, where it is small) holds its arguments, its options as a record, and
`run`, which loads what the command needs only when it runs: `--help` answers at once.
"""
