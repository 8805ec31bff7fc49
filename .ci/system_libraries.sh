#!/usr/bin/env bash
# Looks for the shared libraries Qt loads from the system, installs or names the missing ones.
#   system_libraries.sh report      tells, and succeeds whatever is missing: tracking without a window needs no Qt
#   system_libraries.sh offscreen   fails unless Qt can draw without a screen (the tests)
#   system_libraries.sh window      fails unless Qt can also open a window
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/packages.sh

readonly need=${1:-report}
[ "$(uname -s)" = Linux ] || exit 0 # elsewhere Qt's wheel is complete

qt=$(.venv/bin/python -c 'from importlib.util import find_spec; print(find_spec("PySide6").submodule_search_locations[0])')/Qt

missing_offscreen() { missing "$qt"/plugins/platforms/libqoffscreen.so "$qt"/lib/libQt6Widgets.so.6; }

missing_window() { missing "$qt"/plugins/platforms/libqxcb.so "$qt"/plugins/xcbglintegrations/libqxcb-glx-integration.so; }

missing() { LC_ALL=C ldd "$@" 2>/dev/null | awk '/not found/ { print $1 }' | sort -u | paste -sd " " -; }

# Source of the lists: ldd on Qt 6.11's plugins, and the packages that own what it names.
provide_offscreen() {
    install_or_name "system libraries of Qt ($(missing_offscreen))" \
        "libglib2.0-0 libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3" \
        "glib2 libglvnd-egl libglvnd-glx libxkbcommon fontconfig dbus-libs" \
        "glib2 libglvnd libxkbcommon fontconfig dbus"
}

provide_window() {
    install_or_name "system libraries of Qt's window ($(missing_window))" \
        "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 \
libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1" \
        "xcb-util-cursor libxkbcommon-x11 xcb-util xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil libX11-xcb" \
        "xcb-util-cursor libxkbcommon-x11 xcb-util xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil libx11"
}

# Whether nothing that WHAT (offscreen or window) needs is missing, after trying to provide it.
has() { [ -z "$("missing_$1")" ] || { "provide_$1" && [ -z "$("missing_$1")" ]; }; }

has offscreen || [ "$need" = report ] || exit 1
[ "$need" != offscreen ] || exit 0
if ! has window; then
    say "Until then there is no window; what needs none (track, evaluate, benchmark, ...) works."
    [ "$need" = report ] || exit 1
fi
