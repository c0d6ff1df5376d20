import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NODES = resolve(dirname(fileURLToPath(import.meta.url)), 'nodes');

/** Imports go one way: music ← engine ← palette ← a node. Every other folder of nodes/ is a node. */
const MAY_IMPORT = { music: [], engine: ['music'], palette: ['music', 'engine'] };
const NODE_MAY_IMPORT = ['music', 'engine', 'palette'];
/** What knows no Node-RED; music/ has no imports from outside at all. */
const WITHOUT_NODE_RED = /^(@node-red\/|node-red)/;

const rooms = {
  create(context) {
    const [room] = relative(NODES, context.filename).split(sep);
    const allowed = MAY_IMPORT[room] ?? NODE_MAY_IMPORT;

    function check(source) {
      if (typeof source?.value !== 'string') return;
      const name = source.value;
      const report = (message) => context.report({ node: source, message });
      if (name.startsWith('.')) {
        const [other] = relative(NODES, resolve(dirname(context.filename), name)).split(sep);
        if (other !== room && !allowed.includes(other)) {
          report(
            `nodes/${room} may import from ${allowed.join(', ') || 'no other room'}, not from ${other}.`
          );
        }
      } else if (room === 'music' || (room === 'engine' && WITHOUT_NODE_RED.test(name))) {
        report(`nodes/${room} does not know ${name}.`);
      }
    }

    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      'CallExpression[callee.name="require"]': (call) => check(call.arguments[0])
    };
  }
};

const NODE_GLOBALS = ['__dirname', 'console', 'fetch', 'module', 'performance', 'process', 'require'];
const TIMERS_AND_URL = ['clearTimeout', 'setImmediate', 'setTimeout', 'URL'];

export default defineConfig(
  globalIgnores(['dist/', 'build/', 'coverage/', 'native/build/', '.node-red/', '.dist-*/']),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // CommonJS: what may be missing (the addon, RtMidi) is required where it is needed.
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }]
    }
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries([...NODE_GLOBALS, ...TIMERS_AND_URL].map((name) => [name, 'readonly']))
    }
  },
  {
    files: ['nodes/**/*.ts'],
    plugins: { phasor: { rules: { rooms } } },
    // The worker's console goes through the main thread, which may be blocked.
    rules: { 'phasor/rooms': 'error', 'no-console': 'error' }
  },
  // Tests let go of things on purpose, so that they can be collected.
  { files: ['test/**/*.ts'], rules: { 'no-useless-assignment': 'off' } }
);
