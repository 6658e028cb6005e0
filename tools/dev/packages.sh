# shellcheck shell=bash
# Installs the Debian packages of a task: only what is missing, nothing
# recommended, no service started, never at the price of another package.

# listed LIST...: the lines of tools/packages/LIST.txt without comments.
listed() {
  local list
  for list in "$@"; do
    grep -v -e '^#' -e '^$' "$ROOT/tools/packages/$list.txt"
  done
}

package_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

program_there() { [ $# -gt 0 ] && (PATH="$PATH:/usr/sbin:/sbin" && type -P "$@" >/dev/null); }

# missing_packages LIST...: what is neither installed nor made unnecessary by a
# program that is there.
missing_packages() {
  local package programs program
  listed "$@" | sort -u | while read -r package programs; do
    if package_installed "$package"; then continue; fi
    for program in $programs; do
      if program_there "$program"; then continue 2; fi
    done
    echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif program_there sudo; then
    sudo "$@"
  else
    die "needs root to run '$*': run it as root, or install sudo"
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

refuse_removals() {
  local plan removed
  plan=$(LC_ALL=C apt-get -s --no-install-recommends install "$@" 2>&1) ||
    die "apt cannot install these packages: $* (apt-get says: $(grep '^E:' <<<"$plan" | head -n 2 | tr '\n' ' '))"
  removed=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan" | tr '\n' ' ')
  [ -z "$removed" ] ||
    die "stopped before installing anything: apt would remove ${removed}to install $*. Decide about these by hand, then run this again"
}

# Debian starts a service when its package is installed, unless policy-rc.d
# forbids it. One that is already there decides; ours is taken away again.
POLICY=/usr/sbin/policy-rc.d
forbid_services() {
  [ ! -e "$POLICY" ] || return 0
  printf '#!/bin/sh\n# for the time of ./dev installing packages\nexit 101\n' |
    as_root install -m 755 /dev/stdin "$POLICY"
  on_exit allow_services
}
allow_services() {
  if grep -qs 'for the time of ./dev installing' "$POLICY"; then as_root rm -f "$POLICY"; fi
}

# install_packages LIST...: tools/packages/LIST.txt, as far as it is missing.
install_packages() {
  local missing log=$ROOT/build/install.log
  if ! program_there dpkg-query apt-get; then
    note "./dev: no apt here: these must be installed by hand: $(listed "$@" | cut -d' ' -f1 | sort -u | tr '\n' ' ')"
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${#missing[@]} packages: ${missing[*]}"
  mkdir -p "$ROOT/build"
  apt_get update >"$log" 2>&1 || note "./dev: apt-get update failed, going on with the lists there are (see $log)"
  refuse_removals "${missing[@]}"
  forbid_services
  quietly "$log" 'installing packages' apt_get install -y --no-install-recommends --no-remove "${missing[@]}"
  allow_services
}
