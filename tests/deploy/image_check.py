"""The image, built and run for real (faults.md, N-02): ``make deploy-check``, a minute, as root.

No container engine and no registry are needed. The base is made of Debian's packages, buildah
builds on it, and the kernel's namespaces give what an engine would: a root that cannot be written,
a user without rights, and the command as process 1.
"""

import gzip
import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_service.demo import free_port
from tests.deploy import DEPLOY, ROOT, required

LOCAL = {"HOST": "127.0.0.1", "DATA_DIR": "/tmp/data"}  # noqa: S108 - the image's only writable place
MEGABYTE = 1_000_000
MAX_SIZE = 200 * MEGABYTE  # of all layers as they are pulled
USER = 10001
START_SECONDS = 60
HEALTH = ["python", "/opt/spine-cds/health.py"]

# Run in new mount and process namespaces: $1 is the root of the image, the rest the command.
CONTAINER = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$1/tmp"
mount --rbind /dev "$1/dev"
mount -o remount,bind,ro "$1"
root=$1
shift
exec chroot "$root" /usr/bin/setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs \
    --bounding-set=-all "$@"
"""


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """What buildah needs: a store of images of its own, and no engine."""
    for program in ("buildah", "mmdebstrap", "unshare"):
        required(program, "make packages")
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    folder = tmp_path_factory.mktemp("storage")
    conf = folder / "storage.conf"
    conf.write_text(f'[storage]\ndriver="vfs"\ngraphroot="{folder}/g"\nrunroot="{folder}/r"\n')
    return os.environ | {"BUILDAH_ISOLATION": "chroot", "CONTAINERS_STORAGE_CONF": str(conf)}


def buildah(environ, *arguments):
    return succeeded(["buildah", *arguments], environ)


def succeeded(command, environ):
    done = subprocess.run(  # noqa: S603 - fixed programs
        [str(part) for part in command], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(environ):
    """The image, on a base that is pinned by its digest as a release's is."""
    base = succeeded([DEPLOY / "base.sh"], environ).strip()
    assert "@sha256:" in base
    # How this machine reaches its package index is mounted for the build, and stays out of it.
    mine = [path for path in ("/etc/pip.conf", "/etc/ssl/certs") if Path(path).exists()]
    mounts = [f"--volume={path}:{path}:ro" for path in mine]
    buildah(environ, "build", "--format=docker", *mounts, f"--build-arg=BASE={base}",
            "--file=deploy/Dockerfile", "--tag=spine-cds", ".")  # fmt: skip
    return json.loads(buildah(environ, "inspect", "--type=image", "spine-cds"))


@pytest.fixture(scope="module")
def root(environ, built):
    container = buildah(environ, "from", "spine-cds").strip()
    return Path(buildah(environ, "mount", container).strip())


@contextmanager
def running(root, built, *command, **settings):
    """Run a command as the image's, in namespaces of its own; yield its process."""
    variables = dict(pair.split("=", 1) for pair in built["Docker"]["config"]["Env"])
    variables |= {f"SPINE_CDS_{name}": text for name, text in settings.items()}
    inside = ["/usr/bin/env", "-i", *[f"{n}={v}" for n, v in variables.items()], *command]
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    with subprocess.Popen(  # noqa: S603 - fixed programs
        [*unshare, "sh", "-c", CONTAINER, "container", str(root), *inside],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def output(root, built, *command, **settings):
    with running(root, built, *command, **settings) as process:
        return process.communicate(timeout=60)[0], process.returncode


def test_a_base_that_nobody_named_stops_the_build(environ):
    done = subprocess.run(
        ["buildah", "build", "--file=deploy/Dockerfile", "."],  # noqa: S607
        cwd=ROOT, env=environ, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "BASE" in done.stderr


def test_its_layers_are_small(environ, built, tmp_path):
    folder = tmp_path / "image"
    buildah(environ, "push", "--quiet", "spine-cds", f"dir:{folder}")
    size = sum(_compressed(path) for path in folder.iterdir() if len(path.name) == 64)
    print(f"layers: {size / MEGABYTE:.0f} MB")  # noqa: T201 - for docs/operations.md
    assert 10 * MEGABYTE < size < MAX_SIZE


def _compressed(path):
    data = path.read_bytes()
    return len(data) if data[:2] == b"\x1f\x8b" else len(gzip.compress(data, 6))


def test_it_is_run_by_nobody_and_stopped_by_a_signal(built):
    config = built["Docker"]["config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Cmd"] == ["spine-cds", "serve"]
    assert not config.get("Entrypoint")
    assert config["Healthcheck"]["Test"] == ["CMD", *HEALTH]


def test_it_holds_neither_secrets_nor_tools(built, root):
    text = json.dumps(built["Docker"])
    assert not any(word in text.upper() for word in ("PASSWORD", "TOKEN", "_KEY=", "PIP_CONF"))
    mine = Path("/etc/pip.conf")
    if mine.exists():
        assert not (root / "etc/pip.conf").exists() or not (root / "etc/pip.conf").read_bytes()
    ours = root / "opt/spine-cds"
    names = {path.name for path in ours.rglob("*")}
    assert not names & {"pip", "setuptools", "hatchling", "pytest", "tests.deploy", ".git"}
    assert not [name for name in names if name.endswith(".key")]
    writable = [p for p in ours.rglob("*") if not p.is_symlink() and p.stat().st_mode & 0o022]
    assert writable == []


def test_its_root_cannot_be_written_and_its_user_may_nothing(root, built):
    script = "id -u; touch /opt/x; touch /tmp/x && echo tmp; "
    script += "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/1/status"
    told, _ = output(root, built, "sh", "-c", script)
    lines = told.split()
    assert lines[0] == str(USER)
    assert "Read-only file system" in told
    assert "tmp" in lines
    assert told.count("0000000000000000") == 2
    assert lines[-2:] == ["NoNewPrivs:", "1"]


def test_it_serves_is_healthy_and_ends_when_told(root, built):
    port = str(free_port())
    command = built["Docker"]["config"]["Cmd"]
    with running(root, built, *command, **LOCAL, PORT=port) as container:
        healthy(root, built, container, port)
        server = children(container.pid)[0]
        assert process_number_inside(server) == 1
        os.kill(server, signal.SIGTERM)
        told, _ = container.communicate(timeout=30)
    assert container.returncode == 0, told
    assert "listening" in told


def healthy(root, built, container, port):
    """Ask as HEALTHCHECK does until the answer is yes."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and container.poll() is None:
        told, code = output(root, built, *HEALTH, PORT=port)
        if code == 0:
            return
        time.sleep(0.2)
    raise AssertionError(f"never healthy: {told}")


def test_nobody_there_is_not_healthy(root, built):
    told, code = output(root, built, *HEALTH, PORT=str(free_port()))
    assert code == 1
    assert "no answer" in told


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def process_number_inside(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("NSpid:")[1].split("\n")[0].split()[-1])
