#!/usr/bin/env bash
# What `import onnxruntime` leaves on the disk, and what keeps it from doing so.
#
# Of: onnxruntime 1.32.0, 1.29.0 and 1.28.0 from PyPI, Linux x86-64, Python 3.11. Input: none. Nothing of this repository is
# run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. 1.32.0: the import alone, without a model, writes a device identifier that lasts (a UUID, the same in later
#      runs) and a database of events into ~/.cache/Microsoft/DeveloperTools/.onnxruntime. The library names
#      https://mobile.events.data.microsoft.com as where events go. Nothing is printed.
#   2. `onnxruntime.disable_telemetry_events()`, which has been the documented switch for years, comes after the import:
#      the identifier and the database are there all the same.
#   3. ORT_DISABLE_TELEMETRY=1 in the environment, before the import: nothing is written.
#   4. 1.29.0 is the first that does so; 1.28.0 writes nothing.
#
# Privacy.md in the wheel says so, and the package's page on PyPI does not.
#
# Usage: bash findings/onnxruntime_telemetry.sh      (PYTHON=python3.12 chooses another; needs network)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
failed=0

# install VERSION
install() {
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
        "onnxruntime==$1" numpy==2.4.6
}

# written HOME STATEMENTS [NAME=VALUE]: files that these leave below a home of their own
written() {
    mkdir -p "$1"
    env -u XDG_CACHE_HOME HOME="$1" "${@:3}" "$folder/venv/bin/python" -c "$2"
    (cd "$1" && find . -type f | sort)
}

check() {
    local what=$1 expected=$2 seen=$3 verdict="as stated"
    if [[ "$seen" != "$expected" ]]; then verdict=OTHERWISE failed=1; fi
    printf '%s | %s | %s\n' "$verdict" "$what" "${seen//$'\n'/, }"
}

readonly below=./.cache/Microsoft/DeveloperTools/.onnxruntime
both=$(printf '%s\n%s' "$below/deviceid" "$below/onnxruntime.db")

install 1.32.0
check "1.32.0, import alone" "$both" "$(written "$folder/alone" 'import onnxruntime')"
first=$(cat "$folder/alone/$below/deviceid")
written "$folder/alone" 'import onnxruntime' >/dev/null
check "  the identifier lasts" yes "$([[ "$(cat "$folder/alone/$below/deviceid")" == "$first" ]] && echo yes || echo no)"
check "  it is a UUID" yes "$([[ "$first" =~ ^[0-9a-fA-F-]{36}$ ]] && echo yes || echo no)"
library=$(echo "$folder"/venv/lib/python3*/site-packages/onnxruntime/capi/onnxruntime_pybind11_state*.so)
check "  where events go" 1 "$(grep -c -a -F https://mobile.events.data.microsoft.com "$library" | sed 's/^[1-9].*/1/')"
check "1.32.0, disable_telemetry_events() at once" "$both" \
    "$(written "$folder/disabled" 'import onnxruntime; onnxruntime.disable_telemetry_events()')"
check "1.32.0, ORT_DISABLE_TELEMETRY=1" "" "$(written "$folder/never" 'import onnxruntime' ORT_DISABLE_TELEMETRY=1)"
install 1.29.0
check "1.29.0, import alone" "$both" "$(written "$folder/first" 'import onnxruntime')"
install 1.28.0
check "1.28.0, import alone" "" "$(written "$folder/older" 'import onnxruntime')"
exit "$failed"
