# shellcheck shell=bash
# What every subcommand of ./dev shares: messages, folders, clean-up, timing.

STATE=${VEXAA_STATE_DIR:-$ROOT/.vexaa}

# say LINE...
say() { printf '%s\n' "$@"; }
note() { say "$@" >&2; }
die() {
  printf './dev: %s\n' "$*" >&2
  exit 1
}

# on_exit FUNCTION: is run when ./dev ends, however it ends; last one first.
EXIT_HOOKS=()
on_exit() { EXIT_HOOKS=("$1" ${EXIT_HOOKS[@]+"${EXIT_HOOKS[@]}"}); }
run_exit_hooks() {
  local status=$? hook
  trap '' INT TERM HUP
  # a signal can reach a child of this shell before it has let go of our traps
  [ "$BASHPID" = "$$" ] || exit "$status"
  for hook in ${EXIT_HOOKS[@]+"${EXIT_HOOKS[@]}"}; do "$hook" || true; done
  exit "$status"
}
trap run_exit_hooks EXIT
# a second signal must not end the clean-up of the first
trap 'trap "" INT TERM HUP; exit 130' INT
trap 'trap "" INT TERM HUP; exit 143' TERM
trap 'trap "" INT TERM HUP; exit 129' HUP

# quietly LOG WHAT COMMAND...: output goes to LOG; its end is shown on failure.
quietly() {
  local log=$1 what=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  if "$@" >"$log" 2>&1 </dev/null; then return 0; fi
  tail -n 25 "$log" >&2
  die "$what failed; the whole output is in $log"
}

# jobs_count: compilers side by side: one a core, and 1 GiB of memory for each.
jobs_count() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo "${VEXAA_JOBS:-$((cores < memory ? cores : memory))}"
}

# lock_state: one ./dev at a time works in the state folder.
lock_state() {
  mkdir -p "$STATE"
  exec 9>"$STATE/lock"
  flock -n 9 || die "another ./dev is at work in $STATE: wait for it, or end it"
}
