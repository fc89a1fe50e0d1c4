"""What the document cannot say, told to Schemathesis: it runs this in its own environment."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Make a body consistent in what no JSON Schema can ask of it.

    Each selection names an order of ``draftOrders``; what begins like a URL is one; and a whole
    number is written as one: to JSON Schema ``300.0`` is an integer, too.
    """
    if not isinstance(case.body, dict):
        return
    if str(case.body.get("fhirServer")).startswith(("http://", "https://")):
        case.body["fhirServer"] = "https://fhir.example.org/r4"
    authorization = case.body.get("fhirAuthorization")
    if isinstance(authorization, dict) and isinstance(authorization.get("expires_in"), float):
        authorization["expires_in"] = _as_written(authorization["expires_in"])
    if isinstance(case.body.get("context"), dict):
        _draft_what_is_selected(case.body["context"])


def _as_written(number):
    return int(number) if number.is_integer() else number


def _draft_what_is_selected(context):
    orders, selections = context.get("draftOrders"), context.get("selections")
    if not isinstance(orders, dict) or not isinstance(selections, list):
        return
    if orders.get("entry") is None:
        orders["entry"] = []
    if isinstance(orders["entry"], list):
        parts = [str(selected).partition("/") for selected in selections]
        added = [{"resource": {"resourceType": kind, "id": name}} for kind, _, name in parts]
        orders["entry"] += [entry for entry in added if entry not in orders["entry"]]
