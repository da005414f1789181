import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith, python } from '../needs.ts'
import { createFolder, deviceValues, startProgram } from '../program.ts'

/** Raw values by model, and what they mean. */
const devices = [
  {
    name: 'integers with trackers',
    base: 40_000,
    models: [
      { ID: 1, Mn: 'Acme', Md: 'Sun 10', SN: 'SN-7' },
      {
        ID: 103,
        A: 1523,
        A_SF: -2,
        PhVphA: 2301,
        V_SF: -1,
        W: -350,
        W_SF: 1,
        WH: 123_456,
        WH_SF: 2,
        St: 4,
        Evt1: 0x81,
      },
      { ID: 120, WRtg: 10_000 },
      {
        ID: 160,
        DCA_SF: -2,
        DCV_SF: -1,
        DCW_SF: 1,
        DCWH_SF: 3,
        N: 2,
        module: [
          { DCA: 812, DCV: 6105, DCW: 49, DCWH: 1234, Tmp: 31 },
          { DCA: 799, DCV: 6001, DCW: 47 },
        ],
      },
    ],
    expected: {
      manufacturer: 'Acme',
      device_model: 'Sun 10',
      serial_number: 'SN-7',
      ac_current: 15.23,
      ac_voltage_l1: 230.1,
      ac_power: -3500,
      ac_energy: 12_345.6,
      state: 'mppt',
      events: 'ground_fault,over_temperature',
      mppt_current_1: 8.12,
      mppt_voltage_1: 610.5,
      mppt_power_1: 490,
      mppt_energy_1: 1234,
      mppt_temperature_1: 31,
      mppt_current_2: 7.99,
      mppt_voltage_2: 600.1,
      mppt_power_2: 470,
    },
  },
  {
    name: 'floats',
    base: 0,
    models: [
      { ID: 1, Mn: 'Acme' },
      { ID: 113, A: 15.25, PhVphC: 229.5, W: -3500.5, Hz: 49.98, WH: 12_345_600, TmpCab: 41.5, St: 7, Evt1: 0 },
      { ID: 213, A: -3.5, W: 812.5, TotWhExp: 2_000_000, TotWhImp: 3_000_000 },
    ],
    expected: {
      manufacturer: 'Acme',
      ac_current: 15.25,
      ac_voltage_l3: 229.5,
      ac_power: -3500.5,
      ac_frequency: 49.98,
      ac_energy: 12_345.6,
      cabinet_temperature: 41.5,
      state: 'fault',
      events: '',
      meter_current: -3.5,
      meter_power: 812.5,
      meter_energy_exported: 2000,
      meter_energy_imported: 3000,
    },
  },
  {
    name: 'a meter and a battery',
    base: 50_000,
    models: [
      { ID: 203, A: -120, A_SF: -1, Hz: 5001, Hz_SF: -2, WphB: 77, W_SF: 0, TotWhImp: 100_000, TotWh_SF: 1 },
      {
        ID: 802,
        SoC: 655,
        SoC_SF: -1,
        NCyc: 412,
        ChaSt: 4,
        State: 99,
        V: 4051,
        V_SF: -1,
        A: -105,
        A_SF: -1,
        W: -43,
        W_SF: 2,
      },
    ],
    expected: {
      meter_current: -12,
      meter_frequency: 50.01,
      meter_power_l2: 77,
      meter_energy_imported: 1000,
      battery_charge: 65.5,
      battery_cycles: 412,
      battery_charge_state: 'charging',
      battery_state: 'fault',
      battery_voltage: 405.1,
      battery_current: -10.5,
      battery_power: -4300,
    },
  },
  {
    name: 'the models of an inverter with a battery that says all by the newest ones',
    base: 40_000,
    models: [
      { ID: 1, Mn: 'Acme' },
      {
        ID: 701,
        W: -350,
        W_SF: 1,
        VA: 360,
        VA_SF: 1,
        VL1: 2301,
        VL3L1: 3990,
        V_SF: -1,
        Hz: 49_985,
        Hz_SF: -3,
        TotWhInj: 123_456_789,
        TotWhAbs: 98_765,
        TotWh_SF: 1,
        WL2: -120,
        AL3: -512,
        A_SF: -2,
        TmpSnk: 415,
        Tmp_SF: -1,
        InvSt: 3,
        Alrm: 0x80,
      },
      { ID: 713, SoC: 655, SoH: 990, Pct_SF: -1 },
      {
        ID: 714,
        NPrt: 2,
        DCA_SF: -2,
        DCV_SF: -1,
        DCW_SF: 1,
        DCWH_SF: 3,
        Tmp_SF: 0,
        Prt: [
          { DCA: 812, DCV: 6105, DCW: 49, DCWhInj: 1234, Tmp: 31 },
          { DCA: -799, DCV: 4001, DCW: -32, DCWhInj: 55, DCWhAbs: 77 },
        ],
      },
    ],
    expected: {
      manufacturer: 'Acme',
      ac_power: -3500,
      ac_apparent_power: 3600,
      ac_voltage_l1: 230.1,
      ac_voltage_l3_l1: 399,
      ac_frequency: 49.985,
      ac_energy: 1_234_567.89,
      ac_energy_absorbed: 987.65,
      ac_power_l2: -1200,
      der_current_l3: -5.12,
      heat_sink_temperature: 41.5,
      der_state: 'running',
      der_alarms: 'over_temperature',
      battery_charge: 65.5,
      battery_health: 99,
      dc_port_current_1: 8.12,
      dc_port_voltage_1: 610.5,
      dc_port_power_1: 490,
      dc_port_energy_out_1: 1234,
      dc_port_temperature_1: 31,
      dc_port_current_2: -7.99,
      dc_port_voltage_2: 400.1,
      dc_port_power_2: -320,
      dc_port_energy_out_2: 55,
      dc_port_energy_in_2: 77,
    },
  },
]

describeWith(['pysunspec2', 'pymodbus'], 'a device whose registers pysunspec2 has laid out', () => {
  test.each(devices)('is read value for value: $name', async ({ base, models, expected }) => {
    const [port, pagePort] = await freePorts(2)
    const script = join(import.meta.dirname, 'pysunspec-registers.py')
    const input = JSON.stringify({ base, models })
    const holding: unknown = JSON.parse(execFileSync(python, [script], { input, encoding: 'utf8' }))
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links: { roof: { modbus_tcp: "127.0.0.1:${port}", timeout: 2s } }
devices:
  inverter: { profile: sunspec, link: roof, unit_id: 1, every: 200ms }
`,
    })
    const server = spawn(python, [join(import.meta.dirname, 'pymodbus-server.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      server.stdin.write(`${JSON.stringify({ unit: 1, port, holding })}\n`)
      await once(server.stdout, 'data')
      await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
      const values = await deviceValues(join(folder.path, 'buffer'), 'inverter', Object.keys(expected))
      // All that it gives: what was not given to a model is not implemented, and has no value.
      expect(values).toEqual(expected)
      expect(await agent.stop(), agent.output()).toBe(0)
    } finally {
      server.kill('SIGKILL')
    }
  })
})
