import { messageOf } from '@lineside/contract'
import { cpSync, writeFileSync } from 'node:fs'
import { type DemoArguments, parseDemoArguments, usage } from './arguments.ts'
import { makeReport, type Report, shortcomings, summaryLines } from './report.ts'
import { runDemo } from './run.ts'
import { createLines, createPicture } from './terminal.ts'
import { createWorkspace } from './workspace.ts'

const parsed = parseDemoArguments(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd())
if (parsed.kind === 'run') {
  const { args } = parsed
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  using workspace = await createWorkspace()
  try {
    const evidence = await (async () => {
      using display = process.stdout.isTTY
        ? createPicture(process.stdout)
        : createLines(text => process.stdout.write(text))
      return await runDemo({ workspace, display, seconds: args.seconds, signal: stop.signal })
    })()
    if (evidence) tell(makeReport(evidence), args)
    else process.stdout.write('ended before the first value was there\n')
  } catch (error) {
    process.stderr.write(`demo: ${messageOf(error)}\n`)
    process.exitCode = 1
  } finally {
    if (args.keep !== undefined)
      cpSync(workspace.folder, args.keep, { recursive: true, filter: path => !path.endsWith('.sock') })
  }
} else if (parsed.kind === 'help') {
  process.stdout.write(usage)
} else {
  process.stderr.write(`demo: ${parsed.text}\n\n${usage}`)
  process.exitCode = 2
}

/** The summary; what is missing in a run of a given length makes it a failure. */
function tell(report: Report, { seconds, report: file }: DemoArguments): void {
  for (const line of summaryLines(report)) process.stdout.write(`${line}\n`)
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  const wrong = seconds === undefined ? [] : shortcomings(report)
  for (const text of wrong) process.stderr.write(`demo: ${text}\n`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
