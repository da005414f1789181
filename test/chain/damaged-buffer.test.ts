import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, startProgram, until } from '../program.ts'

const [pagePort = 0] = await freePorts(1)

const files = {
  'lineside.yaml': `
gateway: healing
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
`,
}

async function lineside(folder: string, ...args: string[]): Promise<{ status: number | null; text: string }> {
  await using program = startProgram('lineside', args, folder)
  const status = await program.ended
  return { status, text: program.output() }
}

test('a damaged buffer is healed at the start; people are told, acknowledge it, and find it sound', async () => {
  using place = createFolder(files)
  const folder = place.path
  {
    await using agent = startProgram('lineside', ['run'], folder)
    await until('the first commit', async () => {
      const { text } = await lineside(folder, 'buffer', 'status', '--json')
      return (text.startsWith('{') && JSON.parse(text).waiting.batches > 0) || undefined
    })
    await agent.stop()
  }
  const file = join(folder, 'buffer', 'buffer.db')
  writeFileSync(file, readFileSync(file).fill(0, 0, 4096))
  await using agent = startProgram('lineside', ['run'], folder)
  const alarm = await until('the alarm', async () => {
    const { text } = await lineside(folder, 'alarms', '--json')
    return text.startsWith('[') ? JSON.parse(text)[0] : undefined
  })
  expect(alarm).toMatchObject({ device: 'healing', alarm: 'buffer_healed', state: 'unacknowledged', priority: 'high' })
  expect(agent.output()).toContain('buffer_healed')
  expect((await lineside(folder, 'alarms', 'ack', 'healing', 'buffer_healed', '--by', 'ann')).status).toBe(0)
  const verified = await lineside(folder, 'buffer', 'verify')
  expect(verified).toMatchObject({ status: 0, text: expect.stringContaining('sound') })
  const [kept = ''] = readdirSync(join(folder, 'buffer')).filter(name => name.startsWith('damaged-'))
  expect(existsSync(join(folder, 'buffer', kept, 'reason.txt'))).toBe(true)
}, 60_000)
