// What every test starts from: an office of its own, devices as it asks for them, and eyes on every console.
import { test as base, expect } from "@playwright/test";
import { Device, type DeviceOptions } from "./device.ts";
import { Faults } from "./faults.ts";
import { Office, type Staff } from "./office.ts";
import { Enrol } from "./pages/enrol.ts";

export { expect };

/** Unpacks a device; it is put away when the test ends. */
export type Unpack = (options?: DeviceOptions, office?: Office) => Promise<Device>;

interface Given {
  faults: Faults;
  office: Office;
  unpack: Unpack;
  /** Unpacks a device on which somebody of the staff has joined, passphrase chosen, and gives both. */
  joined: (staff: Staff, options?: DeviceOptions, office?: Office) => Promise<Joined>;
}

/** A device with somebody on it. */
export interface Joined {
  device: Device;
  passphrase: string;
}

export const test = base.extend<Given>({
  faults: async ({}, use) => {
    const faults = new Faults();
    await use(faults);
    expect(faults.found, "errors on a console or breaches of the security policy").toEqual([]);
  },
  office: async ({}, use, info) => {
    const office = await Office.open();
    await use(office);
    await office.close();
    if (info.status !== info.expectedStatus) await info.attach("server log", { body: office.log });
  },
  unpack: async ({ office, faults }, use, info) => {
    const devices: Device[] = [];
    await use(async (options = {}, other = office) => {
      const device = await Device.unpack(other, faults, options);
      devices.push(device);
      return device;
    });
    for (const device of devices) {
      if (info.status !== info.expectedStatus) await attachPicture(device, info);
      await device.dispose();
    }
  },
  joined: async ({ unpack, office }, use) => {
    await use(async (staff, options = {}, other = office) => {
      const device = await unpack(options, other);
      const passphrase = await new Enrol(device).join(await other.invite(staff));
      await device.settled();
      return { device, passphrase };
    });
  },
});

async function attachPicture(device: Device, info: import("@playwright/test").TestInfo): Promise<void> {
  try {
    const picture = await device.page.screenshot();
    await info.attach("device", { body: picture, contentType: "image/png" });
  } catch {
    // The device is off: there is nothing to see.
  }
}
