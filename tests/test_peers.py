"""Where a connection for a host may end (faults.md, S-02)."""

from ipaddress import ip_network

import pytest

from cds_service.security.peers import PRIVATE_NETWORKS, may_be_reached

TEN = (ip_network("10.20.0.0/16"),)


@pytest.mark.parametrize(
    ("host", "peer", "networks"),
    [
        ("fhir.example.org", "93.184.215.14", ()),
        ("fhir.example.org", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", ()),
        ("fhir.example.org", "10.20.3.4", TEN),
        ("fhir.example.org", "::ffff:10.20.3.4", TEN),
        ("fhir.example.org", "64:ff9b::5db8:d70e", ()),
        ("fhir.example.org", "64:ff9b::10.20.3.4", TEN),
        ("fhir.example.org", "2002:5db8:d70e::1", ()),
        ("fhir.example.org", "fd00::1", PRIVATE_NETWORKS),
        ("fhir.example.org", "192.168.1.2", PRIVATE_NETWORKS),
        ("localhost", "127.0.0.1", ()),
        ("localhost", "::1", ()),
        ("127.0.0.1", "127.0.0.1", ()),
        ("::1", "::1", ()),
        ("10.9.9.9", "10.9.9.9", ()),
    ],
)
def test_these_may_be_reached(host, peer, networks):
    assert may_be_reached(host, peer, networks)


@pytest.mark.parametrize(
    ("host", "peer", "networks"),
    [
        ("fhir.example.org", "10.20.3.4", ()),
        ("fhir.example.org", "10.21.3.4", TEN),
        ("fhir.example.org", "::ffff:10.21.3.4", TEN),
        ("fhir.example.org", "64:ff9b::127.0.0.1", PRIVATE_NETWORKS),  # by a NAT64 gateway
        ("fhir.example.org", "64:ff9b::169.254.169.254", PRIVATE_NETWORKS),
        ("fhir.example.org", "2002:7f00:1::1", PRIVATE_NETWORKS),  # 6to4
        ("fhir.example.org", "2001:0:4136:e378::1", PRIVATE_NETWORKS),  # Teredo
        ("fhir.example.org", "::127.0.0.1", PRIVATE_NETWORKS),
        ("fhir.example.org", "fec0::1", PRIVATE_NETWORKS),
        ("fhir.example.org", "fd00::1", ()),
        ("fhir.example.org", "::", PRIVATE_NETWORKS),
        ("fhir.example.org", "ff0e::1", PRIVATE_NETWORKS),
        ("fhir.example.org", "2001:db8::1", PRIVATE_NETWORKS),
        ("fhir.example.org", "127.0.0.1", PRIVATE_NETWORKS),
        ("fhir.example.org", "::1", PRIVATE_NETWORKS),
        ("fhir.example.org", "169.254.169.254", PRIVATE_NETWORKS),
        ("fhir.example.org", "fe80::1%eth0", PRIVATE_NETWORKS),
        ("fhir.example.org", "0.0.0.0", PRIVATE_NETWORKS),  # noqa: S104 - never to be reached
        ("fhir.example.org", "224.0.1.1", PRIVATE_NETWORKS),
        ("fhir.example.org", "100.64.0.1", PRIVATE_NETWORKS),
        ("localhost", "10.20.3.4", TEN),
        ("10.20.3.4", "10.20.3.5", TEN),
    ],
)
def test_these_may_not(host, peer, networks):
    assert not may_be_reached(host, peer, networks)
