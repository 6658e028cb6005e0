# shellcheck shell=bash
# The private database and the controller of ./dev demo and ./dev up. All they
# write lies in $STATE: db/, controller.yaml, controller.log, runs/, audio/.
# shellcheck disable=SC2153  # ROOT and STATE are set by ./dev
# shellcheck source=../../tests/bed/lib.sh
. "$ROOT/tests/bed/lib.sh"

CONTROLLER=$ROOT/build/release/controller/vexaa-controller
RUNNER=$ROOT/build/release/runner/vexaa-runner

start_database() {
  local lines
  lines=$("$ROOT/tests/bed/mariadb" up "$STATE/db") || die "the database did not start; see $STATE/db/server.log"
  eval "$lines"
  sql_server -e 'CREATE DATABASE IF NOT EXISTS vexaa CHARACTER SET utf8mb4' || die 'cannot make the database vexaa'
}

sql_client() { bed_program mariadb mysql; }
sql_server() {
  "$(sql_client)" --no-defaults --protocol=tcp -h"$VEXAA_DB_HOST" -P"$VEXAA_DB_PORT" -uroot \
    --default-character-set=utf8mb4 "$@"
}
sql() { sql_server -NB vexaa -e "$1"; }

# yaml_text TEXT: TEXT as a YAML scalar, whatever it holds.
yaml_text() { printf "'%s'" "${1//\'/\'\'}"; }

# The folders the controller may read and write, one a line in $STATE/roots.
add_root() {
  touch "$STATE/roots"
  grep -qxF -- "$1" "$STATE/roots" || printf '%s\n' "$1" >>"$STATE/roots"
}

write_config() { # ADMIN_PORT
  local root
  {
    printf 'executor: process\n'
    printf 'database: {host: 127.0.0.1, port: %s, name: vexaa, user: root, tls: "off"}\n' "$VEXAA_DB_PORT"
    printf 'folder:\n  roots:\n'
    while IFS= read -r root; do printf '    - %s\n' "$(yaml_text "$root")"; done <"$STATE/roots"
    printf '  outputRoot: %s\n' "$(yaml_text "$STATE")"
    printf 'process:\n  directory: %s\n  runner: %s\n' "$(yaml_text "$STATE/runs")" "$(yaml_text "$RUNNER")"
    printf 'admin: {address: 127.0.0.1, port: %s}\n' "$1"
    printf 'log: {format: text}\n'
  } >"$STATE/controller.yaml"
}

migrate() {
  quietly "$STATE/migrate.log" 'vexaa-controller migrate' \
    "$CONTROLLER" migrate --config "$STATE/controller.yaml"
}

controller_ready() {
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  read -r -t 5 line <&3
  exec 3>&-
  [[ $line == HTTP/1.*' 200 '* ]]
}
ready_or_gone() { ! bed_alive "$STATE" controller || controller_ready "$1"; }

# A controller that runs on the present config and program is kept; another one
# is replaced: the new one adopts the runners of the old.
start_controller() {
  local port config
  config=$(cat "$STATE/controller.yaml" 2>/dev/null || true)
  port=$(sed -n 's/^admin: .*port: \([0-9]*\).*/\1/p' <<<"$config")
  if bed_alive "$STATE" controller && [ "$STATE/controller.pid" -nt "$CONTROLLER" ]; then
    write_config "$port"
    if [ "$config" = "$(<"$STATE/controller.yaml")" ]; then return 0; fi
  fi
  bed_stop "$STATE" controller 30
  port=$(bed_free_port)
  write_config "$port"
  mkdir -p "$STATE/runs"
  migrate
  bed_spawn "$STATE" controller "$CONTROLLER" --config "$STATE/controller.yaml"
  bed_wait 30 ready_or_gone "$port" || true
  if ! bed_alive "$STATE" controller || ! controller_ready "$port"; then
    tail -n 10 "$STATE/controller.log" >&2
    die "the controller did not start; see $STATE/controller.log"
  fi
}

# start_services ROOT...: database and controller, which may use these folders.
start_services() {
  local root
  mkdir -p "$STATE/audio" # the controller's default, below outputRoot
  add_root "$STATE/audio"
  for root in "$@"; do add_root "$root"; done
  start_database
  start_controller
}

# is_ours PID: a runner of this state folder, known by the folder of its run in
# its environment, or a controller on its config.
is_ours() {
  case $(readlink "/proc/$1/exe" 2>/dev/null) in
    "$RUNNER"*) grep -qzF -- "=$STATE/runs/" "/proc/$1/environ" 2>/dev/null ;;
    "$CONTROLLER"*) grep -qzxF -- "$STATE/controller.yaml" "/proc/$1/cmdline" 2>/dev/null ;;
    *) return 1 ;;
  esac
}

# Runners live on when the controller ends: they are sought by what they are.
stop_strays() {
  local entry pid signal found
  for signal in TERM KILL; do
    found=no
    for entry in /proc/[0-9]*; do
      pid=${entry#/proc/}
      if [ -O "$entry" ] && is_ours "$pid"; then
        found=yes
        kill -s "$signal" "$pid" 2>/dev/null || true
      fi
    done
    if [ "$found" = no ]; then return 0; fi
    [ "$signal" = KILL ] || sleep 1
  done
}

# An interrupted job would start again with the next ./dev: it is cancelled.
stop_unless_up() {
  [ ! -e "$STATE/up" ] || return 0
  if [ -n "$JOB" ] && ! is_terminal "$STATUS"; then
    sql "UPDATE jobs SET desired_state = 'cancelled' WHERE id = $JOB" 2>/dev/null || true
  fi
  stop_services
}

stop_services() {
  bed_stop "$STATE" controller 30
  stop_strays
  "$ROOT/tests/bed/mariadb" down "$STATE/db"
}

print_how_to_connect() {
  say "  database   $(basename "$(sql_client)") --protocol=tcp -h127.0.0.1 -P$VEXAA_DB_PORT -uroot vexaa"
  say "  logs       $STATE/controller.log, $STATE/db/server.log, $STATE/runs/*/log"
  say "  metrics    http://127.0.0.1:$(sed -n 's/^admin: .*port: \([0-9]*\).*/\1/p' "$STATE/controller.yaml")/metrics"
}

dev_up() {
  local folder folders=("$(dirname "$SAMPLE")")
  for folder in "$@"; do
    [ -d "$folder" ] || die "no folder '$folder': ./dev up takes folders with videos"
    folders+=("$(realpath -- "$folder")")
  done
  lock_state
  install_packages build demo
  build_preset release vexaa-controller vexaa-runner
  on_exit stop_unless_up
  start_services "${folders[@]}"
  touch "$STATE/up"
  say 'database and controller are running:'
  print_how_to_connect
  say 'try:'
  say "  $(insert_statement "$SAMPLE")"
  say '  SELECT id, state, progress, reason, message FROM v_jobs;'
  say "the controller may read and write in: $(paste -sd ' ' "$STATE/roots") (more: ./dev up FOLDER...)"
  say './dev down stops it and deletes .vexaa/, the audio in it included'
}

dev_down() {
  if [ ! -d "$STATE" ]; then
    say 'nothing is running'
    return 0
  fi
  lock_state
  stop_services
  rm -rf "$STATE"
  say "stopped; $STATE is gone"
}
