#!/usr/bin/env bash
# Brings .venv up to date with pyproject.toml and .ci/lock; the second call only compares a checksum.
# Everything but torch is installed by hash, and nothing is built but this package (docs/contributing.md says why).
#   PYTHON=python3.12                       which Python builds .venv
#   TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu   where torch, and only torch, comes from
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/packages.sh
source .ci/find_python.sh

readonly lock=.ci/lock venv=.venv python=.venv/bin/python stamp=.venv/dlst-setup torch_origin=.venv/dlst-torch-origin
readonly needed_mb=3000
export PIP_DISABLE_PIP_VERSION_CHECK=1

fingerprint() {
    cat pyproject.toml "$lock"/*.txt .ci/setup.sh | cksum
    printf '%s\n' "${TORCH_INDEX_URL:-$(cat "$torch_origin" 2>/dev/null || true)}"
}

is_up_to_date() { [ -f "$stamp" ] && "$python" -c '' 2>/dev/null && [ "$(fingerprint)" = "$(cat "$stamp")" ]; }

# An environment of another Python than the one asked for is the user's to remove.
check_python_asked_for() {
    local asked
    [ -n "${PYTHON:-}" ] && [ -x "$python" ] || return 0
    asked=$(find_python) || exit 1
    if [ "$(version_of "$asked")" != "$(version_of "$python")" ]; then
        say "$venv was built with Python $(version_of "$python"), PYTHON asks for $(version_of "$asked"): run 'make clean' first."
        exit 1
    fi
}

create_environment() {
    local interpreter free_mb
    "$python" -m pip --version >/dev/null 2>&1 && return 0
    interpreter=$(find_python) || exit 1
    free_mb=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1024))
    if [ "$free_mb" -lt "$needed_mb" ]; then
        say "Only $free_mb MB free here; the environment takes about 2 GB (8 GB with a CUDA build of torch)."
    fi
    say "Building $venv with $interpreter ($(version_of "$interpreter"))"
    "$interpreter" -m venv --clear "$venv"
}

pip_install() {
    if ! "$python" -m pip install --no-input "$@"; then
        say "pip could not install: $*"
        say "Its reason is in the lines above: no network, a full disk ($(df -Ph . | awk 'NR == 2 { print $4 }') free here), or a"
        say "package index without a build for Python $(version_of "$python") on $(uname -sm). 'make setup' goes on where it stopped."
        exit 1
    fi
}

install_torch() {
    if [ -n "${TORCH_INDEX_URL:-}" ]; then
        if [ "$(cat "$torch_origin" 2>/dev/null || true)" != "$TORCH_INDEX_URL" ]; then
            "$python" -m pip uninstall -y -q torch 2>/dev/null
        fi
        pip_install --index-url "$TORCH_INDEX_URL" -r "$lock/torch.txt"
        printf '%s\n' "$TORCH_INDEX_URL" >"$torch_origin"
        return
    fi
    if ! "$python" -m pip show -q torch 2>/dev/null && [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null; then
        say "No NVIDIA driver here. PyPI's torch for Linux brings CUDA all the same; a build a tenth of its size:"
        say "    TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu make setup"
    fi
    pip_install -r "$lock/torch.txt"
}

check_python_asked_for
if ! is_up_to_date; then
    create_environment
    pip_install --require-hashes --only-binary :all: -r "$lock/development.txt"
    install_torch
    pip_install --no-deps --no-build-isolation --editable .
    fingerprint >"$stamp"
    say "$venv is ready."
fi
bash .ci/system_libraries.sh report
