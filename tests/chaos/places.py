"""Where outputs lie. A place counts every publish of a key, not only what lies there in the
end, and finds what was staged and forgotten."""

import ctypes
import errno
import os
import struct

import botocore.exceptions


class BucketPlace:
    """A bucket that keeps all versions: each version of an object is one publish."""

    def __init__(self, bucket, prefix):
        self.bucket = bucket
        self.prefix = prefix
        self.start = f"s3://{bucket.name}/"

    def uri(self, name):
        return f"{self.start}{self.prefix}{name}"

    def look(self):
        """Nothing is lost between two looks: the bucket remembers."""

    def publishes(self):
        """How often each URI was published."""
        counts = {}
        pages = self.bucket.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket.name, Prefix=self.prefix)
        for page in pages:
            for version in page.get("Versions", []):
                uri = self.start + version["Key"]
                counts[uri] = counts.get(uri, 0) + 1
        return counts

    def read(self, uri):
        """Content and token of its attempt."""
        key = uri.removeprefix(self.start)
        try:
            answer = self.bucket.client.get_object(Bucket=self.bucket.name, Key=key)
        except botocore.exceptions.ClientError as error:
            raise FileNotFoundError(str(error)) from error
        return answer["Body"].read(), answer["Metadata"].get("vexaa-token", "")

    def left_over(self):
        return [f"upload {upload} of {key} is open" for key, upload in self.bucket.open_uploads()]


class FolderPlace:
    """A folder of a folder store. What is published gets its name by a rename, which is seen
    as it happens. A file with a dot in front is a staged one."""

    START = "file://"

    def __init__(self, folder):
        self.folder = folder
        self.names = NewNames(folder)
        self.counts = {}

    def uri(self, name):
        return self.START + os.path.join(self.folder, name)

    def look(self):
        for name in self.names.read():
            if not name.startswith("."):
                self.counts[self.uri(name)] = self.counts.get(self.uri(name), 0) + 1

    def publishes(self):
        self.look()
        return dict(self.counts)

    def read(self, uri):
        path = uri.removeprefix(self.START)
        with open(path, "rb") as file:
            return file.read(), token_of(path)

    def left_over(self):
        """All that was not published: staged files, and whatever else."""
        self.look()
        return [f"file {os.path.join(self.folder, name)} was left there"
                for name in sorted(os.listdir(self.folder)) if self.uri(name) not in self.counts]

    def close(self):
        self.names.close()


def token_of(path):
    try:
        return os.getxattr(path, "user.vexaa.token").decode()
    except OSError as error:
        if error.errno == errno.ENODATA:
            return ""
        raise


class NewNames:
    """Names that files get in a folder, by a rename or as new files (inotify)."""

    CREATE, MOVED_TO, OVERFLOW = 0x100, 0x80, 0x4000
    HEAD = struct.Struct("iIII")  # watch, mask, cookie, bytes of the name

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watch = libc.inotify_add_watch(self.file, os.fsencode(folder), self.CREATE | self.MOVED_TO)
        if self.file < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), "watch the folder", folder)

    def read(self):
        """Those since the last time."""
        names = []
        while True:
            try:
                events = os.read(self.file, 1 << 16)
            except BlockingIOError:
                return names
            while events:
                _, mask, _, size = self.HEAD.unpack_from(events)
                if mask & self.OVERFLOW:
                    raise RuntimeError("the kernel dropped events: nobody looked for too long")
                names.append(os.fsdecode(events[self.HEAD.size:self.HEAD.size + size].rstrip(b"\0")))
                events = events[self.HEAD.size + size:]

    def close(self):
        os.close(self.file)
