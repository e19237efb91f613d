// FlexSearch: an index of prefixes with letters that sound alike folded together.
import { Charset, Index } from 'flexsearch';
import { searchText } from '../lib/records.mjs';

export default function make() {
  const index = new Index({ tokenize: 'forward', encoder: Charset.LatinBalance });
  const ids = [];
  return {
    build(records) {
      for (const record of records) index.add(ids.push(record.id) - 1, searchText(record));
    },
    search: (text) => index.search(text, { limit: 20, suggest: true }).map((nth) => ids[nth]),
  };
}
