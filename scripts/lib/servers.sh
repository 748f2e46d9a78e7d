# Throw-away servers: fetch, initialise, start, stop. Sourced by scripts/test.
#
# Each step is a function of a server's name; postgres.sh and mysql.sh beside this file hold what
# the two families do differently.

. scripts/lib/postgres.sh
. scripts/lib/mysql.sh

# Debug builds of the tests and the servers share one folder that `cargo clean` empties.
cache=$(realpath -m "${CARGO_TARGET_DIR:-target}")/servers
run_folder=
command_group=
declare -A pids=() ports=()

# Servers refuse to run as root, and then run as nobody.
user=()
if [ "$(id -u)" = 0 ]; then user=(--reuid=nobody --regid=nogroup --clear-groups); fi

# become_server SIGNAL COMMAND...: replaces the subshell that calls it, so that the command's parent
# is this script and the kernel sends it the signal when this script dies, even when killed outright.
become_server() {
    cd / && exec setpriv "${user[@]}" --pdeathsig "$1" "${@:2}"
}

# kind_of NAME: the family that knows how to run it.
kind_of() {
    case "$1" in
        postgres*) echo postgres ;;
        mariadb*) echo mariadb ;;
        mysql*) echo mysql ;;
        *) say "unknown server \`$1\`" && return 1 ;;
    esac
}

url_variable() {
    echo "AUTOGEN_TEST_${1^^}_URL"
}

# start_servers NAME...: all of them or none; the ones that fail are named.
start_servers() {
    local name missing=()
    for name in "$@"; do
        kind_of "$name" >/dev/null
        local variable
        variable=$(url_variable "$name")
        if [ -z "${!variable:-}" ]; then missing+=("$name"); fi
    done
    if [ ${#missing[@]} = 0 ]; then return; fi
    prepare_folders
    for name in "${missing[@]}"; do "$(family_of "$name")_requirements" "$name" || give_up "$name"; done
    in_parallel fetch "${missing[@]}"
    in_parallel initialise "${missing[@]}"
    for name in "${missing[@]}"; do start "$name"; done
    for name in "${missing[@]}"; do await "$name"; done
    say "running: ${missing[*]}"
}

family_of() {
    case "$(kind_of "$1")" in postgres) echo postgres ;; *) echo mysql ;; esac
}

prepare_folders() {
    umask 022
    mkdir -p "$cache"
    # A target folder under a closed home folder cannot be read by nobody.
    (become_server KILL test -x "$cache") || cache=/var/cache/autogen-servers
    mkdir -p "$cache"
    run_folder=$(mktemp -d "${TMPDIR:-/tmp}/autogen-test.XXXXXX")
    chmod 755 "$run_folder"
}

give_up() {
    say "these servers could not be provisioned: $*"
    exit 1
}

# in_parallel STEP NAME...: one job per server; the first failures end the run, by name, with the
# end of what the step wrote.
in_parallel() {
    local step=$1 name failed=()
    shift
    declare -A jobs=()
    for name in "$@"; do
        (set -e && "$step" "$name") >"$run_folder/$name.$step" 2>&1 </dev/null &
        jobs[$name]=$!
    done
    for name in "$@"; do
        wait "${jobs[$name]}" && continue
        failed+=("$name")
        say "$step $name failed:"
        tail -n 20 "$run_folder/$name.$step" >&2
    done
    if [ ${#failed[@]} -gt 0 ]; then give_up "${failed[@]}"; fi
}

# fetch NAME: a folder appears under its final name only when it is whole.
fetch() {
    local folder=$cache/$1
    if [ -d "$folder" ]; then return; fi
    rm -rf "$folder.part"
    "$(family_of "$1")_fetch" "$1" "$folder.part"
    if [ -d "$folder.part" ]; then mv "$folder.part" "$folder"; fi
}

initialise() {
    mkdir -p "$run_folder/$1"
    if [ "$(id -u)" = 0 ]; then chown nobody "$run_folder/$1"; fi
    "$(family_of "$1")_initialise" "$1" "$run_folder/$1"
}

start() {
    local port
    port=$(free_port)
    ports[$1]=$port
    "$(family_of "$1")_start" "$1" "$run_folder/$1" "$port" >"$run_folder/$1.log" 2>&1 </dev/null &
    pids[$1]=$!
    export "$(url_variable "$1")=$("$(family_of "$1")_url" "$port")"
    if [ "$(kind_of "$1")" = postgres ]; then postgres_exports "$1"; fi
}

# Below the range from which the system hands out ports, so that nobody takes it meanwhile.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        case " ${ports[*]} " in *" $port "*) continue ;; esac
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    done
    echo "$port"
}

await() {
    local turn
    for ((turn = 0; turn < 600; turn++)); do
        if "$(family_of "$1")_ready" "$run_folder/$1"; then return; fi
        kill -0 "${pids[$1]}" 2>/dev/null || break
        sleep 0.1
    done
    say "$1 did not start:"
    tail -n 20 "$run_folder/$1.log" >&2
    give_up "$1"
}

# On every way out. The data is thrown away, so nobody has to wait for a tidy shutdown.
stop_all() {
    local code=$?
    trap - EXIT
    if [ -n "$command_group" ]; then kill -TERM -- "-$command_group" 2>/dev/null || true; fi
    if [ ${#pids[@]} -gt 0 ]; then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
    wait 2>/dev/null || true
    if [ -n "$run_folder" ]; then rm -rf "$run_folder"; fi
    exit "$code"
}
