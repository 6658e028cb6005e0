# shellcheck shell=bash
# Measures what the documents claim: bench/run prints the tables.

dev_bench() {
  [ -x "$ROOT/bench/run" ] || die 'bench/run is not there yet'
  install_packages build demo test bench
  build_preset bench
  start_bed
  "$ROOT/bench/run" "$ROOT/build/bench" "$@"
}
