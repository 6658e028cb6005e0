"""The S3 server of a bench: radosgw of the test bed, private, in memory or a file."""
import os
import shlex
import subprocess

import boto3
import botocore.config

BUCKET = "bench"
REGION = "us-east-1"


class ObjectStore:
    """Runs for a `with` block; `folder` must not exist yet."""

    def __init__(self, root, folder, capacity, on_disk=False):
        self._script = root / "tests" / "bed" / "radosgw"
        self._folder = folder
        self._settings = {"VEXAA_RGW_BYTES": str(capacity)}
        if on_disk:
            self._settings["VEXAA_RGW_OPTIONS"] = (
                "osd objectstore = bluestore\n"
                f"bluestore block size = {capacity >> 20 << 20}\nbluestore block create = true")

    def __enter__(self):
        self._folder.mkdir()
        made = subprocess.run(
            [self._script, "up", self._folder], stdout=subprocess.PIPE, text=True,
            env={**os.environ, **self._settings}, check=True)
        lines = dict(shlex.split(line)[1].split("=", 1) for line in made.stdout.splitlines())
        self.endpoint = f"http://127.0.0.1:{lines['VEXAA_S3_PORT']}"
        self._keys = lines["VEXAA_S3_ACCESS_KEY"], lines["VEXAA_S3_SECRET_KEY"]
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=REGION,
            aws_access_key_id=self._keys[0], aws_secret_access_key=self._keys[1],
            config=botocore.config.Config(signature_version="s3v4",
                                          s3={"addressing_style": "path"}))
        self.client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_):
        subprocess.run([self._script, "down", self._folder], check=True)

    def environment(self):
        """What aws and vexaa-runner read; nobody's own AWS files take part."""
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                "AWS_ACCESS_KEY_ID": self._keys[0], "AWS_SECRET_ACCESS_KEY": self._keys[1],
                "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_ENDPOINT_URL": self.endpoint, "VEXAA_ALLOW_HTTP": "true"}

    def cpu_seconds(self):
        """CPU time all its processes have used so far."""
        ticks = 0
        for file in self._folder.glob("*.pid"):
            stat = open(f"/proc/{file.read_text().split()[0]}/stat").read()
            fields = stat.rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def upload(self, path, key):
        self.client.upload_file(str(path), BUCKET, key)

    def presign(self, key):
        return self.client.generate_presigned_url(
            "get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=86400)

    def complete(self, key, upload_id):
        """Publishes a staged upload as a controller does; returns its size."""
        upload = {"Bucket": BUCKET, "Key": key, "UploadId": upload_id}
        parts = self.client.list_parts(**upload)["Parts"]
        self.client.complete_multipart_upload(**upload, MultipartUpload={
            "Parts": [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]})
        return self.size(key)

    def size(self, key):
        return self.client.head_object(Bucket=BUCKET, Key=key)["ContentLength"]

    def delete(self, key):
        """Its room too: the server itself collects garbage once an hour."""
        self.client.delete_object(Bucket=BUCKET, Key=key)
        subprocess.run(["radosgw-admin", "-c", self._folder / "ceph.conf", "gc", "process",
                        "--include-all"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=True)
