import { headerLength } from './chain.ts'
import type { PlaceRaw, SunspecRaw } from './schema.ts'
import { sunspecCount } from './types.ts'

/** What is wrong with where a point is said to lie: places that its models don't have. */
export function placeProblems(places: readonly PlaceRaw[], sunspec: SunspecRaw | undefined): readonly string[] {
  if (!sunspec) return ['the profile names no models; write sunspec: { models: … } at its top']
  const inBlocks = places.filter(place => place.in_block !== undefined).length
  if (inBlocks > 0 && inBlocks < places.length) {
    return ['it lies in blocks in one place and not in another; make it two points']
  }
  return places.flatMap(place => [
    ...keyProblems(place),
    ...place.model.flatMap(id => modelProblems(place, id, sunspec)),
  ])
}

function keyProblems(place: PlaceRaw): string[] {
  const { at, in_block: inBlock, type, registers, scale_from: scaleFrom } = place
  const model = `in model ${place.model.join(', ')}`
  const problems: string[] = []
  if ((at === undefined) === (inBlock === undefined)) {
    problems.push(`where it lies ${model} is not told; write at, or in_block where the model repeats it`)
  }
  if (type === 'string' && registers === undefined) {
    problems.push(`registers is missing ${model}; write how many registers the string has`)
  }
  if (type !== 'string' && registers !== undefined) {
    problems.push(`registers has no meaning for ${type} ${model}; remove it`)
  }
  if (scaleFrom !== undefined && /^(string|enum|bitfield)/.test(type)) {
    problems.push(`${type} has no scale_from ${model}; remove it`)
  }
  return problems
}

function modelProblems(place: PlaceRaw, id: number, { models }: SunspecRaw): string[] {
  const model = models[id]
  if (!model) return [`model ${id} is not declared; write its length under sunspec: models`]
  const { at, in_block: inBlock, scale_from: scaleFrom } = place
  const count = sunspecCount(place.type, place.registers)
  const fixed = headerLength + model.length
  const problems: string[] = []
  if (at !== undefined && (at < headerLength || at + count > fixed)) {
    problems.push(`model ${id} has registers ${headerLength} to ${fixed - 1}; write one of them for at`)
  }
  if (inBlock !== undefined && !model.blocks) problems.push(`model ${id} has no blocks; write at`)
  if (inBlock !== undefined && model.blocks && inBlock + count > model.blocks.length) {
    problems.push(`the blocks of model ${id} have registers 0 to ${model.blocks.length - 1}; write one of them`)
  }
  if (scaleFrom !== undefined && (scaleFrom < headerLength || scaleFrom >= fixed)) {
    problems.push(`model ${id} has no register ${scaleFrom} in front of its blocks; write another scale_from`)
  }
  return problems
}
