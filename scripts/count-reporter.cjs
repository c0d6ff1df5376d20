// Mocha's usual output, and at the end the counts and what failed as JSON in the file that PHASOR_TEST_COUNTS names.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const faults = [];
    runner.on('fail', (test, error) => {
      const cause = String(error?.stack || error?.message || error);
      faults.push(`${test.fullTitle()}\n${cause.slice(0, MOST_OF_A_CAUSE)}`);
    });
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.PHASOR_TEST_COUNTS;
      if (file)
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, faults }));
    });
  }
};

/** Characters: the message and the first lines of the stack, so that many failures still fit on a page. */
const MOST_OF_A_CAUSE = 1500;
