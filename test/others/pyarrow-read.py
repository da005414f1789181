"""Reads an archive folder as a data scientist would and prints what is in it as one JSON object."""

import json
import sys

import pyarrow.compute as pc
import pyarrow.dataset as ds

dataset = ds.dataset(sys.argv[1], format="parquet", partitioning="hive", exclude_invalid_files=True)
table = dataset.to_table()
print(
    json.dumps(
        {
            "rows": table.num_rows,
            "columns": {field.name: str(field.type) for field in table.schema},
            "devices": sorted(pc.unique(table["device"]).to_pylist()),
            "sum": pc.sum(table["value_double"]).as_py(),
            "first": pc.min(table["t"]).as_py().isoformat(),
        }
    )
)
