#!/usr/bin/env bash
# Tries the sandbox of render processes in the built image of media-worker, with the restrictions of production: as the user
# node, without capabilities and new privileges, with a read-only root file system. Prints the attempts that the sandbox does
# not treat as expected, and exits with 1 if there are any. It needs Docker and the installed packages.
#
# Usage: scripts/try-sandbox.sh [IMAGE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

image=${1:-likeness/media-worker:latest}
folder=$PWD/.local/try-sandbox
rm -rf "$folder"
node_modules/.bin/esbuild media-worker/tests/sandbox/in-image.ts media-worker/tests/sandbox/probe.ts \
  --bundle --platform=node --target=node20 --format=esm --conditions=source --external:sharp --external:koffi \
  --out-extension:.js=.mjs --outdir="$folder" --log-level=warning
chmod -R a+rX "$folder"

exec docker run --rm --read-only --tmpfs /tmp:size=64m,mode=1777 --network none --cap-drop ALL \
  --security-opt no-new-privileges --user node --volume "$folder:/app/media-worker/probe:ro" \
  "$image" node media-worker/probe/in-image.mjs
