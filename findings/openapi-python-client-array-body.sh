#!/bin/sh
# openapi-python-client 0.29.1 (PyPI; github.com/openapi-generators/openapi-python-client)
#
# An operation whose body is a JSON array, or a form instead, is generated as `isinstance(body, list[Row])`. Python refuses a
# parameterised generic there, so each call raises TypeError, with an array and with a form. With the array as the only body
# the same operation works. Our import takes an array, a CSV or a form: clients/python/import.yaml leaves the array alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet openapi-python-client==0.29.1 httpx==0.28.1 ruff==0.17.6
PATH=$folder/venv/bin:$PATH

document() { # with these bodies
    cat << JSON
{"openapi": "3.1.0", "info": {"title": "Rows", "version": "1"}, "paths": {"/rows": {"post": {"operationId": "sendRows", "tags": ["rows"],
 "parameters": [{"name": "mode", "in": "query", "schema": {"type": "string"}}],
 "requestBody": {"required": true, "content": {$1}}, "responses": {"204": {"description": "Taken"}}}}},
 "components": {"schemas": {
  "Row": {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
  "Form": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}}
JSON
}
array='"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}'
form='"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Form"}}'

try() { # package, bodies: what building a request with an array comes to
    document "$2" > "$1.json"
    openapi-python-client generate --path "$1.json" --meta none --output-path "$1" > "$1.log" 2>&1
    python - "$1" << 'PYTHON'
import importlib, sys
package = sys.argv[1]
call = importlib.import_module(f"{package}.api.rows.send_rows")
row = importlib.import_module(f"{package}.models").Row(number="A1")
try:
    print(package, call._get_kwargs(body=[row])["json"])
except TypeError as error:
    print(package, "TypeError:", error)
PYTHON
}
found=$(try one "$array"; try two "$array, $form")
echo "$found"
[ "$found" = "one [{'number': 'A1'}]
two TypeError: isinstance() argument 2 cannot be a parameterized generic" ]
