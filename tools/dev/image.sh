# shellcheck shell=bash
# Builds the container images of the two programs.

dev_image() {
  [ -x "$ROOT/tools/image" ] || die 'tools/image is not there yet'
  install_packages build image
  build_preset release vexaa-controller vexaa-runner
  "$ROOT/tools/image" "$@"
}
