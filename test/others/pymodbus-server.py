"""A Modbus server of pymodbus with the register image that standard input gives as JSON:
{"unit": 1, "port": 5020, "input": {"0": 17254, ...}, "holding": {...}, "identity": {"VendorName": ...}}; RTU on a serial
port where there is "serial": "/dev/pts/4" in place of "port". Prints "ready"."""

import asyncio
import json
import sys

from pymodbus import FramerType, ModbusDeviceIdentification
from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext, ModbusSparseDataBlock
from pymodbus.server import ModbusSerialServer, ModbusTcpServer


def block(words):
    return ModbusSparseDataBlock({int(address): word for address, word in words.items()} or {0: 0})


async def main():
    image = json.loads(sys.stdin.readline())
    device = ModbusDeviceContext(ir=block(image.get("input", {})), hr=block(image.get("holding", {})))
    context = ModbusServerContext(devices={image["unit"]: device}, single=False)
    identity = ModbusDeviceIdentification(info_name=image.get("identity", {}))
    if "serial" in image:
        server = ModbusSerialServer(
            context, framer=FramerType.RTU, identity=identity, port=image["serial"], baudrate=19200, parity="N"
        )
    else:
        server = ModbusTcpServer(context, identity=identity, address=("127.0.0.1", image["port"]))
    serving = asyncio.ensure_future(server.serve_forever())
    await asyncio.sleep(0.3)
    print("ready", flush=True)
    await serving


asyncio.run(main())
