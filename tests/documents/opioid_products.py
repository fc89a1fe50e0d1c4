"""Makes the opioid product table from its source: ``make opioid-products SOURCE=path``.

The source is a CSV of RxNorm clinical drugs. The table that the service reads has the same columns,
in a fixed order of rows, and a record of its provenance beside it. One source gives one result.
"""

from __future__ import annotations

import csv
import io
import sys
from hashlib import sha256
from pathlib import Path

import hooks
from hooks.spine.opioids.products import ingredients

FOLDER = Path(hooks.__file__).parent / "spine" / "opioids"
COLUMNS = (
    "rxcui",
    "name",
    "dose_form_rxcui",
    "dose_form",
    "ingredient_rxcui",
    "ingredient",
    "strength",
    "unit",
)
UNITS = frozenset({"MG", "MG/ML", "MG/HR", "MG/ACTUAT"})
_PROVENANCE = """\
# Provenance of products.csv; made with it by "make opioid-products SOURCE=path", not by hand.
source: RxNorm clinical drugs (SCD, SBD), public data of the U.S. National Library of Medicine as
  published in the CDC opioid MME FHIR content; newer products are missing
date: "2020-10-20"
rows: {rows}
sha256 of the source: {source}
sha256 of products.csv: {table}
"""


class SourceError(ValueError):
    """A source that no table can be made from; the message names the row."""


def made_from(source: bytes) -> tuple[bytes, str]:
    """Return the table and its provenance; SourceError when a row cannot be honoured."""
    reader = csv.DictReader(io.StringIO(source.decode("utf-8"), newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise SourceError(f"columns {', '.join(COLUMNS)} are expected, not {reader.fieldnames}")
    rows = [_checked(number, row) for number, row in enumerate(reader, 2)]
    if not rows:
        raise SourceError("the source holds no row")
    rows.sort(key=lambda row: (int(row["rxcui"]), float(row["strength"])))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    table = written.getvalue().encode("utf-8")
    provenance = _PROVENANCE.format(rows=len(rows), source=_digest(source), table=_digest(table))
    return table, provenance


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _checked(number: int, row: dict[str, str]) -> dict[str, str]:
    """Return a row, its strength written as a plain number; what is odd in it is an error."""
    for column in ("rxcui", "dose_form_rxcui"):
        if not row[column].isdigit():
            raise SourceError(f"row {number}: {column} {row[column]!r} is no RxNorm code")
    if row["ingredient_rxcui"] not in ingredients():
        raise SourceError(f"row {number}: ingredient {row['ingredient_rxcui']} has no factor entry")
    if row["unit"] not in UNITS:
        raise SourceError(f"row {number}: unit {row['unit']!r} is not known")
    try:
        strength = float(row["strength"])
    except ValueError:
        strength = 0.0
    if not 0 < strength < 10_000:
        raise SourceError(f"row {number}: strength {row['strength']!r} is no amount")
    return row | {"strength": repr(strength)}


def main(arguments: list[str]) -> int:
    """Write the table and its provenance; 2 without a source, 1 when it cannot be honoured."""
    if len(arguments) != 1:
        print("usage: python -m tests.documents.opioid_products SOURCE.csv", file=sys.stderr)  # noqa: T201
        return 2
    try:
        table, provenance = made_from(Path(arguments[0]).read_bytes())
    except (OSError, UnicodeDecodeError, SourceError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    (FOLDER / "products.csv").write_bytes(table)
    (FOLDER / "products.yaml").write_text(provenance, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
