#!/usr/bin/env bash
# Migrates the databases with sequelize-cli. Two at once are safe, and a database that is still starting is waited for.
#
#   run-migrations.sh [main|medias|all] [up|undo|down|status|seed]      without arguments: all up
#
#   up      runs what has not run yet; maindb is then seeded (roles, permissions, the first administrator)
#   undo    takes the last migration back
#   down    takes every migration back
#   status  lists what has run
#   seed    seeds maindb again
#
# MAINDB_URL and MEDIASDB_URL say where; by default the development servers on 127.0.0.1:5432 and :5433.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-all}
action=${2:-up}

usage() {
  sed -n '4,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# folder, database's name, URL, then what sequelize-cli shall do; takes our place, so that whoever stops us stops it.
sequelize() {
  local folder=$1 name=$2 url=$3
  shift 3
  cd "$folder"
  DATABASE_NAME=$name DATABASE_URL=$url exec node "$root/scripts/migrate-locked.cjs" "$@"
}

main() { sequelize "$root/main-service" maindb "${MAINDB_URL:-postgres://likeness:likeness@127.0.0.1:5432/maindb}" "$@"; }
medias() { sequelize "$root/shared/mediasdb" mediasdb "${MEDIASDB_URL:-postgres://likeness:likeness@127.0.0.1:5433/mediasdb}" "$@"; }

run_main() {
  case $action in
    up) main db:migrate db:seed:all ;;
    undo) main db:migrate:undo ;;
    down) main db:migrate:undo:all ;;
    status) main db:migrate:status ;;
    seed) main db:seed:all ;;
  esac
}

run_medias() {
  case $action in
    up) medias db:migrate ;;
    undo) medias db:migrate:undo ;;
    down) medias db:migrate:undo:all ;;
    status) medias db:migrate:status ;;
    # mediasdb has nothing to be seeded with.
    seed) ;;
  esac
}

case $action in up | undo | down | status | seed) ;; *) usage ;; esac
case $target in
  main) run_main ;;
  medias) run_medias ;;
  all)
    (run_main)
    (run_medias)
    ;;
  *) usage ;;
esac
