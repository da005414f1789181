import { layOut } from './chain.ts'
import { findPlace } from './locate.ts'
import type { Sunspec, SunspecChain, SunspecModel, SunspecPlace } from './profile.ts'
import type { PlaceRaw, SunspecRaw } from './schema.ts'
import { sunspecCount, sunspecType } from './types.ts'

interface Written {
  readonly sunspec?: SunspecRaw | undefined
  readonly points: Readonly<Record<string, { readonly sunspec?: readonly PlaceRaw[] | undefined }>>
}

/** A point as it is used: of one that lies in the blocks of a model there are as many as blocks. */
export interface NamedPlaces {
  readonly name: string
  readonly places: readonly SunspecPlace[]
}

/** `dc_power`, or `dc_power_1`, `dc_power_2`, … where it lies in blocks. */
export function namedPlaces(name: string, places: readonly PlaceRaw[], raw: SunspecRaw | undefined): NamedPlaces[] {
  const most = places.reduce((sum, place) => Math.max(sum, mostBlocks(place, raw)), 0)
  if (most === 0) return [{ name, places: places.map(place => resolvePlace(place)) }]
  return Array.from({ length: most }, (_, block) => ({
    name: `${name}_${block + 1}`,
    places: places.map(place => resolvePlace(place, block)),
  }))
}

function mostBlocks({ in_block: inBlock, model }: PlaceRaw, raw: SunspecRaw | undefined): number {
  if (inBlock === undefined) return 0
  return Math.max(...model.map(id => raw?.models[id]?.blocks?.most ?? 0))
}

function resolvePlace(raw: PlaceRaw, block?: number): SunspecPlace {
  const { type, carrier = 'uint16', notImplemented } = sunspecType(raw.type)
  return {
    models: raw.model,
    at: raw.in_block ?? raw.at ?? 0,
    ...(raw.in_block === undefined || block === undefined ? {} : { block }),
    type,
    count: sunspecCount(raw.type, raw.registers),
    carrier,
    notAvailable: notImplemented,
    ...(raw.scale_from === undefined ? {} : { scaleAt: raw.scale_from }),
  }
}

/** The models, and the two chains that stand for a device as long as none has been asked. */
export function resolveSunspec({ sunspec: raw, points }: Written): Sunspec | undefined {
  if (!raw) return undefined
  const models = new Map(
    Object.entries(raw.models).map(([key, { length, blocks }]): [number, SunspecModel] => {
      const id = Number(key)
      if (!blocks) return [id, { id, length }]
      const { length: each, most, count_at: countAt } = blocks
      return [id, { id, length, blocks: { length: each, most, ...(countAt === undefined ? {} : { countAt }) } }]
    }),
  )
  const places = Object.entries(points).flatMap(([name, point]) => namedPlaces(name, point.sunspec ?? [], raw))
  const usual = layOut(models, { base: 40_000, ...raw.usual })
  const which = raw.which_from === undefined ? {} : { whichFrom: raw.which_from }
  return { models, ...which, usual, chain: wholeChain(models, raw.usual.models, places) }
}

/** The usual models and as many more as it takes for a device that has every point. */
function wholeChain(
  known: ReadonlyMap<number, SunspecModel>,
  usual: readonly number[],
  points: readonly NamedPlaces[],
): SunspecChain {
  const models = [...usual]
  const blocks = Math.max(0, ...[...known.values()].map(model => model.blocks?.most ?? 0))
  const chain = (): SunspecChain => layOut(known, { base: 40_000, models, blocks })
  let laid = chain()
  for (const { places } of points) {
    const [first] = places
    if (!first || findPlace(places, laid, known)) continue
    const model = first.models.at(-1)
    if (model !== undefined && !models.includes(model)) models.push(model)
    laid = chain()
  }
  return laid
}
