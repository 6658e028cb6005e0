# shellcheck shell=bash
# Processes and ports of a private server. Sourced by the scripts of the test
# bed and by ./dev; needs bash and util-linux only.
#
# A process is known by "PID STARTTIME" in DIR/NAME.pid: the start time keeps a
# reused pid from being signalled. Nothing is ever ended by name.

# bed_start_time PID: the kernel's start time of that process, in clock ticks.
bed_start_time() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086  # fields 3.. of proc(5) stat; start time is field 22
  set -- $stat
  printf '%s' "${20}"
}

# bed_spawn DIR NAME COMMAND...: runs COMMAND in a session of its own, with its
# output in DIR/NAME.log and its identity in DIR/NAME.pid. File 9, the lock of
# ./dev, is not handed down.
bed_spawn() {
  local dir=$1 name=$2 pid
  shift 2
  setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(bed_start_time "$pid")" >"$dir/$name.pid"
}

# bed_alive DIR NAME: does the process that bed_spawn started still run?
bed_alive() {
  local pid start state
  { read -r pid start <"$1/$2.pid"; } 2>/dev/null || return 1
  [ -n "$start" ] && [ "$(bed_start_time "$pid")" = "$start" ] || return 1
  { state=$(<"/proc/$pid/stat"); } 2>/dev/null || return 1
  state=${state##*) }
  [ "${state%% *}" != Z ]
}

# bed_stop DIR NAME [SECONDS]: SIGTERM, then SIGKILL after SECONDS (default 15).
bed_stop() {
  local dir=$1 name=$2 tenths=$((${3:-15} * 10)) pid
  if bed_alive "$dir" "$name"; then
    read -r pid _ <"$dir/$name.pid"
    kill "$pid" 2>/dev/null || true
    while [ "$tenths" -gt 0 ] && bed_alive "$dir" "$name"; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
    if bed_alive "$dir" "$name"; then kill -9 "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$dir/$name.pid"
}

# bed_wait SECONDS COMMAND...: until COMMAND succeeds; 1 when it never did.
bed_wait() {
  local tenths=$(($1 * 10))
  shift
  while ! "$@" >/dev/null 2>&1; do
    [ "$tenths" -gt 0 ] || return 1
    sleep 0.1
    tenths=$((tenths - 1))
  done
}

# bed_port_taken PORT: does anything listen there?
bed_port_taken() {
  local hex file
  printf -v hex ':%04X ' "$1"
  for file in /proc/net/tcp /proc/net/tcp6; do
    if [ -r "$file" ] && [[ $(<"$file") == *"$hex"* ]]; then return 0; fi
  done
  return 1
}

# bed_free_port: a port nobody uses. 20000-32000 lies below the range the kernel
# hands out by itself, so no outgoing connection takes it meanwhile. Two runs
# may still draw the same one: servers are started again on another then.
bed_free_port() {
  local port _
  for _ in {1..200}; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! bed_port_taken "$port"; then
      printf '%s' "$port"
      return 0
    fi
  done
  echo 'no free port between 20000 and 32000' >&2
  return 1
}

# bed_program NAME...: the path of the first that exists. Debian keeps servers
# in /usr/sbin, which is not on a user's PATH.
bed_program() {
  PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" type -P "$@" | head -n 1 | grep .
}
