#!/usr/bin/env bash
# Deletes what was built, the data of make dev and make demo, and the containers and volumes of docker-compose.yml.
# It lists everything first. In a terminal it asks before it deletes; YES=1 answers. Containers of
# docker-compose.prod.yml are never deleted. It needs no installed packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
project=likeness

pid=$(sed -n 's/^PID=//p' .local/servers.env 2>/dev/null || true)
if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
  echo "make dev or make demo is running (process $pid). Stop it first." >&2
  exit 1
fi

built=()
for folder in . */ shared/*/; do
  for name in dist coverage; do
    path=${folder%/}/$name
    [ ! -d "$path" ] || built+=("${path#./}")
  done
done

containers=() volumes=()
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
  label=com.docker.compose.project
  folders=$(docker ps --all --filter "label=$label=$project" --format "{{.Label \"$label.working_dir\"}}" | sort --unique)
  if [ -n "$folders" ] && [ "$folders" != "$root" ]; then
    echo "The containers of docker compose belong to $folders. They are not deleted."
  else
    mapfile -t containers < <(docker ps --all --filter "label=$label=$project" --format '{{.Names}}')
    mapfile -t volumes < <(docker volume ls --filter "label=$label=$project" --format '{{.Name}}')
  fi
fi

if [ $((${#built[@]} + ${#containers[@]} + ${#volumes[@]})) -eq 0 ] && [ ! -e .local ]; then
  echo "There is nothing to delete."
  exit
fi
echo "This deletes:"
[ ${#built[@]} -eq 0 ] || echo "  - build output: ${built[*]}"
[ ! -e .local ] || echo "  - .local: databases, pictures, mail and keys of make dev and make demo ($(du -sh .local 2>/dev/null | cut -f1))"
[ ${#containers[@]} -eq 0 ] || echo "  - containers: ${containers[*]}"
[ ${#volumes[@]} -eq 0 ] || echo "  - volumes, with all data of docker compose: ${volumes[*]}"
if [ -t 0 ] && [ "${YES:-}" != 1 ]; then
  read -r -p "Delete all of this? [y/N] " answer
  [[ $answer == [yY]* ]] || exit 1
fi

# Private servers may keep data outside of this folder, which only this program finds.
if [ -e node_modules/tsx ]; then node --conditions=source --import tsx scripts/clean.ts; fi
for path in "${built[@]}"; do rm -rf "$path"; done
# Without their output, they would make the next build believe that there is nothing to do.
rm -f ./*.tsbuildinfo ./*/*.tsbuildinfo shared/*/*.tsbuildinfo
rm -rf .local
if [ $((${#containers[@]} + ${#volumes[@]})) -gt 0 ]; then
  if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
  "${compose[@]}" --file docker-compose.yml down --volumes --remove-orphans
fi
