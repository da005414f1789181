import { type ReadPdu } from '../frames/pdu.ts'
import type { Barrier } from '../plan.ts'
import type { ModbusCells } from '../cells.ts'
import type { ChainModel, SunspecChain, SunspecModel } from './profile.ts'

/** `SunS` as two registers. */
export const marker = [0x5375, 0x6e53] as const
/** Where the marker may be, in the order in which it is looked for (SunSpec information model specification). */
export const bases = [40_000, 0, 50_000] as const
/** ID behind the last model. */
export const endId = 0xffff
/** ID and length in front of each model. */
export const headerLength = 2

/** What a chain is made of. */
export interface ChainPlan {
  readonly base: number
  /** Ids in their order. */
  readonly models: readonly number[]
  /** Of each model that has some. */
  readonly blocks: number
}

/** The chain of a device with these models; those that the profile doesn't know are left out. */
export function layOut(known: ReadonlyMap<number, SunspecModel>, { base, models, blocks }: ChainPlan): SunspecChain {
  let address = base + marker.length
  const laid = models.flatMap((id): ChainModel[] => {
    const model = known.get(id)
    if (!model) return []
    const count = model.blocks ? blocks : 0
    const length = model.length + count * (model.blocks?.length ?? 0)
    const at = address
    address += headerLength + length
    return [{ id, address: at, length, blocks: count }]
  })
  return { base, models: laid }
}

/** What a device holds so that its models are found: marker, a header in front of each model, numbers of blocks, end. */
export function chainCells(chain: SunspecChain, known: ReadonlyMap<number, SunspecModel>): readonly ModbusCells[] {
  const models = chain.models.flatMap(({ id, address, length, blocks }) => {
    const countAt = known.get(id)?.blocks?.countAt
    const header = put(address, id, length)
    return countAt === undefined ? [header] : [header, put(address + countAt, blocks)]
  })
  return [put(chain.base, ...marker), ...models, put(endOf(chain), endId, 0)]
}

function put(address: number, ...words: number[]): ModbusCells {
  return { table: 'holding', address, words, mask: 0xffff }
}

/** Address behind the last model. */
export function endOf({ base, models }: SunspecChain): number {
  const last = models.at(-1)
  return last ? last.address + headerLength + last.length : base + marker.length
}

/** One request reads of one model, so that it brings the header that vouches for its values along. */
export function modelBarriers({ models }: SunspecChain): readonly Barrier[] {
  return models.map(({ address }) => ({ table: 'holding', startsBefore: address, endsBehind: address }))
}

/**
 * The read that shows whether a device has the marker there. Every device has two registers behind it; each base is asked
 * for another number of them, because on RTU a request waits while a late answer to an equal one may still come.
 */
export function markerRead(base: (typeof bases)[number]): ReadPdu {
  const more = { 40_000: 1, 0: 2, 50_000: 0 }[base]
  return { functionCode: 3, address: base, count: marker.length + more }
}

export function isMarker(data: Uint8Array): boolean {
  if (data.byteLength < 4) return false
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return view.getUint16(0) === marker[0] && view.getUint16(2) === marker[1]
}

/** `models 1, 103 and 160 with 2 blocks at 40000`. */
export function describeChain({ base, models }: SunspecChain): string {
  const words = models.map(({ id, blocks }) => (blocks === 0 ? String(id) : `${id} with ${blocks} blocks`))
  const last = words.pop() ?? 'none'
  const all = words.length === 0 ? last : `${words.join(', ')} and ${last}`
  return `${models.length === 1 ? 'model' : 'models'} ${all} at ${base}`
}
