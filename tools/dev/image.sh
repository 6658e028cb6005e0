# shellcheck shell=bash
# Builds the container images of the two programs.

dev_image() {
  install_packages build image
  build_preset release vexaa-controller vexaa-runner
  "$ROOT/tools/image/build" "$@"
}
