#!/bin/sh
# @hey-api/openapi-ts 0.99.0 with TypeScript 5.9.3 (npm; github.com/hey-api/openapi-ts)
#
# The fetch client that it generates passes `tsc --strict` and fails with `exactOptionalPropertyTypes`, which `tsc --init` of
# TypeScript 5.9 turns on: its own runtime (client.gen.ts) hands `undefined` to optional properties. The types of the document
# itself pass. A project with that option has to exclude the generated folder's runtime, which `skipLibCheck` does not do.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @hey-api/openapi-ts@0.99.0 typescript@5.9.3
cat > document.json << 'JSON'
{"openapi": "3.1.0", "info": {"title": "Ping", "version": "1"}, "paths": {"/ping": {"get": {"operationId": "ping",
 "responses": {"200": {"description": "Pong", "content": {"application/json": {"schema": {"type": "string"}}}}}}}}}
JSON
npx openapi-ts -i document.json -o client -c @hey-api/client-fetch --silent --no-log-file
check() { npx tsc --noEmit --strict --skipLibCheck --target es2022 --module nodenext --moduleResolution nodenext "$@" client/index.ts || true; }
strict=$(check)
exact=$(check --exactOptionalPropertyTypes | grep -o '^client/[^(]*.*error TS[0-9]*' | sed 's/([0-9,]*)//' | sort | uniq -c | sed 's/^ *//')
init=$(npx tsc --init > /dev/null && grep -c '"exactOptionalPropertyTypes": true' tsconfig.json)
echo "strict: ${strict:-passes}"
echo "exact: $exact"
echo "tsc --init turns it on: $init"
[ -z "$strict" ] && [ "$init" = 1 ]
[ "$(echo "$exact" | grep -c 'client/client/client.gen.ts: error TS2379')" = 1 ]
[ -z "$(echo "$exact" | grep -v 'client/c[a-z]*/')" ]
