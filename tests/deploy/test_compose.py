"""compose.yaml (faults.md, N-03): its schema, and what each service is allowed."""

import pytest
import yaml

from tests.deploy import DEPLOY, our_tool, planted, required, run
from tests.deploy.proxy import laid_out

SERVICES = {"migrate", "app", "nginx", "postgres", "redis", "fhir", "fhir-tls"}
TO_TRY_OUT = {"fhir", "fhir-tls"}
UNWATCHED = {"migrate", "fhir"}  # runs once; its image has nothing to ask it with
WAITS_FOR = {
    "migrate": {"postgres": "service_healthy"},
    "app": {"migrate": "service_completed_successfully", "redis": "service_healthy"},
    "nginx": {"app": "service_healthy"},
    "fhir-tls": {"fhir": "service_started"},
}


def schema_problems(deploy):
    """Return what the schema of compose files says; it takes a second."""
    tool = our_tool("check-jsonschema")
    return run(tool, "--builtin-schema", "vendor.compose-spec", deploy / "compose.yaml")


def problems(deploy):
    """Return what N-03 misses in compose.yaml."""
    compose = yaml.safe_load((deploy / "compose.yaml").read_text())
    services = compose["services"]
    found = [] if set(services) == SERVICES else ["other services"]
    for name, service in services.items():
        found += [f"{name}: {problem}" for problem in _of_service(name, service)]
    if services["app"].get("deploy", {}).get("replicas") != 2:
        found.append("app: one replica")
    if "--maxmemory-policy noeviction" not in " ".join(services["redis"]["command"]):
        found.append("redis: may forget used tokens")
    if "--requirepass" in " ".join(services["redis"]["command"]):
        found.append("redis: shows its password to who lists processes")
    if not all(compose["networks"][name].get("internal") for name in ("inside", "stores")):
        found.append("stores can be reached from outside")
    return found + [f"{n}: no file" for n, s in compose["secrets"].items() if set(s) != {"file"}]


def _of_service(name, service):
    waits = {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
    wrong = {
        "keeps a capability": service.get("cap_drop") != ["ALL"] or "cap_add" in service,
        "is privileged": "privileged" in service,
        "may gain privileges": service.get("security_opt") != ["no-new-privileges:true"],
        "has a root that can be written": service.get("read_only") is not True,
        "is root": service.get("user", "root").split(":")[0] in ("root", "0"),
        "runs without a named image": ":?" not in service.get("image", ""),
        "is open to the outside": not all(map(_is_local, service.get("ports", ())))
        and name != "nginx",
        "starts without being asked for": (service.get("profiles") == ["try-out"])
        != (name in TO_TRY_OUT),
        "is not watched": bool(service["healthcheck"].get("test")) == (name in UNWATCHED),
        "starts too early": waits != WAITS_FOR.get(name, {}),
        "shows a secret": any(map(_is_secret, service.get("environment", {}))),
    }
    return [problem for problem, is_so in wrong.items() if is_so]


def _is_local(port):
    return port.startswith("127.0.0.1:")


def _is_secret(variable):
    """Whether the value of a variable is a secret itself, not the file that holds it."""
    known = variable in ("SPINE_CDS_PUBLIC_URL", "spring.datasource.url")
    return variable.endswith(("PASSWORD", "KEY", "_URL")) and not known


def test_the_file_is_as_required():
    assert schema_problems(DEPLOY) == []
    assert problems(DEPLOY) == []


def test_a_word_that_compose_does_not_know_is_reported(tmp_path):
    assert schema_problems(planted(tmp_path, "compose.yaml", "stop_signal:", "stop_sygnal:")) != []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("  cap_drop: [ALL]\n", ""),
        ('  security_opt: ["no-new-privileges:true"]\n', ""),
        ("  read_only: true\n", ""),
        ('    user: "10001:10001"\n', ""),
        ("${APP_IMAGE:?an image of deploy/Dockerfile, with its digest}", "spine-cds:latest"),
        ("noeviction", "allkeys-lru"),
        ("replicas: 2", "replicas: 1"),
        ("127.0.0.1:8444:8444", "8444:8444"),
        ("    profiles: [try-out]\n", ""),
        ("--maxmemory 256mb", "--requirepass x"),
        ("service_completed_successfully", "service_started"),
        ("SPINE_CDS_DATABASE_URL_FILE: /run/secrets/database-url", "SPINE_CDS_DATABASE_URL: x"),
        ("    networks: [stores]\n    healthcheck", '    ports: ["5432:5432"]\n    healthcheck'),
        ("stores: {internal: true}", "stores: {}"),
        ("audit-key: {file: ./secrets/audit-key}", "audit-key: {environment: KEY}"),
    ],
)
def test_a_planted_fault_is_reported(tmp_path, text, fault):
    assert problems(planted(tmp_path, "compose.yaml", text, fault)) != []


def test_nginx_finds_both_replicas_by_their_name(tmp_path):
    upstream = (DEPLOY / "compose-upstream.conf").read_text()
    assert "server app:8080" in upstream
    file, _ = laid_out(DEPLOY, tmp_path, 8080)
    beside = tmp_path / "nginx/upstream.conf"
    beside.write_text(upstream.replace("app:8080", "127.0.0.1:8080"))
    nginx = required("nginx", "apt-get install nginx-light")
    assert run(nginx, "-t", "-q", "-e", tmp_path / "error.log", "-c", file) == []


def test_the_example_names_every_variable_that_compose_asks_for():
    asked = {part.split(":?")[0] for part in (DEPLOY / "compose.yaml").read_text().split("${")[1:]}
    lines = (DEPLOY / "compose.env.example").read_text().splitlines()
    assert {line.split("=")[0] for line in lines if line and line[0] != "#"} == asked
