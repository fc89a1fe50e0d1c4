"""The manifests of both overlays as kustomize builds them (faults.md, N-04)."""

import subprocess

import kubernetes_validate
import pytest
import yaml

from cds_service.server import GRACE_SECONDS
from tests.deploy import DEPLOY, planted, required

BASE = "kubernetes/base/"
OVERLAYS = ("staging", "production")
KINDS = {
    "Namespace", "ServiceAccount", "ConfigMap", "Service", "Deployment", "PodDisruptionBudget",
    "HorizontalPodAutoscaler", "Job", "NetworkPolicy",
}  # fmt: skip
EGRESS = {"deny-everything", "names-out", "stores-out", "hospitals-out"}


def built(deploy, overlay):
    """Return the manifests of an overlay."""
    kustomize = required("kustomize", "make deploy-tools, which needs Go")
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [kustomize, "build", deploy / "kubernetes" / overlay], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.load_all(done.stdout, yaml.CSafeLoader))


def problems(manifests):
    """Return what N-04 misses in manifests."""
    by_kind = {}
    for manifest in manifests:
        by_kind.setdefault(manifest["kind"], []).append(manifest)
    found = [] if set(by_kind) == KINDS else ["other kinds of manifests"]
    (deployment,), (job,) = by_kind["Deployment"], by_kind["Job"]
    pods = {"service": deployment["spec"]["template"], "migrate": job["spec"]["template"]}
    for name, pod in pods.items():
        found += [f"{name}: {problem}" for problem in _of_pod(pod["spec"])]
    found += ["the schema is moved beside the old release"] * (not job["spec"].get("suspend"))
    found += _of_deployment(deployment["spec"])
    found += _of_availability(deployment, by_kind)
    found += _of_network(by_kind["NetworkPolicy"], pods)
    return found


def schema_problems(manifests):
    """Return what the schemas of Kubernetes say of manifests; it takes a second."""
    return [problem for manifest in manifests for problem in _of_schema(manifest)]


def _of_schema(manifest):
    version = kubernetes_validate.latest_version()
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{manifest['kind']}: {error.message}"


def _of_pod(pod):
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("runAsUser") != 10001:
        yield "may be root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "may make any system call"
    if pod.get("automountServiceAccountToken") is not False:
        yield "holds a token of the cluster"
    for container in pod["containers"]:
        for problem in _of_container(container):
            yield f"{container['name']} {problem}"


def _of_container(container):
    security = container.get("securityContext", {})
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps a capability"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "has a root that can be written"
    if security.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    resources = container.get("resources", {})
    if any(set(resources.get(what, {})) != {"cpu", "memory"} for what in ("requests", "limits")):
        yield "has no bounds"
    if "@sha256:" not in container["image"]:
        yield "is an image without digest"
    if any("_URL" in e["name"] or "_KEY" in e["name"] for e in container.get("env", ())):
        yield "shows a secret in its environment"


def _of_deployment(spec):
    if spec["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
        yield "fewer pods while a release is rolled out"
    pod = spec["template"]["spec"]
    service = next(c for c in pod["containers"] if c["name"] == "spine-cds")
    for container in pod["containers"]:
        pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if pause != 10:
            yield f"{container['name']} stops while requests still come"
        if pause + GRACE_SECONDS >= pod["terminationGracePeriodSeconds"]:
            yield f"{container['name']} is killed before it has ended"
    if pod["terminationGracePeriodSeconds"] != 45:
        yield "another grace"
    probes = {
        name: service.get(f"{name}Probe", {}) for name in ("startup", "liveness", "readiness")
    }
    paths = {name: probe.get("httpGet", {}).get("path") for name, probe in probes.items()}
    if paths != {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}:
        yield f"probes ask {paths}"
    if len({str(probe) for probe in probes.values()}) < 3:
        yield "probes are alike"


def _of_availability(deployment, by_kind):
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    (scaler,), (budget,) = by_kind["HorizontalPodAutoscaler"], by_kind["PodDisruptionBudget"]
    if "replicas" in deployment["spec"]:
        yield "every apply undoes the autoscaler"
    if scaler["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
        yield "the autoscaler scales something else"
    if not 2 <= scaler["spec"]["minReplicas"] < scaler["spec"]["maxReplicas"]:
        yield "the autoscaler may leave one pod"
    if not 1 <= budget["spec"]["minAvailable"] < scaler["spec"]["minReplicas"]:
        yield "the budget keeps none, or forbids every drain"
    for selecting in (
        budget["spec"]["selector"]["matchLabels"],
        by_kind["Service"][0]["spec"]["selector"],
    ):
        if not selecting.items() <= labels.items():
            yield "a selector finds no pod"


def _of_network(policies, pods):
    by_name = {policy["metadata"]["name"]: policy["spec"] for policy in policies}
    nothing = by_name.get("deny-everything", {})
    denied = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if nothing != denied:
        yield "not everything is denied first"
    if {name for name, spec in by_name.items() if "Egress" in spec["policyTypes"]} != EGRESS:
        yield "other ways out"
    for name, spec in by_name.items():
        for way in spec.get("egress", ()):
            if not way.get("to") or not way.get("ports"):
                yield f"{name}: a way out without a name"
            if any(
                to.get("ipBlock", {}).get("cidr", "").endswith("/0") for to in way.get("to", ())
            ):
                yield f"{name}: a way to everywhere"
    inside = [w for w in by_name["spine-cds-in"]["ingress"] if w["ports"][0]["port"] != "https"]
    if not all(way.get("from") for way in inside):
        yield "the service can be reached around nginx"


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request):
    return request.param


def test_the_manifests_are_as_required(overlay):
    manifests = built(DEPLOY, overlay)
    assert schema_problems(manifests) == []
    assert problems(manifests) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [("imagePullPolicy", "imagePolicy"), ("containerPort: 8080", "containerPort: http")],
)
def test_what_kubernetes_does_not_know_is_reported(tmp_path, text, fault):
    deploy = planted(tmp_path, f"{BASE}deployment.yaml", text, fault)
    assert schema_problems(built(deploy, "staging")) != []


FAULTS = [
    ("deployment.yaml", "        runAsNonRoot: true\n", ""),
    ("deployment.yaml", "        seccompProfile: {type: RuntimeDefault}\n", ""),
    ("deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ("deployment.yaml", "drop: [ALL]", "drop: [NET_RAW]"),
    ("deployment.yaml", "AccountToken: false", "AccountToken: true"),
    ("deployment.yaml", "limits: {cpu: \"2\", memory: 768Mi}", "limits: {cpu: \"2\"}"),
    ("deployment.yaml", "sleep: {seconds: 10}", "sleep: {seconds: 1}"),
    ("deployment.yaml", "GracePeriodSeconds: 45", "GracePeriodSeconds: 15"),
    ("deployment.yaml", "{path: /readyz, port: inside}", "{path: /healthz, port: inside}"),
    ("deployment.yaml", "{path: /healthz, port: inside}", "{path: /readyz, port: inside}"),
    ("deployment.yaml", "  revisionHistoryLimit: 5", "  replicas: 2"),
    ("deployment.yaml", "maxUnavailable: 0", "maxUnavailable: 1"),
    ("migrate.yaml", "suspend: true", "suspend: false"),
    ("migrate.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    ("autoscaling.yaml", "minReplicas: 2", "minReplicas: 1"),
    ("disruption.yaml", "minAvailable: 1", "minAvailable: 2"),
    ("disruption.yaml", "component: service", "component: other"),
    ("network-policies.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"),
    ("network-policies.yaml", "      to:\n", "      from_:\n"),
    ("network-policies.yaml", "      from:\n", "      to:\n"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "fault"), FAULTS)
def test_a_planted_fault_is_reported(tmp_path, file, text, fault):
    deploy = planted(tmp_path, BASE + file, text, fault)
    assert problems(built(deploy, "staging")) != []


@pytest.mark.parametrize(
    ("text", "fault"),
    [("198.51.100.0/28", "0.0.0.0/0"), ("to: [{ipBlock: {cidr: 192.0.2.10/32}}]", "to: []")],
)
def test_a_way_to_everywhere_is_reported(tmp_path, text, fault):
    deploy = planted(tmp_path, "kubernetes/production/network-policies.yaml", text, fault)
    assert problems(built(deploy, "production")) != []


def test_an_image_without_digest_is_reported(tmp_path):
    zeros = "digest: sha256:" + 64 * "0"
    deploy = planted(tmp_path, "kubernetes/production/kustomization.yaml", zeros, "newTag: latest")
    assert problems(built(deploy, "production")) != []


def test_no_overlay_can_start_before_a_release_is_named(overlay):
    for manifest in built(DEPLOY, overlay):
        if manifest["kind"] in ("Deployment", "Job"):
            for container in manifest["spec"]["template"]["spec"]["containers"]:
                assert container["image"].endswith("@sha256:" + 64 * "0")


def test_the_pods_run_the_very_nginx_configuration_that_is_tested(overlay):
    maps = [m for m in built(DEPLOY, overlay) if m["kind"] == "ConfigMap"]
    (nginx,) = [m["data"] for m in maps if m["metadata"]["name"].startswith("nginx-")]
    for name, text in nginx.items():
        assert text == (DEPLOY / "nginx" / name).read_text()
