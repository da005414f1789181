import { Readable } from 'node:stream'
import { type DeviceEntry, stringifyJson } from '@lineside/contract'
import { suggest } from '@lineside/settings'
import type { FeedLine, Refusal } from './answers.ts'
import type { AgentView } from './view.ts'

export type SampleStream = { readonly ok: true; readonly stream: Readable } | Refusal

/**
 * Live samples as lines of JSON, what the devices are first; a reader that is slow loses samples and is told how many.
 * Points that somebody looks for must be there, or they would be waited for in vain.
 */
export function sampleStream(
  view: Pick<AgentView, 'samples'>,
  devices: readonly string[],
  points: readonly string[] = [],
): SampleStream {
  let isWanted = false
  const pump = () => {
    while (isWanted) {
      const item = heard.ok ? heard.listener.take() : undefined
      if (!item) return
      isWanted = stream.push(lineOf(item))
    }
  }
  const heard = view.samples(devices, pump)
  const stream = new Readable({
    read() {
      isWanted = true
      pump()
    },
    destroy(error, done) {
      if (heard.ok) heard.listener[Symbol.dispose]()
      done(error)
    },
  })
  if (!heard.ok) return heard
  const stranger = strangePoint(points, heard.about)
  if (stranger !== undefined) {
    stream.destroy()
    return { ok: false, text: stranger }
  }
  stream.push(heard.about.map(lineOf).join(''))
  return { ok: true, stream }
}

function lineOf(line: FeedLine): string {
  return `${stringifyJson(line)}\n`
}

/** Why one of the points can't come from any of the devices. */
function strangePoint(points: readonly string[], about: readonly DeviceEntry[]): string | undefined {
  const known = new Set(about.flatMap(device => Object.keys(device.points)))
  const stranger = points.find(point => !known.has(point))
  if (stranger === undefined) return undefined
  const [only, ...others] = about
  const who = only && others.length === 0 ? `${only.device} has no point` : 'none of these devices has a point'
  return `${who} ${stranger}; ${suggest(stranger, [...known])}`
}
