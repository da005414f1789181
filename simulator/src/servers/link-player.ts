import type { PlantLink } from '../plant/plant.ts'

/** One link of the plant that is being played: a server that waits, or clients of a broker. */
export interface LinkPlayer extends AsyncDisposable {
  readonly name: string
  readonly kind: PlantLink['kind']
  /** Where it listens, or whom it calls. */
  readonly address: string
}
