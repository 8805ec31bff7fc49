"""`python -m dlst_gui` is the command `dlst`."""

import sys

from dlst_gui.cli import main

if __name__ == "__main__":
    sys.exit(main())
