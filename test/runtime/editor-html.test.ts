import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, type Expression, type Node, type ObjectExpression } from 'acorn';
import { PACKAGE, ROOT, type FlowNode } from '../support/node-red';

/** The fields of a node's definition that the Node-RED library shows; it takes literals only. */
const LITERALS = ['category', 'color', 'icon', 'inputs', 'outputs'];

const scriptOf = (html: string) =>
  /<script type="text\/javascript">([\s\S]*?)<\/script>/i.exec(html)?.[1] ?? '';

/** All nodes of a syntax tree. */
function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node) as unknown[]) {
    for (const child of [value].flat() as unknown[]) {
      if (typeof (child as Node | null)?.type === 'string') yield* walk(child as Node);
    }
  }
}

/** The definitions in a script, read as the Node-RED library and its scorecard read them: without running it. */
function definitionsIn(script: string): Map<string, ObjectExpression> {
  const found = new Map<string, ObjectExpression>();
  for (const node of walk(parse(script, { ecmaVersion: 'latest' }))) {
    const {
      type,
      callee,
      arguments: given
    } = node as Node & { callee?: Expression; arguments?: Expression[] };
    if (type !== 'CallExpression' || callee?.type !== 'MemberExpression') continue;
    if (callee.property.type !== 'Identifier' || callee.property.name !== 'registerType') continue;
    const [name, definition] = given ?? [];
    assert.ok(
      name.type === 'Literal' && definition.type === 'ObjectExpression',
      'registerType with literals'
    );
    found.set(String(name.value), definition);
  }
  return found;
}

function property(object: ObjectExpression, name: string): Expression | undefined {
  for (const each of object.properties) {
    if (each.type === 'Property' && each.key.type === 'Identifier' && each.key.name === name) {
      return each.value as Expression;
    }
  }
  return undefined;
}

function keysOf(object: Expression | undefined): string[] {
  assert.equal(object?.type, 'ObjectExpression');
  return (object as ObjectExpression).properties.flatMap((each) =>
    each.type === 'Property' && each.key.type === 'Identifier' ? [each.key.name] : []
  );
}

const examples = readdirSync(join(ROOT, 'examples')).map((file) => ({
  file,
  flow: JSON.parse(readFileSync(join(ROOT, 'examples', file), 'utf8')) as FlowNode[]
}));

describe('the editor side as it is built', () => {
  for (const [type, file] of Object.entries(PACKAGE['node-red'].nodes)) {
    const folder = join(ROOT, dirname(file));
    const html = readFileSync(join(folder, `${type}.html`), 'utf8');
    const definition = definitionsIn(scriptOf(html)).get(type);

    it(`${type} is defined by literals`, () => {
      assert.ok(definition, 'registerType');
      const isConfig = (property(definition, 'category') as { value?: unknown }).value === 'config';
      for (const name of LITERALS.slice(0, isConfig ? 3 : undefined)) {
        assert.equal(property(definition, name)?.type, 'Literal', name);
      }
    });

    it(`${type} has a control for everything that it stores`, () => {
      const prefix = type === 'phasor-device' ? 'node-config-input' : 'node-input';
      const controls = [...html.matchAll(new RegExp(`id="${prefix}-(\\w+)"`, 'g'))].map(([, name]) => name);
      const stored = keysOf(property(definition!, 'defaults')).filter((name) => name !== 'version');
      assert.deepEqual([...controls].sort(), stored.sort());
    });

    // Otherwise a dialog that is opened and closed with Done would change the node.
    it(`${type} has all that it stores in the examples`, () => {
      const stored = keysOf(property(definition!, 'defaults'));
      for (const { file, flow } of examples) {
        for (const node of flow.filter((each) => each.type === type))
          assert.deepEqual(
            stored.filter((key) => !(key in node)),
            [],
            file
          );
      }
    });

    it(`${type} has its texts in the catalogue, and no colours of its own`, () => {
      const [, template] = /data-template-name="[^"]+">([\s\S]*?)<\/script>/.exec(html) ?? [];
      const text = template.replace(/<style>[\s\S]*?<\/style>|<[^>]+>/g, '').trim();
      assert.equal(text, '');
      assert.doesNotMatch(template, /#[0-9a-f]{3,8}\b(?=\s*[;"'])|\brgba?\(/i);
      const catalogue = JSON.parse(
        readFileSync(join(folder, 'locales', 'en-US', `${type}.json`), 'utf8')
      ) as Record<string, unknown>;
      for (const [key] of html.matchAll(
        new RegExp(`\\b${type}\\.[a-zA-Z]+\\.[a-zA-Z]+(?![a-zA-Z.$])`, 'g')
      )) {
        const found = key
          .split('.')
          .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], catalogue);
        assert.equal(typeof found, 'string', key);
      }
    });
  }
});
