"""Registers of a SunSpec device as pysunspec2 lays them out. Standard input gives, as JSON, the base and the raw values of each
model: {"base": 40000, "models": [{"ID": 103, "W": 123, "W_SF": 1}, ...]}. Prints {"40000": 21365, ...}; what a model
is not given is not implemented."""

import json
import struct
import sys

from sunspec2.device import Model

wanted = json.load(sys.stdin)
data = b"SunS"
for values in wanted["models"]:
    data += Model(values["ID"], data=values).get_mb()
data += struct.pack(">HH", 0xFFFF, 0)
words = struct.unpack(f">{len(data) // 2}H", data)
print(json.dumps({wanted["base"] + index: word for index, word in enumerate(words)}))
