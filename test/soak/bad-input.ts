// Not built yet: says so and fails, so that nobody takes silence for a result.
process.stderr.write('soak:bad-input: no reader of input yet\n');
process.exitCode = 1;
