# shellcheck shell=bash
# Sourced. install_or_name PURPOSE APT DNF PACMAN: installs system packages where that needs no question
# (root on Debian or Ubuntu), otherwise prints the command that would. Returns 1 where nothing was installed.

say() { printf '%s\n' "$*" >&2; }

install_or_name() {
    local purpose=$1 apt=$2 dnf=$3 pacman=$4 command
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "Installing $purpose: apt-get install $apt"
        # shellcheck disable=SC2086 # a list of package names
        if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $apt; } \
            >/dev/null </dev/null; then
            return 0
        fi
        say "apt-get failed; its message is above."
        return 1
    fi
    if command -v apt-get >/dev/null; then
        command="sudo apt-get install -y $apt"
    elif command -v dnf >/dev/null; then
        command="sudo dnf install -y $dnf"
    elif command -v pacman >/dev/null; then
        command="sudo pacman -S --needed $pacman"
    else
        command="install what Debian calls: $apt"
    fi
    say "Missing: $purpose. To get it:"
    say "    $command"
    return 1
}
