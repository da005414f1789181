import type { Edit, Rule } from './rule.ts'

const agent = (file: string, from: string, to: string): Edit => ({ file: `agent/src/${file}`, from, to })

/** The rules of the clock. What OpenSSL checks of a certificate (C2) is tested on sockets: a walk has none. */
export const clockRules: readonly Rule[] = [
  {
    name: 'C1-hold',
    without: 'what a doubtful clock stamped is sent at once',
    edits: [
      agent(
        'buffer/store/run-clocks.ts',
        'if (clock === undefined || clock.certain) return false',
        'if (clock !== null) return false',
      ),
    ],
    finds: 'TOO SOON',
  },
  {
    name: 'C1-offset',
    without: 'what was held is sent as it was stamped',
    edits: [agent('buffer/sending/restamp.ts', 'Math.max(0, value + shiftMs)', 'Math.max(shiftMs * 0, value)')],
    finds: 'CLOCK',
  },
  {
    name: 'C1-mark',
    without: 'a corrected entry does not say so',
    edits: [agent('buffer/sending/restamp.ts', '...(mark === undefined ? {} : { clock: mark }) }', '}')],
    finds: 'UNMARKED',
    from: 17,
  },
  {
    name: 'C1-unknown',
    without: 'what a boot took that never knew the time does not say so',
    edits: [
      agent(
        'buffer/sending/restamp.ts',
        "(run?.zero ?? clock) - clock, mark: 'unknown' }",
        '(run?.zero ?? clock) - clock }',
      ),
    ],
    finds: 'CLOCK',
  },
  {
    name: 'C1-ended',
    without: 'the batches of a boot that ended go on waiting to be corrected',
    edits: [
      agent(
        'buffer/store/run-clocks.ts',
        'if (clock === undefined || clock.certain) return false',
        "if (of && (clockOf(clocks, of)?.state ?? 'known') !== 'known') return true",
      ),
    ],
    finds: 'LIVENESS',
  },
  {
    name: 'C1-run',
    without: 'what one run found out of the clock goes for all later ones of the boot',
    edits: [
      agent(
        'buffer/store/run-clocks.ts',
        'return run === 0 ? boot : `${boot}/${run}`',
        'return run === 0 ? boot : `${boot}/1`',
      ),
    ],
    finds: 'CLOCK',
    from: 5037,
  },
  {
    name: 'C1-steady',
    without: "stamps follow the machine's clock, whoever sets it",
    edits: [
      agent(
        'clock/stamp-clock.ts',
        'Math.max(this.#latest, Math.floor(this.#zero + this.#machine.monotonic()))',
        'this.#machine.now()',
      ),
    ],
    finds: 'CLOCK',
  },
  {
    name: 'C1-streams',
    without: 'after the clock was set back the streams go on',
    edits: [agent('clock/keeper.ts', 'if (back) this.#epoch++', '')],
    finds: 'BACK IN TIME',
  },
  {
    name: 'C2-pin',
    without: 'a certificate that is not valid yet is let pass, whoever shows it',
    edits: [
      agent(
        'clock/keeper.ts',
        "isPinned === true && this.#service !== 'synchronised'",
        "this.#service !== 'synchronised'",
      ),
    ],
    finds: 'CLOCK',
    from: 73,
  },
  {
    name: 'C2-signed',
    without: 'it is not checked whether the authority has signed a certificate that is not valid yet',
    edits: [agent('uplink/pinned.ts', ' && leaf.checkIssued(pin) && leaf.verify(pin.publicKey))', ')')],
    finds: 'CLOCK',
    from: 71,
  },
  {
    name: 'C2-name',
    without: 'a certificate that is not valid yet may be for another host',
    edits: [agent('uplink/pinned.ts', 'if (named === undefined) return', "if (named === '') return")],
    finds: 'CLOCK',
    from: 37,
  },
]
