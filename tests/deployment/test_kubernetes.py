"""The samples of docs/kubernetes are what a cluster takes, and fit the Portico that is here. No cluster is asked."""

import re
import shutil

import kubernetes_validate
import pytest

from app.config.settings import load
from tests.deployment.manifests import FILES, FOLDER, ROOTS, documents, named, rendered, written
from tests.stack.stack import ROOT

RELEASES = ("1.31", kubernetes_validate.latest_version())
# Whole only when rendered: selectors and labels are kustomize's, the other one is a patch.
PARTS = [FOLDER / folder / "deployment.yaml" for folder in ("base", "overlays/production")]
KEY = "Vq3-pX8sLw0_Zt5yRk7uBn2mCg9dHf4jAe6i"
SECRETS = {"secret_key": KEY, "rate_limit_storage": "redis://:word@valkey:6379/0"}
SELECTED = ("portico", "valkey")
ADMIN_PORTS = {"kratos": 4434, "hydra": 4445}
PUBLIC_PORTS = {"kratos": 4433, "hydra": 4444}
IMAGE = (ROOT / "Dockerfile").read_text()
needs_kubectl = pytest.mark.skipif(
    not shutil.which("kubectl"), reason="needs kubectl on PATH, to render kustomizations"
)


@pytest.fixture
def production():
    """All that the overlay sends to a cluster."""
    return rendered("overlays/production")


def pod_of(all_of_them, name="portico"):
    return named(all_of_them, "Deployment", name)["spec"]["template"]["spec"]


def container_of(all_of_them, name="portico"):
    [container] = pod_of(all_of_them, name)["containers"]
    return container


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "file", [file for file in FILES if file not in PARTS], ids=lambda file: str(file.relative_to(FOLDER))
)
def test_every_file_has_what_this_kubernetes_knows_and_nothing_else(file, release):
    for document in documents(file.read_text()):
        kubernetes_validate.validate(document, release, strict=True)


@needs_kubectl
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("root", ROOTS)
def test_every_kustomization_has_what_this_kubernetes_knows_and_nothing_else(root, release):
    assert rendered(root)
    for document in rendered(root):
        kubernetes_validate.validate(document, release, strict=True)


def test_a_word_that_kubernetes_does_not_know_is_noticed():
    """The schemas are the strict ones: a test that lets everything pass would say nothing."""
    [service] = written("base")[1:]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**service, "spec": {"prots": []}}, RELEASES[0], strict=True)


@pytest.mark.parametrize(
    ("probe", "path"),
    [("startupProbe", "/health/alive"), ("livenessProbe", "/health/alive"), ("readinessProbe", "/health/serving")],
)
def test_no_probe_takes_all_pods_away_without_kratos(client, probe, path):
    """Nothing is mocked: an endpoint that asks Kratos or Hydra fails this test."""
    question = container_of(written("base"))[probe]["httpGet"]
    assert question == {"path": path, "port": "http"}
    assert client.get(question["path"]).status_code == 200


def test_a_busy_pod_has_the_time_for_a_probe_that_measurements_ask_for():
    """Four times what two workers can answer: health came within 9 seconds (docs/measurements.md)."""
    container = container_of(written("base"))
    assert all(container[probe]["timeoutSeconds"] > 9 for probe in ("livenessProbe", "readinessProbe"))


def test_the_port_is_the_images():
    ports = {port["name"]: port["containerPort"] for port in container_of(written("base"))["ports"]}
    assert ports == {"http": int(re.search(r"^EXPOSE (\d+)$", IMAGE, re.M)[1])}
    assert re.search(rf"^ENV PORTICO_LISTEN=0\.0\.0\.0:{ports['http']}$", IMAGE, re.M)


@pytest.mark.parametrize(("folder", "name"), [("base", "portico"), ("overlays/production", "valkey")])
def test_a_pod_may_do_as_little_as_it_needs(folder, name):
    pod, container = pod_of(written(folder), name), container_of(written(folder), name)

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} == container["resources"]["requests"].keys()
    secrets = next(volume["secret"] for volume in pod["volumes"] if volume["name"] == "secrets")
    assert secrets == {"secretName": name, "defaultMode": 0o440}
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/tmp"}


def test_the_user_is_the_images():
    context = pod_of(written("base"))["securityContext"]
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}" in IMAGE
    assert context["fsGroup"] == context["runAsGroup"]


def test_nobody_is_cut_off_by_a_rollout():
    """Another pod serves before one ends, and that one has the time it takes to drain and to finish."""
    deployment = named(written("base"), "Deployment", "portico")["spec"]
    settings = (FOLDER / "base/kustomization.yaml").read_text()
    drain = int(re.search(r"PORTICO_DRAIN_SECONDS=(\d+)", settings)[1])
    finish = int(re.search(r"^graceful_timeout = (\d+)$", (ROOT / "app/server/options.py").read_text(), re.M)[1])
    probe = container_of(written("base"))["readinessProbe"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert deployment["template"]["spec"]["terminationGracePeriodSeconds"] > drain + finish
    assert drain >= probe["periodSeconds"]


@needs_kubectl
@pytest.mark.parametrize("root", ROOTS[:2])
def test_portico_starts_with_what_the_pod_is_given(root, monkeypatch, tmp_path):
    """Names, values, files: the settings are read as the container reads them."""
    container, volumes = container_of(rendered(root)), {v["name"]: v for v in pod_of(rendered(root))["volumes"]}
    [source] = [reference["configMapRef"]["name"] for reference in container["envFrom"]]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    files = named(rendered(root), "ConfigMap", volumes["files"]["configMap"]["name"])["data"]
    for name, content in {**files, **SECRETS}.items():
        (tmp_path / name).write_text(content)
    variables = named(rendered(root), "ConfigMap", source)["data"]
    variables |= {variable["name"]: variable["value"] for variable in container["env"]}
    for name, value in variables.items():
        folder, _, file = value.rpartition("/")
        is_mounted = folder in (mounts["files"], mounts["secrets"])
        monkeypatch.setenv(name, str(tmp_path / file) if is_mounted else value)

    settings = load()

    assert settings.secret_key.get_secret_value() == KEY
    assert settings.brand.name == "Example"
    assert settings.forwarded_hops == 1
    if root == "overlays/production":
        assert settings.rate_limit_storage.get_secret_value() == SECRETS["rate_limit_storage"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert settings.metrics_listen.endswith(f":{ports['metrics']}")


@needs_kubectl
def test_selectors_find_the_pods_they_are_for(production):
    labels = {
        name: named(production, "Deployment", name)["spec"]["template"]["metadata"]["labels"] for name in SELECTED
    }
    for name, wanted in labels.items():
        assert named(production, "Deployment", name)["spec"]["selector"]["matchLabels"] == wanted
        assert named(production, "Service", name)["spec"]["selector"] == wanted
        assert named(production, "NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"] == wanted
    assert named(production, "PodDisruptionBudget", "portico")["spec"]["selector"]["matchLabels"] == labels["portico"]
    for spread in pod_of(production)["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == labels["portico"]


@needs_kubectl
def test_the_number_of_pods_is_the_autoscalers(production):
    """With a number in the Deployment each rollout would begin with that many."""
    scaler = named(production, "HorizontalPodAutoscaler", "portico")["spec"]
    target = named(production, scaler["scaleTargetRef"]["kind"], scaler["scaleTargetRef"]["name"])
    assert "replicas" not in target["spec"]
    assert scaler["minReplicas"] == 2
    assert named(production, "PodDisruptionBudget", "portico")["spec"]["maxUnavailable"] < scaler["minReplicas"]


@needs_kubectl
def test_people_reach_the_port_that_pages_are_on_and_nobody_the_others(production):
    policy, container = named(production, "NetworkPolicy", "portico")["spec"], container_of(production)
    [backend] = [
        path["backend"]["service"]
        for rule in named(production, "Ingress", "portico")["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
    service = named(production, "Service", backend["name"])["spec"]

    assert backend["port"]["name"] in {port["name"] for port in service["ports"]}
    assert {port["targetPort"] for port in service["ports"]} == {"http"}
    allowed = [rule["ports"][0]["port"] for rule in policy["ingress"]]
    assert sorted(allowed) == sorted(port["name"] for port in container["ports"])
    assert all(rule["from"] for rule in policy["ingress"])


@needs_kubectl
def test_portico_may_ask_whom_it_has_to(production):
    """The addresses of its settings, by the ports of the pods behind those Services, and the cluster's DNS."""
    rules = named(production, "NetworkPolicy", "portico")["spec"]["egress"]
    allowed = {
        (peer["podSelector"]["matchLabels"].get("app.kubernetes.io/name", "dns"), port["port"])
        for rule in rules
        for peer in rule["to"]
        for port in rule["ports"]
    }
    assert allowed == {
        ("kratos", PUBLIC_PORTS["kratos"]),
        ("hydra", ADMIN_PORTS["hydra"]),
        ("valkey", 6379),
        ("dns", 53),
    }


@pytest.mark.parametrize("name", ADMIN_PORTS)
def test_an_admin_api_is_open_to_portico_and_the_operators_own_alone(name):
    policy = named(written("overlays/ory"), "NetworkPolicy", name)["spec"]
    peers = {rule["ports"][0]["port"]: rule.get("from", "everybody") for rule in policy["ingress"]}
    [portico] = [peer for peer in peers[ADMIN_PORTS[name]] if "podSelector" in peer and "namespaceSelector" in peer]

    assert peers.keys() == {ADMIN_PORTS[name], PUBLIC_PORTS[name]}
    assert peers[PUBLIC_PORTS[name]] == "everybody"
    assert all(peer.get("namespaceSelector", peer.get("podSelector", {})) for peer in peers[ADMIN_PORTS[name]])
    assert portico["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "portico"}
    namespace = written("overlays/production")
    assert named(namespace, "Namespace", "login")
    assert portico["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "login"}
