# shellcheck shell=bash
# Measures what the documents claim: bench/run prints the tables.

dev_bench() {
  install_packages build bench
  build_preset release all vexaa-bench-read vexaa-bench-finish vexaa-bench-pods
  build_preset ci fault_proxy
  "$ROOT/bench/run" --programs "$ROOT/build/release" "$@"
}
