// The key derivation that the JavaScript adapters use: PBKDF2 is what browsers bring along.
const SALT = new TextEncoder().encode('amparo-bench-fixed-salt-16b');

/** 32 bytes from a password. */
export async function deriveBits(password, iterations = 600_000) {
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits']);
  const costs = { name: 'PBKDF2', hash: 'SHA-256', salt: SALT, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(costs, secret, 256));
}

/** An AES-GCM key from a password, and how many milliseconds it took. */
export async function deriveKey(password) {
  const start = performance.now();
  const bits = await deriveBits(password);
  const key = await crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { key, kdf: performance.now() - start };
}

/** Seals and opens bytes under one key: nonce, then ciphertext. */
export function box(key) {
  return {
    async seal(bytes) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes));
      const out = new Uint8Array(12 + sealed.length);
      out.set(iv);
      out.set(sealed, 12);
      return out;
    },
    open: (bytes) => crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, 12) }, key, bytes.subarray(12)),
  };
}
