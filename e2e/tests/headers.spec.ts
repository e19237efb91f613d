// Google's csp_evaluator looks at the policies that the running server really sends.
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { Severity } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";
import { expect, test } from "../fixtures.ts";

/** What it finds in a policy, in words, that is as bad as this or worse. */
function findings(policy: string, worst: Severity): string[] {
  const found = new CspEvaluator(new CspParser(policy).csp).evaluate();
  return found.filter(({ severity }) => severity <= worst).map((it) => `${it.directive}: ${it.description}`);
}

test("the security policies have no weakness of high or medium gravity that csp_evaluator knows of", async ({ office }) => {
  for (const path of ["/", "/apply", "/search", "/service-worker.js", "/assets.json", "/nothing.js", "/api/server_keys"]) {
    const response = await fetch(new URL(path, office.address));
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("default-src 'none'");
    expect(findings(policy, Severity.MEDIUM), path).toEqual([]);
    // And it would find some.
    const weaker = policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' https:");
    expect(findings(weaker, Severity.HIGH), path).not.toEqual([]);
  }
});
