#!/usr/bin/env bash
# Migrates the databases with sequelize-cli. Two runs at the same time are safe. A database that is still starting is
# waited for.
#
#   run-migrations.sh [main|medias|all] [up|undo|down|status|seed]      without arguments: all up
#
#   up      runs the migrations that have not run yet, then seeds: maindb with roles, permissions and the first
#           administrator, mediasdb with the passwords of its database roles
#   undo    reverts the last migration
#   down    reverts every migration
#   status  lists the migrations that have run
#   seed    seeds again
#
# scripts/database-url.sh chooses the databases: MAINDB_URL and MEDIASDB_URL, or the development servers. Without
# installed packages, the migrations run in a container of docker-compose.yml, if its databases are running.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-all}
action=${2:-up}

usage() {
  sed -n '5,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
case $action in up | undo | down | status | seed) ;; *) usage ;; esac
case $target in main | medias | all) ;; *) usage ;; esac

if [ "$target" = all ]; then
  "${BASH_SOURCE[0]}" main "$action"
  exec "${BASH_SOURCE[0]}" medias "$action"
fi

is_installed() { [ -e "$root/node_modules/sequelize-cli/package.json" ]; }

compose() {
  if docker compose version >/dev/null 2>&1; then docker compose --project-directory "$root" "$@"
  else docker-compose --project-directory "$root" "$@"; fi
}

# Only where the databases of docker-compose.yml run, and no other database is named.
runs_in_containers() {
  [ -z "${MAINDB_URL:-}${MEDIASDB_URL:-}" ] && command -v docker >/dev/null &&
    [ -n "$(compose ps --quiet --status running "$1" 2>/dev/null)" ]
}

if ! is_installed; then
  case $target in main) database=db ;; medias) database=medias-db ;; esac
  if runs_in_containers "$database"; then
    compose run --rm --no-deps "$target-migrations" ./run-migrations.sh "$target" "$action"
    exit
  fi
  if ! command -v npm >/dev/null; then
    echo "The migrations cannot run, because npm is not installed. Install Node.js with npm, or start the containers (docker compose up -d)." >&2
    exit 1
  fi
  echo "Installing node modules …"
  (cd "$root" && npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null)
fi

# folder, name of the database, then the commands of sequelize-cli. It replaces this process, so that a signal reaches it.
sequelize() {
  local folder=$1 name=$2
  shift 2
  cd "$folder"
  DATABASE_NAME=$name DATABASE_URL=$("$root/scripts/database-url.sh" "$target") exec node "$root/scripts/migrate-locked.cjs" "$@"
}

case $action in
  up) commands=(db:migrate) ;;
  undo) commands=(db:migrate:undo) ;;
  down) commands=(db:migrate:undo:all) ;;
  status) commands=(db:migrate:status) ;;
  seed) commands=() ;;
esac
case $action in up | seed) commands+=(db:seed:all) ;; esac
case $target in
  main) sequelize "$root/main-service" maindb "${commands[@]}" ;;
  medias) sequelize "$root/shared/mediasdb" mediasdb "${commands[@]}" ;;
esac
