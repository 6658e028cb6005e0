# shellcheck shell=bash
# Configures and compiles one preset of CMakePresets.json in build/PRESET.

# A cache left by another place of the folder, or by another generator, cannot be used.
stale_cache() {
  local cache=$ROOT/build/$1/CMakeCache.txt
  [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$cache"
}

configure() {
  local dir=$ROOT/build/$1
  if stale_cache "$1"; then rm -rf "$dir/CMakeCache.txt" "$dir/CMakeFiles"; fi
  mkdir -p "$dir"
  (cd "$ROOT" && quietly "$dir/configure.log" "configuring build/$1" cmake --preset "$1")
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 dir=$ROOT/build/$1
  shift
  configure "$preset"
  if [ -t 1 ]; then
    ninja -C "$dir" -j "$(jobs_count)" "$@" || die "building build/$preset failed"
  else
    quietly "$dir/build.log" "building build/$preset" ninja -C "$dir" -j "$(jobs_count)" "$@"
  fi
}

dev_build() {
  local preset=${1:-dev}
  grep -q "\"name\": \"$preset\"" "$ROOT/CMakePresets.json" || die "no preset '$preset' in CMakePresets.json"
  case $preset in
    release) install_packages build ;;
    bench) install_packages build test bench ;;
    *) install_packages build test ;;
  esac
  build_preset "$preset" "${@:2}"
  say "built: build/$preset"
}
