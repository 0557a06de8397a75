"""The generator: what it writes, when it calls a file stale, and how a noun is added."""

import shutil
from pathlib import Path

import pytest

from headend.contract.generate import main
from headend.contract.tables import TableError


@pytest.fixture
def copy(tmp_path: Path, wsdl_directory: Path) -> Path:
    return shutil.copytree(wsdl_directory, tmp_path / "wsdl")


def files_in(directory: Path) -> dict[str, bytes]:
    paths = [*directory.glob("*.wsdl"), *directory.glob("xsd/*.xsd")]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def test_the_files_in_the_tree_are_what_the_tables_say(wsdl_directory: Path) -> None:
    assert main(["--check", str(wsdl_directory)]) == 0


def test_the_tables_alone_give_the_files_in_the_tree(tmp_path: Path, wsdl_directory: Path) -> None:
    shutil.copytree(wsdl_directory / "tables", tmp_path / "tables")
    assert main([str(tmp_path)]) == 0
    assert files_in(tmp_path) == files_in(wsdl_directory)


@pytest.mark.parametrize("name", ["GetMeterReadings.wsdl", "xsd/Message.xsd"])
def test_a_file_altered_by_hand_is_named_as_stale(copy: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
    assert main(["--check", str(copy)]) == 1
    assert name in capsys.readouterr().err


def test_a_missing_file_is_named_as_stale(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "xsd" / "MeterReadings.xsd").unlink()
    assert main(["--check", str(copy)]) == 1
    assert "xsd/MeterReadings.xsd" in capsys.readouterr().err


def test_a_changed_table_makes_the_files_that_use_it_stale(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = copy / "tables" / "profiles" / "MeterReadings.tsv"
    table.write_text(table.read_text("utf-8").replace("issuerTrackingID\t0", "issuerTrackingID\t1"), "utf-8")
    assert main(["--check", str(copy)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "xsd/MeterReadings.xsd is stale: run python -m headend.contract.generate"
    ]


def test_check_writes_nothing(copy: Path) -> None:
    (copy / "xsd" / "MeterReadings.xsd").unlink()
    before = files_in(copy)
    main(["--check", str(copy)])
    assert files_in(copy) == before


def test_a_run_repairs_what_is_stale_and_removes_what_no_table_asks_for(copy: Path, wsdl_directory: Path) -> None:
    (copy / "GetMeterReadings.wsdl").write_bytes(b"<nothing/>")
    (copy / "GetNothing.wsdl").write_bytes(b"<nothing/>")
    assert main([str(copy)]) == 0
    assert files_in(copy) == files_in(wsdl_directory)


@pytest.mark.parametrize(
    ("noun", "request_profile", "services"),
    [
        ("ReceiptRecord", True, ["Get", "Receive", "Reply", "Send"]),
        ("ReceiptRecord", False, ["Receive", "Reply", "Send"]),
    ],
    ids=["with its request profile", "without it"],
)
def test_a_noun_is_added_by_its_tables_alone(copy: Path, noun: str, request_profile: bool, services: list[str]) -> None:
    header = "type\telement\tmin\tmax\txsd_type\tkind\tstatus\tnote\n"
    (copy / "tables" / "profiles" / f"Get{noun}.tsv").unlink()
    for name in [noun, f"Get{noun}"] if request_profile else [noun]:
        rows = f"(root)\t{name}\t1\t1\t{name}\troot\tderived\t\n{name}\tmRID\t0\t1\txs:string\telement\tderived\t\n"
        (copy / "tables" / "profiles" / f"{name}.tsv").write_text(header + rows, "utf-8")
    assert main([str(copy)]) == 0
    assert sorted(path.stem for path in copy.glob(f"*{noun}.wsdl")) == [pattern + noun for pattern in services]
    assert main(["--check", str(copy)]) == 0


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("\tAsset\telement\t", "\tAsset\tgroup\t", r"MeterReadings\.tsv: EndDeviceEvent\.Assets.*'group'"),
        ("\tAsset\telement\t", "\tAssat\telement\t", r"EndDeviceEvent\.Assets.* type Assat"),
        ("\tAsset\telement\t", "\tmsg:Asset\telement\t", r"EndDeviceEvent\.Assets.* msg"),
        ("Reading.ReadingType\tref", "Asset\tref", r"type Asset.* two places"),
    ],
    ids=["unknown kind", "undeclared type", "schema that is not imported", "scattered rows"],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_place(copy: Path, good: str, bad: str, words: str) -> None:
    table = copy / "tables" / "profiles" / "MeterReadings.tsv"
    text = table.read_text("utf-8")
    assert good in text
    table.write_text(text.replace(good, bad), "utf-8")
    with pytest.raises(TableError, match=words):
        main([str(copy)])


def test_generated_files_are_laid_out_for_people(wsdl_directory: Path) -> None:
    for name, content in files_in(wsdl_directory).items():
        lines = content.decode("utf-8").splitlines()
        # An attribute cannot be broken, so one that stands alone may be longer.
        assert [line for line in lines if len(line) > 120 and " " in line.strip()] == [], name
        assert all(line == line.rstrip() for line in lines), name
        assert content.endswith(b">\n"), name
