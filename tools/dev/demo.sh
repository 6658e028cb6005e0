# shellcheck shell=bash
# ./dev demo [VIDEO]: from one SQL INSERT to an audio file, on this machine.
# shellcheck disable=SC2153  # ROOT and STATE are set by ./dev

SAMPLE=$ROOT/tests/testdata/sample.mp4
JOB=''
STATUS=''

# file_uri PATH: percent-encodes every byte but the ones that mean themselves.
file_uri() {
  local LC_ALL=C path=$1 out='' i char
  for ((i = 0; i < ${#path}; i++)); do
    char=${path:i:1}
    case $char in
      [a-zA-Z0-9/._~-]) out+=$char ;;
      *)
        printf -v char '%%%02X' "'$char"
        out+=${char//%FFFFFFFFFFFFFF/%}
        ;;
    esac
  done
  printf 'file://%s' "$out"
}

# sql_text TEXT: TEXT as an SQL string.
sql_text() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

insert_statement() { # VIDEO
  printf 'INSERT INTO jobs (source_uri) VALUES (%s);' "$(sql_text "$(file_uri "$1")")"
}

# file_path URI: the path of a file:// URI.
file_path() {
  local path=${1#file://}
  path=${path//\\/\\\\}
  printf '%b' "${path//%/\\x}"
}

is_terminal() { [[ $1 == succeeded || $1 == failed || $1 == cancelled ]]; }

show_progress() { # STATE PERCENT DETAIL
  local text
  text=$(printf 'job %s: %-10s %5s %%  %s' "$JOB" "$1" "$2" "$3")
  if [ -t 1 ]; then
    printf '\r\033[K%s' "$text"
  elif [ "$text" != "$SHOWN" ]; then
    say "$text"
  fi
  SHOWN=$text
}

# watch_job: shows the row until it is terminal; STATUS is its last state.
watch_job() {
  local percent detail
  SHOWN=''
  while :; do
    IFS=$'\t' read -r STATUS percent detail < <(sql \
      "SELECT state, COALESCE(ROUND(progress), 0), IF(message = '', reason, CONCAT(reason, ': ', message))
        FROM v_jobs WHERE id = $JOB") ||
      die "the database does not answer any more; see $STATE/db/server.log"
    show_progress "$STATUS" "$percent" "$detail"
    if is_terminal "$STATUS"; then break; fi
    bed_alive "$STATE" controller || { say ''; die "the controller ended; see $STATE/controller.log"; }
    sleep 0.2
  done
  if [ -t 1 ]; then say ''; fi
}

submit_job() { # VIDEO
  local statement
  statement=$(insert_statement "$1")
  say '' "mysql> $statement"
  JOB=$(sql "$statement SELECT LAST_INSERT_ID();") || die 'the database refused the row'
}

report_job() {
  local audio
  say '' "mysql> SELECT ... FROM v_jobs WHERE id = $JOB;"
  sql_server -E vexaa -e "SELECT id, state, progress, reason, message, attempt, source_uri, output_uri,
    profile, output_bytes, duration_seconds, crc32, created_at, started_at, finished_at
    FROM v_jobs WHERE id = $JOB" | grep -v '^\*\*\*'
  [ "$STATUS" = succeeded ] || die "the job ended as $STATUS: $(sql "SELECT message FROM v_jobs WHERE id = $JOB")
the runner's log is in $STATE/runs, the controller's is $STATE/controller.log"
  audio=$(file_path "$(sql_server -NBr vexaa -e "SELECT output_uri FROM v_jobs WHERE id = $JOB")")
  [ -s "$audio" ] || die "the row says succeeded, but there is no audio at $audio"
  say '' "audio: $audio ($(stat -c %s -- "$audio") bytes)"
}

dev_demo() {
  local video=${1:-$SAMPLE} start=$SECONDS installed built
  [ $# -le 1 ] || die 'usage: ./dev demo [VIDEO]'
  if [ ! -f "$video" ] || [ ! -r "$video" ]; then die "no readable file '$video'"; fi
  video=$(realpath -- "$video")
  lock_state
  install_packages build demo
  installed=$SECONDS
  build_preset release vexaa-controller vexaa-runner
  built=$SECONDS
  on_exit stop_unless_up
  start_services "$(dirname -- "$video")"
  submit_job "$video"
  watch_job
  report_job
  say "took: install $((installed - start)) s, build $((built - installed)) s, run $((SECONDS - built)) s"
}
