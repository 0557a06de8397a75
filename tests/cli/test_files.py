"""Commands that write files or print them: `init`, `config schema`, `wsdl export`."""

import json
from pathlib import Path

import pytest
import zeep

from tests.cli.conftest import Run


def test_init_writes_settings_that_can_be_used(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    assert headend("init", str(file)).code == 0
    assert headend("meters", "list", "--config", str(file)).code == 0


def test_every_line_of_the_file_is_a_default(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    headend("init", str(file))
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line.removeprefix("#") if not line.startswith("# ") else line for line in lines))
    assert (
        headend("meters", "list", "--config", str(file), "--json").stdout == headend("meters", "list", "--json").stdout
    )


def test_init_writes_headend_yaml_where_one_stands(
    headend: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert headend("init").stdout == "headend.yaml\n"
    assert (tmp_path / "headend.yaml").exists()


def test_init_overwrites_nothing(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    file.write_text("meters: 7\n")
    ended = headend("init", str(file))
    assert (ended.code, file.read_text()) == (2, "meters: 7\n")
    assert "--force replaces it" in ended.stderr


def test_init_overwrites_when_told_to(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    file.write_text("meters: 7\n")
    assert headend("init", str(file), "--force").code == 0
    assert "meters: 7" not in file.read_text()


def test_init_into_no_directory_is_exit_code_2(headend: Run, tmp_path: Path) -> None:
    ended = headend("init", str(tmp_path / "none" / "headend.yaml"))
    assert (ended.code, "No such file or directory" in ended.stderr) == (2, True)


def test_the_schema_knows_every_setting(headend: Run) -> None:
    properties = json.loads(headend("config", "schema").stdout)["properties"]
    assert {"meters", "seed", "clock", "database", "error_style"} <= set(properties)
    assert all(setting.get("description") for setting in properties.values())


def test_the_exported_contract_is_whole(headend: Run, tmp_path: Path) -> None:
    ended = headend("wsdl", "export", str(tmp_path / "contract"))
    assert ended.code == 0
    for path in ended.stdout.splitlines():
        assert Path(path).is_file()
    client = zeep.Client(str(tmp_path / "contract" / "GetMeterReadings.wsdl"))
    assert list(client.service._operations) == ["GetMeterReadings"]


def test_export_over_a_file_is_exit_code_2(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "contract"
    file.write_text("")
    ended = headend("wsdl", "export", str(file))
    assert (ended.code, str(file) in ended.stderr) == (2, True)
