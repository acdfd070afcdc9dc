#!/usr/bin/env bash
# Runs the unit tests on Node 24, which the images run, whatever Node this machine has. npm brings that Node, into
# .local/. Where the registry has none for this machine, it says so, and the tests are skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=$(node -p '`node-${process.platform}-${process.arch}`')
folder=.local/node24
program=$PWD/$folder/node_modules/$package/bin/node

if [[ ! -x $program ]]; then
  mkdir -p "$folder"
  if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "$package@24" >/dev/null; then
    echo "The npm registry has no Node 24 for this machine ($package@24): the unit tests on Node 24 are skipped." >&2
    exit 0
  fi
fi
echo "Unit tests on Node $("$program" --version)"
exec env PATH="$(dirname "$program"):$PATH" "$program" node_modules/jest/bin/jest.js --selectProjects=unit "$@"
