"""``python -m tests.reading``: the figures of every labelled set; with ``-v`` the wrong cells."""

from __future__ import annotations

import sys

from tests.reading.scoring import SETS, TARGETS, cases, score


def main() -> None:
    """Print one block a set."""
    for name in SETS:
        total = score(cases(name))
        print(
            f"{name}: cells {total.right}/{total.cells}, "
            f"informative {total.informative_right}/{total.informative}, "
            f"levels {total.levels_right}/{total.sited}, sides {total.sides_right}/{total.sided}"
        )
        found = (f"{t} {total.found[t]}/{total.affirmed[t]}" for t in TARGETS)
        print(f"  affirmed found: {', '.join(found)}")
        print(f"  false affirmed: {total.false or 'none'}")
        for wrong in total.wrong if "-v" in sys.argv else ():
            print(f"    {wrong}")


if __name__ == "__main__":
    main()
