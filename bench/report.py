"""The tables as Markdown, with what is needed to judge and repeat them."""
import dataclasses
import datetime
import os
import re
import shlex
import subprocess


@dataclasses.dataclass
class Measured:
    text: str
    good: bool
    programs: str  # versions, with commas between them
    options: list  # of `./dev bench NAME`


def _kernel():
    """The series alone: builds have names that tell nobody anything."""
    return ".".join(os.uname().release.split(".")[:2])


def _first_line(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return (done.stdout.splitlines() or [""])[0].strip()


def radosgw_version():
    return re.sub(r" \([0-9a-f]{40}\)", "", _first_line("radosgw", "--version"))


def _versions(root, runner):
    ffmpeg = re.sub(r" Copyright.*", "", _first_line("ffmpeg", "-version"))
    aws = _first_line("/usr/bin/env", "PATH=/usr/local/bin:/usr/bin:/bin", "aws", "--version").split()[0]
    commit = _first_line("git", "-C", str(root), "describe", "--always", "--dirty")
    return f"{_first_line(str(runner), '--version')} ({commit}); {ffmpeg}; {aws}; radosgw: {radosgw_version()}"


def _machine():
    cpuinfo = open("/proc/cpuinfo").read()
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s*(\d+)", open("/proc/meminfo").read())
    return (f"{os.cpu_count()} cores of {model[1] if model else 'an unknown model'}, "
            f"{int(memory[1]) / 2**20:.0f} GiB, Linux {_kernel()}; "
            f"load average at the end {os.getloadavg()[0]:.1f}")


def _made(name, options):
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return (f"Made {today} by `{shlex.join(['./dev', 'bench', name, *options])}`.\\\n"
            f"Machine: {_machine()}.\\\n")


def database_section(root, name, result):
    commit = _first_line("git", "-C", str(root), "describe", "--always", "--dirty")
    return (f"{result.text}\n\n{_made(name, result.options)}"
            f"Programs: {result.programs} ({commit}).\n")


def section(root, runner, name, arguments, result):
    rounds, minutes = ["--rounds", f"{arguments.rounds}"], ["--minutes", f"{arguments.minutes:g}"]
    gigabytes = ["--gigabytes", f"{arguments.gigabytes:g}"]
    profiles = ["--profiles", arguments.profiles] if arguments.profiles else []
    hours = [f"{hours:g}" for hours in arguments.hours]
    lengths = ["--hours", *hours] if hours else gigabytes
    disk = ["--disk"] if arguments.disk else []
    flat = ["--flat-minutes", f"{arguments.flat_minutes:g}"] if arguments.flat_minutes else []
    memory = [*lengths, "--megabits", f"{arguments.megabits:g}", *flat, *disk, *profiles]
    options = {"extraction": rounds + minutes + profiles, "encode": rounds, "memory": memory,
               "read": rounds + gigabytes, "start": [], "link": rounds + minutes}[name]
    return (f"{result.text}\n\n{_made(name, options)}"
            f"Programs: {_versions(root, runner)}.\n")


def write(readme, name, text):
    """Replaces what lies between the markers of `name`."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    old = readme.read_text()
    head, found, rest = old.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"bench/run: {readme} has no markers of '{name}'")
    new = readme.with_suffix(".new")
    new.write_text(head + begin + "\n" + text + "\n" + end + tail)
    os.replace(new, readme)
