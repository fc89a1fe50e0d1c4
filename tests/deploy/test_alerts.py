"""The alerts (faults.md, L-02): promtool runs each over series that must raise it, or must not."""

import re

import pytest
import yaml

from cds_service.observability.metrics import Metrics
from tests.deploy import DEPLOY, ROOT, planted, required, run

RULES = "prometheus/alerts.yaml"
# What L-02 and the operations of the stores want an alert on.
WATCHED = {
    "spine_cds_invocation_seconds", "spine_cds_invocations_total", "spine_cds_criteria_total",
    "spine_cds_unread_total", "spine_cds_authentication_failures_total",
    "spine_cds_jwks_age_seconds", "spine_cds_replay_store_errors_total",
    "spine_cds_feedback_unavailable_total", "spine_cds_audit_dropped_total",
    "spine_cds_overload_total",
}  # fmt: skip


def rules(deploy):
    (group,) = yaml.safe_load((deploy / RULES).read_text())["groups"]
    return group["rules"]


def metrics(deploy):
    """The metrics that alerts look at, a histogram by the name of the whole."""
    named = re.findall(r"spine_cds_\w+", " ".join(rule["expr"] for rule in rules(deploy)))
    return {re.sub("_(bucket|count)$", "", name) for name in named}


def problems(deploy):
    """Return what promtool says of the alerts, and what nobody watches or tries."""
    promtool = required("promtool", "apt-get install prometheus")
    found = run(promtool, "check", "rules", deploy / RULES)
    found += run(promtool, "test", "rules", deploy / "prometheus/alerts_test.yaml")
    found += [f"nobody watches {name}" for name in sorted(WATCHED - metrics(deploy))]
    tried = (deploy / "prometheus/alerts_test.yaml").read_text()
    names = [rule["alert"] for rule in rules(deploy)]
    return found + [f"{name} is not tried" for name in names if f"alertname: {name}\n" not in tried]


def test_the_alerts_are_as_required():
    assert problems(DEPLOY) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("> 4 * 3600", "> 48 * 3600"),
        ('le="4.0"', 'le="4"'),
        ('outcome=~"nothing-readable|unchecked"}', 'outcome=~"unreadable|unchecked"}'),
        ('outcome=~"nothing-readable|unchecked"}', 'outcome="nothing-readable"}'),
        ("spine_cds_jwks_age_seconds", "spine_cds_jwks_age"),
        ("sum by (client, cause) (", "sum by (client (", ),
        ("increase(spine_cds_audit_dropped_total[10m])", "increase(spine_cds_audit_total[10m])"),
        ("alert: SpineCdsOverloaded", "alert: SpineCdsBusy"),
        ("{{ $labels.key }}", "{{ $labels.missing }}"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_reported(tmp_path, text, fault):
    assert problems(planted(tmp_path, RULES, text, fault)) != []


def test_the_service_counts_what_alerts_look_at():
    exposed = Metrics(()).exposition().decode()
    types = {line.split()[2] for line in exposed.splitlines() if line.startswith("# TYPE")}
    assert metrics(DEPLOY) <= types


def test_the_runbook_says_what_to_do_about_each():
    runbook = (ROOT / "docs/operations.md").read_text()
    for rule in rules(DEPLOY):
        assert f"`{rule['alert']}`" in runbook
