// What each door weighs on the line, as the build found it: brotli, everything until it can be used.

/** The build's names for what is weighed. */
const NAMES = { desk: 'staff door', apply: "applicants' door", firstWords: 'its first words' };

export function measure({ weights }, { log }) {
  if (!weights) {
    log('  no weights were handed in: run `cargo xtask bench`');
    return null;
  }
  const found = {};
  for (const [key, name] of Object.entries(NAMES)) found[key] = weights[name]?.bytes;
  return found;
}
