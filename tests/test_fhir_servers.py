"""Only listed FHIR servers are read, and every URL has one reading (faults.md, S-01 and S-05)."""

import pytest

from cds_service.security.fhir_servers import FhirBase, ReadableServers, parse_base

LISTED = ReadableServers((parse_base("https://fhir.example.org/r4"),), loopback_too=False)
OPEN = ReadableServers((), loopback_too=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://fhir.example.org/r4",
        "https://fhir.example.org/r4/",
        "https://FHIR.example.org:443/r4",
        "HTTPS://fhir.example.org/r4",
    ],
)
def test_spellings_of_a_listed_base_are_that_base(url):
    assert LISTED.base(url).url == "https://fhir.example.org/r4"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://fhir.example.org/r4",
        "https://fhir.example.org/r5",
        "https://fhir.example.org/r4/x",
        "https://fhir.example.org:444/r4",
        "https://fhir.example.org./r4",
        "https://fhir.example.org/r4?x=1",
        "https://fhir.example.org/r4?",
        "https://fhir.example.org/r4#x",
        "https://user@fhir.example.org/r4",
        "https://fhir.example.org@evil.example/r4",
        "https://fhir.example.org\\@evil.example/r4",
        "https://fhir.example.org/r4/../r4",
        "https://fhir.example.org/%72%34",
        "https://fhir.ехample.org/r4",
        "https://fhir.example.org.evil.example/r4",
        "https://127.0.0.1/r4",
        "ftp://fhir.example.org/r4",
        "//fhir.example.org/r4",
        "https://fhir.example.org\t/r4",
        "https://[fhir.example.org]/r4",
        "https://fhir.example.org:x/r4",
        "https://fhir.example.org:99999/r4",
    ],
)
def test_everything_else_is_not_there(url):
    assert LISTED.base(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8181/fhir",
        "http://127.9.9.9/fhir",
        "http://[::1]:8181/fhir",
        "http://localhost/fhir",
    ],
)
def test_in_open_mode_this_machine_may_be_read(url):
    assert OPEN.base(url).url == url
    assert LISTED.base(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/fhir",
        "http://2130706433/fhir",
        "http://0x7f.1/fhir",
        "http://0x7f000001/fhir",
        "http://0177.0.0.1/fhir",
        "http://127.0.0.1./fhir",
        "http://[::ffff:127.0.0.1]/fhir",
        "http://[::]/fhir",
        "http://0.0.0.0/fhir",
        "http://0/fhir",
        "http://10.0.0.1/fhir",
        "http://169.254.169.254/latest",
        "http://localhost.evil.example/fhir",
        "http://127.0.0.1.evil.example/fhir",
        "http://127.0.0.1@evil.example/fhir",
        "http://1.127.0.1/fhir",
    ],
)
def test_other_spellings_and_other_machines_may_not(url):
    assert OPEN.base(url) is None


def test_the_port_zero_is_a_port_of_its_own():
    assert parse_base("http://h:0/x") != parse_base("http://h/x")


@pytest.mark.parametrize("url", ["https://h/a", "http://h:8080", "http://[::1]:1/x"])
def test_a_base_is_rebuilt_as_it_was(url):
    assert parse_base(url).url == url


@pytest.mark.parametrize(
    "url", ["http://h..example/x", "http://h!1/x", "http://.h/x", "http://h/x#"]
)
def test_what_another_parser_may_read_otherwise_is_no_base(url):
    assert parse_base(url) is None


@pytest.mark.parametrize("climbing", ["..;/admin?x=1", "..%3Bx/admin", "a/..;x=y/../admin"])
def test_a_segment_with_parameters_climbs_as_one_without(climbing):
    assert parse_base("https://h/fhir").resolve(f"https://h/fhir/{climbing}") is None


def test_a_base_without_a_path_holds_every_path():
    base = FhirBase("http", "h", 80, "")
    assert base.resolve("/x?y=1") == "http://h/x?y=1"
    assert base.resolve("http://h/x") == "http://h/x"
