"""Fuzz one target with atheris: ``python -m tests.fuzz TARGET SECONDS``; what it finds is kept."""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "build" / "fuzz" / "corpus"

with atheris.instrument_imports(include=["cds_service", "hooks", "json", "urllib"]):
    from tests.fuzz.targets import TARGETS


def main(name: str, seconds: str) -> None:
    """Fuzz for that long; the process ends with what libFuzzer says."""
    target, seeds = TARGETS[name]
    corpus, found = CORPUS / name, HERE / "found" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-max_len=65536",
        "-timeout=10",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        str(corpus),
        str(found),
    ]
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
