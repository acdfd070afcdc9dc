#!/usr/bin/env bash
# Runs every command of docs/commands.md that needs a Docker engine, as written there, in a new clone of this repository
# without installed packages. Prints one line for each statement, and exits with 1 if one is false.
# It needs bash, curl, git, make, npm, Docker Engine 26 and Compose 2.26.1 or newer, about ten minutes, and the usual
# ports.
# It starts only if no containers and volumes of the two compose projects exist, because it deletes them at the end.
set -uo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for project in likeness likeness-production; do
  filter="label=com.docker.compose.project=$project"
  if [ -n "$(docker ps --all --quiet --filter "$filter")$(docker volume ls --quiet --filter "$filter")" ]; then
    echo "Containers or volumes of the compose project $project exist. Delete them first: make clean" >&2
    exit 2
  fi
done

work=$(mktemp -d)
clone=$work/likeness
tools=$work/bin
failed=0
mkdir "$tools"
# Without the program docker-compose, the plugin gets this name.
if ! docker-compose version >/dev/null 2>&1; then
  printf '#!/bin/sh\nexec docker compose "$@"\n' >"$tools/docker-compose"
  chmod +x "$tools/docker-compose"
fi
PATH=$tools:$PATH

cleanup() {
  cd "$clone" 2>/dev/null && docker-compose down --volumes --remove-orphans >/dev/null 2>&1
  cd "$clone" 2>/dev/null && docker-compose -f docker-compose.prod.yml down --volumes --remove-orphans >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT

# try STATEMENT COMMAND: the command succeeds if the statement is true.
try() {
  local statement=$1 output
  shift
  if output=$(bash -o pipefail -c "$*" 2>&1 </dev/null); then
    echo "ok      $statement"
  else
    failed=1
    echo "FAILED  $statement"
    echo "        $*"
    tail -n 15 <<<"$output" | sed 's/^/        | /'
  fi
}

ready() { curl --silent --fail --max-time 5 --output /dev/null "http://localhost:$1/readyz"; }
all_ready() {
  for _ in $(seq 120); do
    local port late=
    for port in ${PORTS:-3000 3001 3002 8080}; do ready "$port" || late=yes; done
    test -z "$late" && return 0
    sleep 1
  done
  docker-compose ps --all
  docker-compose logs --tail=20
  return 1
}
post() { curl --silent --max-time 20 -H 'Content-Type: application/json' -d "$2" "$1"; }
ada='{"email":"ada@example.com","password":"correct horse battery"}'
ada_registers='{"email":"ada@example.com","password":"correct horse battery","name":"Ada"}'
token() { post http://localhost:3002/api/v1/auth/login "$ada" | sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p'; }
upload() {
  local file=docs/first-picture.jpg
  curl --silent --max-time 20 -H "Authorization: Bearer $(token)" -F "file=@$file" ${1:+-F "file=@$file"} \
    http://localhost:3001/api/v1/media
}
export -f ready all_ready post token upload
export ada

git clone --quiet "$repository" "$clone"
cd "$clone" || exit 1

echo "# Development"
for service in main-service auth-service medias-service; do
  try "cp $service/.env.example $service/.env" "cp $service/.env.example $service/.env"
done
sed -i 's/^ACCESS_TOKEN_SECONDS=.*/ACCESS_TOKEN_SECONDS=60/' auth-service/.env
sed -i 's/^MAX_FILES=.*/MAX_FILES=1/' medias-service/.env
try "make build" "make build"
try "docker-compose up -d starts everything" "docker-compose up -d && all_ready"
try "  RabbitMQ's management is at 15672" "curl --silent --fail --output /dev/null http://localhost:15672/"
for port in 5432 5433; do try "  a database is at $port" "(exec 3<>/dev/tcp/localhost/$port)"; done
try "  the gateway serves the start page, the API reference and the example" \
  "for page in / /docs/ /openapi.json /docs/errors/ /examples/gallery/; do
     curl --silent --fail --max-time 20 --output /dev/null http://localhost:8080\$page || exit 1
   done"
try "  the gateway serves all services, and nothing of the inside" \
  "post http://localhost:8080/api/v1/auth/login '{}' | grep invalid-request &&
   curl --silent http://localhost:8080/api/v1/media | grep token-missing &&
   curl --silent http://localhost:8080/internal/users | grep no-such-route"
try "  a value in auth-service/.env applies" "post http://localhost:3002/api/v1/auth/register '$ada_registers' | grep '\"expiresIn\":60'"
try "  a value in medias-service/.env applies" "upload two | grep too-many-files"
try "  a path in a service's .env file does not apply in containers" \
  "docker-compose exec -T main-service sh -c 'test \$MAIL_DIR = /var/lib/likeness/mail'"
echo 'ACCESS_TOKEN_SECONDS=120' >.env
try "  a value in the .env file of the repository has precedence" \
  "docker-compose up -d && all_ready && post http://localhost:3002/api/v1/auth/login '$ada' | grep '\"expiresIn\":120'"
rm .env
try "docker-compose exec db psql -U postgres -d maindb" \
  "docker-compose exec -T db psql -U postgres -d maindb -c 'SELECT count(*) FROM users'"
try "docker-compose exec medias-db psql -U postgres -d mediasdb" \
  "docker-compose exec -T medias-db psql -U postgres -d mediasdb -c 'SELECT count(*) FROM media'"
try "  a volume that was created without the role postgres gets it" \
  "docker-compose exec -T db psql -U likeness -d maindb -c 'DROP ROLE postgres' && docker-compose up -d && all_ready &&
   docker-compose exec -T db psql -U postgres -d maindb -c 'SELECT 1'"
try "./run-migrations.sh, in a container" "./run-migrations.sh && test ! -e node_modules"
try "npm run migration:main, in a container" "npm run migration:main && test ! -e node_modules"
try "npm run migration:medias, in a container" "npm run migration:medias && test ! -e node_modules"
try "make migrate and make migrate-status, in a container" "make migrate && make migrate-status && test ! -e node_modules"
for service in '' main-service auth-service medias-service; do
  try "docker-compose logs -f $service" "(timeout 5 docker-compose logs -f $service || true) | grep -m 1 ."
done
try "make logs" "(timeout 5 make logs || true) | grep -m 1 ."
try "docker-compose down keeps the data" "docker-compose down && docker-compose up -d && all_ready && token | grep ."
try "docker-compose down -v deletes the data" "docker-compose down -v && docker-compose up -d && all_ready && ! token | grep ."
try "make down" "make down"
try "make up, make db-main and make db-medias use other ports from .env" \
  "printf 'MAINDB_PORT=5452\nMEDIASDB_PORT=5453\n' >.env && make up && all_ready &&
   echo 'SELECT count(*) FROM users;' | make db-main && echo 'SELECT count(*) FROM media;' | make db-medias &&
   scripts/database-url.sh main | grep 5452"
try "make clean lists what it deletes, and deletes containers and volumes" \
  "make clean | grep likeness_maindb && test -z \"\$(docker volume ls --quiet --filter label=com.docker.compose.project=likeness)\""
rm -f .env

echo "# A clone that another user made with umask 077"
private=$work/private
(umask 077 && git clone --quiet "$repository" "$private")
chown -R 4321:4321 "$private" 2>/dev/null
chmod 755 "$work"
cd "$private" || exit 1
try "the services report the file that they cannot read" \
  "docker-compose up -d --build; for _ in \$(seq 60); do
     docker-compose logs medias-service main-service 2>&1 | grep -c 'chmod a+r' | grep -qx '[2-9]' && exit 0; sleep 1
   done; docker-compose logs medias-service main-service; exit 1"
try "  and start when the file is readable" \
  "chmod a+r main-service/features.json medias-service/presets.json && docker-compose up -d && all_ready"
try "  make clean" "make clean"
cd "$clone" || exit 1

# In production, a reverse proxy is in place of the gateway.
export PORTS="3000 3001 3002"
echo "# Production"
try "docker-compose -f docker-compose.prod.yml up -d does not start without secrets" \
  "! docker-compose -f docker-compose.prod.yml up -d"
try "docker-compose -f docker-compose.prod.yml run --rm preflight lists every missing secret" \
  "output=\$(docker-compose -f docker-compose.prod.yml run --rm preflight 2>&1); for name in SIGNING_KEY REFRESH_KEY \
   MAIN_SERVICE_CLIENT_SECRET MEDIAS_SERVICE_CLIENT_SECRET MAINDB_PASSWORD MAINDB_SERVICE_PASSWORD MEDIASDB_PASSWORD \
   MEDIASDB_SERVICE_PASSWORD MEDIASDB_WORKER_PASSWORD RABBITMQ_PASSWORD RABBITMQ_SERVICE_PASSWORD \
   RABBITMQ_WORKER_PASSWORD ADMIN_EMAIL ADMIN_PASSWORD; do grep -q \"\$name is not set\" <<<\"\$output\" || { echo \"\$output\"; exit 1; }; done"
docker-compose -f docker-compose.prod.yml down --volumes >/dev/null 2>&1
cp auth-service/.env.example auth-service/.env
sed -i 's/^ACCESS_TOKEN_SECONDS=.*/ACCESS_TOKEN_SECONDS=60/' auth-service/.env
try "make prod-env, then docker-compose -f docker-compose.prod.yml up -d starts production" \
  "make prod-env ADMIN_EMAIL=root@example.com && docker-compose -f docker-compose.prod.yml up -d && all_ready"
try "  which ignores the .env files of the services" \
  "post http://localhost:3002/api/v1/auth/register '$ada_registers' | grep '\"expiresIn\":900'"
try "  and renders pictures" \
  "id=\$(upload | sed -n 's/^{\"id\":\"\([^\"]*\)\".*/\1/p'); for _ in \$(seq 60); do
     curl --silent -H \"Authorization: Bearer \$(token)\" http://localhost:3001/api/v1/media/\$id | grep -q '\"status\":\"ready\"' && exit 0
     sleep 1
   done; exit 1"
production() { docker-compose -f docker-compose.prod.yml "$@"; }
export -f production
try "  with database roles that cannot run programs and create tables" \
  "for login in medias_service:\$(sed -n s/^MEDIASDB_SERVICE_PASSWORD=//p .env) media_worker:\$(sed -n s/^MEDIASDB_WORKER_PASSWORD=//p .env); do
     for statement in \"COPY (SELECT 1) TO PROGRAM 'cat'\" 'CREATE TABLE mine (id int)' 'CREATE TEMP TABLE mine (id int)' 'SELECT * FROM pg_authid'; do
       (production exec -T medias-db psql --command \"\$statement\" \"postgres://\$login@127.0.0.1/mediasdb\" 2>&1 || true) |
         grep 'permission denied' || exit 1
     done
   done"
try "  with users of RabbitMQ that cannot declare anything" \
  "production exec -T rabbitmq rabbitmqctl --quiet list_permissions | grep --count --fixed-strings -e \$'\t^\$\t^(media' | grep -x 2 &&
   production exec -T rabbitmq rabbitmqctl --quiet list_users | grep --count administrator | grep -x 1"
try "  with a worker that cannot change originals, and writes only renditions" \
  "production exec -T media-worker sh -c 'cd /var/lib/likeness/store && test -n \"\$(find originals -type f)\" &&
     ! touch originals/new && ! touch new && ! rm -f \$(find originals -type f) && touch renditions/new && rm renditions/new'"

[ "$failed" -eq 0 ] && echo "All commands work as written." || echo "Some commands do not work."
exit "$failed"
