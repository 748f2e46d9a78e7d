# Getting things from package registries. Sourced by scripts/test and .ci/run.

# say TEXT...: talk goes to stderr; stdout belongs to the tests.
say() {
    printf 'scripts/test: %s\n' "$*" >&2
}

# as_root COMMAND...: runs it as root, when that needs no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need_command COMMAND PACKAGE...: installs Debian packages, if the command is missing.
need_command() {
    if command -v "$1" >/dev/null; then return; fi
    say "$1 is missing; installing ${*:2} from Debian"
    if as_root apt-get -qq update && install_packages "${@:2}"; then return; fi
    say "$1 is missing and could not be installed; install ${*:2} and run this again"
    return 1
}

install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends install "$@" >&2 </dev/null
}

# unpack_debian SUITE FOLDER PACKAGE...: unpacks packages of any Debian suite, with all they depend
# on, into a folder. Nothing is installed, so it needs no root and harms no machine. The mirror is
# the one that apt uses already.
unpack_debian() {
    local suite=$1 folder=$2 state=$2/.apt mirror deb
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
        grep '/debian/*$' | head -n 1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
        >"$state/sources.list"
    local options=(
        -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status"
        -o "Dir::Cache=$state/cache" -o APT::Install-Recommends=0
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
    )
    apt-get "${options[@]}" -qq update
    apt-get "${options[@]}" -qq -y -d install "${@:3}" >/dev/null
    for deb in "$state"/cache/archives/*.deb; do dpkg -x "$deb" "$folder"; done
    rm -rf "$state"
}

# unpack_npm PACKAGE@VERSION FOLDER: unpacks the package itself, running none of its scripts.
unpack_npm() {
    mkdir -p "$2"
    (cd "$2" && npm pack --silent --ignore-scripts "$1" >/dev/null)
    tar -xzf "$2"/*.tgz -C "$2" --strip-components=1
    rm "$2"/*.tgz
}
