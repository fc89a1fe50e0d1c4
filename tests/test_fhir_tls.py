"""TLS to a FHIR server: only with a certificate that this machine trusts, and only for its name."""

import shutil
import ssl
import subprocess

import pytest

from cds_service.fhir.client import FhirReader
from cds_service.fhir.connections import close_connections
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.read_error import FhirReadError
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from tests.fhir_stub import fhir_stub
from tests.toy_service import bundle, condition

OPENSSL = shutil.which("openssl")
SEARCH = "Condition?patient=p1"
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost only, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "certificate.pem", folder / "key.pem"
    command = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
               "-out", made[0], "-keyout", made[1]]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments
    return made


@pytest.fixture
def stub(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with fhir_stub(context) as running:
        running.routes[SEARCH] = bundle(condition())
        yield running


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    close_connections()
    yield
    close_connections()


def ask(stub, host):
    base = parse_base(stub.base.replace("http://127.0.0.1", f"https://{host}"))
    client = CDSClient(ReadableServers((), loopback_too=True))
    return FhirReader(base, None, Deadline.after(5), client).read(SEARCH)


@pytest.mark.usefixtures("trusted")
def test_a_trusted_certificate_is_read_behind(stub):
    assert len(ask(stub, "localhost").entry) == 1


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_not(stub):
    with pytest.raises(FhirReadError, match="error"):
        ask(stub, "127.0.0.1")
    assert stub.calls == []


def test_a_certificate_that_nobody_trusts_is_not(stub):
    close_connections()
    with pytest.raises(FhirReadError, match="error"):
        ask(stub, "localhost")
    assert stub.calls == []
