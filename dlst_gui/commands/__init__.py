"""The commands of the command line; `dlst_gui.cli` wires them. Needs no Qt."""
