import { Store } from 'mqtt'

type Put = Parameters<Store['put']>

/**
 * Keeps what waits for its PUBACK, and marks it as a duplicate for when it has to be sent again: the client sends its
 * store's packets as they are, and MQTT wants DUP set then (MQTT 3.1.1, 3.3.1.1).
 */
export class RedeliveryStore extends Store {
  override put(packet: Put[0], done: Put[1]): this {
    return super.put(packet.cmd === 'publish' ? { ...packet, dup: true } : packet, done)
  }
}
