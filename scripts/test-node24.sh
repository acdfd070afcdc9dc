#!/usr/bin/env bash
# Runs the unit tests on Node 24, the version in the images, whatever version this machine has. npm installs Node 24 in
# .local/. If the registry has no Node 24 for this machine, the script reports it and skips the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=$(node -p '`node-${process.platform}-${process.arch}`')
folder=.local/node24
program=$PWD/$folder/node_modules/$package/bin/node

if [[ ! -x $program ]]; then
  mkdir -p "$folder"
  if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "$package@24" >/dev/null; then
    echo "Skipping the unit tests on Node 24: the npm registry has no Node 24 for this machine ($package@24)." >&2
    exit 0
  fi
fi
echo "Unit tests on Node $("$program" --version)"
exec env PATH="$(dirname "$program"):$PATH" "$program" node_modules/jest/bin/jest.js --selectProjects=unit "$@"
