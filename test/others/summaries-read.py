"""Reads an archive folder as a data scientist would: what readings and summaries together say of each point."""

import json
import sys

import pyarrow.compute as pc
import pyarrow.dataset as ds

dataset = ds.dataset(sys.argv[1], format="parquet", partitioning="hive", exclude_invalid_files=True)
table = dataset.to_table().sort_by([("t", "ascending"), ("point", "ascending")])
weight = pc.coalesce(table["readings"], 1)
print(
    json.dumps(
        {
            "rows": table.select(
                ["point", "t", "t_until", "value_double", "readings", "value_min", "value_max", "quality"]
            ).to_pylist(),
            "readings": pc.sum(weight).as_py(),
            "mean": pc.sum(pc.multiply(table["value_double"], weight)).as_py() / pc.sum(weight).as_py(),
            "lowest": pc.min(pc.coalesce(table["value_min"], table["value_double"])).as_py(),
            "highest": pc.max(pc.coalesce(table["value_max"], table["value_double"])).as_py(),
        },
        default=lambda time: time.isoformat(),
    )
)
