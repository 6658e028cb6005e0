#!/usr/bin/env python3
"""The reference tables of docs/ name what the code has, and nothing else."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def first_cells(heading):
    """The first cells of the table rows below a heading."""
    section = re.split(r"^## ", OPERATIONS.split(f"## {heading}\n")[1], flags=re.M)[0]
    return re.findall(r"^\| `([^`]+)`", section, flags=re.M)


def sources(*folders):
    return "".join(p.read_text() for f in folders for p in sorted((ROOT / f).rglob("*.cc")))


class Docs(unittest.TestCase):
    def test_every_config_key_is_documented(self):
        keys = re.findall(r'reader\.(?:Field|Bytes|Choice)\(\s*"([^"]+)"', (ROOT / "controller/config.cc").read_text())
        keys.append("stores")
        # The pod template is bound below a prefix: once for all queues, once for each.
        pod = (ROOT / "controller/pod_template.cc").read_text()
        names = re.findall(r'(?:(?:Field|Bytes)\(prefix \+ |tree\()"([a-zA-Z]+)"', pod)
        self.assertGreater(len(names), 10)
        keys += ["kubernetes." + name for name in names] + ["kubernetes.queues"]
        self.assertGreater(len(keys), 30)
        stores = (ROOT / "lib/objects/store_config.cc").read_text()
        of_store = re.findall(r'reader\.(?:Field|Choice)\(\s*at \+ "([^"]+)"', stores)
        of_store += ["uploadHeaders." + key for key in re.findall(r'reader\.Field\(\s*headers \+ "([^"]+)"', stores)]
        self.assertGreater(len(of_store), 15)
        self.assertEqual(sorted(first_cells("Configuration")), sorted(keys + of_store))

    def test_every_metric_is_documented(self):
        names = set(re.findall(r'"(vexaa_[a-z0-9_]+)"', sources("controller", "runner")))
        # A label or database name would be caught here too; metrics end so.
        metrics = {n for n in names if re.search(r"_(total|info|ratio|seconds|bytes|jobs)$", n)}
        self.assertEqual(set(first_cells("Metrics and health")), metrics | {"vexaa_jobs", "vexaa_leader", "vexaa_queue_stopped"})

    def test_links_between_documents_lead_somewhere(self):
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
            for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
                with self.subTest(f"{path.name} -> {link}"):
                    self.assertTrue((path.parent / link).exists())

    def test_every_decision_is_in_the_index(self):
        index = (ROOT / "docs" / "adr" / "README.md").read_text()
        for path in (ROOT / "docs" / "adr").glob("0*.md"):
            self.assertIn(path.name, index)
            self.assertIn(path.read_text().splitlines()[0].removeprefix(f"# {path.name[:4]} "), index)


if __name__ == "__main__":
    unittest.main()
