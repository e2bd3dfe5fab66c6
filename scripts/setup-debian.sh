#!/bin/bash
# Installs what the build and the tests need on Debian 12, and only what is missing.
# Needs root or sudo, and only where something is missing.
set -euo pipefail

packages=(
  gcc g++ libc6-dev make pkg-config
  libqpid-proton11-dev libmosquitto-dev libcbor-dev libssl-dev libsqlite3-dev zlib1g-dev
  mosquitto mosquitto-clients rabbitmq-server openssl
  nginx-light tinyproxy-bin tshark
  python3-venv python3-qpid-proton
)

if ! command -v swift >/dev/null; then
  echo "setup: no 'swift' on PATH. Install Swift 6.1 or later (https://www.swift.org/install/linux/debian/12)" >&2
  echo "       and put its usr/bin on PATH, then run this again." >&2
  exit 1
fi

if ! command -v apt-get >/dev/null; then
  echo "setup: no 'apt-get' here. Install by hand what these Debian packages hold:" >&2
  echo "       ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then
  as_root() { "$@"; }
elif command -v sudo >/dev/null; then
  as_root() { sudo "$@"; }
else
  echo "setup: these packages are missing, and there is neither root nor sudo to install them:" >&2
  echo "       apt-get install ${missing[*]}" >&2
  exit 1
fi

# Debian starts a server as soon as its package is installed, and it would take the ports that
# twinroute's own mosquitto and the tests choose. policy-rc.d forbids that (invoke-rc.d(8)); one
# that is there already is put back afterwards.
policy=/usr/sbin/policy-rc.d
saved=$policy.before-twinroute
restore_policy() {
  as_root rm -f "$policy"
  if [ -e "$saved" ]; then as_root mv "$saved" "$policy"; fi
}
[ ! -e "$policy" ] || [ -e "$saved" ] || as_root mv "$policy" "$saved"
trap restore_policy EXIT
printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
as_root chmod 755 "$policy"

echo "setup: installing ${missing[*]}"
as_root apt-get -qq update
as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >/dev/null

# The packages also ask for a start at every boot. Whoever had a server before keeps it.
if [ -d /run/systemd/system ]; then
  for package in mosquitto rabbitmq-server nginx-light; do
    case " ${missing[*]} " in
      *" $package "*) as_root systemctl disable --quiet "${package%-light}" || true ;;
    esac
  done
fi
echo "setup: done; mosquitto, rabbitmq-server and nginx do not run as services"
