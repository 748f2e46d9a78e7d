# MariaDB and MySQL: Debian's packages of the suite that has the version, unpacked and run by their
# own loader, so that the machine's own libraries do not matter.

# release_of NAME: the suite, and the version that it must give.
release_of() {
    case "$1" in
        mariadb1011) echo bookworm 10.11 ;;
        mariadb118) echo trixie 11.8 ;;
        mysql97) echo sid 9.7 ;;
        *) say "no Debian suite is known for $1" && return 1 ;;
    esac
}

mysql_requirements() {
    release_of "$1" >/dev/null
    command -v apt-get >/dev/null || say "$1 comes from Debian packages, and apt-get is missing"
}

mysql_fetch() {
    local suite version kind
    read -r suite version <<<"$(release_of "$1")"
    kind=$(kind_of "$1")
    unpack_debian "$suite" "$2" "$kind-server-core" "$kind-client-core"
    chmod -R a+rX "$2"
    # A suite moves on; a test of another version under this name would be a lie.
    mysql_program "$2" "$1" --version | grep -F " $version." ||
        { echo "Debian $suite does not give version $version any more" && false; }
}

# mysql_program FOLDER NAME ARG...: becomes the server of an unpacked folder.
mysql_program() {
    local folder=$1 libraries loader program=mysqld
    libraries=$(uname -m)-linux-gnu
    if [ "$(kind_of "$2")" = mariadb ]; then program=mariadbd; fi
    loader=$(loader_of "$folder")
    become_server KILL "$loader" --library-path \
        "$folder/lib/$libraries:$folder/usr/lib/$libraries:$folder/usr/lib/mysql/private" \
        "$folder/usr/sbin/$program" "${@:3}"
}

# mysql_client NAME ARG...: becomes the command-line client of an unpacked folder.
mysql_client() {
    local folder=$cache/$1 libraries loader
    libraries=$(uname -m)-linux-gnu
    loader=$(loader_of "$folder")
    exec "$loader" --library-path \
        "$folder/lib/$libraries:$folder/usr/lib/$libraries:$folder/usr/lib/mysql/private" \
        "$folder/usr/bin/$(kind_of "$1")" "${@:2}"
}

# Suites differ in the folder that holds it.
loader_of() {
    local loader
    for loader in "$1"/{usr/lib64,usr/lib,lib64,lib,lib/*}/ld-linux-*; do
        if [ -f "$loader" ]; then echo "$loader" && return; fi
    done
    echo "there is no loader in $1" && return 1
}

# mysql_server NAME DATA ARG...: becomes the server with the options that every call of it needs.
mysql_server() {
    local base=$cache/$1/usr kind share plugins
    kind=$(kind_of "$1")
    share=$base/share/mysql
    plugins=$base/lib/mysql/plugin
    if [ -d "$base/share/mariadb" ]; then share=$base/share/mariadb; fi
    # Its own temporary folder, because servers tidy up the one of the system, for each other too.
    local options=(
        --no-defaults "--basedir=$base" "--datadir=$2/data" "--tmpdir=$2" "--lc-messages-dir=$share"
        "--character-sets-dir=$share/charsets" "--plugin-dir=$plugins"
    )
    if [ "$kind" = mysql ]; then options+=(--secure-file-priv=); fi
    mysql_program "$cache/$1" "$1" "${options[@]}" "${@:3}"
}

mysql_initialise() {
    if [ "$(kind_of "$1")" = mysql ]; then
        mysql_server "$1" "$2" --initialize-insecure
        return
    fi
    (become_server KILL mkdir -p "$2/data/mysql")
    mariadb_system_tables "$cache/$1/usr/share" |
        mysql_server "$1" "$2" --bootstrap --enforce-storage-engine=
}

# The order matters; the names changed with version 11.
mariadb_system_tables() {
    local share=$1/mysql prefix=mysql part
    if [ -d "$1/mariadb" ]; then share=$1/mariadb prefix=mariadb; fi
    printf '%s\n' 'use mysql;' 'set @auth_root_socket=NULL;'
    for part in "${prefix}_system_tables" "${prefix}_performance_tables" \
        "${prefix}_system_tables_data" maria_add_gis_sp_bootstrap "${prefix}_sys_schema"; do
        cat "$share/$part.sql"
    done
}

# mysql_start NAME FOLDER PORT [OPTION...]: the last word on an option counts.
mysql_start() {
    local options=(
        "--port=$3" --bind-address=127.0.0.1 "--socket=$2/socket" "--pid-file=$2/pid"
        --skip-log-bin --innodb-flush-log-at-trx-commit=0 --performance-schema=OFF
        --innodb-buffer-pool-size=32M
    )
    if [ "$(kind_of "$1")" = mysql ]; then options+=(--mysqlx=OFF); fi
    mysql_server "$1" "$2" "${options[@]}" "${@:4}"
}

mysql_ready() {
    grep -q 'ready for connections' "$1.log"
}

mysql_url() {
    echo "mysql://root@127.0.0.1:$1/mysql"
}
