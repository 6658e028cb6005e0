# shellcheck shell=bash
# Builds the tests, starts their servers, runs ctest and says what did not run.

CTEST_PID=''

start_bed() {
  BED=$(mktemp -d "${TMPDIR:-/tmp}/vexaa-bed.XXXXXX")
  on_exit stop_bed
  say 'starting the servers of the tests'
  # pods reach the servers of this machine by its address on their bridge
  if [ -n "${VEXAA_TEST_KUBECONFIG:-}" ]; then export VEXAA_BED_BIND=${VEXAA_BED_BIND:-0.0.0.0}; fi
  "$ROOT/tests/bed/bed" up "$BED" || die 'the servers of the tests did not start'
  # shellcheck source=/dev/null
  . "$BED/env"
}

stop_bed() {
  stop_ctest
  "$ROOT/tests/bed/bed" down "$BED"
}

# prepare_images PRESET CTEST_ARGS...: the Kubernetes tests, where they are among
# these, run images of the very programs under test.
prepare_images() {
  local preset=$1 load=${VEXAA_SHARED:-$ROOT/../shared}/cluster/cluster name log
  shift
  if [ -z "${VEXAA_TEST_KUBECONFIG:-}" ] || [ -n "${VEXAA_TEST_IMAGE_TAG:-}" ]; then return 0; fi
  [[ $(ctest --test-dir "$ROOT/build/$preset" -N "$@") == *kubernetes_test* ]] || return 0
  [ -x "$load" ] || return 0
  install_packages image kubernetes
  say 'building and loading the images of the tests'
  log=$ROOT/build/$preset/images.log
  VEXAA_IMAGE_TAG=test VEXAA_BUILD_DIR=$ROOT/build/$preset \
    quietly "$log" 'building the images' "$ROOT/tools/image/build"
  for name in runner controller; do
    quietly "$log" "loading the image of the $name" "$load" load "$ROOT/build/images/$name-test.tar"
  done
  export VEXAA_TEST_IMAGE_TAG=test
}

# ctest runs in a group of its own, so that all its children end with it.
stop_ctest() {
  [ -n "$CTEST_PID" ] || return 0
  kill -- "-$CTEST_PID" 2>/dev/null || true
  wait "$CTEST_PID" 2>/dev/null || true
  CTEST_PID=''
}

# gcc 12's ThreadSanitizer does not start where addresses are very random.
without_address_randomisation() {
  if setarch -R true 2>/dev/null; then echo 'setarch -R'; fi
}

sanitizer_environment() {
  local lists=$ROOT/tools/sanitizers
  export ASAN_OPTIONS=detect_stack_use_after_return=1:${ASAN_OPTIONS:-}
  export LSAN_OPTIONS=suppressions=$lists/lsan.supp:print_suppressions=0:${LSAN_OPTIONS:-}
  export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-}
  export TSAN_OPTIONS=suppressions=$lists/tsan.supp:second_deadlock_stack=1:${TSAN_OPTIONS:-}
}

# run_ctest PRESET ARGS...: leaves ctest's output in $RESULTS/ctest.log.
run_ctest() {
  local preset=$1 status=0 wrapper=()
  shift
  if [ "$preset" = tsan ]; then read -r -a wrapper < <(without_address_randomisation) || true; fi
  sanitizer_environment
  GTEST_OUTPUT="xml:$RESULTS/" GTEST_COLOR=no setsid ${wrapper[@]+"${wrapper[@]}"} \
    ctest --test-dir "$ROOT/build/$preset" --output-on-failure --no-tests=error "$@" \
    > >(tee "$RESULTS/ctest.log") 2>&1 </dev/null &
  CTEST_PID=$!
  wait "$CTEST_PID" || status=$?
  CTEST_PID=''
  return "$status"
}

# Says in words what a green run does not prove.
print_what_did_not_run() { # WITH_SERVERS
  if [ "$1" = no ]; then
    say 'Tests on real servers did not run: ./dev test runs them'
    return 0
  fi
  if [ -z "${VEXAA_TEST_KUBECONFIG:-}" ]; then
    say 'Kubernetes tests did not run: set VEXAA_TEST_KUBECONFIG to the kubeconfig of a disposable cluster'
  elif [ -z "${VEXAA_TEST_IMAGE_TAG:-}" ]; then
    say 'Kubernetes end-to-end tests did not run: load vexaa/runner:TAG and vexaa/controller:TAG into the cluster and set VEXAA_TEST_IMAGE_TAG=TAG'
  fi
  if [ -z "${VEXAA_TEST_MYSQL:-}" ]; then
    say "MySQL tests did not run: $(sed -n 's/^MySQL: //p' "$BED/missing" 2>/dev/null)"
  fi
}

# test_once PRESET WITH_SERVERS CTEST_ARGS...
test_once() {
  local preset=$1 servers=$2 status=0
  shift 2
  build_preset "$preset"
  RESULTS=$ROOT/build/$preset/test-results
  rm -rf "$RESULTS"
  mkdir -p "$RESULTS"
  if [ "$servers" = yes ]; then
    prepare_images "$preset" "$@"
    if [ -z "${BED:-}" ]; then start_bed; fi
  fi
  run_ctest "$preset" "$@" || status=$?
  say '' "---- summary of build/$preset"
  python3 "$ROOT/tools/test_summary" "$RESULTS" || status=1
  print_what_did_not_run "$servers"
  grep -h '% tests passed' "$RESULTS/ctest.log" || say 'ctest did not finish'
  return "$status"
}

has_tests() { # PRESET CTEST_ARGS...
  [[ $(ctest --test-dir "$ROOT/build/$1" -N "${@:2}") != *'Total Tests: 0'* ]]
}

dev_test() {
  local what=${1:-} preset=${VEXAA_PRESET:-dev} jobs status=0 servers=no
  jobs=$(jobs_count)
  [ $# -le 1 ] || die 'usage: ./dev test [unit|asan|tsan|all|CTEST-REGEX]'
  install_packages build demo test
  case $what in
    unit) test_once "$preset" no -L '^unit$' -j "$jobs" ;;
    asan | tsan) test_once "$what" no -L '^unit$' -j "$jobs" ;;
    '') test_once "$preset" yes -j 2 ;;
    all)
      test_once "$preset" yes -j 2 || status=$?
      test_once asan no -L '^unit$' -j "$jobs" || status=$?
      test_once tsan no -L '^unit$' -j "$jobs" || status=$?
      return "$status"
      ;;
    *)
      build_preset "$preset"
      has_tests "$preset" -R "$what" || die "no test program is named like '$what'"
      if has_tests "$preset" -R "$what" -LE '^unit$'; then servers=yes; fi
      test_once "$preset" "$servers" -R "$what" -j 2
      ;;
  esac
}
