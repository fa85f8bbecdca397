"""What a caller knows and no schema can say, for schemathesis: valid requests are made to keep it."""

import uuid
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    # a request that is not a repetition has a key of its own
    for name in case.headers:
        if name.lower() == "idempotency-key":
            case.headers[name] = uuid.uuid4().hex
    if isinstance(case.body, dict):
        case.body = with_rules_between_fields(case.body)
        if case.media_type == "multipart/form-data":
            # an option stands in the query or in the form
            case.body = {name: value for name, value in case.body.items() if name not in case.query}


def with_rules_between_fields(body: dict[str, Any]) -> dict[str, Any]:
    body = rounded(body)
    for invoice in entries(body, "invoices"):
        items = entries(invoice, "items")
        for item in items:
            # an invoice has one currency; the VAT rate alone says what the tax is
            item.update(currency=items[0].get("currency"), tax_rate=None)
    if "alarms" in body:
        # an alarm stands once in a report
        body["alarms"] = list({alarm.get("code"): alarm for alarm in entries(body, "alarms")}.values())
    return body


def rounded(value: Any) -> Any:
    """Quantities have three decimals: `multipleOf` would make validators that compute in binary refuse good ones."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 3) if isinstance(value, float) else value


def entries(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = body.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
