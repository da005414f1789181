import { parseArgs } from 'node:util'
import { benchBuffer } from './buffer.ts'
import { benchFieldbus } from './fieldbus.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchStallingDisk } from './stalling-disk.ts'
import { benchMqtt } from './mqtt/bench-mqtt.ts'
import { benchOutage } from './outage/outage.ts'
import { benchRtu } from './rtu/rtu.ts'

type Bench = (seconds: number, say: (text: string) => void, hours: number) => Promise<unknown>

/** Every benchmark. The last line that it prints is one JSON object. */
const benches: Readonly<Record<string, Bench>> = {
  buffer: async (seconds, say) => ({ bench: 'buffer', ...(await benchBuffer(seconds, say)) }),
  fieldbus: async (seconds, say) => ({
    bench: 'fieldbus',
    intervals: await benchFieldbus(seconds, say),
    stallingDisk: await benchStallingDisk(seconds),
  }),
  ingest: async (seconds, say) => ({ bench: 'ingest', ...(await benchIngest(seconds, say)) }),
  mqtt: async (seconds, say) => ({ bench: 'mqtt', ...(await benchMqtt(seconds, say)) }),
  outage: async (_seconds, say, hours) => ({ bench: 'outage', ...(await benchOutage(hours, say)) }),
  rtu: async (seconds, say) => ({ bench: 'rtu', baud: 19_200, answers: await benchRtu(seconds, say) }),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, hours: { type: 'string', default: '24' } },
})
const seconds = Number(values.seconds)
const hours = Number(values.hours)
const bench = benches[positionals[0] ?? '']
if (!bench || positionals.length !== 1 || !(seconds > 0) || !(hours > 0)) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(benches).join('|')} [--seconds N] [--hours N, of the outage]\n`,
  )
  process.exitCode = 2
} else {
  const result = await bench(seconds, text => process.stdout.write(`${text}\n`), hours)
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
