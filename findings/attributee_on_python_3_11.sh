#!/usr/bin/env bash
# What the newest attributee, on which the VOT toolkit is built, does to it on Python 3.11 and later.
#
# Of: attributee 0.1.10 and vot-toolkit 0.9.0, as `pip install vot-toolkit` takes them, on Linux x86-64 with Python
# 3.11. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. `import attributee` fails: "dataclass_transform() takes 0 positional arguments but 1 was given". The module
#      imports `typing.dataclass_transform`, which Python has since 3.11, and puts it on a class without calling it.
#   2. So `import vot.region` fails too: the toolkit as pip installs it does nothing. Both packages' metadata allow
#      every Python from 3.5 and 3.7 on.
#   3. With attributee 0.1.9 the toolkit reads a mask of VOT2020.
#
# Usage: bash findings/attributee_on_python_3_11.sh      (PYTHON=python3.12 chooses another; needs network; minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
python="$folder/venv/bin/python"
pip="$python -m pip install --quiet --disable-pip-version-check"
$pip vot-toolkit==0.9.0 attributee==0.1.10

cat > "$folder/fails.py" <<'PYTHON'
import sys

for name in ("attributee", "vot.region"):
    try:
        __import__(name)
    except TypeError as error:
        print("as stated |", name, "|", error)
        if "dataclass_transform" not in str(error):
            sys.exit("OTHERWISE: another error")
    else:
        sys.exit(f"OTHERWISE: {name} can be imported")
PYTHON
"$python" "$folder/fails.py"

$pip attributee==0.1.9
cat > "$folder/works.py" <<'PYTHON'
import sys

from vot.region.io import parse_region

bounds = tuple(map(int, parse_region("m100,80,10,5,0,10,10,10,20").bounds()))
print("as stated" if bounds == (100, 80, 109, 82) else "OTHERWISE", "| the bounds of a mask |", bounds)
sys.exit(bounds != (100, 80, 109, 82))
PYTHON
"$python" "$folder/works.py"
