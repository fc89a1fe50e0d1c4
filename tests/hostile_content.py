"""What a hostile FHIR server says: searchsets that lost rows, and what is no searchset at all."""

import json
from itertools import count

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
NUMBERS = count()
# What is wrong with the content: a searchset to another one, which lost rows and shows that it did.


def half(bundle):
    return bundle["entry"][: len(bundle["entry"]) // 2]


def halved(bundle, *more):
    """Half of the rows as if they were all, and entries that should make one doubt it."""
    entries = [*half(bundle), *more]
    matches = [entry for entry in entries if "search" not in entry]
    return bundle | {"entry": entries, "total": len(matches)}


def paged(bundle, link, entries=None):
    links = [*bundle["link"], {"relation": "next", "url": link}]
    return bundle | {"link": links, "entry": half(bundle) if entries is None else entries}


def narrowed(bundle):
    """A self link that admits to one code only, where we ask for several."""
    base, _, asked = bundle["link"][0]["url"].partition("?")
    if "code=" not in asked and "status=" not in asked:
        return bundle
    used = f"{base}?code=http://loinc.org|0-0&status=active"
    return halved(bundle) | {"link": [{"relation": "self", "url": used}]}


def others(bundle):
    """What a server answers that ignored the patient parameter."""
    rows = [json.loads(json.dumps(entry)) for entry in bundle["entry"]]
    for entry in rows:
        owner = "beneficiary" if "beneficiary" in entry["resource"] else "subject"
        entry["resource"] |= {
            "id": f"x{entry['resource']['id']}",
            owner: {"reference": "Patient/x"},
        }
    return bundle | {"entry": half(bundle) + rows, "total": len(half(bundle) + rows)}


CONTENT = {
    "outcome-entry": lambda b: halved(b, {"resource": OUTCOME, "search": {"mode": "outcome"}}),
    "total": lambda b: b | {"entry": half(b), "total": len(b["entry"]) + 5},
    "malformed": lambda b: halved(b, {"resource": {"resourceType": b["link"][0]["type"], "id": 7}}),
    "no-id": lambda b: halved(b, {"resource": {"resourceType": b["link"][0]["type"]}}),
    "lost-page": lambda b: paged(b, "nowhere?page=2"),
    "cycle": lambda b: paged(b, b["link"][0]["url"]),
    "elsewhere": lambda b: paged(b, "http://127.0.0.1:9/fhir/Condition?page=2"),
    "above": lambda b: paged(b, f"{b['link'][0]['url'].partition('/fhir')[0]}/other?page=2"),
    "endless": lambda b: paged(b, f"{b['link'][0]['url'].partition('&n=')[0]}&n={next(NUMBERS)}"),
    "odd-link": lambda b: b | {"entry": half(b), "link": "next"},
    "narrowed": narrowed,
    "others": others,
    "another-type": lambda b: b | {"entry": [{"resource": {"resourceType": "Basic", "id": "b"}}]},
}  # fmt: skip
# What stands in place of the content.
BODIES = {
    "outcome": json.dumps(OUTCOME).encode(),
    "html": b"<!doctype html><title>Log in</title>",
    "xml": b'<Bundle xmlns="http://hl7.org/fhir"/>',
    "null": b"null",
    "empty": b"",
    "list": b"[]",
    "deep": b"[" * 100_000,
    "latin": b'{"resourceType": "Bundle", "entry": [], "x": "\xe9"}',
    "half-json": b'{"resourceType": "Bundle", "entry": [{"resource": ',
    "binary": b'{"resourceType": "Binary", "id": "b"}',
    "nan": b'{"resourceType": "Bundle", "entry": [], "total": NaN}',
}
