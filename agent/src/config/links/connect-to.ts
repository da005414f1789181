import { endpoint } from '@lineside/settings'

/** Where a device is. It can't listen on port 0, which is for listeners that let the system choose. */
export function connectTo(defaultPort?: number) {
  return endpoint(defaultPort).refine(({ port }) => port > 0, {
    error: 'there is nothing to connect to at port 0; write the port of the device',
  })
}
