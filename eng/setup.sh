# shellcheck shell=sh disable=SC2015,SC2154  # A && B || C where B cannot fail; root and install come from the caller
# What ./flexcore and ./test.sh share: finding what is missing, installing it, publishing the CLI.
# The caller has set root (this repository) and install (yes or no).

sdk_channel=10.0
sdk_script=${FLEXCORE_DOTNET_INSTALL_URL:-https://dot.net/v1/dotnet-install.sh}
build=$root/.build

say() { printf 'flexcore: %s\n' "$*" >&2; }
fail() { say "$@"; exit 3; }

# ---- packages ----

is_provided() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.so.*)
      for library in /usr/lib/*/"$1" /lib/*/"$1" /usr/lib64/"$1" /usr/lib/"$1"; do
        [ -e "$library" ] && return 0
      done
      return 1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Sets missing to the packages of these sets that are not there. Starts no process: every run passes here.
find_missing() {
  missing=
  while read -r set package provides; do
    case " $* " in *" $set "*) ;; *) continue ;; esac
    case " $missing " in *" $package "*) continue ;; esac
    is_provided "$provides" || missing="${missing:+$missing }$package"
  done <"$root/eng/packages"
}

# Sets sudo to what apt-get must be called with; fails where packages cannot be installed without asking.
can_install_packages() {
  sudo=
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] && return 0
  sudo="sudo -n"
  sudo -n true 2>/dev/null
}

install_packages() {
  say "Installing $* (apt-get)…"
  # shellcheck disable=SC2086  # sudo is empty or two words
  logged $sudo apt-get update -q || true   # one dead source must not matter
  # shellcheck disable=SC2086
  logged $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" || fail "apt-get could not install $*"
}

# Runs a command with its output in a file, which is shown only when the command fails.
logged() {
  log=$(mktemp)
  status=0
  "$@" >"$log" 2>&1 </dev/null 9>&- || { status=$? && cat "$log" >&2; }
  rm -f "$log"
  return "$status"
}

# ---- the .NET SDK ----

sdk() {
  DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1 "$dotnet" "$@"
}

# Sets dotnet, and sdk_root to the folder of its runtime. The SDK itself judges whether it satisfies global.json.
find_sdk() {
  for dotnet in "$(command -v dotnet)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    [ -x "$dotnet" ] && (cd "$root" && sdk --version) >/dev/null 2>&1 || continue
    sdk_root=$(sdk --list-runtimes | sed -n "s|^Microsoft\.NETCore\.App $sdk_channel\.[^[]*\[\(.*\)/shared/Microsoft\.NETCore\.App\]\$|\1|p" | tail -n 1)
    [ -n "$sdk_root" ] && return 0
  done
  return 1
}

install_sdk() {
  say "Installing the .NET SDK $sdk_channel into $HOME/.dotnet…"
  logged curl -fsSL "$sdk_script" -o "$build/dotnet-install.sh" || fail "$sdk_script could not be downloaded"
  logged bash "$build/dotnet-install.sh" --channel "$sdk_channel" --install-dir "$HOME/.dotnet" --no-path || fail "the .NET SDK could not be installed"
  find_sdk || fail "the .NET SDK that was installed does not satisfy $root/global.json"
}

# Makes sure that the packages of these sets and, when sdk is among them, the SDK are there: all, or none is touched.
require() {
  lacks_sdk=
  sets=
  for set in "$@"; do
    if [ "$set" = sdk ]; then
      find_sdk && continue
      lacks_sdk=yes
    fi
    sets="$sets $set"
  done
  # shellcheck disable=SC2086  # a list of words
  find_missing $sets
  [ -n "$missing$lacks_sdk" ] || return 0

  if [ "$install" != yes ] || { [ -n "$missing" ] && ! can_install_packages; }; then
    if [ "$missing$lacks_sdk" = bubblewrap ]; then
      say "This machine lacks bubblewrap: only plugins run for which less was accepted (flexcore doctor)"
      return 0
    fi
    complain
  fi
  [ -z "$lacks_sdk" ] || [ -n "${HOME:-}" ] || complain
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_packages $missing
  [ -z "$lacks_sdk" ] || install_sdk
  # shellcheck disable=SC2086
  find_missing $sets
  [ -z "$missing" ] || complain
}

# Names all that is missing, with one line to paste.
complain() {
  names=$(printf %s "$missing" | sed 's/ /, /g')
  [ -z "$lacks_sdk" ] || names="${names:+$names, }the .NET SDK $sdk_channel"
  as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo "
  line=
  if [ -z "$missing" ]; then :
  elif command -v apt-get >/dev/null; then line="${as_root}apt-get update && ${as_root}apt-get install -y $missing"
  else say "Install these with the package manager of this system (the names are Debian's): $missing"
  fi
  [ -z "$lacks_sdk" ] || line="${line:+$line && }curl -fsSL $sdk_script | bash -s -- --channel $sdk_channel"
  say "This machine lacks: $names"
  [ -z "$line" ] || say "Paste this line, then run the command again:" && printf '  %s\n' "$line" >&2
  exit 3
}

# ---- the CLI ----

# Whether a published CLI is there, with the runtime that it was published for: sets dotnet_root to that.
is_built() {
  [ -x "$build/cli/flexcore" ] && read -r dotnet_root <"$build/cli/dotnet-root" && [ -x "$dotnet_root/dotnet" ]
}

# Whether no source is newer than that. Removed files show in the time of their folder.
is_fresh() {
  is_built && [ -z "$(cd "$root" && find src docs/reference/*.schema.json samples/quickstart/plugins eng/publish.props global.json Directory.*.props \( -name bin -o -name obj \) -prune -o -newer .build/cli/stamp -print -quit)" ]
}

# Publishes into a new folder and moves a link to it, so that a CLI which is running keeps its files.
publish() {
  case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) fail "FlexCore runs on x86-64 and arm64, not on $(uname -m)" ;;
  esac
  previous=$(readlink "$build/cli") && first='' || first=' (first run)'
  say "Building FlexCore$first…"
  fresh=$(mktemp -d "$build/cli.XXXXXX") && chmod 755 "$fresh" && touch "$fresh/stamp" || exit 3
  if ! logged sdk restore "$root/src/FlexCore.Cli" --locked-mode --artifacts-path "$build/artifacts" ||
    ! logged sdk publish "$root/src/FlexCore.Cli" -c Release -r "$rid" --artifacts-path "$build/artifacts" -o "$fresh" \
      -p:RestoreLockedMode=false -p:CustomBeforeMicrosoftCommonProps="$root/eng/publish.props"; then
    rm -rf "$fresh"
    fail "The build failed; its output is above."
  fi
  printf '%s\n' "$sdk_root" >"$fresh/dotnet-root"
  ln -s "${fresh##*/}" "$fresh.link" && mv -T "$fresh.link" "$build/cli" || exit 3
  for old in "$build"/cli.*; do
    case ${old##*/} in "${fresh##*/}" | "$previous") ;; *) rm -rf "$old" ;; esac
  done
}

# Brings the machine and the build to where a command can run.
prepare() {
  needs=run
  [ "$1" != doctor ] || needs=   # it says itself what is missing
  stale="Sources are newer than the build, but"
  if is_fresh; then :
  elif is_built && ! [ -w "$build" ]; then say "$stale $build cannot be written: using the build that is there"
  elif is_built && ! find_sdk; then say "$stale there is no .NET SDK $sdk_channel: using the build that is there"
  else
    mkdir -p "$build" && [ -w "$build" ] || fail "FlexCore must be built first, and $build cannot be written"
    exec 9>"$build/lock"
    flock 9
    require $needs sdk
    is_fresh || publish   # another process may have published while this one waited
    exec 9>&-
    return
  fi
  require $needs
}
