// MiniSearch: an inverted index with prefix and fuzzy terms. It serves the adapters that have no search of their own.
import MiniSearch from 'minisearch';
import { searchText } from '../lib/records.mjs';

const OPTIONS = { prefix: true, fuzzy: (term) => (term.length > 3 ? 0.2 : false), combineWith: 'AND' };

export default function make() {
  const index = new MiniSearch({ fields: ['text'], storeFields: [] });
  return {
    build: (records) => index.addAll(records.map((record) => ({ id: record.id, text: searchText(record) }))),
    search: (text) => index.search(text, OPTIONS).slice(0, 20).map((hit) => hit.id),
  };
}
