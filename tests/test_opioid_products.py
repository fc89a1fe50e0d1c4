"""The opioid product table is what its build step makes, with its provenance."""

from hashlib import sha256

import pytest

from cds_service.engine.codes import load_yaml
from hooks.spine.opioids.products import products
from tests.documents.opioid_products import COLUMNS, FOLDER, SourceError, made_from, main

TABLE = (FOLDER / "products.csv").read_bytes()
PROVENANCE = load_yaml(FOLDER / "products.yaml")
HEADER = ",".join(COLUMNS)
ROW = "1049611,oxycodone hydrochloride 5 MG Oral Tablet,317541,Oral Tablet,7804,Oxycodone,5.0,MG"


def source(*rows, header=HEADER):
    return "\n".join((header, *rows, "")).encode()


def test_the_shipped_table_has_its_recorded_digest_and_count():
    assert PROVENANCE["sha256 of products.csv"] == sha256(TABLE).hexdigest()
    assert PROVENANCE["rows"] == len(TABLE.splitlines()) - 1 == 912
    assert PROVENANCE["date"] == "2020-10-20"
    assert "National Library of Medicine" in PROVENANCE["source"]


def test_the_table_depends_on_the_rows_of_the_source_and_not_on_their_order():
    header, *rows = TABLE.decode().splitlines()
    again, _ = made_from(source(*reversed(rows), header=header))
    assert again == TABLE
    assert made_from(TABLE)[0] == TABLE


def test_two_salts_of_one_tablet_stay_two_rows():
    two = [ROW, ROW.replace("5.0,MG", "0.4,MG")]
    table, provenance = made_from(source(*two))
    assert [line.split(",")[-2] for line in table.decode().splitlines()[1:]] == ["0.4", "5.0"]
    assert "rows: 2" in provenance


def test_a_strength_is_written_as_a_plain_number():
    assert made_from(source(ROW.replace("5.0", "5")))[0] == made_from(source(ROW))[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("1049611", "x"), "row 2: rxcui 'x' is no RxNorm code"),
        (ROW.replace("7804", "999"), "row 2: ingredient 999 has no factor entry"),
        (ROW.replace(",MG", ",UNT"), "row 2: unit 'UNT' is not known"),
        (ROW.replace("5.0", "0"), "row 2: strength '0' is no amount"),
        (ROW.replace("5.0", "many"), "row 2: strength 'many' is no amount"),
        (ROW.replace("5.0", "nan"), "row 2: strength 'nan' is no amount"),
    ],
)
def test_a_row_that_cannot_be_honoured_is_named(row, said):
    with pytest.raises(SourceError, match=said):
        made_from(source(row))


def test_a_source_without_rows_or_with_other_columns_is_refused():
    with pytest.raises(SourceError, match="holds no row"):
        made_from(source())
    with pytest.raises(SourceError, match="columns rxcui, name"):
        made_from(source(ROW, header="code,name"))


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main([]) == 2
    assert main([str(tmp_path / "nowhere.csv")]) == 1
    broken = tmp_path / "broken.csv"
    broken.write_bytes(source(ROW.replace("7804", "999")))
    assert main([str(broken)]) == 1
    assert "ingredient 999" in capsys.readouterr().err


def test_every_row_of_the_table_is_a_product():
    codes = {line.split(",")[0] for line in TABLE.decode().splitlines()[1:]}
    assert codes <= set(products())
