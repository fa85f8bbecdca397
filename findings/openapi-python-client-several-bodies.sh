#!/bin/sh
# openapi-python-client 0.29.1 (PyPI; github.com/openapi-generators/openapi-python-client)
#
# An operation that takes one of two bodies and has no optional parameter is generated without the import of `Unset`, which the
# signature of its functions names: importing the module raises NameError. One optional parameter brings the import.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet openapi-python-client==0.29.1 httpx==0.28.1 ruff==0.17.6
PATH=$folder/venv/bin:$PATH

try() { # package, parameters: what importing the operation comes to
    cat > "$1.json" << JSON
{"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": {"/notes": {"post": {"operationId": "sendNote", "tags": ["notes"],
 "parameters": [$2], "requestBody": {"required": true, "content": {
  "application/json": {"schema": {"\$ref": "#/components/schemas/Note"}},
  "multipart/form-data": {"schema": {"\$ref": "#/components/schemas/Form"}}}}, "responses": {"204": {"description": "Taken"}}}}},
 "components": {"schemas": {
  "Note": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
  "Form": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}}
JSON
    openapi-python-client generate --path "$1.json" --meta none --output-path "$1" > "$1.log" 2>&1
    python -c "import $1.api.notes.send_note; print('$1 imported')" 2> "$1.error" || echo "$1 $(tail -n 1 "$1.error")"
}
found=$(try bare ''; try optional '{"name": "mode", "in": "query", "schema": {"type": "string"}}')
echo "$found"
echo "$found" | head -n 1 | grep -q "^bare NameError: name 'Unset' is not defined"
[ "$(echo "$found" | tail -n 1)" = "optional imported" ]
