import { decodeRequest, encodeException } from '@lineside/device-profiles'
import type { ModbusAnswer, ModbusUnit } from '../devices/modbus-unit.ts'

/** What a unit answers to the PDU of a request; undefined: it is silent at that time. */
export function answerPdu(unit: ModbusUnit, pdu: Uint8Array, tMs: number): ModbusAnswer | undefined {
  if (unit.isSilent(tMs)) return undefined
  const request = decodeRequest(pdu)
  if (request.kind === 'refused') return { pdu: encodeException(request.functionCode, request.exception) }
  return unit.answer(request.read, tMs)
}
