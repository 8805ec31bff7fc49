#!/usr/bin/env bash
# Asks PyPI's advisory database about every locked version, in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install -q pip-audit==2.10.1
# Without --strict, what cannot be looked up is skipped and the answer is "No known vulnerabilities found".
"$tools/bin/pip-audit" --strict --disable-pip --require-hashes -r .ci/lock/development.txt
"$tools/bin/pip-audit" --strict --disable-pip --no-deps -r .ci/lock/torch.txt
