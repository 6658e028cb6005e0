#!/usr/bin/env python3
"""The chart makes what manifests/base makes, other releases keep apart, and the
schema refuses what it should.

Exits 77 (skipped) where PyYAML, python3-jsonschema or tools/chart_render's Go
packages are missing.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: python3-{missing.name} is not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHART = ROOT / "charts" / "vexaa"
RENDER = ROOT / "tools" / "chart_render" / "run"
# What Helm users expect on every object, and kustomize users do not.
HELM_LABELS = ("app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart")


def render(release="vexaa", namespace="vexaa", values=None):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(values or {}, file)
        file.flush()
        text = subprocess.run([RENDER, CHART, release, namespace, file.name],
                              check=True, capture_output=True, text=True).stdout
    return [d for d in yaml.safe_load_all(text) if d]


def base():
    folder = ROOT / "manifests" / "base"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for name in kustomization["resources"]:
        yield from (d for d in yaml.safe_load_all((folder / name).read_text()) if d)
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vexaa-config"},
           "data": {"config.yaml": (folder / "config.yaml").read_text()}}


def without_helm(labels):
    return {k: v for k, v in labels.items() if k not in HELM_LABELS}


def comparable(document):
    metadata = document["metadata"]
    metadata["labels"] = without_helm(metadata.get("labels", {}))
    for subject in document.get("subjects", []):
        subject.pop("namespace", None)
    if "config.yaml" in document.get("data", {}):
        document["data"]["config.yaml"] = yaml.safe_load(document["data"]["config.yaml"])
        metadata["labels"] = {}
    if document["kind"] == "Deployment":
        template = document["spec"]["template"]
        template["metadata"]["labels"] = without_helm(template["metadata"]["labels"])
        template["metadata"]["annotations"].pop("checksum/config", None)
        for container in template["spec"]["initContainers"] + template["spec"]["containers"]:
            container["image"] = container["image"].removesuffix(":dev")
    return document


def by_name(documents):
    return {(d["kind"], d["metadata"]["name"]): comparable(d) for d in documents}


class Chart(unittest.TestCase):
    maxDiff = None

    def test_with_its_defaults_it_equals_the_base(self):
        ours, theirs = by_name(render()), by_name(base())
        del theirs[("Namespace", "vexaa")]
        self.assertEqual(ours.keys(), theirs.keys())
        for name, document in theirs.items():
            with self.subTest(name):
                self.assertEqual(ours[name], document)

    def test_two_releases_share_no_name_but_the_secrets(self):
        one = {(d["kind"], d["metadata"]["name"]) for d in render("one")}
        two = {(d["kind"], d["metadata"]["name"]) for d in render("two")}
        self.assertFalse(one & two)

    def test_a_config_key_of_the_user_wins(self):
        values = {"config": {"kubernetes": {"memoryLimit": "512Mi", "ownerConfigMap": "mine"}}}
        config = by_name(render(values=values))[("ConfigMap", "vexaa-config")]["data"]["config.yaml"]
        self.assertEqual(config["kubernetes"]["memoryLimit"], "512Mi")
        self.assertEqual(config["kubernetes"]["ownerConfigMap"], "mine")
        self.assertEqual(config["kubernetes"]["runnerServiceAccount"], "vexaa-runner")

    def test_another_config_restarts_the_controller(self):
        def checksum(values):
            deployment = next(d for d in render(values=values) if d["kind"] == "Deployment")
            return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        self.assertNotEqual(checksum({}), checksum({"config": {"queues": ["other"]}}))


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((CHART / "values.schema.json").read_text())
        self.values = yaml.safe_load((CHART / "values.yaml").read_text())

    def test_the_defaults_pass(self):
        jsonschema.Draft7Validator.check_schema(self.schema)
        jsonschema.validate(self.values, self.schema)

    def refuses(self):
        return self.assertRaises(jsonschema.ValidationError)

    def test_a_misspelt_value_is_refused(self):
        self.values["controler"] = {}
        with self.refuses():
            jsonschema.validate(self.values, self.schema)

    def test_a_password_in_the_values_is_refused(self):
        self.values["config"]["database"]["password"] = "secret"
        with self.refuses():
            jsonschema.validate(self.values, self.schema)

    def test_the_tag_latest_is_refused(self):
        self.values["runner"]["image"]["tag"] = "latest"
        with self.refuses():
            jsonschema.validate(self.values, self.schema)


if __name__ == "__main__":
    probe = subprocess.run([RENDER, CHART, "vexaa", "vexaa"], capture_output=True, text=True)
    if probe.returncode == 77:
        print("skipped:", probe.stderr.strip())
        sys.exit(77)
    unittest.main()
