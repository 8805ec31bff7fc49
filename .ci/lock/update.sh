#!/usr/bin/env bash
# Writes the lists of exact versions with hashes, the bill of materials and the table of licences anew.
#   .ci/lock/update.sh                        keeps versions that still fit pyproject.toml
#   .ci/lock/update.sh --upgrade-package av   takes the newest of one; --upgrade of all
# torch is in no list: its build is chosen per machine (README.md), and every index has other files of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly lock=.ci/lock python=3.11.5 # the oldest that all of them run on
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install -q uv==0.13.9 cyclonedx-bom==7.5.0

echo hatchling >"$tools/build.in" # builds the package, which pip would otherwise fetch unseen
skipped=(--no-emit-package torch)
for package in $(cut -d'#' -f1 "$lock/of_torch_alone.txt"); do skipped+=(--no-emit-package "$package"); done

compile() {
    local output=$1
    shift
    "$tools/venv/bin/uv" pip compile pyproject.toml "$tools/build.in" --universal --python-version "$python" --generate-hashes --quiet \
        --constraint "$lock/torch.txt" --no-annotate --custom-compile-command .ci/lock/update.sh \
        "${skipped[@]}" --output-file "$output" "$@"
}

compile "$lock/development.txt" --extra dev "$@"
sed -n "s/^\([a-zA-Z0-9._-]*==[^ ]*\( ; [^\\\\]*\)\{0,1\}\).*/\1/p" "$lock/development.txt" >"$tools/pins.txt"
compile "$lock/program.txt" --constraint "$tools/pins.txt"

python3 -m venv "$tools/program"
"$tools/program/bin/pip" install -q --require-hashes --only-binary :all: -r "$lock/program.txt"
"$tools/program/bin/pip" install -q -r "$lock/torch.txt"
"$tools/venv/bin/cyclonedx-py" environment --pyproject pyproject.toml --output-reproducible --no-validate \
    --output-format JSON --output-file "$tools/bill.json" "$tools/program/bin/python"
"$tools/program/bin/python" "$lock/describe.py" "$tools/bill.json"
