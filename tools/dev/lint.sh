# shellcheck shell=bash
# Format, layers, scripts, Python and YAML of the whole tree; clang-tidy of the changed
# .cc files only, since a file takes it seconds.

LINT_FAILED=()
lint_step() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then say "ok      $name"; else
    say "FAILED  $name"
    LINT_FAILED+=("$name")
  fi
}

# tracked PATTERN...: files git knows, or would, that are still there.
tracked() {
  git -C "$ROOT" ls-files --cached --others --exclude-standard -- "$@" | sort -u |
    while IFS= read -r file; do if [ -f "$ROOT/$file" ]; then printf '%s\n' "$file"; fi; done
}

lint_base() {
  local branch base
  branch=$(git -C "$ROOT" symbolic-ref -q --short HEAD || echo HEAD)
  for base in origin/main main; do
    if [ "$branch" != main ] && git -C "$ROOT" merge-base "$base" HEAD 2>/dev/null; then return 0; fi
  done
  git -C "$ROOT" rev-parse -q --verify HEAD~1 || git -C "$ROOT" rev-parse HEAD
}

changed_since() { # BASE
  git -C "$ROOT" diff --name-only --diff-filter=d "$1"
  git -C "$ROOT" ls-files --others --exclude-standard
}

# The compile commands of any build do; one is configured where there is none.
tidy_build() {
  local preset
  for preset in dev ci; do
    if [ -f "$ROOT/build/$preset/compile_commands.json" ]; then
      echo "$ROOT/build/$preset"
      return 0
    fi
  done
  configure dev >&2 && echo "$ROOT/build/dev"
}

lint_tidy() { # FILES on stdin
  local build files
  mapfile -t files < <(grep '\.cc$' | sort -u)
  [ ${#files[@]} -gt 0 ] || return 0
  build=$(tidy_build) || return 1
  for file in "${files[@]}"; do
    if grep -qF "$ROOT/$file\"" "$build/compile_commands.json"; then printf '%s\0' "$file"; fi
  done | (cd "$ROOT" && xargs -0 -r -n 1 -P "$(jobs_count)" clang-tidy-14 --quiet -p "$build" \
      2> >(grep -v "warnings\? generated" >&2))
}

lint_format() { tracked '*.h' '*.cc' | (cd "$ROOT" && xargs -r -d '\n' clang-format-14 --dry-run -Werror); }

# Scripts are known by their first line.
lint_shell() {
  tracked | (cd "$ROOT" && xargs -d '\n' awk 'FNR == 1 && (/^#!.*(bash|sh)$/ || /^# shellcheck shell=/) {print FILENAME} {nextfile}') |
    (cd "$ROOT" && xargs -r -d '\n' shellcheck -x -P SCRIPTDIR)
}

# What is imported and not used, used and not defined.
lint_python() {
  { tracked '*.py' && tracked | (cd "$ROOT" && xargs -d '\n' awk 'FNR == 1 && /^#!.*python3$/ {print FILENAME} {nextfile}'); } |
    sort -u | (cd "$ROOT" && xargs -r -d '\n' pyflakes3)
}

lint_yaml() {
  tracked '*.yaml' '*.yml' .clang-format .clang-tidy |
    (cd "$ROOT" && xargs -r -d '\n' yamllint -s -c tools/yamllint.yaml)
}

dev_lint() {
  local base=''
  install_packages build test lint
  lint_step clang-format lint_format
  lint_step layers "$ROOT/tools/check_layers"
  lint_step shellcheck lint_shell
  lint_step pyflakes lint_python
  lint_step yamllint lint_yaml
  if [ "${1:-}" = --all ]; then
    lint_step 'clang-tidy, whole tree' lint_tidy < <(tracked)
  else
    base=${1:-$(lint_base)}
    lint_step "clang-tidy, changed since ${base:0:12}" lint_tidy < <(changed_since "$base")
  fi
  [ ${#LINT_FAILED[@]} -eq 0 ] || die "lint: ${#LINT_FAILED[@]} failed: ${LINT_FAILED[*]}"
}
