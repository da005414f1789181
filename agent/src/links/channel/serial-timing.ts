import type { SerialPortConfig } from '../../config/types.ts'

/** Above 19,200 baud the silence between frames is fixed (Modbus over serial line V1.02, 2.5.1.1). */
const fastBaud = 19_200
const fastSilenceMs = 1.75
/** Silence before a request where nobody knows the baud rate of the line behind. */
export const unknownSilenceMs = 2

/** Silence between frames of a serial line, ms: 3.5 characters of 11 bits, as the specification counts them. */
export function interFrameSilenceMs(baud: number): number {
  return baud > fastBaud ? fastSilenceMs : (3.5 * 11 * 1000) / baud
}

/** How long one byte takes on the wire, ms: start bit, data bits, parity, stop bits. */
export function byteMs({ baud, dataBits, parity, stopBits }: SerialPortConfig): number {
  return ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) * 1000) / baud
}
