# shellcheck shell=bash
# Many jobs while everything around them fails (tests/chaos/README.md).

dev_chaos() {
  local preset=${VEXAA_PRESET:-dev} status=0
  install_packages build demo test
  build_preset "$preset" vexaa-controller vexaa-runner fault_proxy
  start_bed
  VEXAA_CONTROLLER=$ROOT/build/$preset/controller/vexaa-controller \
    VEXAA_RUNNER=$ROOT/build/$preset/runner/vexaa-runner \
    VEXAA_FAULT_PROXY=$ROOT/build/$preset/tests/proxy/fault_proxy \
    /usr/bin/python3 -W ignore "$ROOT/tests/chaos/chaos.py" "$@" || status=$?
  return "$status"
}
