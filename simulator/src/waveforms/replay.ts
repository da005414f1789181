import { duration } from '@lineside/settings'
import { z } from 'zod'
import type { Waveform, WaveformSources } from './waveform.ts'

export const replaySchema = z.strictObject({
  /** A CSV file with a heading line, beside the plant file. */
  file: z.string(),
  column: z.string(),
  /** Time from one row to the next in the recording. */
  every: duration.default(1000),
  /** How many times faster than it was recorded. */
  speed: z.number().positive().default(1),
  /** Begin again at the end; otherwise the last row stays. */
  loop: z.boolean().default(true),
})
export type ReplaySettings = z.infer<typeof replaySchema>

/** Plays a recorded column row by row; a cell that is no number is played as text. */
export function replay(settings: ReplaySettings, sources: WaveformSources): Waveform {
  const cells = sources.column(settings.file, settings.column).map(cell => {
    const number = Number(cell)
    return cell.trim() === '' || Number.isNaN(number) ? cell : number
  })
  const first = cells[0] ?? 0
  return tMs => {
    const row = Math.floor((Math.max(0, tMs) * settings.speed) / settings.every)
    const index = settings.loop ? row % cells.length : Math.min(row, cells.length - 1)
    return cells[index] ?? first
  }
}
