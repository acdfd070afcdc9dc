#!/usr/bin/env bash
# Writes .env with every secret that docker-compose.prod.yml asks for, made by openssl. Never over one that is there:
# databases keep the password that they were made with.
#   write-production-env.sh ADMIN_EMAIL
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
admin_email=${1:-}
[ -n "$admin_email" ] || { echo "Say who the first administrator is: make prod-env ADMIN_EMAIL=you@example.com" >&2; exit 2; }
[ ! -e .env ] || { echo ".env is there already, and is left as it is." >&2; exit 1; }

umask 077
draft=$(mktemp .env.XXXXXX)
trap 'rm -f "$draft"' EXIT
{
  # In one line, as .env files want it.
  echo "SIGNING_KEY='$(openssl ecparam -name prime256v1 -genkey -noout | awk '{ printf "%s\\n", $0 }')'"
  for name in REFRESH_KEY MAIN_SERVICE_CLIENT_SECRET MEDIAS_SERVICE_CLIENT_SECRET \
    MAINDB_PASSWORD MAINDB_SERVICE_PASSWORD MEDIASDB_PASSWORD RABBITMQ_PASSWORD; do
    echo "$name=$(openssl rand -hex 32)"
  done
  echo "ADMIN_EMAIL='$admin_email'"
  echo "ADMIN_PASSWORD=$(openssl rand -hex 16)"
} >"$draft"
mv "$draft" .env
echo "Wrote .env. The administrator's first password stands in it, as ADMIN_PASSWORD."
