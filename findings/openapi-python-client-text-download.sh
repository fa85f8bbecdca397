#!/bin/sh
# openapi-python-client 0.29.1 (PyPI; github.com/openapi-generators/openapi-python-client)
#
# Of the content types of an answer the first that the generator knows counts. `text/csv` with `format: binary` is generated as
# `File(payload=BytesIO(response.text))`: reading any such answer raises TypeError, as text is no bytes. With
# `application/octet-stream` before it, `response.content` is read. Our download documents that type first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet openapi-python-client==0.29.1 httpx==0.28.1 ruff==0.17.6
PATH=$folder/venv/bin:$PATH

try() { # package, content types in order: what reading an answer comes to
    content=
    for kind in $2; do content="$content${content:+, }\"$kind\": {\"schema\": {\"type\": \"string\", \"format\": \"binary\"}}"; done
    cat > "$1.json" << JSON
{"openapi": "3.1.0", "info": {"title": "Files", "version": "1"}, "paths": {"/file": {"get": {"operationId": "getFile", "tags": ["files"],
 "responses": {"200": {"description": "The bytes", "content": {$content}}}}}}}
JSON
    openapi-python-client generate --path "$1.json" --meta none --output-path "$1" > "$1.log" 2>&1
    python - "$1" << 'PYTHON'
import importlib, sys
import httpx
package = sys.argv[1]
call = importlib.import_module(f"{package}.api.files.get_file")
client = importlib.import_module(f"{package}.client").Client(base_url="http://localhost")
answer = httpx.Response(200, headers={"Content-Type": "text/csv"}, content=b"number\nA1\n")
try:
    print(package, call._parse_response(client=client, response=answer).payload.read())
except TypeError as error:
    print(package, "TypeError:", error)
PYTHON
}
found=$(try text text/csv; try bytes "application/octet-stream text/csv")
echo "$found"
[ "$found" = "text TypeError: a bytes-like object is required, not 'str'
bytes b'number\\nA1\\n'" ]
