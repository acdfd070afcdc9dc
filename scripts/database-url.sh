#!/usr/bin/env bash
# Prints the URL of a development database:  database-url.sh main|medias
# It is the first of these: MAINDB_URL or MEDIASDB_URL in the environment; in .env; in the service's .env, if it differs
# from .env.example; the server of a running make dev; the server on MAINDB_PORT or MEDIASDB_PORT, on which docker compose
# publishes the database (default 5432 and 5433).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  main) name=MAINDB port=5432 database=maindb folder=main-service ;;
  medias) name=MEDIASDB port=5433 database=mediasdb folder=medias-service ;;
  *) echo "usage: database-url.sh main|medias" >&2; exit 2 ;;
esac

# The last value of a variable in a .env file, without quotes.
value_in() {
  [ -r "$1" ] || return 0
  sed -n "s/^\(export \)\{0,1\}$2=//p" "$1" | tail -n 1 | sed -e "s/^'\(.*\)'$/\1/" -e 's/^"\(.*\)"$/\1/'
}

standard="postgres://likeness:likeness@127.0.0.1:$port/$database"
variable=${name}_URL
url=${!variable:-}
[ -n "$url" ] || url=$(value_in .env "$variable")
if [ -z "$url" ]; then
  url=$(value_in "$folder/.env" "$variable")
  [ "$url" != "$standard" ] || url=
fi
# make dev writes this file with its process id.
if [ -z "$url" ] && kill -0 "$(value_in .local/servers.env PID)" 2>/dev/null; then
  url=$(value_in .local/servers.env "$variable")
fi
if [ -z "$url" ]; then
  variable=${name}_PORT
  moved=${!variable:-$(value_in .env "$variable")}
  url="postgres://likeness:likeness@127.0.0.1:${moved:-$port}/$database"
fi
echo "$url"
