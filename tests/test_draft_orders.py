"""Draft orders are read leniently, and never for somebody else (contract, rule 9)."""

import msgspec
import orjson
import pytest

from cds_service.fhir.admission import Gate
from cds_service.fhir.draft_orders import MAX_ENTRIES, DraftOrdersError, read_draft_orders
from tests.toy_service import bundle, toy_order

SERVER = "https://fhir.example.org/r4"


def read(*resources, selections=None, **members):
    raw = msgspec.Raw(orjson.dumps(bundle(*resources) | members))
    return read_draft_orders(raw, Gate("p1", SERVER), selections)


def only(*resources):
    (order,) = read(*resources).orders.judged
    return order


def test_an_order_is_reduced_to_what_it_is_recognised_by():
    order = only(
        toy_order(
            code={
                "text": "Removal of screws",
                "coding": [{"system": "s", "code": "22852", "display": "Removal"}],
            },
            bodySite=[{"text": "L5"}],
            reasonCode=[{"coding": [{"code": "M96.0"}]}],
            note=[{"text": "both sides"}],
            authoredOn="2026-03-01",
        )
    )
    assert order.reference == "ServiceRequest/draft-1"
    assert (order.resource_type, order.status) == ("ServiceRequest", "draft")
    assert [(c.system, c.code) for c in order.codings] == [("s", "22852")]
    assert order.text == "Removal of screws; Removal"
    assert [site.text for site in order.body_sites] == ["L5"]
    assert [reason.coding[0].code for reason in order.reasons] == ["M96.0"]
    assert order.notes == ("both sides",)
    assert order.authored_on == "2026-03-01"


def test_an_order_that_came_twice_is_one():
    assert [o.reference for o in read(toy_order(), toy_order()).orders.judged] == [
        "ServiceRequest/draft-1"
    ]


def test_equal_texts_are_said_once():
    code = {"text": "x", "coding": [{"code": "1", "display": "x"}, {"code": "2", "display": "y"}]}
    assert only(toy_order(code=code)).text == "x; y"


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{}]},
        {"coding": []},
        {},
        None,
        "x",
        5,
        [],
        {"coding": "x"},
        {"coding": [None, 5]},
    ],
)
def test_a_code_that_says_nothing_is_no_code(code):
    order = only(toy_order(code=code))
    assert (order.codings, order.text) == ((), "")


@pytest.mark.parametrize("wrap", [lambda concept: concept, lambda concept: [concept]])
def test_reasons_and_body_sites_may_be_an_object_or_a_list(wrap):
    concept = {"coding": [{"system": "s", "code": "c"}]}
    order = only(
        toy_order(reasonCode=wrap(concept), bodySite=wrap(concept), category=wrap(concept))
    )
    assert order.reasons[0].coding[0].code == "c"
    assert order.body_sites[0].coding[0].code == "c"


@pytest.mark.parametrize("member", ["code", "codeCodeableConcept", "medicationCodeableConcept"])
def test_the_code_is_found_where_each_request_type_has_it(member):
    order = toy_order(code=None) | {member: {"coding": [{"code": "c"}]}}
    assert only(order).codings[0].code == "c"


def test_the_concept_of_a_codeable_reference_is_unwrapped():
    assert only(toy_order(code={"concept": {"coding": [{"code": "c"}]}})).codings[0].code == "c"


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/3"},
        {"reference": f"{SERVER}/Patient/p1"},
        None,
    ],
)
def test_an_order_for_this_patient_or_nobody_named_is_judged(subject):
    assert len(read(toy_order(subject=subject)).orders.judged) == 1


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/other"},
        {"reference": "Patient/p11"},
        {"reference": "Group/p1"},
        {"reference": "urn:uuid:1"},
        {"reference": "#p1"},
        {"reference": "https://elsewhere.example/Patient/p1"},
        {"identifier": {"value": "p1"}},
        "Patient/p1",
    ],
)
def test_an_order_for_anybody_else_is_ignored_and_counted(subject):
    drafted = read(toy_order(subject=subject), toy_order(order_id="d2"))
    assert [order.reference for order in drafted.orders.judged] == ["ServiceRequest/d2"]
    assert drafted.ignored == {"other-patient": 1}


def test_an_order_that_comes_twice_is_one_and_one_that_says_something_else_another():
    again, other = toy_order(), toy_order(authoredOn="2026-02-02")
    assert len(read(toy_order(), again, other, other).orders.judged) == 2


def test_a_subject_that_is_null_hides_no_patient():
    order = toy_order(subject=None) | {"patient": {"reference": "Patient/other"}}
    assert read(order).ignored == {"other-patient": 1}


def test_the_patient_of_older_releases_counts_as_subject():
    order = {
        "resourceType": "MedicationOrder",
        "id": "o",
        "patient": {"reference": "Patient/other"},
    }
    assert read(order).ignored == {"other-patient": 1}


@pytest.mark.parametrize("status", ["entered-in-error", "revoked"])
def test_a_void_order_is_ignored_and_counted_by_its_status(status):
    assert read(toy_order(status=status)).ignored == {status: 1}


def test_an_order_not_to_do_something_is_ignored():
    assert read(toy_order(doNotPerform=True)).ignored == {"do-not-perform": 1}


@pytest.mark.parametrize("status", ["draft", "active", "on-hold", None, 5])
def test_other_statuses_are_judged(status):
    assert len(read(toy_order(status=status)).orders.judged) == 1


@pytest.mark.parametrize("entry", [None, "x", 1, {}, {"resource": None}, {"resource": {"id": "1"}}])
def test_an_entry_that_is_no_resource_is_passed_over(entry):
    resources = bundle(toy_order())["entry"]
    assert len(read(entry=[entry, *resources]).orders.judged) == 1


@pytest.mark.parametrize("members", [{"entry": None}, {"entry": []}])
def test_a_bundle_without_entries_has_no_orders(members):
    assert read(**members).orders.everything == ()


@pytest.mark.parametrize("members", [{"resourceType": "Patient"}, {"resourceType": None}])
def test_what_is_no_bundle_is_refused(members):
    with pytest.raises(DraftOrdersError) as caught:
        read(**members)
    assert caught.value.path == "context.draftOrders.resourceType"


@pytest.mark.parametrize("entry", ["x", {"a": 1}, 5, {}, "", 0, False])
def test_entries_that_are_no_array_are_refused(entry):
    with pytest.raises(DraftOrdersError):
        read(entry=entry)


def test_a_number_out_of_range_is_refused():
    with pytest.raises(DraftOrdersError):
        read_draft_orders(msgspec.Raw(b'{"resourceType":"Bundle","x":1e999}'), Gate("p1", None))


def test_as_many_entries_as_the_limit_are_read_and_one_more_is_refused():
    orders = [toy_order(order_id=str(i)) for i in range(MAX_ENTRIES)]
    assert len(read(*orders).orders.judged) == MAX_ENTRIES
    with pytest.raises(DraftOrdersError):
        read(*orders, toy_order(order_id="more"))


def test_an_order_without_id_is_named_by_its_type():
    assert only(toy_order(order_id=None)).reference == "ServiceRequest"


def test_selected_orders_are_judged_and_the_others_are_context():
    drafted = read(toy_order(), toy_order(order_id="d2"), selections=("ServiceRequest/d2",))
    assert [order.reference for order in drafted.orders.judged] == ["ServiceRequest/d2"]
    assert [order.reference for order in drafted.orders.context] == ["ServiceRequest/draft-1"]


def test_a_selection_that_is_not_drafted_is_refused():
    with pytest.raises(DraftOrdersError) as caught:
        read(toy_order(), selections=("ServiceRequest/none",))
    assert caught.value.path == "context.selections"


def test_a_selected_order_of_another_patient_is_not_judged():
    foreign = toy_order(subject={"reference": "Patient/other"})
    assert read(foreign, selections=("ServiceRequest/draft-1",)).orders.judged == ()
