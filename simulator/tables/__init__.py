"""Tables as files: columns of arrays in, CSV or Parquet out, with the size and hash of what was written.

A table is written batch by batch and never held whole. `cells` says what a column can hold, `csv_table` and
`parquet_table` write it, `written_file` counts and hashes the bytes on their way.
"""

from simulator.tables.cells import Cells, Column, Instants, Kind, NumberLists, Numbers, Texts
from simulator.tables.table import FileFormat, ParquetMissing, Table, create_table, csv_onto
from simulator.tables.written_file import Target, WrittenFile

__all__ = [
    "Cells",
    "Column",
    "FileFormat",
    "Instants",
    "Kind",
    "NumberLists",
    "Numbers",
    "ParquetMissing",
    "Table",
    "Target",
    "Texts",
    "WrittenFile",
    "create_table",
    "csv_onto",
]
