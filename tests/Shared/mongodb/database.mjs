// What the stand-in keeps, and its commands.
import { Aggregator, Query, find } from 'mingo';
import { update as change } from 'mingo/updater';
import { Long, ObjectId, calculateObjectSize, deserialize, serialize } from 'bson';

const plain = (document) => deserialize(serialize(document), { bsonRegExp: false });
const exact = (document) => deserialize(serialize(document), { promoteValues: false, promoteLongs: false, bsonRegExp: true });
const keyOf = (value) => (value === undefined ? 'null' : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)));
const valueAt = (document, path) => path.split('.').reduce((inner, name) => inner?.[name], document);
const most = 16 * 1024 * 1024;
const maxBatchBytes = 16 * 1024 * 1024;

/** A failure that the client is told of. */
export class Refusal extends Error {
  constructor(code, message, more = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

class Collection {
  constructor(namespace) {
    this.namespace = namespace;
    this.rows = []; // each as { exact, plain }
    this.indexes = new Map([['_id_', { v: 2, key: { _id: 1 }, name: '_id_', unique: true, keys: new Map() }]]);
  }

  /** Under which key a document is in a unique index. */
  static keyIn(index, document) {
    return keyOf(Object.keys(index.key).map((path) => valueAt(document, path)));
  }

  get unique() {
    return [...this.indexes.values()].filter((index) => index.unique);
  }

  put(document, row = null) {
    if (calculateObjectSize(document) > most) throw new Refusal(10334, 'BSONObj size is invalid');
    const next = { exact: exact(document), plain: plain(document) };
    for (const index of this.unique) {
      const there = index.keys.get(Collection.keyIn(index, next.plain));
      if (there && there !== row) {
        const [name, value] = [Object.keys(index.key)[0], valueAt(next.plain, Object.keys(index.key)[0])];
        throw new Refusal(11000, `E11000 duplicate key error collection: ${this.namespace} index: ${index.name} dup key: { ${name}: ${JSON.stringify(value)} }`, { keyPattern: index.key, keyValue: { [name]: value } });
      }
    }
    if (row) for (const index of this.unique) index.keys.delete(Collection.keyIn(index, row.plain));
    const kept = row ? Object.assign(row, next) : next;
    for (const index of this.unique) index.keys.set(Collection.keyIn(index, kept.plain), kept);
    if (!row) this.rows.push(kept);
  }

  remove(rows) {
    const gone = new Set(rows);
    for (const row of rows) for (const index of this.unique) index.keys.delete(Collection.keyIn(index, row.plain));
    if (gone.size > 0) this.rows = this.rows.filter((row) => !gone.has(row));
  }

  *matching(filter) {
    const asked = plain(filter ?? {});
    const { _id: id } = asked;
    if (Object.keys(asked).length === 1 && id !== undefined && (typeof id !== 'object' || id instanceof ObjectId)) {
      const row = this.indexes.get('_id_').keys.get(Collection.keyIn({ key: { _id: 1 } }, asked));
      if (row) yield row;
      return;
    }
    const query = new Query(asked);
    for (const row of this.rows) if (query.test(row.plain)) yield row;
  }
}

export class Database {
  collections = new Map();
  cursors = new Map();
  nextCursor = 1;

  get openCursors() {
    return this.cursors.size;
  }

  at(command, name) {
    const namespace = `${command.$db}.${name}`;
    if (!this.collections.has(namespace)) this.collections.set(namespace, new Collection(namespace));
    return this.collections.get(namespace);
  }

  run(name, command) {
    const handler = this[`$${name}`];
    if (!handler) throw new Refusal(59, `no such command: '${name}'`);
    return { ...handler.call(this, command, String(command[name])), ok: 1 };
  }

  $ping() { return {}; }
  $endSessions() { return {}; }
  $buildInfo() { return { version: '6.0.0-stand-in' }; }

  $insert(command, name) {
    const collection = this.at(command, name);
    return this.each(command, command.documents, (document) => {
      collection.put(document._id === undefined ? { _id: new ObjectId(), ...document } : document);
      return { n: 1 };
    });
  }

  $update(command, name) {
    const collection = this.at(command, name);
    return this.each(command, command.updates, ({ q, u, multi, upsert, arrayFilters }) => {
      const rows = [...collection.matching(q)].slice(0, multi?.valueOf() ? undefined : 1);
      if (rows.length === 0 && upsert?.valueOf()) return { n: 1, nModified: 0, upserted: this.upsert(collection, q, u) };
      return { n: rows.length, nModified: rows.filter((row) => this.apply(collection, row, u, arrayFilters)).length };
    });
  }

  $delete(command, name) {
    const collection = this.at(command, name);
    return this.each(command, command.deletes, ({ q, limit }) => {
      const rows = [...collection.matching(q)].slice(0, Number(limit) || undefined);
      collection.remove(rows);
      return { n: rows.length };
    });
  }

  /** Does one thing after the other, and says which of them could not be done. */
  each(command, parts, work) {
    const reply = { n: 0, nModified: 0, upserted: [], writeErrors: [] };
    for (const [index, part] of parts.entries()) {
      try {
        const { n, nModified = 0, upserted } = work(part);
        reply.n += n;
        reply.nModified += nModified;
        if (upserted !== undefined) reply.upserted.push({ index, _id: upserted });
      } catch (e) {
        reply.writeErrors.push({ index, code: e.code ?? 2, errmsg: e.message, ...e.more });
        if (command.ordered?.valueOf() !== false) break;
      }
    }
    for (const list of ['upserted', 'writeErrors']) if (reply[list].length === 0) delete reply[list];
    return reply;
  }

  apply(collection, row, how, arrayFilters) {
    const next = this.changed(row, how, arrayFilters);
    if (serialize(next).equals(serialize(row.exact))) return false;
    collection.put(next, row);
    return true;
  }

  changed(row, how, arrayFilters) {
    const kind = Object.keys(how)[0] ?? '';
    if (!Array.isArray(how) && !kind.startsWith('$')) return { _id: row.exact._id, ...how };
    if (Array.isArray(how)) return new Aggregator(how.map(plain)).run([plain(row.exact)])[0];
    const copy = plain(row.exact);
    const touched = change(copy, plain(how), (arrayFilters ?? []).map(plain));
    const roots = new Set(touched.map((path) => path.split('.')[0]));

    // What was not touched keeps its type.
    return Object.fromEntries(Object.keys(copy).map((name) => [name, roots.has(name) || !(name in row.exact) ? copy[name] : row.exact[name]]));
  }

  upsert(collection, filter, how) {
    const kind = Object.keys(how)[0] ?? '';
    const given = Object.fromEntries(Object.entries(filter).filter(([name, value]) => !name.startsWith('$') && !(value?.constructor === Object && Object.keys(value)[0]?.startsWith('$'))));
    const base = kind.startsWith('$') ? this.changed({ exact: given }, { ...how, ...(how.$setOnInsert ? { $set: { ...how.$set, ...how.$setOnInsert } } : {}) }) : { ...(given._id === undefined ? {} : { _id: given._id }), ...how };
    const document = base._id === undefined ? { _id: new ObjectId(), ...base } : base;
    collection.put(document);
    return document._id;
  }

  $findAndModify(command, name) {
    const collection = this.at(command, name);
    const [row] = this.sorted([...collection.matching(command.query)], command.sort);
    const before = row?.exact ?? null;
    if (command.remove?.valueOf()) {
      if (row) collection.remove([row]);
      return { value: before, lastErrorObject: { n: row ? 1 : 0 } };
    }
    if (!row && !command.upsert?.valueOf()) return { value: null, lastErrorObject: { n: 0, updatedExisting: false } };
    const id = row ? (this.apply(collection, row, command.update), row.exact._id) : this.upsert(collection, command.query ?? {}, command.update);
    const value = command.new?.valueOf() ? [...collection.matching({ _id: id })][0].exact : before;
    return { value: value && command.fields ? this.projected([value], command.fields)[0] : value, lastErrorObject: { n: 1, updatedExisting: Boolean(row) } };
  }

  sorted(rows, sort) {
    if (!sort || Object.keys(sort).length === 0) return rows;
    const byPlain = new Map(rows.map((row) => [row.plain, row]));
    return find(rows.map((row) => row.plain), {}).sort(plain(sort)).all().map((document) => byPlain.get(document));
  }

  projected(documents, fields) {
    const names = Object.keys(plain(fields));
    return documents.map((document) => {
      const asked = find([plain(document)], {}, plain(fields)).all()[0];
      return Object.fromEntries(Object.keys(asked).map((name) => [name, names.includes(name) || name === '_id' || !(name in document) || typeof asked[name] !== 'object' ? document[name] ?? asked[name] : asked[name]]));
    });
  }

  $find(command, name) {
    const [skip, limit] = [Number(command.skip ?? 0), Number(command.limit ?? 0)];
    const rows = this.sorted([...this.at(command, name).matching(command.filter)], command.sort).slice(skip, limit ? skip + limit : undefined);
    let documents = rows.map((row) => row.exact);
    if (command.projection) documents = this.projected(documents, command.projection);
    return this.open(`${command.$db}.${name}`, documents, Number(command.batchSize ?? 101), command.singleBatch?.valueOf());
  }

  $aggregate(command, name) {
    const stages = command.pipeline.map(plain);
    const last = stages.at(-1);
    const documents = new Aggregator(last?.$out ? stages.slice(0, -1) : stages).run(this.at(command, name).rows.map((row) => plain(row.exact)));
    if (last?.$out) {
      this.collections.delete(`${command.$db}.${last.$out}`);
      for (const document of documents) this.at(command, last.$out).put(document);
      return this.open(`${command.$db}.${name}`, [], 0);
    }
    return this.open(`${command.$db}.${name}`, documents, Number(command.cursor?.batchSize ?? 101));
  }

  open(namespace, documents, batchSize, isSingle = false) {
    const firstBatch = this.take(documents, batchSize);
    const rest = documents.slice(firstBatch.length);
    const id = rest.length === 0 || isSingle ? 0 : this.nextCursor++;
    if (id) this.cursors.set(id, { namespace, rest });
    return { cursor: { id: Long.fromNumber(id), ns: namespace, firstBatch } };
  }

  take(documents, count) {
    let bytes = 0;
    let end = 0;
    while (end < documents.length && end < count && (bytes += calculateObjectSize(documents[end])) <= maxBatchBytes) end++;
    return documents.slice(0, count === 0 ? 0 : Math.max(end, 1));
  }

  $getMore(command) {
    const id = Number(command.getMore);
    const cursor = this.cursors.get(id);
    if (!cursor) throw new Refusal(43, `cursor id ${id} not found`);
    const nextBatch = this.take(cursor.rest, Number(command.batchSize ?? 1_000_000) || 1_000_000);
    cursor.rest = cursor.rest.slice(nextBatch.length);
    if (cursor.rest.length === 0) this.cursors.delete(id);
    return { cursor: { id: Long.fromNumber(cursor.rest.length === 0 ? 0 : id), ns: cursor.namespace, nextBatch } };
  }

  $killCursors(command) {
    return { cursorsKilled: command.cursors.filter((id) => this.cursors.delete(Number(id))), cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [] };
  }

  $count(command, name) {
    return { n: [...this.at(command, name).matching(command.query)].length };
  }

  $createIndexes(command, name) {
    const collection = this.at(command, name);
    const before = collection.indexes.size;
    for (const asked of command.indexes) {
      const index = { v: 2, ...plain(asked), keys: new Map() };
      const there = collection.indexes.get(index.name);
      if (there && keyOf([there.key, there.unique]) !== keyOf([index.key, index.unique])) throw new Refusal(86, `An existing index has the same name as the requested index. Requested index: ${keyOf(index.key)}`);
      if (there) continue;
      for (const row of index.unique ? collection.rows : []) {
        const key = Collection.keyIn(index, row.plain);
        if (index.keys.has(key)) throw new Refusal(11000, `E11000 duplicate key error collection: ${collection.namespace} index: ${index.name} dup key: ${key}`);
        index.keys.set(key, row);
      }
      collection.indexes.set(index.name, index);
    }
    return { numIndexesBefore: before, numIndexesAfter: collection.indexes.size };
  }

  $listIndexes(command, name) {
    const collection = this.collections.get(`${command.$db}.${name}`);
    if (!collection) throw new Refusal(26, `ns does not exist: ${command.$db}.${name}`);
    return this.open(collection.namespace, [...collection.indexes.values()].map(({ keys, ...index }) => index), 101);
  }

  $dropIndexes(command, name) {
    const { indexes } = this.at(command, name);
    if (!indexes.delete(String(command.index))) throw new Refusal(27, `index not found with name [${command.index}]`);
    return { nIndexesWas: indexes.size + 1 };
  }

  $listCollections(command) {
    const documents = [...this.collections.keys()].filter((namespace) => namespace.startsWith(`${command.$db}.`)).map((namespace) => ({ name: namespace.slice(command.$db.length + 1), type: 'collection', options: {}, info: { readOnly: false } }));
    return this.open(`${command.$db}.$cmd.listCollections`, documents, 101);
  }

  $drop(command, name) {
    if (!this.collections.delete(`${command.$db}.${name}`)) throw new Refusal(26, 'ns not found');
    return {};
  }
}
