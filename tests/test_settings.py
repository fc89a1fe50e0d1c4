"""Settings are those of the contract, and what is wrong stops the start with a clear message."""

from pathlib import Path

import pytest

from cds_service.settings import Settings, SettingsError


def settings(**variables):
    return Settings.from_environ({f"SPINE_CDS_{name}": text for name, text in variables.items()})


def test_the_defaults_are_those_of_the_contract():
    made = Settings.from_environ({"PATH": "/bin"})
    assert (made.url, made.prefetch, made.deadline_seconds) == (
        "http://127.0.0.1:8080",
        "full",
        4.0,
    )
    assert (made.workers, made.threads, made.timezone.key) == (1, 8, "UTC")
    assert made.any_origin
    assert not made.unchecked_as_card


def test_every_setting_is_read(tmp_path: Path):
    clinical = tmp_path / "clinical.yaml"
    clinical.touch()
    made = settings(
        HOST="10.0.0.1",
        PORT="9000",
        ALLOW_UNAUTHENTICATED="true",
        FHIR_SERVERS="https://a.example/fhir, http://b.example:8080/fhir/",
        PREFETCH="minimal",
        UNCHECKED_AS_CARD="true",
        DEADLINE_SECONDS="2.5",
        WORKERS="2",
        THREADS="4",
        CORS_ORIGINS="https://Sandbox.cds-hooks.org:443",
        TIMEZONE="America/New_York",
        VALUE_SETS=str(tmp_path),
        CLINICAL=str(clinical),
        LOG_LEVEL="WARNING",
    )
    assert made.url == "http://10.0.0.1:9000"
    assert [base.url for base in made.fhir_servers] == [
        "https://a.example/fhir",
        "http://b.example:8080/fhir",
    ]
    assert (made.prefetch, made.deadline_seconds, made.workers, made.threads) == (
        "minimal",
        2.5,
        2,
        4,
    )
    assert made.unchecked_as_card
    assert made.cors_origins == ("https://sandbox.cds-hooks.org",)
    assert not made.any_origin
    assert made.timezone.key == "America/New_York"
    assert (made.value_sets, made.clinical, made.log_level) == (tmp_path, clinical, "WARNING")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "x"),
        ("PORT", ""),
        ("HOST", ""),
        ("HOST", "http://x"),
        ("FHIR_SERVERS", "fhir.example.org"),
        ("FHIR_SERVERS", "https://a.example/fhir?x=1"),
        ("ALLOW_UNAUTHENTICATED", "yes"),
        ("PREFETCH", "none"),
        ("UNCHECKED_AS_CARD", "1"),
        ("DEADLINE_SECONDS", "0"),
        ("DEADLINE_SECONDS", "nan"),
        ("WORKERS", "0"),
        ("THREADS", "1.5"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://x.example/"),
        ("CORS_ORIGINS", "https://x.example/path"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "../etc/passwd"),
        ("VALUE_SETS", "/no/such/folder"),
        ("CLINICAL", "/no/such/file"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_setting(name, text):
    with pytest.raises(SettingsError, match=f"^SPINE_CDS_{name}: "):
        settings(**{name: text})


def test_a_misspelt_setting_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"PROT is no setting; known: .*PORT"):
        settings(PROT="80")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_listening_on_this_machine_needs_nothing(host):
    assert settings(HOST=host).is_loopback


@pytest.mark.parametrize("host", ["::", "10.0.0.1", "cds.example.org"])
def test_listening_beyond_it_is_refused_until_it_is_asked_for(host):
    with pytest.raises(SettingsError, match="ALLOW_UNAUTHENTICATED=true"):
        settings(HOST=host)
    assert settings(HOST=host, ALLOW_UNAUTHENTICATED="true").host == host


def test_an_address_of_six_is_written_in_brackets():
    assert settings(HOST="::1").url == "http://[::1]:8080"
