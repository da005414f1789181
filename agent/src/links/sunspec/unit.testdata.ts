import { readFileSync } from 'node:fs'
import type { Value } from '@lineside/contract'
import {
  compileModbusWriter,
  decodeRequest,
  encodeException,
  encodeResponse,
  layOut,
  libraryFolder,
  loadProfiles,
  locate,
  ModbusTables,
  type ModbusWriter,
  type ReadPdu,
  isSunspec,
  type SunspecProfile,
} from '@lineside/device-profiles'

/** The profile of the library. */
export const sunspecProfile = ((): SunspecProfile => {
  const file = 'sunspec.yaml'
  const text = readFileSync(new URL(file, libraryFolder), 'utf8')
  const profile = loadProfiles([{ file, text }]).profiles.get('sunspec')
  if (!isSunspec(profile)) throw new Error(`${file} is no SunSpec profile`)
  return profile
})()

interface Plan {
  readonly base?: number
  readonly models: readonly number[]
  readonly blocks?: number
}

/** A SunSpec device that a test changes at will. What lies outside its models is refused. */
export class SunspecUnit {
  #tables = new ModbusTables()
  #writer: ModbusWriter
  #from = 0
  #to = 0
  readonly asked: ReadPdu[] = []

  constructor(plan: Plan) {
    this.#writer = this.become(plan)
  }

  /** It is another device from now on. */
  become({ base = 40_000, models, blocks = 2 }: Plan): ModbusWriter {
    const chain = layOut(sunspecProfile.sunspec.models, { base, models, blocks })
    this.#writer = compileModbusWriter(locate(sunspecProfile, chain), { params: {} })
    this.#tables = new ModbusTables()
    for (const cells of this.#writer.constants) this.#tables.put(cells)
    const ends = this.#writer.constants.map(({ address, words }) => address + words.length)
    this.#from = base
    this.#to = Math.max(...ends)
    return this.#writer
  }

  put(point: string, value: Value): void {
    this.#tables.put(this.#writer.encode(point, value))
  }

  notAvailable(point: string): void {
    const cells = this.#writer.encodeNotAvailable(point)
    if (cells) this.#tables.put(cells)
  }

  set(address: number, ...words: number[]): void {
    this.#tables.put({ table: 'holding', address, words, mask: 0xffff })
  }

  /** Registers of an answer; undefined: it refuses. */
  registers({ functionCode, address, count }: ReadPdu): Uint8Array | undefined {
    this.asked.push({ functionCode, address, count })
    if (functionCode !== 3 || address < this.#from || address + count > this.#to) return undefined
    return this.#tables.read(functionCode, address, count)
  }

  pdu(request: Uint8Array): Uint8Array {
    const decoded = decodeRequest(request)
    const data = decoded.kind === 'read' ? this.registers(decoded.read) : undefined
    return data ? encodeResponse(3, data) : encodeException(request[0] ?? 3, 2)
  }
}
