# shellcheck shell=bash
# Feeds made-up media to the engine, from the test files on; what it finds lies
# in build/fuzz/found and is run again with build/fuzz/tests/fuzz/media_fuzz FILE.

dev_fuzz() {
  local seconds=${1:-600} work=$ROOT/build/fuzz
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die 'usage: ./dev fuzz [SECONDS]'
  install_packages build fuzz
  build_preset fuzz media_fuzz write_seeds
  mkdir -p "$work/corpus" "$work/found" "$work/seeds"
  "$work/tests/fuzz/write_seeds" "$work/seeds"
  say "fuzzing for $seconds s"
  sanitizer_environment
  # Memory behind what libav may take at once; an input gets 25 s, as long as
  # one of hours of silence needs under the sanitizers.
  nice -n 19 "$work/tests/fuzz/media_fuzz" -max_total_time="$seconds" \
    -max_len=200000 -rss_limit_mb=1500 -malloc_limit_mb=600 -timeout=25 -reload=0 \
    -artifact_prefix="$work/found/" -print_final_stats=1 \
    "$work/corpus" "$work/seeds" "$ROOT/tests/testdata"
}
