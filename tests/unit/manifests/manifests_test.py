#!/usr/bin/env python3
"""What every manifest must keep to: Pod Security `restricted`, rights in the
namespace only, and names that agree between config and objects.

Exits 77 (skipped) where PyYAML is missing.
"""
import pathlib
import sys
import unittest

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[3] / "manifests"


def documents(folder):
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document and "kind" in document:
                yield document


def objects(folder, kind):
    return [d for d in documents(folder) if d["kind"] == kind]


def pod_specs(folder):
    for document in documents(folder):
        template = document.get("spec", {}).get("template")
        if template:
            yield document["metadata"]["name"], template["spec"]


def config_of(folder):
    return yaml.safe_load((folder / "config.yaml").read_text())


def key_paths(value, prefix=""):
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {p for item in value for p in key_paths(item, f"{prefix}[]")}
    if not isinstance(value, dict):
        return {prefix}
    return {p for k, v in value.items() for p in key_paths(v, f"{prefix}.{k}")}


class PodsPassRestricted(unittest.TestCase):
    def each_container(self):
        for folder in (ROOT / "base", ROOT / "samples"):
            for name, spec in pod_specs(folder):
                for container in spec.get("initContainers", []) + spec["containers"]:
                    yield f"{name}/{container['name']}", spec, container

    def test_there_are_pods_to_look_at(self):
        self.assertGreaterEqual(len(list(self.each_container())), 3)

    def test_no_container_runs_as_root_or_gains_rights(self):
        for name, spec, container in self.each_container():
            with self.subTest(name):
                pod, own = spec["securityContext"], container["securityContext"]
                self.assertIs(pod["runAsNonRoot"], True)
                self.assertGreater(pod["runAsUser"], 0)
                self.assertEqual(pod["seccompProfile"]["type"], "RuntimeDefault")
                self.assertIs(own["allowPrivilegeEscalation"], False)
                self.assertIs(own["readOnlyRootFilesystem"], True)
                self.assertEqual(own["capabilities"]["drop"], ["ALL"])

    def test_no_pod_touches_its_node(self):
        for name, spec, _ in self.each_container():
            with self.subTest(name):
                for forbidden in ("hostNetwork", "hostPID", "hostIPC"):
                    self.assertNotIn(forbidden, spec)
                for volume in spec["volumes"]:
                    self.assertTrue({"configMap", "secret", "emptyDir"} & set(volume))

    def test_service_links_never_become_configuration(self):
        for name, spec, _ in self.each_container():
            with self.subTest(name):
                self.assertIs(spec["enableServiceLinks"], False)

    def test_images_have_a_tag_that_is_not_latest(self):
        tags = {i["name"]: i["newTag"] for i in kustomization("base")["images"]}
        for name, _, container in self.each_container():
            with self.subTest(name):
                image, _, tag = container["image"].partition(":")
                self.assertNotIn(tag or tags[image], ("", "latest"))
                self.assertEqual(container["imagePullPolicy"], "IfNotPresent")


def kustomization(folder):
    return yaml.safe_load((ROOT / folder / "kustomization.yaml").read_text())


class RightsAreNarrow(unittest.TestCase):
    def test_nothing_is_granted_in_the_whole_cluster(self):
        for document in documents(ROOT / "base"):
            self.assertFalse(document["kind"].startswith("Cluster"), document["kind"])

    def test_no_role_reads_secrets_enters_pods_or_holds_a_wildcard(self):
        for role in objects(ROOT / "base", "Role"):
            for rule in role["rules"]:
                self.assertNotIn("*", rule["verbs"] + rule["resources"] + rule["apiGroups"])
                self.assertFalse({"secrets", "pods/exec", "pods/attach"} & set(rule["resources"]))
                if "configmaps" in rule["resources"]:
                    self.assertEqual(rule["resourceNames"], ["vexaa-owner"])

    def test_the_runner_account_has_neither_token_nor_rights(self):
        accounts = {a["metadata"]["name"]: a for a in objects(ROOT / "base", "ServiceAccount")}
        self.assertIs(accounts["vexaa-runner"]["automountServiceAccountToken"], False)
        bound = [s["name"] for b in objects(ROOT / "base", "RoleBinding") for s in b["subjects"]]
        self.assertEqual(bound, ["vexaa-controller"])


class NamesAgree(unittest.TestCase):
    def test_everything_carries_the_common_labels(self):
        for document in documents(ROOT / "base"):
            if document["kind"] == "Kustomization":
                continue
            labels = document["metadata"]["labels"]
            self.assertEqual(labels["app.kubernetes.io/name"], "vexaa", document["metadata"]["name"])
            self.assertEqual(labels["app.kubernetes.io/part-of"], "vexaa", document["metadata"]["name"])

    def test_the_config_names_objects_that_exist(self):
        kubernetes = config_of(ROOT / "base")["kubernetes"]
        names = {(d["kind"], d["metadata"]["name"]) for d in documents(ROOT / "base") if "metadata" in d}
        samples = {d["metadata"]["name"] for d in objects(ROOT / "samples", "Secret")}
        self.assertIn(("ConfigMap", kubernetes["ownerConfigMap"]), names)
        self.assertIn(("ServiceAccount", kubernetes["runnerServiceAccount"]), names)
        for store in config_of(ROOT / "base")["stores"]:
            self.assertIn(store["runnerSecret"], samples)

    def test_the_progress_url_leads_to_the_service(self):
        progress = config_of(ROOT / "base")["progress"]
        service = objects(ROOT / "base", "Service")[0]
        ports = {p["name"]: p["port"] for p in service["spec"]["ports"]}
        url = f"http://{service['metadata']['name']}:{ports['progress']}/progress"
        self.assertEqual(progress["url"], url)
        self.assertEqual(progress["port"], ports["progress"])

    def test_files_of_the_config_are_mounted(self):
        deployment = objects(ROOT / "base", "Deployment")[0]
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        mounts = [m["mountPath"] for m in container["volumeMounts"]]
        config = config_of(ROOT / "base")
        keys = [store[file] for store in config["stores"]
                for file in ("accessKeyFile", "secretKeyFile")]
        for path in (config["database"]["passwordFile"], *keys, container["args"][-1]):
            self.assertIn(str(pathlib.PurePosixPath(path).parent), mounts)

    def test_overlays_set_the_same_keys_as_the_base(self):
        for folder in sorted((ROOT / "overlays").iterdir()):
            self.assertEqual(key_paths(config_of(folder)), key_paths(config_of(ROOT / "base")), folder.name)

    def test_kustomizations_list_every_file_beside_them(self):
        listed = set(kustomization("base")["resources"])
        there = {p.name for p in (ROOT / "base").glob("*.yaml")}
        self.assertEqual(listed, there - {"kustomization.yaml", "config.yaml"})


def undescribed(schema, path=""):
    """The leaves of an OpenAPI schema without words for `kubectl explain`."""
    children = {f".{name}": child for name, child in schema.get("properties", {}).items()}
    if "items" in schema:
        children["[]"] = schema["items"]
    if not children and not schema.get("description", "").strip():
        yield path
    for name, child in children.items():
        yield from undescribed(child, path + name)


class TheCustomResourceExplainsItself(unittest.TestCase):
    CHART = ROOT.parent / "charts" / "vexaa" / "crds"

    def test_every_leaf_of_the_schema_has_a_description(self):
        for folder in (ROOT / "crd", self.CHART):
            for crd in objects(folder, "CustomResourceDefinition"):
                for version in crd["spec"]["versions"]:
                    schema = version["schema"]["openAPIV3Schema"]
                    self.assertIn("conditions", schema["properties"]["status"]["properties"])
                    # metadata is described by the API server.
                    self.assertEqual(set(undescribed(schema)), {".metadata"}, folder)

    def test_the_chart_carries_the_same_file(self):
        ours = {p.name: p.read_text() for p in (ROOT / "crd").glob("*.yaml")}
        self.assertEqual(ours, {p.name: p.read_text() for p in self.CHART.glob("*.yaml")})
        self.assertTrue(ours)


if __name__ == "__main__":
    unittest.main()
