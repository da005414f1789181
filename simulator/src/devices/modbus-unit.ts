import type { Quality, Value } from '@lineside/contract'
import {
  encodeException,
  encodeResponse,
  type ModbusProfile,
  modbusTables,
  type ReadPdu,
  readFunctionCodes,
} from '@lineside/device-profiles'
import { DistinctTuples } from '../ledger/distinct.ts'
import type { DraftReply } from '../ledger/ledger.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { type Slot, type UnitTables, unitTables } from './modbus-slots.ts'
import { putCells, type TableImage } from './modbus-table.ts'
import type { PlayOptions } from './point-sources.ts'
import type { Playing } from './playing.ts'

/** Different requests whose points are remembered; a client that asks for more finds them worked out again. */
const mostPlans = 2_000
/** Point sets whose replies are told apart. */
const mostSets = 1_000

export interface ModbusAnswer {
  readonly pdu: Uint8Array
  /** For the ledger, once the answer is written; absent: it holds no whole point, or no ledger is kept. */
  readonly draft?: DraftReply
}

interface RequestPlan {
  readonly table: TableImage
  /** Points with at least one register in the range. */
  readonly touched: readonly Slot[]
  /** Points wholly inside it. */
  readonly whole: readonly Slot[]
  readonly distinct: DistinctTuples
}

/** One device behind a unit id: answers reads from its profile's tables. */
export class ModbusUnit {
  readonly name: string
  readonly #unit: UnitTables
  readonly #playing: Playing
  readonly #plans = new Map<number, RequestPlan | undefined>()
  readonly #sets = new Map<string, DistinctTuples>()

  constructor(device: PlantDevice, profile: ModbusProfile, playing: Playing, options: PlayOptions) {
    this.name = device.name
    this.#playing = playing
    this.#unit = unitTables(device, profile, options)
  }

  /** Replies that are equal to earlier ones, because their points had nothing new to say. */
  get repeated(): number {
    let sum = 0
    for (const distinct of this.#sets.values()) sum += distinct.repeated
    return sum
  }

  isSilent(tMs: number): boolean {
    return this.#unit.sources.isSilent(tMs)
  }

  /**
   * The answer to a read at `tMs` since the plant began. Addresses between points are 0; what lies before the first or
   * beyond the last address of the table is an illegal data address.
   */
  answer(read: ReadPdu, tMs: number): ModbusAnswer {
    const plan = this.#planFor(read)
    if (plan === undefined) return { pdu: encodeException(read.functionCode, 0x02) }
    for (const slot of plan.touched) this.#unit.refresh(slot, tMs)
    const data = plan.table.read(read.address, read.count)
    if (!this.#playing.ledger.isOn || plan.whole.length === 0) return { pdu: encodeResponse(read.functionCode, data) }

    for (const slot of plan.whole) this.#unit.read(slot)
    const values = plan.whole.map(slot => slot.value)
    for (const index of plan.distinct.make(values)) {
      const slot = plan.whole[index]
      const value = values[index]
      if (slot === undefined || value === undefined) continue
      putCells(data, slot.encode(value), slot.point.address - read.address, false)
    }
    return { pdu: encodeResponse(read.functionCode, data), draft: this.#draft(plan.whole, values) }
  }

  #draft(slots: readonly Slot[], values: readonly (Value | undefined)[]): DraftReply {
    const points: Record<string, Value> = {}
    let quality: Record<string, Quality> | undefined
    for (const [index, slot] of slots.entries()) {
      const value = values[index]
      if (value !== undefined) points[slot.point.name] = value
      else (quality ??= {})[slot.point.name] = slot.quality ?? 'bad:not_available'
    }
    return { device: this.name, at: this.#playing.clock.now(), points, ...(quality === undefined ? {} : { quality }) }
  }

  #planFor(read: ReadPdu): RequestPlan | undefined {
    const key = (read.functionCode * 0x1_0000 + read.address) * 0x1000 + read.count
    if (this.#plans.has(key)) return this.#plans.get(key)
    const plan = this.#makePlan(read)
    if (this.#plans.size >= mostPlans) this.#plans.clear()
    this.#plans.set(key, plan)
    return plan
  }

  #makePlan({ functionCode, address, count }: ReadPdu): RequestPlan | undefined {
    const name = modbusTables.find(table => readFunctionCodes[table] === functionCode)
    const table = name && this.#unit.tables.get(name)
    const end = address + count
    if (table === undefined || address < table.low || end > table.high) return undefined
    const touched = this.#unit.slots.filter(
      ({ point }) => point.table === name && point.address < end && point.address + point.count > address,
    )
    const whole = touched.filter(({ point }) => point.address >= address && point.address + point.count <= end)
    return { table, touched, whole, distinct: this.#distinctFor(whole) }
  }

  #distinctFor(slots: readonly Slot[]): DistinctTuples {
    const key = slots.map(slot => slot.point.name).join('\n')
    const known = this.#sets.get(key)
    if (known) return known
    const [oldest] = this.#sets.keys()
    if (this.#sets.size >= mostSets && oldest !== undefined) this.#sets.delete(oldest)
    const distinct = new DistinctTuples(slots.map(slot => slot.quantise))
    this.#sets.set(key, distinct)
    return distinct
  }
}
