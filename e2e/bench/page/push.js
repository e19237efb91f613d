// Sending one batch of records to the harness's server.

/** Runs bytes through a compression stream. */
export const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();

/** Posts a body; gives what the server answered. */
export async function post(url, body, type, encoding) {
  const headers = { 'content-type': type };
  if (encoding) headers['content-encoding'] = encoding;
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`push failed: ${response.status}`);
  return response.json();
}
