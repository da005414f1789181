import { size } from '@lineside/settings'

/** Largest packet that is taken over MQTT. */
export const packetSize = size.refine(bytes => bytes >= 1000 && bytes <= 16_000_000, {
  error: 'this is no size that packets may have; write 1kB to 16MB',
})
