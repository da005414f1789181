import { readFileSync } from 'node:fs'

/** What the agent says of itself in the last line of its log. */
export interface FinalFigures {
  readonly committed: number
  readonly wireBytes: number
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Finds the line `stopped` in the agent's log. Throws where there is none: the agent did not end as it should. */
export function readFinalFigures(log: string): FinalFigures {
  for (const line of readFileSync(log, 'utf8').trimEnd().split('\n').toReversed()) {
    if (!line.startsWith('{') || !line.includes('"msg":"stopped"')) continue
    const said = JSON.parse(line) as Record<string, unknown>
    const figure = (name: string) => Number(said[name] ?? 0)
    return {
      committed: figure('committedReadings'),
      wireBytes: figure('wireBytes'),
      cpuMs: figure('cpuMs'),
      rssBytes: figure('rssBytes'),
    }
  }
  throw new Error(`the agent did not say that it stopped; see ${log}`)
}
