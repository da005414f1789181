import type { ReadPdu } from '../frames/pdu.ts'
import { bases, endId, headerLength, isMarker, markerRead } from './chain.ts'
import type { ChainModel, SunspecChain, SunspecModel } from './profile.ts'

/** What became of a read: its data, or that the device refused it for good (exceptions 1 to 3). */
export type WalkAnswer = Uint8Array | 'refused'

export type WalkResult =
  /** `remark`: what is odd about the chain and does no harm. */
  | { readonly kind: 'found'; readonly chain: SunspecChain; readonly remark?: string }
  /** It is no SunSpec device, or its chain can't be followed. `refused`: nothing was answered with data. */
  | { readonly kind: 'lost'; readonly reason: string; readonly refused: boolean }

/** More models than any device has; a chain that goes on is damaged or leads in circles. */
export const mostModels = 64
const addresses = 65_536

/**
 * Finds the models of a device: looks for the marker, then goes from header to header. Asks at most
 * 3 + 2 × `mostModels` + 1 reads, whatever the device answers, and only ever goes forward.
 */
export class ChainWalk {
  readonly #known: ReadonlyMap<number, SunspecModel>
  /** Bases that are left to be tried; the first is being tried. */
  readonly #bases: (typeof bases)[number][]
  readonly #models: ChainModel[] = []
  #base = 0
  #address = 0
  /** A model whose number of blocks is asked for. */
  #counting: (ChainModel & { readonly countAt: number }) | undefined
  #inChain = false
  #isRefused = true
  #result: WalkResult | undefined

  /** `first`: which of the bases is tried first, counted round. */
  constructor(known: ReadonlyMap<number, SunspecModel>, first = 0) {
    this.#known = known
    this.#bases = bases.map((_, index) => bases[(index + first) % bases.length] ?? 0)
  }

  /** The read to make next; undefined once there is a result. */
  get next(): ReadPdu | undefined {
    if (this.#result) return undefined
    if (!this.#inChain) return markerRead(this.#bases[0] ?? 0)
    if (this.#counting) return { functionCode: 3, address: this.#counting.address + this.#counting.countAt, count: 1 }
    return { functionCode: 3, address: this.#address, count: headerLength }
  }

  /** The marker was found. */
  get isInChain(): boolean {
    return this.#inChain
  }

  get result(): WalkResult | undefined {
    return this.#result
  }

  /** Takes what became of the read that `next` named. */
  take(answer: WalkAnswer): void {
    if (this.#result) return
    if (answer !== 'refused') this.#isRefused = false
    if (!this.#inChain) this.#takeMarker(answer)
    else if (this.#counting) this.#takeCount(this.#counting, answer)
    else this.#takeHeader(answer)
  }

  #takeMarker(answer: WalkAnswer): void {
    const base = this.#bases.shift() ?? 0
    if (answer !== 'refused' && isMarker(answer)) {
      this.#inChain = true
      this.#base = base
      this.#address = base + 2
      return
    }
    if (this.#bases.length > 0) return
    const [first, ...rest] = bases.toReversed()
    this.#lost(`no SunSpec marker at holding register ${rest.toReversed().join(', ')} or ${first}`)
  }

  #takeHeader(answer: WalkAnswer): void {
    if (answer === 'refused' || answer.byteLength < 4) return this.#end('its models have no end')
    const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
    const [id, length] = [view.getUint16(0), view.getUint16(2)]
    if (id === endId) return this.#end(undefined)
    // Where the chain has no end registers that nobody uses follow.
    if (id === 0) return this.#end('its models have no end')
    const address = this.#address
    const next = address + headerLength + length
    if (next > addresses) {
      return this.#lost(`model ${id} at ${address} is said to have ${length} registers, beyond the last address`)
    }
    if (this.#models.length >= mostModels) return this.#lost(`more than ${mostModels} models follow one another`)
    this.#address = next
    const blocks = this.#known.get(id)?.blocks
    const fit = blocks ? this.#blocksIn(id, length) : 0
    const model = { id, address, length, blocks: fit }
    const countAt = blocks?.countAt
    if (countAt === undefined || fit === 0 || countAt >= headerLength + length) this.#add(model)
    else this.#counting = { ...model, countAt }
  }

  /** The length is the device's word too: of two counts the smaller holds. */
  #takeCount(model: ChainModel, answer: WalkAnswer): void {
    this.#counting = undefined
    const isData = answer !== 'refused' && answer.byteLength >= 2
    const count = isData ? new DataView(answer.buffer, answer.byteOffset, 2).getUint16(0) : 0xffff
    const { id, address, length, blocks } = model
    this.#add({ id, address, length, blocks: Math.min(blocks, count) })
  }

  #blocksIn(id: number, length: number): number {
    const model = this.#known.get(id)
    if (!model?.blocks) return 0
    return Math.max(0, Math.min(model.blocks.most, Math.floor((length - model.length) / model.blocks.length)))
  }

  #add(model: ChainModel): void {
    this.#models.push(model)
    if (this.#address + headerLength > addresses) this.#end('its models have no end')
  }

  #end(remark: string | undefined): void {
    if (this.#models.length === 0) return this.#lost(`no model follows the SunSpec marker at ${this.#base}`)
    const chain = { base: this.#base, models: this.#models }
    this.#result = { kind: 'found', chain, ...(remark === undefined ? {} : { remark }) }
  }

  #lost(reason: string): void {
    this.#result = { kind: 'lost', reason, refused: this.#isRefused }
  }
}
