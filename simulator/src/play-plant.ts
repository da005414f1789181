import type { Clock } from '@lineside/contract'
import { beginPlaying } from './devices/playing.ts'
import type { PlayOptions } from './devices/point-sources.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Plant } from './plant/plant.ts'
import type { Recordings } from './plant/recordings.ts'
import type { LinkPlayer } from './servers/link-player.ts'
import { playLink } from './servers/table.ts'

/** A plant that is being played. */
export interface PlayedPlant extends AsyncDisposable {
  readonly links: readonly LinkPlayer[]
}

export interface PlayContext {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly recordings: Recordings
}

/**
 * Starts all links of a plant; its time begins at the call. Throws SimulatorError `address_in_use`, and ProfileError
 * where a param has no value; what was started until then is ended.
 */
export async function playPlant(plant: Plant, context: PlayContext): Promise<PlayedPlant> {
  const playing = beginPlaying(context.clock, context.ledger)
  const options: PlayOptions = {
    seed: plant.seed,
    column: (file, column) => context.recordings.get(file)?.get(column) ?? [],
  }
  await using started = new AsyncDisposableStack()
  const links: LinkPlayer[] = []
  for (const link of plant.links.values()) {
    const devices = [...plant.devices.values()].filter(device => device.link === link.name)
    const player = await playLink(link, { devices, playing, options })
    if (player) links.push(started.use(player))
  }
  const running = started.move()
  return { links, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
