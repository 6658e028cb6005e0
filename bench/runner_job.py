"""What a controller gives a runner, and what the runner leaves for it."""
import json
import secrets

from servers import BUCKET

SETTINGS = {
    "mp3-128k": {"codec": "mp3", "bitrate": 128_000, "sample_rate": 44_100, "channels": 2},
    "mp3-320k": {"codec": "mp3", "bitrate": 320_000, "sample_rate": 44_100, "channels": 2},
    "opus-96k": {"codec": "opus", "bitrate": 96_000, "sample_rate": 48_000, "channels": 2},
    "aac-160k": {"codec": "aac", "bitrate": 160_000, "sample_rate": 48_000, "channels": 2},
    "flac": {"codec": "flac"},
    "wav": {"codec": "pcm_s16le"},
    "speech-16k": {"codec": "pcm_s16le", "sample_rate": 16_000, "channels": 1},
    "copy": {"codec": "copy"},
}


def environment(profile, source_key, output_key, outcome_file):
    output = {"index": 0, "kind": "audio", "uri": f"s3://{BUCKET}/{output_key}",
              "profile": profile, "settings": SETTINGS[profile]}
    spec = {"version": 1, "job": 1, "attempt": 1, "token": f"1.1.{secrets.token_hex(8)}",
            "source": {"uri": f"s3://{BUCKET}/{source_key}"},
            "plan": {"ifExists": "replace", "outputs": [output]}, "timeoutSeconds": 3600}
    return {"VEXAA_RUN_SPEC": json.dumps(spec), "VEXAA_OUTCOME_FILE": str(outcome_file)}


def outcome(file):
    """The whole outcome; ends the bench when the run did not succeed."""
    found = json.loads(file.read_text())
    if found["reason"] != "Succeeded":
        raise SystemExit(f"bench/run: the runner ended {found['reason']}: {found['message']}")
    return found


def staged(file):
    """The one staged output of a run that succeeded."""
    return outcome(file)["outputs"][0]
