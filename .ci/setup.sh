# Shared by ./run and ./test: brings up what they need, and does nothing where nothing has changed.
# shellcheck shell=bash

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export HOME="${HOME:-/tmp}"
export DEBIAN_FRONTEND=noninteractive
log_dir="$root/artifacts/log"
mkdir -p "$log_dir"

say() { printf '%s\n' "$@" >&2; }
die() { say "$@"; exit 1; }

# quietly NAME COMMAND...: the output goes to a file and is shown only when the command fails.
quietly() {
  local log="$log_dir/$1.log"
  shift
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    die "Failed: $*"
  fi
}

need_dotnet() {
  command -v dotnet >/dev/null || die "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0 (or: sudo apt-get install dotnet-sdk-10.0)"
  [[ "$(cd "$root" && dotnet --version 2>/dev/null)" == 10.* ]] || die "Ladewerk needs the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || die "Node.js 20 or newer with npm is missing: https://nodejs.org (or: sudo apt-get install nodejs npm)"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || die "Ladewerk's pages are bundled with Node.js 20 or newer; this is $(node --version)."
}

# have PACKAGE: whether what we use of it is there, whoever installed it.
have() {
  case "$1" in
    postgresql) command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null ;;
    weasyprint) command -v weasyprint >/dev/null ;;
    chromium) command -v chromium >/dev/null ;;
    poppler-utils) command -v pdftotext >/dev/null ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
  esac
}

# need_packages PACKAGE...: installs the missing ones where we may, otherwise says how.
need_packages() {
  local missing=() package as_root=()
  for package in "$@"; do
    have "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return

  command -v apt-get >/dev/null || die "Please install: ${missing[*]} (this is not Debian or Ubuntu, so the names may differ)."
  if [[ $EUID -ne 0 ]]; then
    sudo -n true 2>/dev/null || die "Missing packages. Install them, then start again:" "" "  sudo apt-get install -y --no-install-recommends ${missing[*]}" ""
    as_root=(sudo -n)
  fi

  say "Installing ${missing[*]} ..."
  # Ladewerk runs a cluster of its own; the one that Debian would create and start is not needed.
  if [[ " ${missing[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}")
  if ! "${install[@]}" >"$log_dir/apt.log" 2>&1 </dev/null; then
    quietly apt-update "${as_root[@]}" apt-get update -q
    quietly apt "${install[@]}"
  fi
}

# digest PATH...: of the names and contents of all files below, without what is built.
digest() {
  (cd "$root" && find "$@" \( -name node_modules -o -name dist -o -name dist.new -o -name bin -o -name obj \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# unless_done NAME DIGEST RESULT COMMAND...: runs the command unless it has already been done for this digest and its result is there.
unless_done() {
  local stamp="$root/artifacts/stamp/$1" now="$2" result="$3"
  shift 3
  [[ -e "$result" && -f "$stamp" && "$(<"$stamp")" == "$now" ]] && return
  rm -f "$stamp"
  "$@"
  mkdir -p "$root/artifacts/stamp"
  printf '%s' "$now" >"$stamp"
}

npm_ci() {
  need_node
  say "Fetching the packages of the pages ..."
  quietly npm npm ci --prefix "$root/src/web" --no-audit --no-fund --loglevel=error
}

bundle() {
  need_node
  unless_done npm "$(digest src/web/package.json src/web/package-lock.json src/web/.npmrc)" "$root/src/web/node_modules" npm_ci
  say "Bundling the pages ..."
  quietly bundle node "$root/src/web/build.mjs"
}

bundle_pages() {
  unless_done bundle "$(digest src/web)" "$root/src/Ladewerk/wwwroot/dist/manifest.json" bundle
}

# build CONFIGURATION PROJECT...: in CI the lock files must hold and no build server stays behind.
build() {
  local configuration="$1" project ci=()
  shift
  [[ -n "${CI:-}" ]] && ci=(-p:RestoreLockedMode=true --disable-build-servers)
  need_dotnet
  for project in "$@"; do
    say "Building $(basename "$project") ($configuration) ..."
    quietly "build-$(basename "$project")" dotnet build "$root/$project" -c "$configuration" -v quiet -clp:NoSummary "${ci[@]}"
  done
}
