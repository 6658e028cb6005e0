"""Videos of any length, cheaply: a short clip is encoded once and repeated
without encoding. 1080p H.264 at a constant 6 Mbit/s unless another rate is
asked for, AAC 160 kbit/s stereo."""
import subprocess

CLIP_SECONDS = 60
VIDEO_SECONDS = 10
MEGABITS = 6
BITS_PER_SECOND = 6_160_000


def _ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def _make_pictures(path, megabits):
    # noise keeps the encoder at its rate; filler makes up what is missing
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30,noise=alls=12:allf=t:all_seed=7",
            "-t", VIDEO_SECONDS, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
            "-b:v", f"{megabits}M", "-minrate", f"{megabits}M", "-maxrate", f"{megabits}M",
            "-bufsize", f"{megabits}M", "-g", "60",
            "-x264-params", "nal-hrd=cbr", path)


def _make_sound(path):
    # gliding tones, a beat as of syllables, and pink noise
    tones = ("aevalsrc='0.3*sin(2*PI*220*t+40*sin(2*PI*t/5))*abs(sin(2*PI*2*t))"
             "|0.3*sin(2*PI*330*t+60*sin(2*PI*t/7))*abs(sin(2*PI*1.5*t))':sample_rate=48000")
    _ffmpeg("-f", "lavfi", "-i", tones,
            "-f", "lavfi", "-i", "anoisesrc=colour=pink:amplitude=0.3:seed=7:sample_rate=48000",
            "-filter_complex", "[1]aformat=channel_layouts=stereo[n];[0][n]amix=inputs=2",
            "-t", CLIP_SECONDS, "-c:a", "aac", "-b:a", "160k", path)


def make_clips(work, megabits=MEGABITS):
    """Once a bench; the clips lie in `work`. The place of the pictures."""
    if not (work / "sound.mp4").exists():
        _make_sound(work / "sound.mp4")
    pictures = work / f"pictures{megabits}.mp4"
    if not pictures.exists():
        _make_pictures(pictures, megabits)
    return pictures


def make_video(work, path, seconds, *options, megabits=MEGABITS):
    """The suffix of `path` says the container."""
    pictures = make_clips(work, megabits)
    _ffmpeg("-stream_loop", "-1", "-i", pictures,
            "-stream_loop", "-1", "-i", work / "sound.mp4",
            "-map", "0:v", "-map", "1:a", "-t", seconds, "-c", "copy", *options, path)
