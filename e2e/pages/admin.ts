// Administration: staff, invitations, devices, places.
import { type Locator, expect } from "@playwright/test";
import type { Staff } from "../office.ts";
import { pattern, say } from "../words.ts";
import { Frame } from "./frame.ts";
import { Passkeys } from "./passkeys.ts";

export class Admin extends Frame {
  /** From the first page, by the one way in. */
  async open(): Promise<void> {
    await this.go("nav_home");
    await this.page.getByRole("link", { name: say("admin_open") }).click();
    await expect(this.title).toHaveText(say("admin_title"));
    await expect(this.page.getByText(pattern("admin_as_of"))).toBeVisible();
  }

  /** Goes to a part of it. */
  async part(label: "admin_overview" | "admin_people" | "admin_devices" | "admin_places"): Promise<void> {
    const parts = this.page.getByRole("navigation", { name: say("admin_title") });
    await parts.getByRole("link", { name: say(label), exact: true }).click();
    await expect(this.title).toHaveText(say(label === "admin_overview" ? "admin_title" : label));
  }

  /** The row of somebody, or of a device of theirs. */
  row(name: string): Locator {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader").filter({ hasText: name }) });
  }

  /** A row of a list: what needs looking at, an invitation, a place. */
  item(text: string): Locator {
    return this.page.getByRole("main").getByRole("listitem").filter({ hasText: text });
  }

  /** Opens somebody's page, or a device's. */
  async openRow(name: string): Promise<void> {
    await this.row(name).getByRole("link").first().click();
    await expect(this.page.getByRole("heading", { level: 2, name })).toBeVisible();
  }

  get name(): Locator {
    return this.page.getByRole("textbox", { name: say("admin_name"), exact: true });
  }

  get code(): Locator {
    return this.page.getByRole("textbox", { name: say("admin_code"), exact: true });
  }

  get role(): Locator {
    return this.page.getByRole("combobox", { name: say("admin_role"), exact: true });
  }

  get site(): Locator {
    return this.page.getByRole("combobox", { name: say("site"), exact: true });
  }

  button(key: string): Locator {
    return this.page.getByRole("main").getByRole("button", { name: say(key), exact: true });
  }

  /** Types who is to be invited. */
  async describe(staff: Staff): Promise<void> {
    await this.name.fill(staff.name);
    await this.code.fill(staff.code);
    await this.role.selectOption(staff.role ?? "caseworker");
    await this.site.selectOption(staff.site);
  }

  /** Opens the form for inviting somebody new. */
  async beginInvitation(): Promise<void> {
    await this.part("admin_people");
    await this.page.getByRole("link", { name: say("admin_invite_person") }).click();
    await expect(this.title).toHaveText(say("admin_invite_person"));
  }

  /** The link of the invitation that was just made. */
  async link(): Promise<string> {
    await expect(this.page.getByRole("heading", { name: say("admin_invite_ready") })).toBeVisible();
    return this.page.getByRole("textbox", { name: say("admin_invite_link") }).inputValue();
  }

  /** Answers the question before a deed with yes, and shows the passkey where it is asked for. */
  async confirm(deed: string, passkey: "first" | "shown" | "asked" = "shown"): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("button", { name: say(deed), exact: true }).click();
    await this.passkey(passkey);
  }

  /** Registers the first passkey, shows one, or does nothing where one was shown a moment ago. */
  async passkey(which: "first" | "shown" | "asked"): Promise<void> {
    const passkeys = new Passkeys(this.device);
    if (which === "first") await passkeys.registerFirst();
    if (which === "asked") await passkeys.show();
  }
}
