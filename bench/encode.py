"""The limit today: how long one core takes for an hour of audio, by codec."""
import dataclasses
import shlex
import subprocess

import extraction
import inputs
import measure
import table

MINUTES = 10


@dataclasses.dataclass
class Result:
    text: str
    good: bool


def _seconds(command, store, work, patience, rounds):
    costs = [measure.run(command, store.environment(), work, store, patience, lambda: None)
             for _ in range(rounds)]
    return measure.median(costs, "cpu")


def run(arguments, _, store, work):
    inputs.make_clips(work)
    patience = measure.Patience(arguments.patience)
    base = "ffmpeg -nostdin -v error -threads 1"
    clip = f"-stream_loop {MINUTES * 60 // inputs.CLIP_SECONDS - 1} -i {shlex.quote(str(work / 'sound.mp4'))}"
    wav = work / "sound.wav"
    subprocess.run(
        ["bash", "-c", f"{base} -y {clip} -c:a pcm_s16le {shlex.quote(str(wav))}"], check=True)
    hour = 60 / MINUTES

    def measured(command):
        return _seconds(command, store, work, patience, arguments.rounds) * hour

    start = measured(f"{base} -t 0.01 -i {wav} -f null -")
    read = measured(f"{base} -i {wav} -c:a copy -f null -")
    rows = [["AAC decode", f"{measured(f'{base} {clip} -f null -') - start:.1f}"]]
    for profile, peer in extraction.PEERS.items():
        if profile in ("wav", "copy"):
            continue
        spent = measured(f"{base} -i {wav} {peer.settings} -f null -") - read
        rows.append([f"{profile} (`{peer.settings}`)", f"{spent:.1f}"])
    wav.unlink()
    return Result(table.markdown(["Work, on one core", "CPU s per hour of stereo audio"], rows), True)
