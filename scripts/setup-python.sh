#!/bin/bash
# Makes .venv for the interoperability tests, and brings it up to date when Tests/requirements.txt changed.
# It is Debian's own Python, with its packages visible: python3-qpid-proton is one of them.
set -euo pipefail
cd "$(dirname "$0")/.."

python=/usr/bin/python3
[ -x "$python" ] || { echo "setup: no $python; run scripts/setup-debian.sh first" >&2; exit 1; }

stamp=.venv/requirements.txt
if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && cmp -s Tests/requirements.txt "$stamp"; then
  exit 0
fi
echo "setup: making .venv"
"$python" -m venv --clear --system-site-packages .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement Tests/requirements.txt
cp Tests/requirements.txt "$stamp"
