// An authenticator, built into a device or plugged into it.
import type { CDPSession } from "@playwright/test";
import type { Device } from "./device.ts";

export class Authenticator {
  readonly #session: CDPSession;
  readonly #id: string;

  private constructor(session: CDPSession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  /** Gives a device an authenticator that knows its owner. `prf`: whether it computes what a vault can be locked with. */
  static async give(device: Device, { prf = true } = {}): Promise<Authenticator> {
    const session = await device.inside();
    await session.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: prf,
    } as const;
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
    return new Authenticator(session, authenticatorId);
  }

  /** How many passkeys it holds. */
  async count(): Promise<number> {
    const { credentials } = await this.#session.send("WebAuthn.getCredentials", { authenticatorId: this.#id });
    return credentials.length;
  }

  /** It is lost, with all its passkeys. */
  async lose(): Promise<void> {
    await this.#session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.#id });
  }
}
