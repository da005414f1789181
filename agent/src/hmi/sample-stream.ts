import { Readable } from 'node:stream'
import { stringifyJson } from '@lineside/contract'
import type { AgentView, SamplesView } from './view.ts'

export type SampleStream = { readonly ok: true; readonly stream: Readable } | Extract<SamplesView, { ok: false }>

/** Live samples as lines of JSON, what the devices are first; a reader that is slow loses samples and is told how many. */
export function sampleStream(view: Pick<AgentView, 'samples'>, devices: readonly string[]): SampleStream {
  let isWanted = false
  const pump = () => {
    while (isWanted) {
      const item = heard.ok ? heard.listener.take() : undefined
      if (!item) return
      isWanted = stream.push(`${stringifyJson(item)}\n`)
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
  stream.push(heard.about.map(entry => `${stringifyJson(entry)}\n`).join(''))
  return { ok: true, stream }
}
