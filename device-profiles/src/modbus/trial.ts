import type { Value } from '@lineside/contract'
import { evidenceOf, refused } from './evidence.ts'
import { compileIdentification } from './identify.ts'
import type { ModbusPoint, ModbusProfile } from './profile.ts'
import { compileModbusReader, type ReadRequest } from './reader.ts'
import type { Readings } from './readings.ts'

/** What became of one read: its data, or that the unit refused it. Undefined: not asked, or no answer. */
export type TrialAnswer = Uint8Array | 'refused' | undefined

/** How well what a unit shows fits a profile. */
export interface Fit {
  readonly profile: ModbusProfile
  /** The registers by which the profile says that its device is known: whether they show it. Undefined: it names none. */
  readonly identified: boolean | undefined
  /** Points that were asked for. */
  readonly asked: number
  /** Of these, points with a plausible value, or none for now. */
  readonly good: number
  /**
   * Plausible values that rest on registers of a content of their own. One number that is everywhere is plausible for
   * eight temperatures, and says nothing.
   */
  readonly distinct: number
  /** Weight of the evidence for the profile against other devices, as a power of two. */
  readonly bits: number
  /** Some values that a person can compare with the display of the device. */
  readonly samples: readonly { readonly point: string; readonly value: Value; readonly unit?: string }[]
}

/** Finds out whether a unit is the device of a profile, by reads alone. */
export interface ProfileTrial {
  readonly profile: ModbusProfile
  /** Reads that decide by themselves; empty where the profile has no `identify`. */
  readonly identity: readonly ReadRequest[]
  /** The read that tells most, and then the others. */
  readonly requests: readonly ReadRequest[]
  /** Judges what is known so far. */
  judge(answerTo: (request: ReadRequest) => TrialAnswer): Fit
}

const mostSamples = 3

export function compileTrial(profile: ModbusProfile): ProfileTrial {
  // A param without a default is something only the owner knows: with 1 the ranges still tell most.
  const params = Object.fromEntries([...profile.params].map(([name, { default: preset }]) => [name, preset ?? 1]))
  const reader = compileModbusReader(profile, { params })
  const plan = reader.plan([...profile.points.keys()])
  const identification = compileIdentification(profile)
  const requests = plan.toSorted((a, b) => promise(profile, b) - promise(profile, a))
  return { profile, identity: identification?.requests ?? [], requests, judge }

  function judge(answerTo: (request: ReadRequest) => TrialAnswer): Fit {
    const into: Readings = { values: {}, quality: undefined }
    const fit = { asked: 0, good: 0, distinct: 0, bits: 0 }
    const seen = new SeenWords()
    const samples: Fit['samples'][number][] = []
    // In the order of the plan: scale factors come before what they scale.
    for (const request of plan) {
      const answer = answerTo(request)
      if (answer instanceof Uint8Array) request.decode(answer, into)
    }
    for (const request of plan) {
      const answer = answerTo(request)
      if (answer === undefined) continue
      for (const name of request.points) {
        const point = profile.points.get(name)
        if (!point) continue
        const value = into.values[name]
        const { bits, speaks } = answer === 'refused' ? refused : evidenceOf(point, value, into.quality?.[name])
        const isNew = bits > 0 && answer instanceof Uint8Array && seen.add(contentOf(point, request, answer))
        fit.asked++
        if (isNew || bits < 0) fit.bits += bits
        if (isNew && speaks) fit.distinct++
        if (bits > -1) fit.good++
        if (!speaks || value === undefined || samples.length >= mostSamples) continue
        samples.push({ point: name, value, ...(point.unit !== undefined && { unit: point.unit }) })
      }
    }
    return { profile, identified: identified(answerTo), ...fit, samples }
  }

  function identified(answerTo: (request: ReadRequest) => TrialAnswer): boolean | undefined {
    if (!identification) return undefined
    const into: Readings = { values: {}, quality: undefined }
    for (const request of identification.requests) {
      const answer = answerTo(request)
      if (!(answer instanceof Uint8Array)) return answer === 'refused' ? false : undefined
      request.decode(answer, into)
    }
    return identification.matches(into)
  }
}

function contentOf({ table, address, count }: ModbusPoint, request: ReadRequest, data: Uint8Array): Uint8Array {
  const isBits = table === 'coil' || table === 'discrete'
  const start = (address - request.address) * 2
  return isBits ? nothingRead : data.subarray(start, start + count * 2)
}

const nothingRead = new Uint8Array()

/** Contents of registers that were looked at already. */
class SeenWords {
  // What is 0 or all ones lies in the upper half of any small number, and where nobody uses the register.
  readonly #words = new Set([0, 0xffff])

  /** Whether one of these registers holds what none before did. */
  add(content: Uint8Array): boolean {
    const before = this.#words.size
    for (let at = 0; at + 1 < content.length; at += 2) {
      this.#words.add(((content[at] ?? 0) << 8) | (content[at + 1] ?? 0))
    }
    return this.#words.size > before
  }
}

/** How much a read could tell at best: points with a plausible range, and among those the ones with a unit. */
function promise({ points }: ModbusProfile, request: ReadRequest): number {
  return request.points.reduce((sum, name) => sum + (points.get(name)?.range ? 3 : 1), 0)
}
