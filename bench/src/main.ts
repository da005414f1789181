import { parseArgs } from 'node:util'
import { benchBuffer } from './buffer.ts'
import { benchFieldbus } from './fieldbus.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchStallingDisk } from './stalling-disk.ts'
import { benchMqtt } from './mqtt/bench-mqtt.ts'
import { benchOutage } from './outage/outage.ts'
import { benchRtu } from './rtu/rtu.ts'
import { benchStampede } from './stampede/stampede.ts'

/** What was asked for; each bench takes what it knows of these, and has its own defaults. */
interface Amount {
  readonly seconds?: number
  readonly hours?: number
  readonly gateways?: number
}

type Bench = (amount: Amount, say: (text: string) => void) => Promise<object>

const usual = 10

/** Every benchmark. The last line that it prints is one JSON object. */
const benches: Readonly<Record<string, Bench>> = {
  buffer: ({ seconds = usual }, say) => benchBuffer(seconds, say),
  fieldbus: async ({ seconds = usual }, say) => ({
    intervals: await benchFieldbus(seconds, say),
    stallingDisk: await benchStallingDisk(seconds),
  }),
  ingest: ({ seconds = usual }, say) => benchIngest(seconds, say),
  mqtt: ({ seconds = usual }, say) => benchMqtt(seconds, say),
  outage: ({ hours = 24 }, say) => benchOutage(hours, say),
  rtu: async ({ seconds = usual }, say) => ({ baud: 19_200, answers: await benchRtu(seconds, say) }),
  stampede: ({ gateways = 1000, seconds = 3600 }, say) => benchStampede(gateways, seconds, say),
}

const number = { type: 'string' } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: number, hours: number, gateways: number },
})
const amount = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]))
const name = positionals[0] ?? ''
const bench = benches[name]
if (!bench || positionals.length !== 1 || Object.values(amount).some(value => !(value > 0))) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(benches).join('|')} [--seconds N] [--hours N, of the outage] [--gateways N, of the stampede]\n`,
  )
  process.exitCode = 2
} else {
  const result = await bench(amount, text => process.stdout.write(`${text}\n`))
  process.stdout.write(`${JSON.stringify({ bench: name, ...result })}\n`)
}
