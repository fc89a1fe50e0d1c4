"""nginx as ``deploy/nginx`` configures it, on free loopback ports, with a throw-away authority."""

import os
import shutil
import ssl
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cds_service.demo import free_port
from tests.deploy import required

PORT = "listen 8443 ssl;"
SERVICE = "server 127.0.0.1:8080"


def laid_out(deploy, folder, service_port):
    """Copy the configuration into a folder, with free ports; return the file and the TLS port."""
    shutil.copytree(deploy / "nginx", folder / "nginx")
    port = free_port()
    _replace(folder / "nginx/nginx.conf", PORT, f"listen 127.0.0.1:{port} ssl;")
    _replace(folder / "nginx/nginx.conf", "/tmp/", f"{folder}/")  # noqa: S108 - nginx's own
    _replace(folder / "nginx/nginx.conf", "/dev/stdout", f"{folder}/access.log")
    _replace(folder / "nginx/nginx.conf", "error_log stderr", f"error_log {folder}/error.log")
    _replace(folder / "nginx/upstream.conf", SERVICE, f"server 127.0.0.1:{service_port}")
    make_certificates(folder / "tls")
    return folder / "nginx/nginx.conf", port


def _replace(file, text, other):
    before = file.read_text(encoding="utf-8")
    assert text in before, f"{file.name} no longer says: {text}"
    file.write_text(before.replace(text, other), encoding="utf-8")


@contextmanager
def running_nginx(deploy, folder, service_port):
    """Run nginx in front of a port until the block ends; yield the port of its TLS."""
    file, port = laid_out(deploy, folder, service_port)
    with started(file, folder, port):
        yield port


@contextmanager
def started(file, folder, port):
    """Run nginx by a file until the block ends, from when it answers at its port on."""
    program = required("nginx", "apt-get install nginx-light")
    alone = "daemon off;" + (
        " user root;" if os.geteuid() == 0 else ""
    )  # pytest's folders are ours
    command = [program, "-e", folder / "error.log", "-g", alone, "-c", file]
    with subprocess.Popen(command) as nginx:  # noqa: S603 - fixed arguments
        try:
            _wait(folder, port, nginx)
            yield
        finally:
            nginx.terminate()


def _wait(folder, port, nginx):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and nginx.poll() is None:
        with suppress(OSError):
            connected(folder, port).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()}")


def connected(folder, port, context=None, timeout=15):
    """Return an open connection to nginx that trusts the throw-away authority."""
    context = context or trusting(folder)
    connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=timeout)
    connection.connect()
    return connection


def trusting(folder):
    """Return a TLS context that trusts the throw-away authority, and nobody else."""
    return ssl.create_default_context(cafile=str(folder / "tls/authority.crt"))


def make_certificates(folder):
    """Make an authority, a certificate of it for 127.0.0.1, and one for a client."""
    folder.mkdir()
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("throw-away authority", authority_key, None, authority_key)
    _write(folder, "authority", authority, authority_key)
    shutil.copy(folder / "authority.crt", folder / "clients.crt")
    for name in ("tls", "client"):
        key = ec.generate_private_key(ec.SECP256R1())
        _write(folder, name, _certificate(name, key, authority, authority_key), key)


def _certificate(name, key, issuer, issuer_key):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _write(folder, name, certificate, key):
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(private)
