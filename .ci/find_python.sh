# shellcheck shell=bash
# Sourced after packages.sh. find_python: prints the path of a Python 3.11, 3.12 or 3.13 that can build virtual
# environments: the one PYTHON names, else the first found. Says what is wrong and returns 1 where there is none.

SUPPORTED="3.11 3.12 3.13"

# Path of NAME's interpreter. pyenv's shims exist for versions that are not switched on; those are found in its folder.
python_path() {
    local name=$1 candidate
    for candidate in "$name" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"${name#python}".*/bin/python; do
        "$candidate" -c 'import sys; print(sys.executable)' 2>/dev/null && return 0
    done
    return 1
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

is_supported() { case " $SUPPORTED " in *" $(version_of "$1") "*) return 0 ;; *) return 1 ;; esac; }

can_make_environments() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

find_python() {
    local name path unusable="" names=(python3.11 python3.12 python3.13 python3 python)
    [ -z "${PYTHON:-}" ] || names=("$PYTHON")
    for name in "${names[@]}"; do
        path=$(python_path "$name") || continue
        if is_supported "$path"; then
            ensure_venv_module "$path" && printf '%s\n' "$path"
            return
        fi
        unusable="$unusable $path is $(version_of "$path");"
    done
    if [ -n "${PYTHON:-}" ] && [ -z "$unusable" ]; then
        say "PYTHON=$PYTHON is no Python that can be started."
    fi
    say "DLST Studio needs Python 3.11, 3.12 or 3.13; found:${unusable:- none}"
    say "Install one (Debian 12: apt-get install python3 python3-venv; else https://www.python.org/downloads/),"
    say "or name one: PYTHON=/path/to/python3.11 make setup"
    return 1
}

ensure_venv_module() {
    local version
    can_make_environments "$1" && return 0
    version=$(version_of "$1")
    install_or_name "Python's venv module for $1" "python$version-venv" "python$version" "python" \
        && can_make_environments "$1"
}
